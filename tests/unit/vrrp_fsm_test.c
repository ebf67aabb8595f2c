/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state machine, step by step: an event at a time, the actions that must follow, and when the
 * timer must ring next.
 *
 * Actions in the order in which they are to be done:
 *   + add addresses   - remove them   aN advertise N   g announce   l announce after a lower master
 *   s no more of that   >X now in state X   nX notify (Master, Backup, Fault, Stop, Lower)   !x
 * note . gone.      @ the timer, in microseconds; @never. */
#include "vrrp/fsm.h"
#include "vrrp/ip.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define S	     1000000u

#define START	VRRP_EV_START
#define STOP	VRRP_EV_STOP
#define QUIT	VRRP_EV_QUIT
#define TIMER	VRRP_EV_TIMER
#define ADVERT	VRRP_EV_ADVERT
#define PRIO	VRRP_EV_PRIORITY
#define FAULTS	VRRP_EV_FAULTS
#define RELEASE VRRP_EV_RELEASE
#define RESUME	VRRP_EV_RESUME
#define AWAY	VRRP_EV_AWAY

static struct vrrp_ip host(uint8_t last)
{
	return (struct vrrp_ip){AF_INET, {192, 168, 25, last}};
}

static const char *trace(const struct vrrp_fsm *fsm, const struct vrrp_actions *actions)
{
	static char text[512];
	static const char notify[] = "MBFSAL";
	static const char *const notes[VRRP_NOTES] = {
		[VRRP_NOTE_LOWER_MASTER] = "lower",
		[VRRP_NOTE_SAME_ADDRESS] = "same",
		[VRRP_NOTE_TWO_OWNERS] = "owners",
		[VRRP_NOTE_STRANGER_LEFT] = "stranger",
		[VRRP_NOTE_STEPPED_DOWN] = "stepped",
		[VRRP_NOTE_INTERVAL] = "interval",
		[VRRP_NOTE_LISTENING] = "listening",
	};
	int used = 0;

#define SAY(...) used += snprintf(text + used, sizeof(text) - (size_t)used, __VA_ARGS__)
	for (uint32_t i = 0; i < actions->count; i++) {
		const struct vrrp_action *action = &actions->items[i];

		switch (action->kind) {
		case VRRP_ACT_ADD:
			SAY("+ ");
			break;
		case VRRP_ACT_REMOVE:
			SAY("- ");
			break;
		case VRRP_ACT_ADVERT:
			SAY("a%u ", action->priority);
			break;
		case VRRP_ACT_ANNOUNCE:
			SAY("%s ", action->why == VRRP_ANNOUNCE_LOWER ? "l" : "g");
			break;
		case VRRP_ACT_SILENCE:
			SAY("s ");
			break;
		case VRRP_ACT_TRANSITION:
			assert_int_equal(action->transition.to, fsm->state);
			SAY(">%s ", vrrp_state_name(action->transition.to));
			break;
		case VRRP_ACT_NOTE:
			SAY("!%s ", notes[action->note.kind]);
			break;
		case VRRP_ACT_NOTIFY:
			SAY("n%c ", notify[action->notify]);
			break;
		case VRRP_ACT_GONE:
			SAY(". ");
			break;
		}
	}
	if (fsm->timer_at_us == VRRP_NEVER)
		SAY("@never");
	else
		SAY("@%lu", fsm->timer_at_us);
#undef SAY
	return text;
}

struct play {
	uint64_t at_us;
	enum vrrp_event_kind kind;
	uint8_t value; /* priority, or faults */
	uint8_t from;  /* the sender's last byte; we are 100 */
	const char *does;
};

#define STEPS_MAX 14

struct script {
	const char *name;
	struct vrrp_options options; /* what is 0 is made 2, 1 s, 3; 102, preempt */
	bool no_preempt;
	struct play plays[STEPS_MAX];
};

static void play(const struct script *script)
{
	struct vrrp_options options = script->options;
	struct vrrp_fsm fsm;

	options.family = AF_INET;
	options.version = options.version ? options.version : 2;
	options.priority = options.priority ? options.priority : 102;
	options.advert_us = options.advert_us ? options.advert_us : S;
	options.down_adverts = options.down_adverts ? options.down_adverts : 3;
	options.preempt = !script->no_preempt;
	vrrp_fsm_init(&fsm, &options, 0);
	fsm.address = host(100);
	for (size_t i = 0; i < STEPS_MAX && script->plays[i].does; i++) {
		const struct play *now = &script->plays[i];
		struct vrrp_event event = {.kind = now->kind,
			.source = host(now->from),
			.priority = now->value,
			.advert_us = options.advert_us,
			.faults = now->value};
		struct vrrp_actions actions;

		vrrp_fsm_step(&fsm, &event, now->at_us, &actions);
		if (strcmp(trace(&fsm, &actions), now->does) != 0)
			fail_msg("%s, step %zu: %s, wanted %s", script->name, i + 1,
				trace(&fsm, &actions), now->does);
	}
}

