/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sync groups: two routers of one node that move together, or not at all. */
#include "vrrp/group.h"
#include "vrrp/ip.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define S	     1000000u
#define MEMBERS	     3

/* X, Y and Z of one node, and what they did, as "X+ Y+ Xa102 X>MASTER". */
struct node {
	struct vrrp_fsm fsms[MEMBERS];
	struct vrrp_member members[MEMBERS];
	struct vrrp_sync sync;
	char did[1024];
};

static struct vrrp_ip host(uint8_t last)
{
	return (struct vrrp_ip){AF_INET, {192, 168, 25, last}};
}

static void write_down(struct node *node, uint32_t member, const struct vrrp_actions *actions)
{
	char name = (char)('X' + member);
	size_t used = strlen(node->did);

	for (uint32_t i = 0; i < actions->count; i++) {
		const struct vrrp_action *action = &actions->items[i];
		char *at = node->did + used;
		size_t room = sizeof(node->did) - used;

		if (action->kind == VRRP_ACT_ADD)
			snprintf(at, room, "%c+ ", name);
		else if (action->kind == VRRP_ACT_REMOVE)
			snprintf(at, room, "%c- ", name);
		else if (action->kind == VRRP_ACT_ADVERT)
			snprintf(at, room, "%ca%u ", name, action->priority);
		else if (action->kind == VRRP_ACT_TRANSITION)
			snprintf(at, room, "%c>%s ", name, vrrp_state_name(action->transition.to));
		used = strlen(node->did);
	}
}

static void tell_one(
	struct node *node, uint32_t member, const struct vrrp_event *event, uint64_t now_us)
{
	struct vrrp_actions actions;

	vrrp_fsm_step(&node->fsms[member], event, now_us, &actions);
	write_down(node, member, &actions);
}

/* What everybody does in the end; the number of rounds shows that there is one. */
static const char *settle(struct node *node, uint64_t now_us)
{
	struct vrrp_event event;
	uint32_t member, rounds = 0;
	size_t len;

	while (vrrp_sync_next(&node->sync, &member, &event)) {
		assert_true(++rounds < 40);
		tell_one(node, member, &event, now_us);
	}
	len = strlen(node->did);
	if (len)
		node->did[len - 1] = '\0'; /* the last blank */
	return node->did;
}

static const char *tell(
	struct node *node, uint32_t member, struct vrrp_event event, uint64_t now_us)
{
	node->did[0] = '\0';
	tell_one(node, member, &event, now_us);
	return settle(node, now_us);
}

static const char *tell_all(struct node *node, enum vrrp_event_kind kind, uint64_t now_us)
{
	struct vrrp_event event = {.kind = kind};

	node->did[0] = '\0';
	for (uint32_t i = 0; i < node->sync.count; i++)
		tell_one(node, i, &event, now_us);
	return settle(node, now_us);
}

static void set_up(struct node *node, uint32_t count)
{
	struct vrrp_options options = {.version = 2,
		.family = AF_INET,
		.priority = 102,
		.preempt = true,
		.grouped = true,
		.down_adverts = 3,
		.advert_us = S};

	memset(node, 0, sizeof(*node));
	node->sync = (struct vrrp_sync){.members = node->members, .count = count};
	for (uint32_t i = 0; i < count; i++) {
		node->members[i] = (struct vrrp_member){.fsm = &node->fsms[i],
			.priority = 102,
			.router_id = (uint8_t)(i == 1 ? 50 : 100 + i)};
	}
	for (uint32_t i = 0; i < count; i++) {
		options.follows_in_ties = i != vrrp_sync_decider(&node->sync);
		vrrp_fsm_init(&node->fsms[i], &options, 0);
		node->fsms[i].address = host(100);
	}
}

static struct vrrp_event advert(uint8_t priority, uint8_t from)
{
	return (struct vrrp_event){
		.kind = VRRP_EV_ADVERT, .source = host(from), .priority = priority, .advert_us = S};
}

static const struct vrrp_event timer = {.kind = VRRP_EV_TIMER};

