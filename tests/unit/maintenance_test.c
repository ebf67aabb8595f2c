/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maintenance_test.c - what an operator's orders make of a server, and how they reach the prober.
 */
#include "health/maintenance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define UP                                                                                         \
	{                                                                                          \
		.state = SERVER_RUNNING, .health = 4, .rise = 2, .fall = 3, .weight = 10,          \
		.changed_s = 100                                                                   \
	}
#define DOWN                                                                                       \
	{                                                                                          \
		.state = SERVER_STOPPED, .health = 0, .rise = 2, .fall = 3, .weight = 10,          \
		.changed_s = 100                                                                   \
	}
#define IN(bits)                                                                                   \
	{                                                                                          \
		.state = SERVER_STOPPED, .rise = 2, .fall = 3, .weight = 10, .admin = (bits),      \
		.changed_s = 100                                                                   \
	}
#define SUNK                                                                                       \
	{                                                                                          \
		.state = SERVER_RUNNING, .health = 4, .rise = 2, .fall = 3, .weight = 10,          \
		.admin = DRAINED, .changed_s = 100                                                 \
	}
#define FORCED	SERVER_ADMIN_FORCED_MAINT
#define CONFIG	SERVER_ADMIN_CONFIG_MAINT
#define UNNAMED SERVER_ADMIN_RESOLUTION_MAINT
#define DRAINED SERVER_ADMIN_FORCED_DRAIN

static const struct {
	const char *name;
	struct verdict before;
	enum order_kind kind;
	uint32_t value;
	/* after */
	uint32_t state, admin, health, usable;
	uint64_t changed_s, down_s;
	const char *line;
} cases[] = {
	{"maintenance", UP, ORDER_MAINT, 0, SERVER_STOPPED, FORCED, 0, 0, 200, 0,
		"is going DOWN for maintenance, left, alarming"},
	{"maintenance of one that is down", DOWN, ORDER_MAINT, 0, SERVER_STOPPED, FORCED, 0, 0, 100,
		0, "was DOWN and now enters maintenance"},
	{"again", IN(FORCED), ORDER_MAINT, 0, SERVER_STOPPED, FORCED, 0, 0, 100, 0, ""},
	{"out of it: the first probe decides", IN(FORCED), ORDER_READY, 0, SERVER_RUNNING, 0, 2, 11,
		200, 100, "is UP/READY (leaving forced maintenance)"},
	{"out of the file's", IN(CONFIG), ORDER_READY, 0, SERVER_RUNNING, 0, 2, 11, 200, 100,
		"is UP/READY (leaving forced maintenance)"},
	{"out of both", IN(CONFIG | FORCED), ORDER_READY, 0, SERVER_RUNNING, 0, 2, 11, 200, 100,
		"is UP/READY (leaving forced maintenance)"},
	{"no address, no way out", IN(UNNAMED | FORCED), ORDER_READY, 0, SERVER_STOPPED, UNNAMED, 0,
		0, 100, 0, ""},
	{"ready when it is", UP, ORDER_READY, 0, SERVER_RUNNING, 0, 4, 11, 100, 0, ""},
	{"ready does not wake the dead", DOWN, ORDER_READY, 0, SERVER_STOPPED, 0, 0, 0, 100, 0, ""},
	{"drain", UP, ORDER_DRAIN, 0, SERVER_RUNNING, DRAINED, 4, 1, 100, 0,
		"enters drain state, online"},
	{"drain of one that is down", DOWN, ORDER_DRAIN, 0, SERVER_STOPPED, DRAINED, 0, 0, 100, 0,
		"enters drain state, left"},
	{"out of drain", SUNK, ORDER_READY, 0, SERVER_RUNNING, 0, 4, 11, 100, 0,
		"is UP (leaving forced drain)"},
	{"from maintenance into drain", IN(FORCED), ORDER_DRAIN, 0, SERVER_RUNNING, DRAINED, 2, 1,
		200, 100, "is UP/DRAIN (leaving forced maintenance), remains"},
	{"weight", UP, ORDER_WEIGHT, 77, SERVER_RUNNING, 0, 4, 78, 100, 0, ""},
	{"no weight", UP, ORDER_WEIGHT, 0, SERVER_RUNNING, 0, 4, 1, 100, 0, ""},
	{"declared down", UP, ORDER_DOWN, 0, SERVER_STOPPED, 0, 0, 0, 200, 0,
		"is DOWN, changed from CLI, left, alarming"},
	{"declared up", DOWN, ORDER_UP, 0, SERVER_RUNNING, 0, 4, 11, 200, 100,
		"is UP, changed from CLI, online"},
	{"declared down while drained", SUNK, ORDER_DOWN, 0, SERVER_STOPPED, DRAINED, 0, 0, 200, 0,
		"is DOWN, changed from CLI, left, remains"},
	{"maintenance of a drained one", SUNK, ORDER_MAINT, 0, SERVER_STOPPED, FORCED | DRAINED, 0,
		0, 200, 0, "is going DOWN for maintenance, left"},
	{"not in maintenance", IN(FORCED), ORDER_UP, 0, SERVER_STOPPED, FORCED, 0, 0, 100, 0, ""},
};