static void play_all(const struct script *scripts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		print_message("  %s\n", scripts[i].name);
		play(&scripts[i]);
	}
}

/* 102 waits 3.601562 s, its skew is 0.601562 s. */
static const struct script elections[] = {
	{"starts as backup, and takes over from nobody",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{4601561, TIMER, 0, 0, "@4601562"},
			{4601562, TIMER, 0, 0, "+ a102 g >MASTER nM @5601562"},
			{5601562, TIMER, 0, 0, "a102 @6601562"},
			{6601600, TIMER, 0, 0, "a102 @7601562"}}},
	{"follows a better one, and its silence is the signal",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {3 * S, ADVERT, 103, 1, "@6601562"},
			{6601562, TIMER, 0, 0, "+ a102 g >MASTER nM @7601562"}}},
	{"an equal one is followed too, whatever its address",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 102, 1, "@5601562"},
			{3 * S, ADVERT, 102, 200, "@6601562"}}},
	{"a lower one does not stop the timer",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 101, 1, "@4601562"}, {4 * S, ADVERT, 101, 1, "@4601562"},
			{4601562, TIMER, 0, 0, "+ a102 g >MASTER nM @5601562"}}},
	{"nopreempt follows a lower one", .no_preempt = true,
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 101, 1, "@5601562"}, {3 * S, ADVERT, 50, 1, "@6601562"}}},
	{"preempt_delay: counted from the start", .options = {.preempt_delay_us = 3 * S},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 101, 1, "@5601562"}, {3999999, ADVERT, 101, 1, "@7601561"},
			{4 * S, ADVERT, 101, 1, "@7601561"}, {7 * S, ADVERT, 101, 1, "@7601561"},
			{7601561, TIMER, 0, 0, "+ a102 g >MASTER nM @8601561"}}},
	{"preempt_delay: counted from the first lower one after a better one",
		.options = {.preempt_delay_us = 3 * S},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 110, 1, "@5601562"}, {5 * S, ADVERT, 101, 2, "@8601562"},
			{7 * S, ADVERT, 101, 2, "@10601562"},
			{8 * S, ADVERT, 101, 2, "@10601562"}}},
	{"preempt_delay does not wait for the dead", .options = {.preempt_delay_us = 100 * S},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 101, 1, "@5601562"},
			{5601562, TIMER, 0, 0, "+ a102 g >MASTER nM @6601562"}}},
	{"the owner is master at once", .options = {.priority = 255},
		.plays = {{1 * S, START, 0, 0, "+ a255 g >MASTER nM @2000000"},
			{1500000, ADVERT, 254, 200, "a255 l !lower nL @2500000"}}},
	{"an owner that was released waits like everybody", .options = {.priority = 255},
		.plays = {{1 * S, RELEASE, 0, 0, "@never"},
			{1 * S, START, 0, 0, ">BACKUP nB @4996093"}}},
	{"stops as backup without a word",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, STOP, 0, 0, ">INIT nS . @never"}, {3 * S, STOP, 0, 0, ". @never"},
			{3 * S, QUIT, 0, 0, ". @never"}, {4 * S, ADVERT, 1, 1, "@never"},
			{4 * S, TIMER, 0, 0, "@never"}}},
};

static void elects(void **state)
{
	(void)state;
	play_all(elections, COUNT(elections));
}

#define TO_MASTER                                                                                  \
	{S, START, 0, 0, ">BACKUP nB @4601562"},                                                   \
	{                                                                                          \
		4601562, TIMER, 0, 0, "+ a102 g >MASTER nM @5601562"                               \
	}