static void become_masters(struct node *node)
{
	tell_all(node, VRRP_EV_START, S);
	for (uint32_t i = 0; i < node->sync.count; i++)
		tell(node, i, timer, 4601562);
	for (uint32_t i = 0; i < node->sync.count; i++)
		assert_int_equal(node->fsms[i].state, VRRP_MASTER);
}

static void all_must_want(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 3);
	assert_string_equal(tell_all(&node, VRRP_EV_START, S), "X>BACKUP Y>BACKUP Z>BACKUP");
	assert_string_equal(tell(&node, 2, timer, 4601562), "");
	assert_string_equal(tell(&node, 0, timer, 4601562), "");
	assert_string_equal(tell(&node, 1, timer, 4601562),
		"X+ Y+ Z+ Xa102 X>MASTER Ya102 Y>MASTER Za102 Z>MASTER");
}

/* The master is silent on one network and heard on the other: it lives. */
static void one_silent_network(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	tell_all(&node, VRRP_EV_START, S);
	tell(&node, 1, advert(103, 1), 4 * S);
	assert_string_equal(tell(&node, 0, timer, 4601562), "");
	assert_int_equal(node.fsms[0].timer_at_us, VRRP_NEVER);
	tell(&node, 1, advert(103, 1), 5 * S);
	assert_string_equal(tell(&node, 0, advert(103, 1), 6 * S), "");
	assert_false(node.fsms[0].wants_master);
	assert_string_equal(tell(&node, 1, timer, 8601562), "");
	assert_string_equal(tell(&node, 0, timer, 9601562), "X+ Y+ Xa102 X>MASTER Ya102 Y>MASTER");
}

static void all_yield_together(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 3);
	become_masters(&node);
	assert_string_equal(tell(&node, 1, advert(103, 1), 5 * S),
		"Y- Y>BACKUP Xa0 X- X>BACKUP Za0 Z- Z>BACKUP");
}

static void all_fail_together(void **state)
{
	struct vrrp_event faults = {.kind = VRRP_EV_FAULTS, .faults = VRRP_FAULT_INTERFACE};
	struct node node;

	(void)state;
	set_up(&node, 2);
	become_masters(&node);
	assert_string_equal(tell(&node, 0, faults, 5 * S), "Xa0 X- X>FAULT Ya0 Y- Y>FAULT");
	assert_int_equal(node.fsms[1].faults, VRRP_FAULT_GROUP);
	/* Y fails by itself too; X is well again, and stays for Y's sake. */
	faults.faults = VRRP_FAULT_TRACKED | VRRP_FAULT_GROUP;
	assert_string_equal(tell(&node, 1, faults, 6 * S), "");
	faults.faults = 0;
	tell(&node, 0, faults, 7 * S);
	assert_int_equal(node.fsms[0].faults, VRRP_FAULT_GROUP);
	assert_int_equal(node.fsms[0].state, VRRP_FAULT);
	assert_int_equal(node.fsms[1].faults, VRRP_FAULT_TRACKED);
	assert_string_equal(tell(&node, 1, faults, 8 * S), "Y>BACKUP X>BACKUP");
}

/* The caller tells a member of its own faults and need not know of the group's. */
static void a_fault_before_the_start(void **state)
{
	struct vrrp_event faults = {.kind = VRRP_EV_FAULTS, .faults = VRRP_FAULT_INTERFACE};
	struct node node;

	(void)state;
	set_up(&node, 2);
	tell(&node, 0, faults, S);
	assert_string_equal(tell_all(&node, VRRP_EV_START, S), "X>FAULT Y>FAULT");
}

static void the_least_priority_counts(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	become_masters(&node);
	node.members[1].priority = 100;
	node.did[0] = '\0';
	assert_string_equal(settle(&node, 5 * S), "Xa100 Ya100");
	node.members[0].priority = 90;
	node.members[1].priority = 104;
	node.did[0] = '\0';
	assert_string_equal(settle(&node, 6 * S), "Xa90 Ya90");
	assert_int_equal(vrrp_sync_priority(&node.sync), 90);
}

