/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rise, fall and weights: from results to a priority and the sentence that explains it. */
#include "vrrp/track.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	enum vrrp_tracker_kind kind;
	uint32_t rise, fall;
	bool init_fail;
	const char *results; /* G good, B bad */
	const char *answers; /* after each; ? unknown, g good, b bad; upper case: it changed */
} runs[] = {
	{"the first result decides", VRRP_TRACK_SCRIPT, 3, 3, false, "GB", "Gg"},
	{"the first failure decides", VRRP_TRACK_SCRIPT, 3, 3, false, "BG", "Bb"},
	{"rise 1, fall 1", VRRP_TRACK_SCRIPT, 1, 1, false, "GBGB", "GBGB"},
	{"three in a row", VRRP_TRACK_SCRIPT, 3, 2, false, "GBBGGG", "GgBbbG"},
	{"not in a row", VRRP_TRACK_SCRIPT, 3, 2, false, "GBGBGBB", "GgggggB"},
	{"a good one in between begins anew", VRRP_TRACK_SCRIPT, 2, 1, false, "BGBGG", "BbbbG"},
	{"init_fail needs all of rise", VRRP_TRACK_SCRIPT, 2, 2, true, "GGBB", "bGgB"},
	{"what is known counts at once", VRRP_TRACK_SERVING, 5, 5, false, "GBGB", "GBGB"},
	{"so does a link", VRRP_TRACK_INTERFACE, 3, 3, false, "BG", "BG"},
	{"and the prober's verdict", VRRP_TRACK_BACKEND, 3, 3, true, "GBG", "GBG"},
};

static void counts_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct vrrp_tracker tracker = {.kind = (uint8_t)runs[i].kind,
			.rise = runs[i].rise,
			.fall = runs[i].fall,
			.init_fail = runs[i].init_fail};
		struct vrrp_watch watch;

		print_message("  %s\n", runs[i].name);
		vrrp_watch_init(&watch, &tracker);
		assert_int_equal(
			watch.answer, runs[i].init_fail ? VRRP_ANSWER_BAD : VRRP_ANSWER_UNKNOWN);
		for (size_t r = 0; runs[i].results[r]; r++) {
			char wanted = runs[i].answers[r];
			bool changed =
				vrrp_watch_result(&watch, &tracker, runs[i].results[r] == 'G');

			assert_int_equal(changed, wanted < 'a');
			assert_int_equal(watch.answer,
				(wanted | 32) == 'g' ? VRRP_ANSWER_GOOD : VRRP_ANSWER_BAD);
		}
	}
}

#define UNKNOWN VRRP_ANSWER_UNKNOWN
#define GOOD	VRRP_ANSWER_GOOD
#define BAD	VRRP_ANSWER_BAD
#define NONE	VRRP_ANSWER_NONE
#define SCRIPT	VRRP_TRACK_SCRIPT
#define TEXT	VRRP_TRACK_FILE