static const struct script reigns[] = {
	{"yields to a higher one at once, without a farewell",
		.plays = {TO_MASTER, {5 * S, ADVERT, 103, 1, "- s >BACKUP nB @8601562"},
			{8601562, TIMER, 0, 0, "+ a102 g >MASTER nM @9601562"}}},
	{"higher_prio_send_advert: with a last word", .options = {.farewell_to_higher = true},
		.plays = {TO_MASTER, {5 * S, ADVERT, 103, 1, "a102 - s >BACKUP nB @8601562"}}},
	{"yields to an equal one with the greater address",
		.plays = {TO_MASTER, {5 * S, ADVERT, 102, 101, "- s >BACKUP nB @8601562"}}},
	{"not to an equal one with the smaller address",
		.plays = {TO_MASTER, {5 * S, ADVERT, 102, 99, "a102 l !lower nL @6000000"}}},
	{"addresses are numbers: 192.168.25.200 is greater than .100 as a byte, not as a sign",
		.plays = {TO_MASTER, {5 * S, ADVERT, 102, 200, "- s >BACKUP nB @8601562"}}},
	{"stays with an equal one of the same address",
		.plays = {TO_MASTER, {5 * S, ADVERT, 102, 100, "!same @5601562"}}},
	{"lower_prio_no_advert: tells the neighbours and nobody else",
		.options = {.silent_to_lower = true},
		.plays = {TO_MASTER, {5 * S, ADVERT, 101, 200, "l !lower nL @5601562"}}},
	{"answers a lower one at once, and tells the neighbours again",
		.plays = {TO_MASTER, {5 * S, ADVERT, 101, 200, "a102 l !lower nL @6000000"},
			{6 * S, TIMER, 0, 0, "a102 @7000000"},
			{6 * S, ADVERT, 101, 200, "l !lower nL @6031250"},
			{6031250, TIMER, 0, 0, "a102 @7031250"}}},
	{"a flood of lower ones gets 32 answers an interval",
		.plays = {TO_MASTER, {5 * S, ADVERT, 101, 1, "a102 l !lower nL @6000000"},
			{5000001, ADVERT, 101, 1, "@5031250"},
			{5000002, ADVERT, 101, 1, "@5031250"},
			{5031250, TIMER, 0, 0, "a102 @6031250"},
			{5031251, ADVERT, 101, 1, "@5062500"}}},
	{"answers a farewell at once", .plays = {TO_MASTER, {5 * S, ADVERT, 0, 1, "a102 @6000000"},
					       {5000001, ADVERT, 0, 1, "@5031250"}}},
	{"tells a changed priority at once, and only that",
		.plays = {TO_MASTER, {5 * S, PRIO, 100, 0, "a100 @6000000"},
			{5500000, PRIO, 100, 0, "@6000000"},
			{5600000, PRIO, 102, 0, "a102 @6600000"},
			{5600001, PRIO, 100, 0, "@5631250"},
			{5600002, ADVERT, 101, 1, "- s >BACKUP nB @9209377"}}},
	{"relieves a leaving master with priority 1, whose last words cross ours",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, PRIO, 1, 0, "@4996093"}, {2 * S, ADVERT, 103, 200, "@5996093"},
			{3 * S, ADVERT, 1, 200, "!stepped @3996093"},
			{3996093, TIMER, 0, 0, "+ a1 g >MASTER nM @4996093"},
			{4000000, ADVERT, 1, 200, "@4996093"},
			{4046092, ADVERT, 1, 200, "@4996093"},
			{4046093, ADVERT, 1, 200, "- s >BACKUP nB @8042186"}}},
	{"two owners: the greater address stays", .options = {.priority = 255},
		.plays = {{1 * S, START, 0, 0, "+ a255 g >MASTER nM @2000000"},
			{1500000, ADVERT, 255, 101, "!owners - s >BACKUP nB @4503906"},
			{2500000, ADVERT, 255, 101, "@5503906"}}},
	{"two owners: one that does not listen wins after three intervals",
		.options = {.priority = 255},
		.plays = {{1 * S, START, 0, 0, "+ a255 g >MASTER nM @2000000"},
			{1500000, ADVERT, 255, 1, "!owners a255 l !lower nL @2500000"},
			{2500000, ADVERT, 255, 1, "!owners a255 l !lower nL @3500000"},
			{3500000, ADVERT, 255, 1, "!owners a255 l !lower nL @4500000"},
			{4500000, ADVERT, 255, 1, "!owners - s >BACKUP nB @7507812"},
			{7507812, TIMER, 0, 0, "+ a254 g >MASTER nM @8507812"}}},
	{"two owners: a pause begins the patience anew", .options = {.priority = 255},
		.plays = {{1 * S, START, 0, 0, "+ a255 g >MASTER nM @2000000"},
			{1500000, ADVERT, 255, 1, "!owners a255 l !lower nL @2500000"},
			{2500000, TIMER, 0, 0, "a255 @3500000"},
			{3500000, TIMER, 0, 0, "a255 @4500000"},
			{4500001, TIMER, 0, 0, "a255 @5500000"},
			{4600000, ADVERT, 255, 1, "!owners a255 l !lower nL @5600000"},
			{5600000, ADVERT, 255, 1, "!owners a255 l !lower nL @6600000"}}},
	{"quits with a farewell",
		.plays = {TO_MASTER, {5 * S, QUIT, 0, 0, "a0 - s >INIT nS . @never"}}},
};

static void reigns_and_yields(void **state)
{
	(void)state;
	play_all(reigns, COUNT(reigns));
}