static void orders_are_carried_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct order order = {.kind = cases[i].kind, .value = cases[i].value};
		struct verdict after = cases[i].before;
		struct maintenance_event event;
		char line[256];

		maintenance_apply(&after, &order, 200);
		event = maintenance_event(&cases[i].before, &after);
		snprintf(line, sizeof(line), "%s%s%s%s", event.what ? event.what : "",
			event.others == VERDICT_LEFT	 ? ", left"
			: event.others == VERDICT_ONLINE ? ", online"
							 : "",
			event.alarming ? ", alarming" : "",
			event.what && event.remains_drained ? ", remains" : "");
		if (after.state != cases[i].state || after.admin != cases[i].admin ||
			after.health != cases[i].health ||
			board_usable(&after) != cases[i].usable ||
			after.changed_s != cases[i].changed_s ||
			after.down_total_s != cases[i].down_s)
			fail_msg("%s: state %u admin %x health %u usable %u since %llu after %llu",
				cases[i].name, after.state, after.admin, after.health,
				board_usable(&after), (unsigned long long)after.changed_s,
				(unsigned long long)after.down_total_s);
		if (strcmp(line, cases[i].line) != 0)
			fail_msg("%s: '%s'", cases[i].name, line);
	}
}

static void *obedient(void *argument)
{
	struct orders *orders = argument;
	struct order order;
	uint32_t *seen = orders->owner;

	while (*seen < 1000) {
		if (!orders_take(orders, &order))
			continue;
		assert_int_equal(order.value, *seen);
		++*seen;
		orders_done(orders);
	}
	return NULL;
}

static void nothing(void *owner)
{
	(void)owner;
}

static void *give_one(void *argument)
{
	const struct order order = {.kind = ORDER_DOWN};

	return orders_give(argument, &order) ? argument : NULL;
}

/* An order that comes before the prober waits for it. */
static void early_orders_wait_for_the_prober(void **state)
{
	struct orders orders;
	struct order order;
	pthread_t operator;
	void *carried_out;

	(void)state;
	orders_init(&orders);
	assert_int_equal(pthread_create(&operator, NULL, give_one, &orders), 0);
	orders_attend(&orders, nothing, NULL);
	while (!orders_take(&orders, &order))
		;
	assert_int_equal(order.kind, ORDER_DOWN);
	orders_done(&orders);
	pthread_join(operator, & carried_out);
	assert_ptr_equal(carried_out, &orders);
}

/* Every order is carried out once, in turn, before orders_give() returns. */
static void orders_wait_until_they_are_carried_out(void **state)
{
	struct orders orders;
	struct order order = {.kind = ORDER_WEIGHT};
	uint32_t seen = 0;
	pthread_t prober;

	(void)state;
	orders_init(&orders);
	orders_attend(&orders, nothing, &seen);
	assert_int_equal(pthread_create(&prober, NULL, obedient, &orders), 0);
	for (order.value = 0; order.value < 1000; order.value++)
		assert_true(orders_give(&orders, &order));
	pthread_join(prober, NULL);
	assert_int_equal(seen, 1000);
	orders_attend(&orders, NULL, NULL);
	assert_false(orders_give(&orders, &order));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_are_carried_out),
		cmocka_unit_test(early_orders_wait_for_the_prober),
		cmocka_unit_test(orders_wait_until_they_are_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
