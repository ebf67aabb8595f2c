/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From probes to a server's state: the counter, the intervals, the words of the log. */
#include "health/verdict.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { INTER = 1000, FAST = 500, SLOW = 5000 }; /* the published intervals */

static struct proxy myLB = {.name = "myLB"};

static struct server make_server(uint32_t rise, uint32_t fall)
{
	return (struct server){
		.name = "pv1",
		.proxy = &myLB,
		.check = true,
		.weight = 1,
		.rise = rise,
		.fall = fall,
		.inter_ms = INTER,
		.fastinter_ms = FAST,
		.downinter_ms = SLOW,
		.address.in.sin_family = AF_INET,
	};
}

static struct verdict_actions end_probe(struct verdict *verdict, const struct server *server,
	enum probe_outcome outcome, uint64_t wall_s)
{
	struct probe_result result = {.outcome = outcome, .status = CHECK_STATUS_L7OK, .code = 200};
	struct verdict_event event = {
		.kind = VERDICT_PROBE_ENDS, .result = &result, .duration_ms = 7, .wall_s = wall_s};
	struct verdict_actions actions;

	if (outcome == PROBE_FAILED) {
		result.status = CHECK_STATUS_L7STS;
		result.code = 500;
		strcpy(result.text, "Oops");
	}
	verdict_step(verdict, server, &event, &actions);
	return actions;
}

/* The status column as the statistics show it. */
static const char *status_of(const struct verdict *verdict)
{
	static char text[32];
	uint32_t top = verdict->rise + verdict->fall - 1;

	if (verdict->health == top)
		return "UP";
	if (verdict->health == 0)
		return "DOWN";
	if (verdict->health >= verdict->rise)
		snprintf(text, sizeof(text), "UP %u/%u", verdict->health - verdict->rise + 1,
			verdict->fall);
	else
		snprintf(text, sizeof(text), "DOWN %u/%u", verdict->health, verdict->rise);
	return text;
}

#define STEPS_MAX 12

static const struct {
	const char *name;
	uint32_t rise, fall;
	struct {
		char probe; /* P passed, F failed, ? could not be made */
		const char *status;
		enum verdict_change change;
		uint32_t wait_ms;
	} steps[STEPS_MAX];
} runs[] = {
	{"the published numbers: one failure takes it down, three answers bring it back", 3, 1,
		{
			{'P', "UP", VERDICT_STAYS, INTER},
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
			{'F', "DOWN", VERDICT_STAYS, SLOW},
			{'P', "DOWN 1/3", VERDICT_STAYS, FAST},
			{'P', "DOWN 2/3", VERDICT_STAYS, FAST},
			{'P', "UP", VERDICT_WENT_UP, INTER},
			{'P', "UP", VERDICT_STAYS, INTER},
		}},
	{"the first failure takes it down whatever fall is", 2, 3,
		{
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
		}},
	{"the first answer fills it", 2, 3,
		{
			{'P', "UP", VERDICT_STAYS, INTER},
			{'F', "UP 2/3", VERDICT_STAYS, FAST},
			{'F', "UP 1/3", VERDICT_STAYS, FAST},
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
		}},
	{"one answer on the way down fills it again", 2, 2,
		{
			{'P', "UP", VERDICT_STAYS, INTER},
			{'F', "UP 1/2", VERDICT_STAYS, FAST},
			{'P', "UP", VERDICT_STAYS, INTER},
			{'F', "UP 1/2", VERDICT_STAYS, FAST},
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
		}},
	{"one failure on the way up empties it again", 3, 2,
		{
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
			{'P', "DOWN 1/3", VERDICT_STAYS, FAST},
			{'P', "DOWN 2/3", VERDICT_STAYS, FAST},
			{'F', "DOWN", VERDICT_STAYS, SLOW},
			{'P', "DOWN 1/3", VERDICT_STAYS, FAST},
		}},
	{"rise 1, fall 1: every probe decides", 1, 1,
		{
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
			{'P', "UP", VERDICT_WENT_UP, INTER},
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
		}},
	{"a probe that could not be made moves nothing", 2, 2,
		{
			{'?', "UP 1/2", VERDICT_STAYS, FAST},
			{'P', "UP", VERDICT_STAYS, INTER},
			{'F', "UP 1/2", VERDICT_STAYS, FAST},
			{'?', "UP 1/2", VERDICT_STAYS, FAST},
			{'F', "DOWN", VERDICT_WENT_DOWN, SLOW},
			{'?', "DOWN", VERDICT_STAYS, FAST},
			{'P', "DOWN 1/2", VERDICT_STAYS, FAST},
			{'?', "DOWN 1/2", VERDICT_STAYS, FAST},
			{'P', "UP", VERDICT_WENT_UP, INTER},
		}},
};