static const struct script farewells[] = {
	{"a farewell leaves the skew",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {3 * S, ADVERT, 0, 1, "@3601562"},
			{3601562, TIMER, 0, 0, "+ a102 g >MASTER nM @4601562"}}},
	{"a flood of farewells does not hold it back",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {3 * S, ADVERT, 0, 1, "@3601562"},
			{3300000, ADVERT, 0, 1, "@3601562"}, {3600000, ADVERT, 0, 1, "@3601562"},
			{3601562, TIMER, 0, 0, "+ a102 g >MASTER nM @4601562"}}},
	{"a farewell never lengthens a shorter timer",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{4500000, ADVERT, 0, 1, "@4601562"}}},
	{"only the master that is followed can say it",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"},
			{3 * S, ADVERT, 0, 2, "!stranger @5601562"}}},
	{"it thinks better of it",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {3 * S, ADVERT, 0, 1, "@3601562"},
			{3100000, ADVERT, 103, 1, "@6701562"}}},
	{"a master that lowers itself below us is relieved after the skew",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"},
			{3 * S, ADVERT, 101, 1, "!stepped @3601562"},
			{3100000, ADVERT, 101, 1, "@3601562"},
			{3601562, TIMER, 0, 0, "+ a102 g >MASTER nM @4601562"}}},
	{"but not one that is still better",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 110, 1, "@5601562"}, {3 * S, ADVERT, 103, 1, "@6601562"}}},
	{"nor when only we have risen",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {2 * S, PRIO, 104, 0, "@5593750"},
			{3 * S, ADVERT, 103, 1, "@5593750"},
			{5593750, TIMER, 0, 0, "+ a104 g >MASTER nM @6593750"}}},
	{"nopreempt leaves it there", .no_preempt = true,
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {3 * S, ADVERT, 101, 1, "@6601562"}}},
	{"unless it is a planned stop", .no_preempt = true,
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"},
			{3 * S, ADVERT, 1, 1, "!stepped @3601562"},
			{3500000, ADVERT, 1, 1, "@3601562"},
			{3601562, TIMER, 0, 0, "+ a102 g >MASTER nM @4601562"}}},
	{"which preempt_delay does not hold up either", .options = {.preempt_delay_us = 100 * S},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"},
			{3 * S, ADVERT, 1, 1, "!stepped @3601562"}}},
	{"a master that always had priority 1 is no planned stop", .no_preempt = true,
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 1, 1, "@5601562"}, {3 * S, ADVERT, 1, 1, "@6601562"}}},
	{"who was released himself comes after all others",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, ADVERT, 103, 1, "@5601562"}, {2 * S, RELEASE, 0, 0, "@5996093"},
			{3 * S, ADVERT, 1, 1, "!stepped @3996093"},
			{3900000, ADVERT, 2, 3, "@7896093"}}},
};

static void farewells_and_steps_down(void **state)
{
	(void)state;
	play_all(farewells, COUNT(farewells));
}

