/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keeper's excerpt of a configuration: written, read, and damaged at every byte. */
#include "core/plan.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static struct proxy web = {.name = "web", .maxconn = 5000};

static struct listener listeners[] = {
	{.inherited_fd = -1,
		.text = "192.0.2.1:80",
		.key = "tcp 192.0.2.1:80",
		.uid = -1,
		.gid = -1,
		.proxy = &web,
		.transparent = true,
		.interface = "eth0"},
	{.inherited_fd = 5,
		.text = "fd@5",
		.key = "fd 5",
		.uid = -1,
		.gid = -1,
		.proxy = &web,
		.backlog = 9000},
	{.inherited_fd = -1,
		.text = "/run/torc.sock",
		.key = "unix /run/torc.sock",
		.mode = 0660,
		.uid = 12,
		.gid = 34},
};

static struct log_target targets[] = {
	{.kind = LOG_TO_UDP,
		.format = LOG_FORMAT_LOCAL,
		.len_max = 1024,
		.facility = 18,
		.level_max = 7,
		.place = {.file = "a.cfg", .line = 3}},
	{.kind = LOG_TO_FD, .fd = 7, .format = LOG_FORMAT_RAW, .len_max = 80, .level_max = 4},
};

static struct message second = {.kind = MESSAGE_ALERT, .text = "worse"};
static struct message first = {.kind = MESSAGE_WARNING, .text = "bad", .next = &second};

static struct config make_config(void)
{
	struct config config = {
		.listeners = listeners,
		.listener_count = sizeof(listeners) / sizeof(listeners[0]),
		.messages = &first,
	};

	listeners[0].address.in =
		(struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(80)};
	listeners[0].address_len = sizeof(struct sockaddr_in);
	config.global.log_targets = targets;
	config.global.log_target_count = 2;
	config.global.log_tag = "torc";
	config.global.pidfile = "/run/torc.pid";
	config.global.daemon = true;
	config.global.hard_stop_after_ms = 30000;
	config.global.heartbeat_stale_ms = 1000;
	config.global.heartbeat_replace_ms = 3000;
	return config;
}

static void reads_what_it_writes(void **state)
{
	struct config config = make_config();
	struct arena arena = {0};
	struct span bytes = plan_write(&config, true, &arena);
	struct plan plan;

	(void)state;
	assert_true(plan_read(&plan, bytes.at, bytes.len));
	assert_true(plan.head->daemon);
	assert_int_equal(plan.head->hard_stop_after_ms, 30000);
	assert_string_equal(plan_string(&plan, plan.head->pidfile), "/run/torc.pid");
	assert_string_equal(plan_string(&plan, plan.head->log_tag), "torc");
	assert_null(plan_string(&plan, plan.head->host_name));
	assert_int_equal(plan.head->listener_count, 3);
	assert_string_equal(plan_string(&plan, plan.listeners[0].key), "tcp 192.0.2.1:80");
	assert_string_equal(plan_string(&plan, plan.listeners[0].owner), "web");
	assert_string_equal(plan_string(&plan, plan.listeners[0].interface), "eth0");
	assert_int_equal(plan.listeners[0].flags, PLAN_LISTENER_TRANSPARENT);
	assert_int_equal(plan.listeners[0].address.in.sin_port, htons(80));
	assert_int_equal(plan.listeners[0].backlog, 5000);
	assert_int_equal(plan.listeners[1].inherited_fd, 5);
	assert_int_equal(plan.listeners[1].backlog, 9000);
	assert_string_equal(plan_string(&plan, plan.listeners[2].owner), "GLOBAL");
	assert_null(plan_string(&plan, plan.listeners[2].interface));
	assert_int_equal(plan.listeners[2].mode, 0660);
	assert_int_equal(plan.listeners[2].uid, 12);
	assert_int_equal(plan.listeners[2].backlog, 1024);
	assert_int_equal(plan.head->log_target_count, 2);
	assert_null(plan.log_targets[0].place.file);
	assert_int_equal(plan.log_targets[1].fd, 7);
	assert_int_equal(plan.head->message_count, 2);
	assert_int_equal(plan.messages[1].kind, MESSAGE_ALERT);
	assert_string_equal(plan_string(&plan, plan.messages[0].text), "bad");
	arena_free(&arena);
}

static void a_tree_with_errors_gives_messages_only(void **state)
{
	struct config config = make_config();
	struct arena arena = {0};
	struct span bytes = plan_write(&config, false, &arena);
	struct plan plan;

	(void)state;
	assert_true(plan_read(&plan, bytes.at, bytes.len));
	assert_int_equal(plan.head->listener_count, 0);
	assert_int_equal(plan.head->log_target_count, 0);
	assert_int_equal(plan.head->message_count, 2);
	arena_free(&arena);
}

static void an_empty_tree_is_a_plan(void **state)
{
	struct config config = {0};
	struct arena arena = {0};
	struct span bytes = plan_write(&config, true, &arena);
	struct plan plan;

	(void)state;
	assert_true(plan_read(&plan, bytes.at, bytes.len));
	arena_free(&arena);
}

static void refuses_a_plan_cut_anywhere(void **state)
{
	struct config config = make_config();
	struct arena arena = {0};
	struct span bytes = plan_write(&config, true, &arena);
	struct plan plan;

	(void)state;
	for (uint32_t cut = 0; cut < bytes.len; cut++) {
		/* Exactly as long, so that a sanitizer sees a step too far. */
		char *copy = malloc(cut ? cut : 1);

		memcpy(copy, bytes.at, cut);
		assert_false(plan_read(&plan, copy, cut));
		free(copy);
	}
	arena_free(&arena);
}

/* Whatever a byte is changed to, the plan is refused or every string in it ends inside. */
static void survives_a_changed_byte(void **state)
{
	static const char changes[] = {0x01, 0x40, (char)0x80, (char)0xff};
	struct config config = make_config();
	struct arena arena = {0};
	struct span bytes = plan_write(&config, true, &arena);
	char *copy = malloc(bytes.len);

	(void)state;
	for (uint32_t at = 0; at < bytes.len; at++) {
		for (size_t i = 0; i < sizeof(changes); i++) {
			struct plan plan;

			memcpy(copy, bytes.at, bytes.len);
			copy[at] = (char)(copy[at] ^ changes[i]);
			if (!plan_read(&plan, copy, bytes.len))
				continue;
			for (uint32_t j = 0; j < plan.head->listener_count; j++)
				assert_true(strlen(plan_string(&plan, plan.listeners[j].key)) <
					    bytes.len);
		}
	}
	free(copy);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(a_tree_with_errors_gives_messages_only),
		cmocka_unit_test(an_empty_tree_is_a_plan),
		cmocka_unit_test(refuses_a_plan_cut_anywhere),
		cmocka_unit_test(survives_a_changed_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