static enum probe_outcome outcome_of(char letter)
{
	return letter == 'P' ? PROBE_PASSED : letter == 'F' ? PROBE_FAILED : PROBE_INCONCLUSIVE;
}

static void follows_the_counter(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(runs); i++) {
		struct server server = make_server(runs[i].rise, runs[i].fall);
		struct verdict verdict;

		print_message("  %s\n", runs[i].name);
		verdict_first(&verdict, &server, 1000);
		for (size_t s = 0; s < STEPS_MAX && runs[i].steps[s].probe; s++) {
			struct verdict_actions actions = end_probe(
				&verdict, &server, outcome_of(runs[i].steps[s].probe), 1001 + s);

			assert_string_equal(status_of(&verdict), runs[i].steps[s].status);
			assert_int_equal(actions.change, runs[i].steps[s].change);
			assert_int_equal(actions.next_probe_ms, runs[i].steps[s].wait_ms);
			assert_int_equal(verdict.state,
				verdict.health >= verdict.rise ? SERVER_RUNNING : SERVER_STOPPED);
			assert_true(verdict_continues(&verdict, &server));
		}
	}
}

/* fastinter and downinter are inter when they are not set. */
static void falls_back_to_inter(void **state)
{
	struct server server = make_server(2, 2);
	struct verdict verdict;

	(void)state;
	server.fastinter_ms = 0;
	server.downinter_ms = 0;
	verdict_first(&verdict, &server, 0);
	assert_int_equal(end_probe(&verdict, &server, PROBE_PASSED, 0).next_probe_ms, INTER);
	assert_int_equal(end_probe(&verdict, &server, PROBE_FAILED, 0).next_probe_ms, INTER);
	assert_int_equal(end_probe(&verdict, &server, PROBE_FAILED, 0).next_probe_ms, INTER);
	assert_int_equal(end_probe(&verdict, &server, PROBE_INCONCLUSIVE, 0).next_probe_ms, INTER);
}

static void keeps_the_books(void **state)
{
	struct server server = make_server(1, 2);
	struct verdict_event begins = {.kind = VERDICT_PROBE_BEGINS};
	struct verdict_event abandoned = {.kind = VERDICT_PROBE_ABANDONED};
	struct verdict_actions actions;
	struct verdict verdict;

	(void)state;
	verdict_first(&verdict, &server, 100);
	assert_int_equal(verdict.status, CHECK_STATUS_INI);
	assert_int_equal(verdict.changed_s, 100);
	verdict_step(&verdict, &server, &begins, &actions);
	assert_int_equal(verdict.running, 1);
	assert_int_equal(actions.change, VERDICT_STAYS);
	end_probe(&verdict, &server, PROBE_PASSED, 101);
	assert_int_equal(verdict.running, 0);
	assert_int_equal(verdict.checks, 1);
	assert_int_equal(verdict.failures, 0);
	assert_int_equal(verdict.changed_s, 100);
	assert_int_equal(verdict.duration_ms, 7);
	end_probe(&verdict, &server, PROBE_FAILED, 102);
	end_probe(&verdict, &server, PROBE_FAILED, 103);
	end_probe(&verdict, &server, PROBE_FAILED, 104);
	assert_int_equal(verdict.checks, 4);
	assert_int_equal(verdict.failures, 2); /* the third came while it was down */
	assert_int_equal(verdict.downs, 1);
	assert_int_equal(verdict.changed_s, 103);
	assert_int_equal(verdict.code, 500);
	assert_string_equal(verdict.text, "Oops");
	end_probe(&verdict, &server, PROBE_PASSED, 113);
	assert_int_equal(verdict.down_total_s, 10);
	assert_int_equal(verdict.changed_s, 113);
	assert_string_equal(verdict.text, "");
	/* A probe that is given up counts nowhere. */
	verdict_step(&verdict, &server, &begins, &actions);
	verdict_step(&verdict, &server, &abandoned, &actions);
	assert_int_equal(verdict.running, 0);
	assert_int_equal(verdict.checks, 5);
	/* A wall clock that was set back costs no downtime. */
	end_probe(&verdict, &server, PROBE_FAILED, 114);
	end_probe(&verdict, &server, PROBE_FAILED, 115);
	end_probe(&verdict, &server, PROBE_PASSED, 50);
	assert_int_equal(verdict.down_total_s, 10);
}