static const struct script stops[] = {
	{"a planned stop serves until a better advertisement comes",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{6 * S, TIMER, 0, 0, "a1 @7000000"}, {6500000, ADVERT, 100, 1, "@6550000"},
			{6510000, ADVERT, 100, 1, "@6550000"},
			{6550000, TIMER, 0, 0, "- s >INIT nS . @never"}}},
	{"nobody comes: a farewell after the longest master down interval, and one advert more",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{6 * S, TIMER, 0, 0, "a1 @7000000"}, {7 * S, TIMER, 0, 0, "a1 @8000000"},
			{8 * S, TIMER, 0, 0, "a1 @9000000"}, {9 * S, TIMER, 0, 0, "a1 @9996093"},
			{9996093, TIMER, 0, 0, "a0 - s >INIT nS . @never"}}},
	{"asked twice, it goes at once",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, STOP, 0, 0, "@6000000"},
			{5500000, QUIT, 0, 0, "a0 - s >INIT nS . @never"}}},
	{"farewells of others are not taken for a successor",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, ADVERT, 0, 1, "@6000000"}}},
	{"another one that leaves is as good as a successor",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, ADVERT, 1, 1, "@5550000"}, {5600000, ADVERT, 1, 200, "@5550000"},
			{5700000, TIMER, 0, 0, "- s >INIT nS . @never"}}},
	{"a fault while leaving", .plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
					  {5500000, FAULTS, 1, 0, "a0 - s >INIT nS . @never"}}},
	{"not stopped after all", .plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
					  {5500000, START, 0, 0, ">MASTER a102 @6500000"}}},
	{"not stopped after all, but there is a successor",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, ADVERT, 100, 1, "@5550000"}, {5510000, AWAY, 0, 0, "@5550000"},
			{5520000, START, 0, 0, "- s >BACKUP nB @9121562"}}},
	{"our own advertisement is no successor",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, ADVERT, 1, 100, "@6000000"}}},
	{"priorities change while leaving, and do not matter",
		.plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
			{5500000, PRIO, 200, 0, "@6000000"}, {5600000, ADVERT, 100, 1, "@5650000"},
			{5600001, QUIT, 0, 0, "a0 - s >INIT nS . @never"}}},
	{"the first word of leaving just after an advertisement",
		.plays = {TO_MASTER, {4601563, STOP, 0, 0, ">LEAVING @4632812"},
			{4632812, TIMER, 0, 0, "a1 @5632812"}}},
	{"released by an operator: master with priority 1 until somebody comes, then backup with 1",
		.plays = {TO_MASTER, {5 * S, RELEASE, 0, 0, "a1 @6000000"},
			{6 * S, TIMER, 0, 0, "a1 @7000000"},
			{6100000, ADVERT, 2, 1, ">LEAVING @6150000"},
			{6120000, ADVERT, 2, 1, "@6150000"}, /* nothing more is said */
			{6150000, TIMER, 0, 0, "- s >BACKUP nB @10146093"},
			{6200000, PRIO, 103, 0, "@10146093"}, {7 * S, ADVERT, 2, 1, "@10996093"},
			{8 * S, RESUME, 0, 0, "@10597656"}, {8 * S, ADVERT, 2, 1, "@10597656"}}},
	{"released, and stopped in the last moment of it",
		.plays = {TO_MASTER, {5 * S, RELEASE, 0, 0, "a1 @6000000"},
			{5500000, ADVERT, 2, 1, ">LEAVING @5550000"},
			{5510000, STOP, 0, 0, "@5550000"},
			{5550000, TIMER, 0, 0, "- s >INIT nS . @never"}}},
	{"released, and reclaimed in the last moment of it: a backup all the same",
		.plays = {TO_MASTER, {5 * S, RELEASE, 0, 0, "a1 @6000000"},
			{5500000, ADVERT, 2, 1, ">LEAVING @5550000"},
			{5510000, RESUME, 0, 0, "@5550000"},
			{5550000, TIMER, 0, 0, "- s >BACKUP nB @9151562"}}},
	{"released, and failing in the last moment of it",
		.plays = {TO_MASTER, {5 * S, RELEASE, 0, 0, "a1 @6000000"},
			{5500000, ADVERT, 2, 1, ">LEAVING @5550000"},
			{5510000, FAULTS, 1, 0, "- s >FAULT nF @never"},
			{6 * S, FAULTS, 0, 0, ">BACKUP nB @9996093"}}},
	{"released, and killed in the last moment of it",
		.plays = {TO_MASTER, {5 * S, RELEASE, 0, 0, "a1 @6000000"},
			{5500000, ADVERT, 2, 1, ">LEAVING @5550000"},
			{5510000, QUIT, 0, 0, "a0 - s >INIT nS . @never"}}},
	{"released, and the others die: better than nobody",
		.plays = {{1 * S, RELEASE, 0, 0, "@never"},
			{1 * S, START, 0, 0, ">BACKUP nB @4996093"},
			{4996093, TIMER, 0, 0, "+ a1 g >MASTER nM @5996093"},
			{5100000, RESUME, 0, 0, "a102 @6100000"}}},
};

static void stops_as_planned(void **state)
{
	(void)state;
	play_all(stops, COUNT(stops));
}