static const struct {
	const char *name;
	enum vrrp_tracker_kind kind;
	enum vrrp_answer answer;
	int32_t value, weight;
	bool reverse;
	int32_t adds;
	bool fault;
} effects[] = {
	{"weight 2 while good", SCRIPT, GOOD, 0, 2, false, 2, false},
	{"weight 2 while bad", SCRIPT, BAD, 0, 2, false, 0, false},
	{"weight 2 before the first answer", SCRIPT, UNKNOWN, 0, 2, false, 0, false},
	{"weight -2 while good", SCRIPT, GOOD, 0, -2, false, 0, false},
	{"weight -2 while bad", SCRIPT, BAD, 0, -2, false, -2, false},
	{"weight -2 before the first answer", SCRIPT, UNKNOWN, 0, -2, false, 0, false},
	{"weight 2 reversed, good", SCRIPT, GOOD, 0, 2, true, 0, false},
	{"weight 2 reversed, bad", SCRIPT, BAD, 0, 2, true, 2, false},
	{"weight -2 reversed, good", SCRIPT, GOOD, 0, -2, true, -2, false},
	{"weight -2 reversed, bad", SCRIPT, BAD, 0, -2, true, 0, false},
	{"weight -2 reversed, unknown", SCRIPT, UNKNOWN, 0, -2, true, 0, false},
	{"no weight, good", SCRIPT, GOOD, 0, 0, false, 0, false},
	{"no weight, bad", SCRIPT, BAD, 0, 0, false, 0, true},
	{"no weight waits for the first answer", SCRIPT, UNKNOWN, 0, 0, false, 0, true},
	{"no weight, and there is no such script", SCRIPT, NONE, 0, 0, false, 0, false},
	{"no weight reversed, and there is none", SCRIPT, NONE, 0, 0, true, 0, false},
	{"weight -2, and there is none", SCRIPT, NONE, 0, -2, false, 0, false},
	{"weight -2 reversed, and there is none", SCRIPT, NONE, 0, -2, true, 0, false},
	{"weight 2 reversed, and there is none", SCRIPT, NONE, 0, 2, true, 0, false},
	{"no weight reversed, good", SCRIPT, GOOD, 0, 0, true, 0, true},
	{"no weight reversed, bad", SCRIPT, BAD, 0, 0, true, 0, false},
	{"a file times its weight", TEXT, GOOD, 10, 3, false, 30, false},
	{"a file below zero", TEXT, GOOD, -10, 3, false, -30, false},
	{"a file reversed", TEXT, GOOD, 10, 3, true, -30, false},
	{"a file is held at the most", TEXT, GOOD, 1000, 2, false, 253, false},
	{"a file fails the router", TEXT, GOOD, -127, 2, false, -254, true},
	{"a file just does not", TEXT, GOOD, -253, 1, false, -253, false},
	{"a file far beyond", TEXT, GOOD, -(1 << 20), 253, false, -254, true},
	{"a file without a weight, 0", TEXT, GOOD, 0, 0, false, 0, false},
	{"a file without a weight, 1", TEXT, GOOD, 1, 0, false, 0, true},
	{"a file without a weight, reversed, 1", TEXT, GOOD, 1, 0, true, 0, false},
	{"a file without a weight, reversed, 0", TEXT, GOOD, 0, 0, true, 0, true},
	{"a file that is not there", TEXT, UNKNOWN, 0, 3, false, 0, false},
	{"a file that is not there, no weight", TEXT, UNKNOWN, 0, 0, false, 0, false},
};

static void weighs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(effects); i++) {
		struct vrrp_tracker tracker = {.kind = (uint8_t)effects[i].kind};
		struct vrrp_watch watch = {.answer = effects[i].answer, .value = effects[i].value};
		struct vrrp_binding binding = {0, effects[i].weight, effects[i].reverse};
		struct vrrp_effect effect;

		print_message("  %s\n", effects[i].name);
		effect = vrrp_track_effect(&watch, &tracker, &binding);
		assert_int_equal(effect.weight, effects[i].adds);
		assert_int_equal(effect.fault, effects[i].fault);
	}
}

/* A script that is deployed later is asked from then on. */
static void a_script_that_comes_later(void **state)
{
	struct vrrp_tracker tracker = {.kind = VRRP_TRACK_SCRIPT, .rise = 3, .fall = 3};
	struct vrrp_watch watch;

	(void)state;
	vrrp_watch_init(&watch, &tracker);
	assert_true(vrrp_watch_absent(&watch));
	assert_false(vrrp_watch_absent(&watch));
	assert_false(watch.answered);
	assert_true(vrrp_watch_result(&watch, &tracker, false));
	assert_int_equal(watch.answer, VRRP_ANSWER_BAD);
	assert_true(watch.answered);
}

static void reads_files(void **state)
{
	struct vrrp_watch watch = {0};

	(void)state;
	assert_true(vrrp_watch_value(&watch, 5));
	assert_false(vrrp_watch_value(&watch, 5));
	assert_true(vrrp_watch_value(&watch, -5));
	assert_true(vrrp_watch_value(&watch, INT64_MAX));
	assert_false(vrrp_watch_value(&watch, INT64_MAX - 1));
	assert_true(vrrp_watch_value(&watch, INT64_MIN));
	assert_true(vrrp_watch_forget(&watch));
	assert_false(vrrp_watch_forget(&watch));
	assert_int_equal(watch.answer, VRRP_ANSWER_UNKNOWN);
}

static const struct vrrp_tracker trackers[] = {
	{.name = "haproxy", .kind = VRRP_TRACK_SERVING},
	{.name = "uplink", .kind = VRRP_TRACK_INTERFACE},
	{.name = "hand", .kind = VRRP_TRACK_FILE},
};