static void begins_as_configured(void **state)
{
	struct server server = make_server(3, 1);
	struct verdict verdict;

	(void)state;
	verdict_first(&verdict, &server, 1);
	assert_int_equal(verdict.state, SERVER_RUNNING);
	assert_int_equal(verdict.health, 3);
	assert_true(verdict_wants_probes(&verdict, &server));

	server.check = false;
	verdict_first(&verdict, &server, 1);
	assert_int_equal(verdict.state, SERVER_RUNNING);
	assert_int_equal(verdict.status, CHECK_STATUS_UNKNOWN);
	assert_false(verdict_wants_probes(&verdict, &server));

	server = make_server(3, 1);
	server.disabled = true;
	verdict_first(&verdict, &server, 1);
	assert_int_equal(verdict.state, SERVER_STOPPED);
	assert_int_equal(verdict.admin, SERVER_ADMIN_CONFIG_MAINT);
	assert_int_equal(verdict.health, 0);
	assert_false(verdict_wants_probes(&verdict, &server));

	server = make_server(3, 1);
	server.address.any.sa_family = AF_UNSPEC;
	verdict_first(&verdict, &server, 1);
	assert_int_equal(verdict.state, SERVER_STOPPED);
	assert_int_equal(verdict.admin, SERVER_ADMIN_RESOLUTION_MAINT);
	assert_false(verdict_wants_probes(&verdict, &server));
}

/* What a board holds is believed only when it could be our own. */
static void goes_on_only_from_sound_verdicts(void **state)
{
	struct server server = make_server(2, 3);
	struct verdict sound, bad;

	(void)state;
	verdict_first(&sound, &server, 1);
	assert_true(verdict_continues(&sound, &server));
	end_probe(&sound, &server, PROBE_FAILED, 2);
	assert_true(verdict_continues(&sound, &server));
	bad = (struct verdict){0};
	assert_false(verdict_continues(&bad, &server));
	bad = sound, bad.health = 5;
	assert_false(verdict_continues(&bad, &server));
	bad = sound, bad.rise = 3;
	assert_false(verdict_continues(&bad, &server));
	bad = sound, bad.fall = 1;
	assert_false(verdict_continues(&bad, &server));
	bad = sound, bad.state = SERVER_RUNNING;
	assert_false(verdict_continues(&bad, &server));
	bad = sound, bad.status = CHECK_STATUS_UNKNOWN;
	assert_false(verdict_continues(&bad, &server));
	bad = sound, memset(bad.text, 'x', sizeof(bad.text));
	assert_false(verdict_continues(&bad, &server));
}