static const struct script troubles[] = {
	{"a fault before the start",
		.plays = {{1 * S, FAULTS, 1, 0, "@never"}, {1 * S, START, 0, 0, ">FAULT nF @never"},
			{2 * S, ADVERT, 103, 1, "@never"}, {2 * S, TIMER, 0, 0, "@never"},
			{3 * S, FAULTS, 3, 0, "@never"}, {4 * S, FAULTS, 2, 0, "@never"},
			{5 * S, FAULTS, 0, 0, ">BACKUP nB @8601562"}}},
	{"a master that fails says farewell",
		.plays = {TO_MASTER, {5 * S, FAULTS, 4, 0, "a0 - s >FAULT nF @never"},
			{6 * S, FAULTS, 0, 0, ">BACKUP nB @9601562"}}},
	{"a backup that fails says nothing",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{2 * S, FAULTS, 4, 0, ">FAULT nF @never"}, {3 * S, PRIO, 104, 0, "@never"},
			{4 * S, STOP, 0, 0, ">INIT nS . @never"}}},
	{"an owner is master at once again", .options = {.priority = 255},
		.plays = {{1 * S, START, 0, 0, "+ a255 g >MASTER nM @2000000"},
			{2 * S, FAULTS, 1, 0, "a0 - s >FAULT nF @never"},
			{3 * S, FAULTS, 0, 0, "+ a255 g >MASTER nM @4000000"}}},
	{"away for a moment: nobody can have taken over",
		.plays = {TO_MASTER, {7605467, AWAY, 0, 0, "a102 @8605467"}}},
	{"away for longer: backup, and listens for an interval and the skew",
		.plays = {TO_MASTER, {7605468, AWAY, 0, 0, "- s >BACKUP nB !listening @9207030"},
			{9207030, TIMER, 0, 0, "+ a102 g >MASTER nM @10207030"}}},
	{"away, and a lower one is master: preempted at the usual pace",
		.plays = {TO_MASTER, {9 * S, AWAY, 0, 0, "- s >BACKUP nB !listening @10601562"},
			{9500000, ADVERT, 101, 1, "@13101562"},
			{10500000, ADVERT, 101, 1, "@13101562"}}},
	{"away, and a better one is master",
		.plays = {TO_MASTER, {9 * S, AWAY, 0, 0, "- s >BACKUP nB !listening @10601562"},
			{9500000, ADVERT, 103, 1, "@13101562"}}},
	{"away, and its own late timer tells it",
		.plays = {TO_MASTER, {9 * S, TIMER, 0, 0, "- s >BACKUP nB !listening @10601562"}}},
	{"away, and somebody's advertisement tells it, even a lower one's",
		.plays = {TO_MASTER, {9 * S, ADVERT, 101, 1, "- s >BACKUP nB @12601562"}}},
	{"a late backup listens before it believes the silence",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{5601563, TIMER, 0, 0, "!listening @7203125"},
			{7203125, TIMER, 0, 0, "+ a102 g >MASTER nM @8203125"}}},
	{"but only once: late again is late for good",
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
			{5601563, TIMER, 0, 0, "!listening @7203125"},
			{9 * S, TIMER, 0, 0, "+ a102 g >MASTER nM @10000000"}}},
	{"away as backup", .plays = {{1 * S, START, 0, 0, ">BACKUP nB @4601562"},
				   {2 * S, ADVERT, 103, 1, "@5601562"},
				   {60 * S, AWAY, 0, 0, "!listening @61601562"},
				   {61 * S, ADVERT, 103, 1, "@64601562"}}},
	{"away while leaving", .plays = {TO_MASTER, {5 * S, STOP, 0, 0, ">LEAVING a1 @6000000"},
				       {6 * S, AWAY, 0, 0, "a1 @7000000"},
				       {9 * S + 3906, AWAY, 0, 0, "a0 - s >INIT nS . @never"}}},
	{"a timer that was late by more than an interval does not hurry after",
		.plays = {TO_MASTER, {7 * S, TIMER, 0, 0, "a102 @8000000"}}},
};

static void faults_and_pauses(void **state)
{
	(void)state;
	play_all(troubles, COUNT(troubles));
}

/* 102 with 0.1 s waits 360.156 ms. */
static const struct script version_3[] = {
	{"a tenth of a second", .options = {.version = 3, .advert_us = 100000},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @1360156"},
			{1100000, ADVERT, 103, 1, "@1460156"},
			{1460156, TIMER, 0, 0, "+ a102 g >MASTER nM @1560156"},
			{1500000, ADVERT, 0, 1, "a102 @1600000"},
			{1500001, ADVERT, 0, 1, "@1503125"}}},
	{"down_timer_adverts 5", .options = {.version = 3, .advert_us = 100000, .down_adverts = 5},
		.plays = {{1 * S, START, 0, 0, ">BACKUP nB @1560156"}}},
};

static void version_3_is_quicker(void **state)
{
	(void)state;
	play_all(version_3, COUNT(version_3));
}

static struct vrrp_fsm started(struct vrrp_options options)
{
	struct vrrp_event event = {.kind = VRRP_EV_START};
	struct vrrp_actions actions;
	struct vrrp_fsm fsm;

	vrrp_fsm_init(&fsm, &options, S);
	fsm.address = host(100);
	vrrp_fsm_step(&fsm, &event, S, &actions);
	return fsm;
}

/* RFC 5798 6.1: a backup waits in the master's intervals, a master keeps its own. */
static void learns_the_interval(void **state)
{
	struct vrrp_fsm fsm = started((struct vrrp_options){
		.version = 3, .priority = 128, .preempt = true, .down_adverts = 3, .advert_us = S});
	struct vrrp_event event = {
		.kind = VRRP_EV_ADVERT, .source = host(1), .priority = 200, .advert_us = S / 10};
	struct vrrp_actions actions;

	(void)state;
	vrrp_fsm_step(&fsm, &event, 2 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "!interval @2350000");
	event.priority = 0;
	vrrp_fsm_step(&fsm, &event, 2 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "@2050000");
	event.kind = VRRP_EV_TIMER;
	vrrp_fsm_step(&fsm, &event, 2050000, &actions);
	assert_string_equal(trace(&fsm, &actions), "+ a128 g >MASTER nM @3050000");
	event = (struct vrrp_event){
		.kind = VRRP_EV_ADVERT, .source = host(1), .priority = 200, .advert_us = 2 * S};
	vrrp_fsm_step(&fsm, &event, 2500000, &actions);
	assert_string_equal(trace(&fsm, &actions), "- s >BACKUP nB !interval @9500000");
	event.advert_us = S; /* back to ours: nothing to say */
	vrrp_fsm_step(&fsm, &event, 3 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "@6500000");
}