static void released_together(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	become_masters(&node);
	node.sync.released = true;
	node.did[0] = '\0';
	assert_string_equal(settle(&node, 5 * S), "Xa1 Ya1");
	assert_string_equal(tell(&node, 1, advert(100, 1), 5500000), "Y>LEAVING X>LEAVING");
	assert_string_equal(tell(&node, 1, timer, 5550000), "Y- Y>BACKUP");
	/* Nobody was heard here. */
	assert_string_equal(tell(&node, 0, timer, 5550000), "Xa0 X- X>BACKUP");
	node.sync.released = false;
	node.did[0] = '\0';
	settle(&node, 6 * S);
	assert_false(node.fsms[0].held || node.fsms[1].held);
}

/* Two released nodes meet when a third one has left, both with priority 1, and the addresses decide
 * differently on both networks: who has lost one of them claims neither any more. */
static void hands_over_together(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	become_masters(&node);
	node.sync.released = true;
	settle(&node, 5 * S);
	assert_string_equal(tell(&node, 1, advert(1, 200), 5500000), "Y>LEAVING X>LEAVING");
	assert_string_equal(tell(&node, 0, advert(1, 99), 5500001), "");
	assert_string_equal(tell(&node, 1, timer, 5550000), "Y- Y>BACKUP");
	/* One that wants to be master again waits for the others. */
	node.sync.released = false;
	assert_string_equal(tell(&node, 1, timer, node.fsms[1].timer_at_us), "");
	assert_true(node.fsms[1].wants_master);
	assert_string_equal(tell(&node, 0, timer, 20 * S), "X- X>BACKUP");
}

/* Each waits for the successor on its own network. */
static void leaves_one_by_one(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	become_masters(&node);
	assert_string_equal(tell_all(&node, VRRP_EV_STOP, 5 * S), "X>LEAVING Xa1 Y>LEAVING Ya1");
	assert_string_equal(tell(&node, 0, advert(100, 1), 5600000), "");
	assert_string_equal(tell(&node, 0, timer, 5650000), "X- X>INIT");
	assert_string_equal(tell(&node, 1, advert(100, 1), 5700000), "");
	assert_string_equal(tell(&node, 1, timer, 5750000), "Y- Y>INIT");
}

/* The cable of the master's X is pulled: it says so on Y, and X of the backup need not wait for
 * three intervals, but for one, in which a living master would be heard. */
static void one_farewell_hurries_the_others(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	tell_all(&node, VRRP_EV_START, S);
	tell(&node, 0, advert(103, 1), 2 * S);
	tell(&node, 1, advert(103, 1), 2 * S);
	tell(&node, 1, advert(0, 1), 2500000);
	assert_int_equal(node.fsms[1].timer_at_us, 3101562);
	assert_int_equal(node.fsms[0].timer_at_us, 4101562);
	/* Heard after all: as before, and once is enough. */
	tell(&node, 0, advert(103, 1), 3 * S);
	assert_int_equal(node.fsms[0].timer_at_us, 6601562);
	tell(&node, 1, timer, 3101562);
	assert_int_equal(node.fsms[0].timer_at_us, 6601562);
	tell(&node, 1, advert(103, 1), 4 * S);
	assert_false(node.members[0].hurried);
}

/* Equal priorities, and addresses that decide differently on both networks. */
static void ties_are_for_the_decider(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	assert_int_equal(vrrp_sync_decider(&node.sync), 1);
	become_masters(&node);
	assert_string_equal(tell(&node, 0, advert(102, 200), 5 * S), "");
	assert_string_equal(tell(&node, 0, advert(102, 200), 6 * S), "");
	assert_string_equal(tell(&node, 1, advert(102, 99), 6 * S), "Ya102");
	assert_string_equal(tell(&node, 0, advert(102, 200), 7 * S), "");
	/* Three intervals, and nothing was decided on the other network. */
	assert_string_equal(tell(&node, 0, advert(102, 200), 8 * S), "X- X>BACKUP Ya0 Y- Y>BACKUP");
}

