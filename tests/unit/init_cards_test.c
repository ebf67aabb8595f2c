/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards and their names: by MAC, by place, by the name they have; swapped, in a circle, missing.
 * The renames are played through: no step may take a name that another card still has. */
#include "appliance/init/cards.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct wish {
	const char *name;
	uint8_t mac; /* the last byte; 0: not by MAC */
	const char *bus;
};

struct names_case {
	const char *title;
	const char *cards[5]; /* names; card i has MAC i + 1 and stands in slot i + 1 */
	struct wish wishes[5];
	const char *after[5]; /* names of the same cards */
	int32_t chosen[5];    /* card of each wish, -1 none */
};

#define NAMED(name_)                                                                               \
	{                                                                                          \
		.name = (name_)                                                                    \
	}
#define BY_MAC(name_, mac_)                                                                        \
	{                                                                                          \
		.name = (name_), .mac = (mac_)                                                     \
	}
#define BY_BUS(name_, bus_)                                                                        \
	{                                                                                          \
		.name = (name_), .bus = (bus_)                                                     \
	}

/* clang-format off */
static const struct names_case cases[] = {
	{"names that they have", {"eth0", "eth1"},
		{NAMED("eth0"), NAMED("eth1")}, {"eth0", "eth1"}, {0, 1}},
	{"swapped by MAC", {"eth0", "eth1"},
		{BY_MAC("eth0", 2), BY_MAC("eth1", 1)}, {"eth1", "eth0"}, {1, 0}},
	{"swapped by place", {"eth0", "eth1"},
		{BY_BUS("eth0", "0000:00:02.0"), BY_BUS("eth1", "0000:00:01.0")},
		{"eth1", "eth0"}, {1, 0}},
	{"in a circle of three", {"eth0", "eth1", "eth2"},
		{BY_MAC("eth0", 2), BY_MAC("eth1", 3), BY_MAC("eth2", 1)},
		{"eth2", "eth0", "eth1"}, {1, 2, 0}},
	{"names of its own", {"eth0", "eth1"},
		{BY_MAC("outer", 2), BY_MAC("inner", 1)}, {"inner", "outer"}, {1, 0}},
	{"one asked, the other in the way", {"eth0", "eth1"},
		{BY_MAC("eth0", 2)}, {"eth2", "eth0"}, {1}},
	{"in the way, and a name is free", {"eth0", "eth3"},
		{BY_MAC("eth0", 2)}, {"eth1", "eth0"}, {1}},
	{"a card that is missing", {"eth0"},
		{BY_MAC("eth0", 1), BY_MAC("eth1", 9)}, {"eth0"}, {0, -1}},
	{"the name of a missing card stays free", {"eth0", "eth1"},
		{BY_MAC("eth1", 1), BY_MAC("eth0", 9)}, {"eth1", "eth2"}, {0, -1}},
	{"by MAC before by name", {"eth0", "eth1"},
		{NAMED("eth0"), BY_MAC("outer", 1)}, {"outer", "eth1"}, {-1, 0}},
	{"no card at all", {0}, {NAMED("eth0")}, {0}, {-1}},
	{"no wish at all", {"eth0", "eth1"}, {NAMED(NULL)}, {"eth0", "eth1"}, {0}},
	{"a place that two share", {"eth0"},
		{BY_BUS("a", "0000:00:01.0"), BY_BUS("b", "0000:00:01.0")}, {"a"}, {0, -1}},
};
/* clang-format on */

static uint32_t make_cards(struct card cards[5], const struct names_case *from)
{
	uint32_t count = 0;

	memset(cards, 0, 5 * sizeof(*cards));
	while (count < 5 && from->cards[count]) {
		snprintf(cards[count].name, IF_NAMESIZE, "%s", from->cards[count]);
		cards[count].mac[5] = (uint8_t)(count + 1);
		cards[count].index = count + 2;
		snprintf(cards[count].path, sizeof(cards[count].path),
			"/sys/devices/pci0000:00/0000:00:0%u.0/virtio%u", count + 1, count);
		count++;
	}
	return count;
}

static void make_wishes(struct appliance *appliance, const struct names_case *from)
{
	memset(appliance, 0, sizeof(*appliance));
	for (uint32_t i = 0; i < 5 && from->wishes[i].name; i++) {
		struct appliance_interface *row =
			&appliance->interfaces[appliance->interface_count++];

		snprintf(row->name, sizeof(row->name), "%s", from->wishes[i].name);
		row->by_mac = from->wishes[i].mac != 0;
		row->mac[5] = from->wishes[i].mac;
		if (from->wishes[i].bus)
			snprintf(row->bus, sizeof(row->bus), "%s", from->wishes[i].bus);
	}
}

static void names_are_planned(void **state)
{
	static struct cards_plan plan;
	static struct appliance appliance;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct card cards[5];
		uint32_t count = make_cards(cards, &cases[i]);

		print_message("%s\n", cases[i].title);
		make_wishes(&appliance, &cases[i]);
		cards_plan(&plan, cards, count, &appliance);
		for (uint32_t j = 0; j < plan.rename_count; j++) {
			print_message("  %s -> %s\n", cards[plan.renames[j].card].name,
				plan.renames[j].name);
			for (uint32_t k = 0; k < count; k++)
				assert_string_not_equal(cards[k].name, plan.renames[j].name);
			memcpy(cards[plan.renames[j].card].name, plan.renames[j].name, IF_NAMESIZE);
		}
		for (uint32_t j = 0; j < count; j++)
			assert_string_equal(cards[j].name, cases[i].after[j]);
		for (uint32_t j = 0; j < appliance.interface_count; j++)
			assert_int_equal((int32_t)plan.interface_card[j], cases[i].chosen[j]);
		/* Done once, nothing is left to do. */
		cards_plan(&plan, cards, count, &appliance);
		assert_int_equal(plan.rename_count, 0);
	}
}

static void places_are_whole_folders(void **state)
{
	static const char path[] = "/sys/devices/pci0000:00/0000:00:03.0/virtio1";

	(void)state;
	assert_true(cards_path_holds(path, "0000:00:03.0"));
	assert_true(cards_path_holds(path, "virtio1"));
	assert_true(cards_path_holds(path, "pci0000:00"));
	assert_false(cards_path_holds(path, "0000:00:03"));
	assert_false(cards_path_holds(path, "virtio"));
	assert_false(cards_path_holds(path, "0000:00"));
	assert_false(cards_path_holds(path, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_planned),
		cmocka_unit_test(places_are_whole_folders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
