/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of the virtual routers, laid out and looked at: what was built is sound, what was cut
 * or bent anywhere is not believed beyond its bytes. */
#include "core/config/vrrp_model.h"

#include "core/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct vrrp_ip ip = {AF_INET, {10, 0, 0, 1}};

/* One of everything. */
static struct vrrp_config *build(struct arena *arena)
{
	const struct vrrp_global global = {.router_id = "lb1", .vmac_prefix = "vrrp"};
	const struct vrrp_group group = {.name = "G", .bindings = {1, 1}};
	const struct vrrp_tracker tracker = {
		.name = "haproxy", .command = "killall\0-0\0haproxy\0"};
	const struct vrrp_binding bindings[2] = {{0, 2, false}, {0, -2, true}};
	const struct vrrp_address address = {.ip = ip, .prefix_bits = 32, .interface = "eth0"};
	const struct vrrp_route route = {.to = ip, .to_bits = 8};
	const struct vrrp_rule rule = {.from = ip, .from_bits = 8, .table = 1};
	const struct vrrp_nat nat = {.from = ip, .from_bits = 16, .out_interface = "eth0"};
	const struct vrrp_peer peer = {.ip = ip, .most_hops = 255};
	const struct vrrp_end ends[2] = {{.port = 80, .protocol = IPPROTO_TCP},
		{.ip = ip, .port = 80, .protocol = IPPROTO_TCP}};
	struct vrrp_instance instance = {.name = "VI_1",
		.interface = "eth0",
		.family = AF_INET,
		.version = 2,
		.router_id = 50,
		.priority = 100,
		.addresses = {0, 1},
		.excluded = {1, 0},
		.routes = {0, 1},
		.rules = {0, 1},
		.peers = {0, 1},
		.bindings = {0, 1}};
	const struct vrrp_tables tables = {.global = &global,
		.instances = &instance,
		.instance_count = 1,
		.groups = &group,
		.group_count = 1,
		.trackers = &tracker,
		.tracker_count = 1,
		.bindings = bindings,
		.binding_count = 2,
		.addresses = &address,
		.address_count = 1,
		.routes = &route,
		.route_count = 1,
		.rules = &rule,
		.rule_count = 1,
		.peers = &peer,
		.peer_count = 1,
		.nats = &nat,
		.nat_count = 1,
		.listeners = {0, 1},
		.servers = {1, 1},
		.ends = ends,
		.end_count = 2};

	memcpy(instance.notify.command[VRRP_NOTIFY_MASTER], "/a\0b\0", 6);
	return vrrp_config_build(arena, &tables);
}

static void sound(void **state)
{
	struct arena arena = {0};
	const struct vrrp_config *config = build(&arena);
	const char *word;

	(void)state;
	assert_true(vrrp_config_is_sound(config, config->bytes));
	assert_string_equal(vrrp_instances(config)[0].name, "VI_1");
	assert_string_equal(vrrp_groups(config)[0].name, "G");
	assert_int_equal(vrrp_bindings(config)[1].weight, -2);
	assert_string_equal(vrrp_addresses(config)[0].interface, "eth0");
	assert_int_equal(vrrp_rules(config)[0].table, 1);
	assert_int_equal(vrrp_nats(config)[0].from_bits, 16);
	assert_memory_equal(&vrrp_peers(config)[0].ip, &ip, sizeof(ip));
	assert_int_equal(vrrp_routes(config)[0].to_bits, 8);
	word = vrrp_command_first(vrrp_trackers(config)[0].command);
	assert_string_equal(word, "killall");
	word = vrrp_command_next(word);
	assert_string_equal(word, "-0");
	word = vrrp_command_next(word);
	assert_string_equal(word, "haproxy");
	assert_null(vrrp_command_next(word));
	assert_null(vrrp_command_first(""));
	arena_free(&arena);
}

static void empty(void **state)
{
	struct arena arena = {0};
	const struct vrrp_global global = {0};
	const struct vrrp_tables tables = {.global = &global};
	const struct vrrp_config *config = vrrp_config_build(&arena, &tables);

	(void)state;
	assert_true(vrrp_config_is_sound(config, config->bytes));
	arena_free(&arena);
}

static void cut_at_every_byte(void **state)
{
	struct arena arena = {0};
	const struct vrrp_config *config = build(&arena);

	(void)state;
	for (uint32_t len = 0; len < config->bytes; len++) {
		struct vrrp_config *piece = malloc(len ? len : 1);

		memcpy(piece, config, len);
		assert_false(vrrp_config_is_sound(piece, len));
		/* And when the header says so itself; the last bytes are nobody's. */
		if (len >= sizeof(*config) && len + 16 <= config->bytes) {
			piece->bytes = len;
			assert_false(vrrp_config_is_sound(piece, len));
		}
		free(piece);
	}
	arena_free(&arena);
}