static void spreads_the_first_probes(void **state)
{
	static const struct {
		const char *name;
		uint32_t inters[4]; /* 0: a server without checks */
		uint32_t cap_ms, base_ms;
	} cases[] = {
		{"the published servers", {1000, 1000, 1000, 1000}, 0, 1000},
		{"the shortest of a second or more", {5000, 2000, 3000, 2000}, 0, 2000},
		{"a hasty one sets no pace", {100, 2000, 3000, 2000}, 0, 2000},
		{"unless all are hasty", {100, 200, 999, 300}, 0, 100},
		{"max-spread-checks", {5000, 2000, 3000, 2000}, 400, 400},
		{"max-spread-checks that caps nothing", {1000, 1000, 1000, 1000}, 1500, 1000},
		{"servers without checks do not count", {0, 0, 0, 4000}, 0, 4000},
		{"none", {0, 0, 0, 0}, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct server servers[4];
		struct proxy proxies[2] = {
			{.name = "empty"}, {.servers = servers, .server_count = 4}};
		struct config config = {
			.proxies = proxies,
			.proxy_count = 2,
			.global.max_spread_checks_ms = cases[i].cap_ms,
		};

		print_message("  %s\n", cases[i].name);
		for (uint32_t s = 0; s < 4; s++) {
			servers[s] = make_server(2, 3);
			servers[s].inter_ms = cases[i].inters[s] ? cases[i].inters[s] : 1;
			servers[s].check = cases[i].inters[s] > 0;
		}
		assert_int_equal(verdict_spread_base_ms(&config), cases[i].base_ms);
	}
	/* The published four leave 250 ms apart; many, and long intervals, do not overflow. */
	for (uint32_t s = 0; s < 4; s++)
		assert_int_equal(verdict_start_delay_ms(1000, s, 4), 250 * s);
	assert_int_equal(verdict_start_delay_ms(0, 3, 4), 0);
	assert_int_equal(verdict_start_delay_ms(2147483647, 4999, 5000), 2147054150);
}

static void jitters_within_its_percentage(void **state)
{
	(void)state;
	assert_int_equal(verdict_jitter_ms(1000, 0, 12345), 1000);
	assert_int_equal(verdict_jitter_ms(1000, 50, 0), 500);
	assert_int_equal(verdict_jitter_ms(1000, 50, UINT32_MAX / 2 + 1), 1000);
	assert_int_equal(verdict_jitter_ms(1000, 50, UINT32_MAX), 1500);
	assert_int_equal(verdict_jitter_ms(1000, 5, 0), 950);
	assert_int_equal(verdict_jitter_ms(1000, 5, UINT32_MAX), 1050);
	assert_int_equal(verdict_jitter_ms(2147483647, 50, UINT32_MAX), 3221225470);
	assert_int_equal(verdict_jitter_ms(0, 50, UINT32_MAX), 0);
}

/* The lines that HAProxy 2.6 wrote for the same events. */
static void speaks_haproxys_words(void **state)
{
	static const struct {
		bool up, backup;
		enum check_status status;
		uint32_t code, duration_ms;
		const char *text;
		uint32_t active, backups;
		uint64_t sessions;
		const char *line;
		uint64_t requeued, queued;
	} cases[] = {
		{false, false, CHECK_STATUS_L7TOUT, 0, 22, "", 3, 0, 0,
			"Server myLB/pv1 is DOWN, reason: Layer7 timeout, check duration: 22ms. 3 "
			"active "
			"and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in "
			"queue.",
			0, 0},
		{false, false, CHECK_STATUS_L4CON, 0, 0, "Connection refused", 2, 0, 5,
			"Server myLB/pv1 is DOWN, reason: Layer4 connection problem, info: "
			"\"Connection "
			"refused\", check duration: 0ms. 2 active and 0 backup servers left. 5 "
			"sessions "
			"active, 0 requeued, 0 remaining in queue.",
			0, 0},
		{false, false, CHECK_STATUS_L7STS, 500, 1, "Oops", 0, 2, 0,
			"Server myLB/pv1 is DOWN, reason: Layer7 wrong status, code: 500, info: "
			"\"Oops\", "
			"check duration: 1ms. 0 active and 2 backup servers left. Running on "
			"backup. 0 "
			"sessions active, 0 requeued, 0 remaining in queue.",
			0, 0},
		{false, true, CHECK_STATUS_L7STS, 404, 0, "", 0, 0, 0,
			"Backup Server myLB/pv1 is DOWN, reason: Layer7 wrong status, code: 404, "
			"check "
			"duration: 0ms. 0 active and 0 backup servers left. 0 sessions active, 0 "
			"requeued, "
			"0 remaining in queue.",
			0, 0},
		{false, false, CHECK_STATUS_L7STS, 503, 1, "say \"hi\" \\ <09><E9>", 1, 0, 0,
			"Server myLB/pv1 is DOWN, reason: Layer7 wrong status, code: 503, info: "
			"\"say "
			"<22>hi<22> \\ <09><E9>\", check duration: 1ms. 1 active and 0 backup "
			"servers left. "
			"0 sessions active, 0 requeued, 0 remaining in queue.",
			0, 0},
		{true, false, CHECK_STATUS_L7OK, 200, 1, "", 2, 0, 9,
			"Server myLB/pv1 is UP, reason: Layer7 check passed, code: 200, check "
			"duration: "
			"1ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total "
			"in queue.",
			0, 0},
		{true, true, CHECK_STATUS_L4OK, 0, 0, "", 0, 1, 0,
			"Backup Server myLB/pv1 is UP, reason: Layer4 check passed, check "
			"duration: 0ms. 0 "
			"active and 1 backup servers online. Running on backup. 0 sessions "
			"requeued, 0 "
			"total in queue.",
			0, 0},
		{false, false, CHECK_STATUS_L4CON, 0, 0, "", 1, 0, 2,
			"Server myLB/pv1 is DOWN, reason: Layer4 connection problem, check "
			"duration: 0ms. 1 active and 0 backup servers left. 2 sessions active, 3 "
			"requeued, 1 remaining in queue.",
			3, 1},
		{true, false, CHECK_STATUS_L4OK, 0, 0, "", 1, 0, 0,
			"Server myLB/pv1 is UP, reason: Layer4 check passed, check duration: 0ms. "
			"1 active and 0 backup servers online. 4 sessions requeued, 1 total in "
			"queue.",
			4, 1},
	};
	char line[VERDICT_LINE_BYTES];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct server server = make_server(2, 3);
		struct verdict verdict;
		struct verdict_scene scene = {
			.server = &server,
			.verdict = &verdict,
			.active = cases[i].active,
			.backups = cases[i].backups,
			.sessions = cases[i].sessions,
			.requeued = cases[i].requeued,
			.queued = cases[i].queued,
		};

		server.backup = cases[i].backup;
		verdict_first(&verdict, &server, 0);
		verdict.health = cases[i].up ? 4 : 0;
		verdict.status = cases[i].status;
		verdict.code = cases[i].code;
		verdict.duration_ms = cases[i].duration_ms;
		strcpy(verdict.text, cases[i].text);
		assert_int_equal(verdict_describe(line, &scene), strlen(cases[i].line));
		assert_string_equal(line, cases[i].line);
	}
}

static void cuts_a_line_that_is_too_long(void **state)
{
	static char name[2 * VERDICT_LINE_BYTES];
	struct server server = make_server(2, 3);
	struct verdict verdict;
	struct verdict_scene scene = {.server = &server, .verdict = &verdict};
	char line[VERDICT_LINE_BYTES];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	server.name = name;
	verdict_first(&verdict, &server, 0);
	strcpy(verdict.text, "\"\"\"");
	for (size_t len = 0; len < sizeof(name) - 1; len++) {
		uint32_t bytes;

		name[len] = '\0';
		bytes = verdict_describe(line, &scene);
		assert_int_equal(bytes, strlen(line));
		name[len] = 'n';
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_counter),
		cmocka_unit_test(falls_back_to_inter),
		cmocka_unit_test(keeps_the_books),
		cmocka_unit_test(begins_as_configured),
		cmocka_unit_test(goes_on_only_from_sound_verdicts),
		cmocka_unit_test(spreads_the_first_probes),
		cmocka_unit_test(jitters_within_its_percentage),
		cmocka_unit_test(speaks_haproxys_words),
		cmocka_unit_test(cuts_a_line_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