static void owners_start_together(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	for (uint32_t i = 0; i < 2; i++) {
		node.members[i].priority = 255;
		node.fsms[i].options.priority = node.fsms[i].priority = 255;
	}
	assert_string_equal(tell_all(&node, VRRP_EV_START, S),
		"X>BACKUP Y>BACKUP X+ Y+ Xa255 X>MASTER Ya255 Y>MASTER");
}

/* A second owner that does not yield on one network takes the priority of all members. */
static void an_owner_gives_way_with_its_group(void **state)
{
	struct node node;

	(void)state;
	set_up(&node, 2);
	for (uint32_t i = 0; i < 2; i++) {
		node.members[i].priority = 255;
		node.fsms[i].options.priority = node.fsms[i].priority = 255;
	}
	tell_all(&node, VRRP_EV_START, S);
	for (uint32_t second = 2; second < 5; second++)
		assert_string_equal(tell(&node, 1, advert(255, 9), second * S), "Ya255");
	assert_string_equal(
		tell(&node, 1, advert(255, 9), 5 * S), "Y- Y>BACKUP Xa254 Xa0 X- X>BACKUP");
	assert_int_equal(vrrp_fsm_priority(&node.fsms[0]), 254);
	assert_int_equal(vrrp_fsm_priority(&node.fsms[1]), 254);
}

/* Whatever happens to whom: the group settles, and is master as a whole or not at all. */
static void survives_anything(void **state)
{
	uint64_t random = 1181783497276652981u, now_us = S;
	struct node node;

	(void)state;
	for (uint32_t run = 0; run < 500; run++) {
		set_up(&node, 1 + run % MEMBERS);
		tell_all(&node, VRRP_EV_START, now_us);
		for (uint32_t i = 0; i < 200; i++) {
			uint32_t who, masters = 0, held_back = 0;
			struct vrrp_event event;

			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			who = (uint32_t)(random >> 48) % node.sync.count;
			now_us += (random >> 40) % S;
			event = advert((uint8_t)(100 + (random >> 20) % 4), 99);
			event.source = host((uint8_t)(99 + (random >> 28) % 3));
			event.kind = (enum vrrp_event_kind)(random % (VRRP_EV_AWAY + 1));
			event.faults = (random >> 32) % 3 ? 0 : VRRP_FAULT_TRACKED;
			if (event.kind == VRRP_EV_PRIORITY)
				node.members[who].priority = event.priority;
			if (event.kind == VRRP_EV_TIMER)
				now_us = node.fsms[who].timer_at_us == VRRP_NEVER
						 ? now_us
						 : node.fsms[who].timer_at_us + random % 1000;
			if (event.kind == VRRP_EV_RELEASE || event.kind == VRRP_EV_RESUME) {
				node.sync.released = event.kind == VRRP_EV_RELEASE;
				continue;
			}
			tell(&node, who, event, now_us);
			for (uint32_t m = 0; m < node.sync.count; m++) {
				masters += node.fsms[m].state == VRRP_MASTER;
				held_back += node.fsms[m].state == VRRP_BACKUP ||
					     node.fsms[m].state == VRRP_FAULT;
			}
			assert_true(masters == 0 || held_back == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_must_want),
		cmocka_unit_test(one_silent_network),
		cmocka_unit_test(all_yield_together),
		cmocka_unit_test(all_fail_together),
		cmocka_unit_test(a_fault_before_the_start),
		cmocka_unit_test(the_least_priority_counts),
		cmocka_unit_test(released_together),
		cmocka_unit_test(hands_over_together),
		cmocka_unit_test(leaves_one_by_one),
		cmocka_unit_test(one_farewell_hurries_the_others),
		cmocka_unit_test(ties_are_for_the_decider),
		cmocka_unit_test(owners_start_together),
		cmocka_unit_test(an_owner_gives_way_with_its_group),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