static const struct {
	const char *name;
	uint8_t base;
	enum vrrp_answer haproxy, uplink;
	int32_t hand;
	struct vrrp_binding bindings[3];
	struct vrrp_range own, group;
	uint8_t effective;
	bool fault;
	const char *text;
} sums[] = {
	{"the published master", 101, GOOD, GOOD, 0, {{0, 2, false}}, {0, 1}, {0, 0}, 103, false,
		"101 + 2 (haproxy) = 103"},
	{"and without its balancer", 101, BAD, GOOD, 0, {{0, 2, false}}, {0, 1}, {0, 0}, 101, false,
		"101"},
	{"nothing is watched", 100, BAD, BAD, 0, {{0}}, {0, 0}, {0, 0}, 100, false, "100"},
	{"three at once", 100, GOOD, BAD, 5, {{0, 2, false}, {1, -20, false}, {2, -1, false}},
		{0, 3}, {0, 0}, 77, false, "100 + 2 (haproxy) - 20 (uplink) - 5 (hand) = 77"},
	{"the group's come after", 100, GOOD, BAD, 0, {{0, 2, false}, {1, -20, false}}, {0, 1},
		{1, 1}, 82, false, "100 + 2 (haproxy) - 20 (uplink) = 82"},
	{"held at the most", 200, GOOD, GOOD, 0, {{0, 253, false}}, {0, 1}, {0, 0}, 254, false,
		"200 + 253 (haproxy) = 254 (limited)"},
	{"held at the least", 10, GOOD, BAD, 0, {{1, -253, false}}, {0, 1}, {0, 0}, 1, false,
		"10 - 253 (uplink) = 1 (limited)"},
	{"both extremes meet", 100, GOOD, BAD, 0, {{0, 253, false}, {1, -253, false}}, {0, 2},
		{0, 0}, 100, false, "100 + 253 (haproxy) - 253 (uplink)"},
	{"an owner is not weighed", 255, GOOD, BAD, 0, {{0, 2, false}, {1, -20, false}}, {0, 2},
		{0, 0}, 255, false, "255 (owner)"},
	{"but it can fail", 255, BAD, GOOD, 0, {{0, 0, false}}, {0, 1}, {0, 0}, 255, true,
		"255, fault: haproxy (owner)"},
	{"a fault, and a weight", 101, BAD, BAD, 0, {{0, 0, false}, {1, -20, false}}, {0, 2},
		{0, 0}, 81, true, "101, fault: haproxy - 20 (uplink) = 81"},
	{"not asked yet", 101, UNKNOWN, GOOD, 0, {{0, 0, false}}, {0, 1}, {0, 0}, 101, true,
		"101, waiting for: haproxy"},
};

static void adds_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sums); i++) {
		const struct vrrp_watch watches[] = {{.answer = sums[i].haproxy},
			{.answer = sums[i].uplink}, {.answer = GOOD, .value = sums[i].hand}};
		struct vrrp_tracked tracked = {
			trackers, watches, sums[i].bindings, sums[i].own, sums[i].group};
		struct vrrp_sum sum;

		print_message("  %s\n", sums[i].name);
		vrrp_track_sum(&sum, sums[i].base, &tracked);
		assert_int_equal(sum.base, sums[i].base);
		assert_int_equal(sum.effective, sums[i].effective);
		assert_int_equal(sum.fault, sums[i].fault);
		assert_string_equal(sum.text, sums[i].text);
	}
}

static void a_long_explanation_is_cut(void **state)
{
	static struct vrrp_binding bindings[100];
	const struct vrrp_watch watches[] = {{.answer = GOOD}};
	struct vrrp_tracked tracked = {trackers, watches, bindings, {0, 100}, {0, 0}};
	struct vrrp_sum sum;

	(void)state;
	for (size_t i = 0; i < COUNT(bindings); i++)
		bindings[i].weight = 1;
	vrrp_track_sum(&sum, 50, &tracked);
	assert_int_equal(sum.effective, 150);
	assert_int_equal(strlen(sum.text), VRRP_SUM_TEXT_BYTES - 1);
	assert_string_equal(sum.text + VRRP_SUM_TEXT_BYTES - 4, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_results),
		cmocka_unit_test(weighs),
		cmocka_unit_test(a_script_that_comes_later),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(adds_up),
		cmocka_unit_test(a_long_explanation_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