/* Every byte of the whole set to 0xff: believed or not, nothing is read outside of it. */
static void bent_at_every_byte(void **state)
{
	struct arena arena = {0};
	const struct vrrp_config *config = build(&arena);
	struct vrrp_config *copy = malloc(config->bytes);
	uint32_t header_refused = 0;

	(void)state;
	for (uint32_t at = 0; at < config->bytes; at++) {
		memcpy(copy, config, config->bytes);
		((unsigned char *)copy)[at] = 0xff;
		if (!vrrp_config_is_sound(copy, config->bytes) && at < 8)
			header_refused++;
	}
	assert_int_equal(header_refused, 8);
	free(copy);
	arena_free(&arena);
}

/* ---- one thing wrong at a time ---- */

static void bad_version(struct vrrp_config *config)
{
	config->version++;
}

static void table_before_the_end_of_the_header(struct vrrp_config *config)
{
	config->peers_at = 16;
}

static void table_askew(struct vrrp_config *config)
{
	config->instances_at++;
}

static void too_many_rows(struct vrrp_config *config)
{
	config->address_count = 1000;
}

static void more_than_the_largest(struct vrrp_config *config)
{
	config->instance_count = VRRP_INSTANCES_MAX + 1;
}

static void rows_beyond_32_bits(struct vrrp_config *config)
{
	config->binding_count = UINT32_MAX;
}

static void range_too_long(struct vrrp_config *config)
{
	((struct vrrp_instance *)(uintptr_t)vrrp_instances(config))->addresses.count = 2;
}

static void range_that_wraps(struct vrrp_config *config)
{
	((struct vrrp_instance *)(uintptr_t)vrrp_instances(config))->bindings =
		(struct vrrp_range){2, UINT32_MAX};
}

static void static_range_too_long(struct vrrp_config *config)
{
	config->static_routes = (struct vrrp_range){1, 1};
}

static void text_without_an_end(struct vrrp_config *config)
{
	memset(((struct vrrp_instance *)(uintptr_t)vrrp_instances(config))->name, 'a',
		VRRP_NAME_BYTES);
}

static void command_without_an_end(struct vrrp_config *config)
{
	struct vrrp_tracker *tracker = (struct vrrp_tracker *)(uintptr_t)vrrp_trackers(config);

	memset(tracker->command, 'a', VRRP_COMMAND_BYTES);
	tracker->command[VRRP_COMMAND_BYTES - 1] = '\0';
}

static void no_such_tracker(struct vrrp_config *config)
{
	((struct vrrp_binding *)(uintptr_t)vrrp_bindings(config))[1].tracker = 1;
}

static void no_such_group(struct vrrp_config *config)
{
	((struct vrrp_instance *)(uintptr_t)vrrp_instances(config))->group = 1;
}

static void no_such_kind(struct vrrp_config *config)
{
	((struct vrrp_tracker *)(uintptr_t)vrrp_trackers(config))->kind = VRRP_TRACK_BACKEND + 1;
}

static void no_such_family(struct vrrp_config *config)
{
	((struct vrrp_address *)(uintptr_t)vrrp_addresses(config))->ip.family = 1;
}

static void prefix_too_long(struct vrrp_config *config)
{
	((struct vrrp_nat *)(uintptr_t)vrrp_nats(config))->from_bits = 33;
}

static void router_zero(struct vrrp_config *config)
{
	((struct vrrp_instance *)(uintptr_t)vrrp_instances(config))->router_id = 0;
}

static const struct {
	const char *name;
	void (*bend)(struct vrrp_config *config);
} bends[] = {
	{"version", bad_version},
	{"a table within the header", table_before_the_end_of_the_header},
	{"a table askew", table_askew},
	{"too many rows", too_many_rows},
	{"more than the largest", more_than_the_largest},
	{"rows beyond 32 bits", rows_beyond_32_bits},
	{"a range too long", range_too_long},
	{"a range that wraps", range_that_wraps},
	{"a static range too long", static_range_too_long},
	{"a text without an end", text_without_an_end},
	{"a command without an end", command_without_an_end},
	{"no such tracker", no_such_tracker},
	{"no such group", no_such_group},
	{"no such kind", no_such_kind},
	{"no such family", no_such_family},
	{"a prefix too long", prefix_too_long},
	{"router 0", router_zero},
};

static void one_thing_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bends) / sizeof(bends[0]); i++) {
		struct arena arena = {0};
		struct vrrp_config *config = build(&arena);

		bends[i].bend(config);
		if (vrrp_config_is_sound(config, config->bytes))
			fail_msg("%s", bends[i].name);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound),
		cmocka_unit_test(empty),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(bent_at_every_byte),
		cmocka_unit_test(one_thing_wrong),
	};

	return cmocka_run_group_tests_name("vrrp_model", tests, NULL, NULL);
}