/* What a grouped router does by itself, and what it waits to be told; the rest is group_test. */
static void asks_its_group(void **state)
{
	struct vrrp_fsm fsm = started((struct vrrp_options){.version = 2,
		.priority = 102,
		.preempt = true,
		.grouped = true,
		.down_adverts = 3,
		.advert_us = S});
	struct vrrp_event event = {.kind = VRRP_EV_TIMER};
	struct vrrp_actions actions;

	(void)state;
	vrrp_fsm_step(&fsm, &event, 4601562, &actions);
	assert_string_equal(trace(&fsm, &actions), "@never");
	assert_true(fsm.wants_master);
	event = (struct vrrp_event){.kind = VRRP_EV_ADVERT, .source = host(1), .priority = 101};
	vrrp_fsm_step(&fsm, &event, 5 * S, &actions);
	assert_true(fsm.wants_master);
	event.priority = 103;
	vrrp_fsm_step(&fsm, &event, 6 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "@9601562");
	assert_false(fsm.wants_master);
	event.kind = VRRP_EV_GROUP_MASTER; /* not while it does not want */
	vrrp_fsm_step(&fsm, &event, 6 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "@9601562");
	event.kind = VRRP_EV_GROUP_HURRY;
	vrrp_fsm_step(&fsm, &event, 6 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "@7601562");
	event.kind = VRRP_EV_TIMER;
	vrrp_fsm_step(&fsm, &event, 7601562, &actions);
	event.kind = VRRP_EV_GROUP_PREPARE;
	vrrp_fsm_step(&fsm, &event, 7601562, &actions);
	assert_string_equal(trace(&fsm, &actions), "+ @never");
	event.kind = VRRP_EV_GROUP_MASTER;
	vrrp_fsm_step(&fsm, &event, 7601562, &actions);
	assert_string_equal(trace(&fsm, &actions), "a102 g >MASTER nM @8601562");
	event.kind = VRRP_EV_GROUP_BACKUP;
	vrrp_fsm_step(&fsm, &event, 8 * S, &actions);
	assert_string_equal(trace(&fsm, &actions), "a0 - s >BACKUP nB @11601562");
}

static void keeps_a_journal(void **state)
{
	struct vrrp_fsm fsm = started((struct vrrp_options){
		.version = 2, .priority = 102, .preempt = true, .down_adverts = 3, .advert_us = S});
	struct vrrp_event advert = {
		.kind = VRRP_EV_ADVERT, .source = host(1), .priority = 103, .advert_us = S};
	struct vrrp_event timer = {.kind = VRRP_EV_TIMER};
	const struct vrrp_transition *last;
	struct vrrp_actions actions;
	char line[VRRP_LINE_BYTES];

	(void)state;
	vrrp_fsm_step(&fsm, &advert, 2 * S, &actions);
	vrrp_fsm_step(&fsm, &timer, fsm.timer_at_us, &actions);
	last = vrrp_journal_at(&fsm.journal, 0);
	assert_int_equal(last->silence_us, 3601562);
	assert_int_equal(last->stayed_us, 4601562);
	assert_string_equal(vrrp_transition_text(line, "VI_1", last),
		"(VI_1) Entering MASTER STATE: 192.168.25.1 (priority 103) was silent for 3.601 s");
	vrrp_fsm_step(&fsm, &advert, 6 * S, &actions);
	assert_string_equal(vrrp_transition_text(line, "VI_1", vrrp_journal_at(&fsm.journal, 0)),
		"(VI_1) Entering BACKUP STATE: master is 192.168.25.1 (priority 103), ours was "
		"102");
	assert_string_equal(vrrp_transition_text(line, "VI_1", vrrp_journal_at(&fsm.journal, 2)),
		"(VI_1) Entering BACKUP STATE (init)");
	assert_null(vrrp_journal_at(&fsm.journal, 3));
	assert_int_equal(fsm.counters.adverts_in, 2);
	assert_int_equal(fsm.counters.adverts_out, 1);
	assert_int_equal(fsm.counters.entered[VRRP_MASTER], 1);
	assert_int_equal(fsm.counters.entered[VRRP_BACKUP], 2);
	for (uint32_t i = 0; i < 20; i++) {
		vrrp_fsm_step(&fsm, &timer, fsm.timer_at_us, &actions);
		vrrp_fsm_step(&fsm, &advert, fsm.timer_at_us - S / 2, &actions);
	}
	assert_non_null(vrrp_journal_at(&fsm.journal, VRRP_JOURNAL_ENTRIES - 1));
	assert_null(vrrp_journal_at(&fsm.journal, VRRP_JOURNAL_ENTRIES));
}

static void every_reason_has_words(void **state)
{
	struct vrrp_transition transition = {.from = VRRP_BACKUP,
		.to = VRRP_MASTER,
		.peer = host(1),
		.peer_priority = 9,
		.faults = 31};
	struct vrrp_note note = {.peer = host(1), .priority = 9};
	char line[VRRP_LINE_BYTES];

	(void)state;
	for (uint32_t i = 0; i < VRRP_WHYS; i++) {
		transition.why = (enum vrrp_why)i;
		vrrp_transition_text(line, "VI_1", &transition);
		assert_true(strlen(line) > strlen("(VI_1) Entering MASTER STATE"));
	}
	for (uint32_t i = 0; i < VRRP_NOTES; i++) {
		note.kind = (enum vrrp_note_kind)i;
		assert_true(strlen(vrrp_note_text(line, "VI_1", &note)) > strlen("(VI_1) "));
	}
	transition.why = VRRP_WHY_FAULT;
	transition.to = VRRP_FAULT;
	transition.faults = VRRP_FAULT_INTERFACE | VRRP_FAULT_TRACKED;
	assert_string_equal(vrrp_transition_text(line, "VI_1", &transition),
		"(VI_1) Entering FAULT STATE: interface is down, a tracked thing failed");
}

static void options_of_an_instance(void **state)
{
	static const struct {
		const char *name;
		struct vrrp_instance instance;
		bool preempt;
		uint64_t preempt_delay_us, advert_us;
		uint32_t down_adverts;
	} cases[] = {
		{"the published one",
			{.version = 2,
				.priority = 101,
				.wants_master = true,
				.advert_us = S,
				.group = -1},
			true, 0, S, 3},
		{"nopreempt",
			{.version = 2,
				.priority = 101,
				.no_preempt = true,
				.advert_us = S,
				.group = -1},
			false, 0, S, 3},
		{"nopreempt of a wanted MASTER",
			{.version = 2,
				.priority = 101,
				.no_preempt = true,
				.wants_master = true,
				.preempt_delay_us = 9,
				.advert_us = S,
				.group = -1},
			true, 0, S, 3},
		{"version 2 keeps whole seconds",
			{.version = 2,
				.priority = 101,
				.preempt_delay_us = 9,
				.advert_us = 1600000,
				.group = -1,
				.down_adverts = 5},
			true, 9, 2 * S, 5},
		{"version 3 keeps hundredths",
			{.version = 3, .priority = 101, .advert_us = 16000, .group = -1}, true, 0,
			20000, 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vrrp_options options;

		print_message("  %s\n", cases[i].name);
		vrrp_options_from(&options, &cases[i].instance);
		assert_int_equal(options.preempt, cases[i].preempt);
		assert_int_equal(options.preempt_delay_us, cases[i].preempt_delay_us);
		assert_int_equal(options.advert_us, cases[i].advert_us);
		assert_int_equal(options.down_adverts, cases[i].down_adverts);
		assert_false(options.grouped);
	}
}

/* Any event in any state, also those that nobody expects there: the checks inside hold. */
static void survives_anything(void **state)
{
	struct vrrp_options options = {
		.version = 2, .priority = 102, .preempt = true, .down_adverts = 3, .advert_us = S};
	uint64_t random = 88172645463325252u, now_us = S;

	(void)state;
	for (uint32_t run = 0; run < 2000; run++) {
		struct vrrp_fsm fsm;

		options.priority = run % 4 ? 102 : 255;
		options.preempt = run % 3;
		options.preempt_delay_us = run % 5 ? 0 : 2 * S;
		vrrp_fsm_init(&fsm, &options, now_us);
		fsm.address = host(100);
		for (uint32_t i = 0; i < 200; i++) {
			struct vrrp_event event;
			struct vrrp_actions actions;

			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			event = (struct vrrp_event){
				.kind = (enum vrrp_event_kind)(random % (VRRP_EV_GROUP_HURRY + 1)),
				.source = host((uint8_t)(99 + (random >> 8) % 3)),
				.priority = (uint8_t)((random >> 16) % 3 ? 100 + (random >> 20) % 5
									 : (random >> 20) % 2),
				.advert_us = S,
				.faults = (random >> 32) % 4 ? 0 : (random >> 36) % 32,
			};
			if (event.kind == VRRP_EV_PRIORITY && event.priority == 0)
				event.priority = 255;
			now_us +=
				(random >> 40) % 8 ? (random >> 44) % S : (random >> 44) % (9 * S);
			vrrp_fsm_step(&fsm, &event, now_us, &actions);
			assert_true(actions.count <= VRRP_ACTIONS_MAX);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elects),
		cmocka_unit_test(reigns_and_yields),
		cmocka_unit_test(farewells_and_steps_down),
		cmocka_unit_test(stops_as_planned),
		cmocka_unit_test(faults_and_pauses),
		cmocka_unit_test(version_3_is_quicker),
		cmocka_unit_test(learns_the_interval),
		cmocka_unit_test(asks_its_group),
		cmocka_unit_test(keeps_a_journal),
		cmocka_unit_test(every_reason_has_words),
		cmocka_unit_test(options_of_an_instance),
		cmocka_unit_test(survives_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
