/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The conversation on a stats socket: commands, levels, several on a line, prompt, payload, and
 * answers that come in pieces or have to wait for a worker. */
#include "tests/unit/stats_fixture.h"

#include "core/channel.h"
#include "core/routers_page.h"
#include "net/stats/runtime.h"

#include <sys/mman.h>
#include <unistd.h>

static struct fixture fixture;
static struct inspector *inspector;
static struct runtime runtime;
static struct runtime_context context;
static uint32_t totals_cleared, peaks_cleared;
static char answer[1 << 20];

static void count_totals(void *owner)
{
	(void)owner;
	totals_cleared++;
}

static void count_peaks(void *owner)
{
	(void)owner;
	peaks_cleared++;
}

static int open_all(void **state)
{
	static char *environment[] = {"HOME=/", "LANG=C.UTF-8", NULL};
	static struct stats_socket sockets[2] = {
		{.level = STATS_LEVEL_ADMIN}, {.level = STATS_LEVEL_USER}};
	struct inspector_options options;

	(void)state;
	fixture_open(&fixture);
	fixture.listeners[2].stats_socket = &sockets[0];
	fixture.config.global.node = "lb1";
	fixture.config.global.description = "the balancer";
	options = (struct inspector_options){
		.config = &fixture.config, .board = &fixture.board, .worker_count = 2};
	assert_int_equal(inspector_open(&inspector, &options), 0);
	context = (struct runtime_context){
		.stats = &fixture.context,
		.inspector = inspector,
		.now_ms = FIXTURE_NOW_MS,
		.wall_ms = FIXTURE_WALL_MS,
		.environment = environment,
		.clear_totals = count_totals,
		.clear_peaks = count_peaks,
	};
	totals_cleared = peaks_cleared = 0;
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	inspector_close(inspector);
	fixture_close(&fixture);
	return 0;
}

static void feed(const char *bytes, size_t len)
{
	uint32_t room;
	char *at = runtime_room(&runtime, &room);

	assert_true(len <= room);
	memcpy(at, bytes, len);
	runtime_received(&runtime, (uint32_t)len);
}

/* Three sessions of worker 1, none of worker 2. */
static uint32_t three_sessions(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	static const char *const states[] = {"request", "response", "queue"};

	*next = INSPECT_END;
	if (*(uint32_t *)owner != 0)
		return 0;
	for (uint32_t i = 0; i < 3 && i < capacity; i++) {
		rows[i] = (struct session_row){
			.id = from + i + 1,
			.frontend = &fixture.proxies[0],
			.backend = i ? &fixture.proxies[1] : NULL,
			.server = i == 1 ? &fixture.pool[0] : NULL,
			.state = states[i],
			.age_ms = 61000,
			.idle_ms = 1,
			.expires_ms = UINT64_MAX,
			.client_fd = 9,
			.server_fd = -1,
		};
		fixture_address(&rows[i].source, "192.0.2.1", (uint16_t)(1000 + i));
	}
	return 3;
}

/* Takes what comes, answering as the workers would when `workers` says so. */
static const char *listen_to(bool workers)
{
	size_t used = 0;
	uint32_t got;

	do {
		got = runtime_output(&runtime, &context, answer + used, RUNTIME_OUTPUT_BYTES);
		used += got;
		assert_true(used + RUNTIME_OUTPUT_BYTES < sizeof(answer));
		for (uint32_t i = 0; workers && i < 2; i++)
			inspect_answer(inspector_cell(inspector, i), three_sessions, &i);
		if (got == 0 && runtime_is_waiting(&runtime))
			context.now_ms += workers ? 1 : RUNTIME_ANSWER_MS;
	} while (got > 0 || runtime_is_waiting(&runtime));
	answer[used] = '\0';
	return answer;
}

static const char *ask(enum stats_level level, const char *line)
{
	runtime_open(&runtime, level, 10000);
	feed(line, strlen(line));
	return listen_to(true);
}

#define SERVERS_HEAD                                                                               \
	"1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight "    \
	"srv_iweight srv_time_since_last_change srv_check_status srv_check_result "                \
	"srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id "         \
	"srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr "    \
	"srv_agent_port\n"
#define USER  STATS_LEVEL_USER
#define OPER  STATS_LEVEL_OPERATOR
#define ADMIN STATS_LEVEL_ADMIN

static const struct {
	const char *name;
	enum stats_level level;
	const char *line, *answer;
} exact[] = {
	{"version", USER, "show version\n", TORC_VERSION "\n\n"},
	{"CRLF", USER, "show version\r\n", TORC_VERSION "\n\n"},
	{"spaces", USER, "  show \t version  \n", TORC_VERSION "\n\n"},
	{"two on a line", USER, "show version;show cli level\n", TORC_VERSION "\n\nuser\n\n"},
	{"empty ones between", USER, ";;show version;;\n", TORC_VERSION "\n\n"},
	{"two lines at once", USER, "show version\nshow cli level\n", TORC_VERSION "\n\nuser\n\n"},
	{"half a line", USER, "show vers", ""},
	{"a word with an escaped space is another", USER, "show\\ version\n",
		"Unknown command. Please enter one of the following commands only:\n"},
	{"an escaped semicolon is none", ADMIN, "show env a\\;b\n", "Variable not found\n\n"},
	{"levels go down", ADMIN, "operator;show cli level;user;show cli level\n",
		"\noperator\n\n\nuser\n\n"},
	{"and not up", USER, "operator;show cli level\n", "Permission denied\n\nuser\n\n"},
	{"user sees no sessions", USER, "show sess\n", "Permission denied\n\n"},
	{"user sees no errors", USER, "show errors\n", "Permission denied\n\n"},
	{"user clears nothing", USER, "clear counters\n", "Permission denied\n\n"},
	{"operator does not clear all", OPER, "clear counters all\n", "Permission denied\n\n"},
	{"operator sees no environment", OPER, "show env\n", "Permission denied\n\n"},
	{"environment", ADMIN, "show env\n", "HOME=/\nLANG=C.UTF-8\n\n"},
	{"one variable", ADMIN, "show env LANG\n", "LANG=C.UTF-8\n\n"},
	{"no variable", ADMIN, "show env LAN\n", "Variable not found\n\n"},
	{"backends", USER, "show backend\n", "# name\nmyLB2\ntcp1\n\n"},
	{"sockets", OPER, "show cli sockets\n",
		"# socket lvl processes\n127.0.0.1:18085 admin all\n\n"},
	{"quit", USER, "quit\n", ""},
	{"quit ends the line", USER, "quit;show version\n", ""},
	{"prompt", USER, "prompt\nshow version\nshow version;show cli level\nquit\n",
		"\n> " TORC_VERSION "\n\n> " TORC_VERSION "\n\n> user\n\n> "},
	{"prompt twice", USER, "prompt\nprompt\n", "\n> \n"},
	{"payload", ADMIN, "set ssl cert x <<\n-----BEGIN\nshow version\n\nshow version\n",
		"No command takes a payload.\n\n" TORC_VERSION "\n\n"},
	{"payload without its end", ADMIN, "show version <<\nabc\n", ""},
	{"timeout", USER, "set timeout cli 5\n", "\n"},
	{"timeout with a unit", USER, "set timeout cli 2m\n", "\n"},
	{"timeout without a number", USER, "set timeout cli\n", "Expects an integer value.\n\n"},
	{"timeout of zero", USER, "set timeout cli 0\n", "Expects an integer value.\n\n"},
	{"timeout of something else", USER, "set timeout\n",
		"'set timeout' only supports 'cli'.\n\n"},
	{"set server is for admins", OPER, "set server a/b state ready\n", "Permission denied\n\n"},
	{"set server without a slash", ADMIN, "set server myLB2 state ready\n",
		"Require 'backend/server'.\n\n"},
	{"set server, no backend", ADMIN, "set server no/pv1 state ready\n",
		"No such backend.\n\n"},
	{"set server, no server", ADMIN, "set server myLB2/no state ready\n",
		"No such server.\n\n"},
	{"set server, nobody carries it out", ADMIN, "set server myLB2/pv1 state drain\n",
		"Not now: this balancer is on its way out.\n\n"},
	{"set server, what", ADMIN, "set server myLB2/pv1\n",
		"'set server <srv>' only supports 'health', 'state' and 'weight'.\n\n"},
	{"set server, which state", ADMIN, "set server myLB2/pv1 state gone\n",
		"'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n"},
	{"set server, which health", ADMIN, "set server myLB2/pv1 health\n",
		"'set server <srv> health' expects 'up' or 'down'.\n\n"},
	{"a weight that is none", ADMIN, "set weight myLB2/pv1 heavy\n",
		"Require <weight> or <weight%>.\n\n"},
	{"a weight too much", ADMIN, "set weight myLB2/pv1 257\n",
		"Absolute weight can only be between 0 and 256 inclusive.\n\n"},
	{"a negative percentage", ADMIN, "set weight myLB2/pv1 -5%\n",
		"Relative weight must be positive.\n\n"},
	{"a weight and more", ADMIN, "set weight myLB2/pv1 5x\n",
		"Trailing garbage in weight string.\n\n"},
	{"a maxconn that is none", ADMIN, "set maxconn server myLB2/pv1 many\n",
		"Integer value expected.\n\n"},
	{"disable server is for admins", OPER, "disable server myLB2/pv1\n",
		"Permission denied\n\n"},
	{"enable server, no server", ADMIN, "enable server myLB2/no\n", "No such server.\n\n"},
	{"stat of a proxy that is none", USER, "show stat nobody 4 -1\n", "No such proxy.\n\n"},
	{"servers of a backend that is none", USER, "show servers state no\n",
		"Can't find backend.\n\n"},
	{"servers' states, as HAProxy saw them", USER, "show servers state myLB2\n",
		SERVERS_HEAD
		"3 myLB2 1 pv1 127.0.0.1 2 0 1 1 14 15 3 3 6 0 0 0 - 18081 - 0 0 - - 0\n"
		"3 myLB2 2 pv2 127.0.0.1 0 0 5 5 20 17 2 0 6 0 0 0 - 18082 - 0 0 - - 0\n"
		"3 myLB2 3 pv3 127.0.0.1 0 0 1 1 19 8 2 0 6 0 0 0 - 18083 - 0 0 - - 0\n"
		"3 myLB2 4 pv4 127.0.0.1 2 0 1 1 20 1 0 2 0 0 0 0 - 18081 - 0 0 - - 0\n"
		"3 myLB2 5 pv5 127.0.0.1 0 5 1 1 20 1 0 0 14 0 0 0 - 18081 - 0 0 - - 0\n"
		"3 myLB2 6 pv6 127.0.0.1 2 0 0 0 20 1 0 2 0 0 0 0 - 18081 - 0 0 - - 0\n\n"},
	{"a backend by its id", USER, "show servers state #4\n",
		SERVERS_HEAD
		"4 tcp1 1 t1 127.0.0.1 2 0 1 1 20 6 3 4 6 0 0 0 - 18081 - 0 0 - - 0\n\n"},
	{"servers' connections", USER, "show servers conn tcp1\n",
		"# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est "
		"unsafe_nb safe_nb idle_lim idle_cur\n"
		"tcp1/t1 4/1 127.0.0.1 18081 - 5000 0 0 0 0 0 -1 0\n\n"},
	{"sessions", OPER, "show sess\n",
		"0x1: proto=tcpv4 src=192.0.2.1:1000 fe=myLB be=<NONE> srv=<none> state=request "
		"age=1m1s idle=0.001s exp=never in=0 out=0 reqs=0 rc=0 fd=[9,-1]\n"
		"0x2: proto=tcpv4 src=192.0.2.1:1001 fe=myLB be=myLB2 srv=pv1 state=response "
		"age=1m1s idle=0.001s exp=never in=0 out=0 reqs=0 rc=0 fd=[9,-1]\n"
		"0x3: proto=tcpv4 src=192.0.2.1:1002 fe=myLB be=myLB2 srv=<none> state=queue "
		"age=1m1s idle=0.001s exp=never in=0 out=0 reqs=0 rc=0 fd=[9,-1]\n\n"},
	{"one session", OPER, "show sess 0x2\n",
		"0x2: id=2 proto=tcpv4 source=192.0.2.1:1001 worker=1\n"
		"  state=response age=1m1s idle=0.001s exp=never\n"
		"  frontend=myLB (id=2 mode=http)\n  backend=myLB2 (id=3 mode=http)\n"
		"  server=pv1 (id=1) addr=127.0.0.1:18081\n"
		"  requests=0 retries=0 bytes_in=0 bytes_out=0\n"
		"  client_fd=9 server_fd=-1 tls=0 spliced=0 tunnel=0\n\n"},
	{"a session that is gone", OPER, "show sess 0x99\n", "Session not found.\n\n"},
	{"not a session", OPER, "show sess foo\n", "Session not found.\n\n"},
	{"no errors", OPER, "show errors\n",
		"Total events captured on [23/Nov/2026:17:43:02.000] : 0\n\n"},
	{"errors of nobody", OPER, "show errors nobody\n", "No such proxy.\n\n"},
};

static void commands_are_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++) {
		const char *got = ask(exact[i].level, exact[i].line);
		bool whole = exact[i].answer[0] == '\0' ||
			     strstr(exact[i].answer, "commands only:\n") == NULL;

		if (whole ? strcmp(got, exact[i].answer) != 0
			  : strncmp(got, exact[i].answer, strlen(exact[i].answer)) != 0)
			fail_msg("%s: got '%s'", exact[i].name, got);
	}
}

/* Whatever the input, a conversation that was cut at any byte says what the whole one says. */
static void input_may_come_in_any_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++) {
		size_t len = strlen(exact[i].line);

		for (size_t cut = 0; cut <= len; cut++) {
			char *all = NULL;
			size_t used;

			runtime_open(&runtime, exact[i].level, 10000);
			feed(exact[i].line, cut);
			all = strdup(listen_to(true));
			assert_non_null(all);
			used = strlen(all);
			if (!runtime_has_ended(&runtime)) {
				const char *more;

				feed(exact[i].line + cut, len - cut);
				more = listen_to(true);
				all = realloc(all, used + strlen(more) + 1);
				assert_non_null(all);
				strcpy(all + used, more);
				if (strcmp(all, strcmp(exact[i].name, "quit ends the line") == 0
							? ""
							: ask(exact[i].level, exact[i].line)) != 0)
					fail_msg("%s cut at %zu: '%s'", exact[i].name, cut, all);
			}
			free(all);
		}
	}
}

static void connections_end_when_they_should(void **state)
{
	(void)state;
	ask(USER, "show version\n");
	assert_true(runtime_has_ended(&runtime));
	ask(USER, "show vers");
	assert_false(runtime_has_ended(&runtime));
	ask(USER, "prompt\nshow version\n");
	assert_false(runtime_has_ended(&runtime));
	feed("quit\n", 5);
	listen_to(true);
	assert_true(runtime_has_ended(&runtime));
	ask(USER, "set timeout cli 2m;prompt\n");
	assert_int_equal(runtime.timeout_ms, 120000);
	ask(ADMIN, "show version <<\nabc\n");
	assert_false(runtime_has_ended(&runtime));
}

static void endless_lines_end_the_connection(void **state)
{
	static char line[RUNTIME_INPUT_BYTES];

	(void)state;
	memset(line, 'a', sizeof(line));
	runtime_open(&runtime, ADMIN, 10000);
	feed(line, sizeof(line));
	assert_string_equal(listen_to(true), "The line is too long.\n");
	assert_true(runtime_has_ended(&runtime));
	/* One byte less and a line feed is a line. */
	line[sizeof(line) - 1] = '\n';
	runtime_open(&runtime, ADMIN, 10000);
	feed(line, sizeof(line));
	assert_non_null(strstr(listen_to(true), "Unknown command. Please enter"));
}

/* A NUL ends the line early, at its start as well. */
static void bytes_that_are_no_text_are_dropped(void **state)
{
	(void)state;
	runtime_open(&runtime, USER, 10000);
	feed("show version\0;quit\n", 19);
	assert_string_equal(listen_to(true), TORC_VERSION "\n\n");
	runtime_open(&runtime, USER, 10000);
	feed("\0abc;d\n", 7);
	assert_non_null(strstr(listen_to(true), "Unknown command. Please enter"));
	runtime_open(&runtime, USER, 10000);
	feed(";\0;show version\n", 16);
	listen_to(true);
	assert_true(runtime_has_ended(&runtime));
}

static void unknown_words_bring_near_ones(void **state)
{
	static const struct {
		const char *line, *has, *has_not;
	} cases[] = {
		{"shwo stat\n",
			"Unknown command: 'shwo', but maybe one of the following ones is a better "
			"match:\n",
			"clear counters"},
		{"shwo stat\n", "  show stat ", "show env"},
		{"show foo\n", "  show env ", "set server"},
		{"show\n", "  show info ", "clear counters"},
		{"show servers foo\n", "  show servers state [<backend>]", "show info"},
		{"clear foo\n", "  clear counters [all]", "show"},
		{"zzzzzzzz\n",
			"Unknown command. Please enter one of the following commands only:\n",
			NULL},
		{"\n", "Unknown command. Please enter one of the following commands only:\n", NULL},
		{"help\n", "The following commands are valid at this level:\n", NULL},
		{"help show stat\n", "  show stat ", "show info"},
		{"help clear\n", "  clear counters ", "show"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *got = ask(USER, cases[i].line);

		if (!strstr(got, cases[i].has) ||
			(cases[i].has_not && strstr(got, cases[i].has_not)))
			fail_msg("%s: %s", cases[i].line, got);
		assert_non_null(strstr(got, "\n  quit "));
	}
}

static void later_commands_are_known(void **state)
{
	(void)state;
	assert_non_null(strstr(ask(USER, "disable frontend web\n"),
		"'disable frontend' is known, but not available yet.\n"));
	assert_non_null(strstr(
		ask(USER, "show pools\n"), "'show pools' is known, but not available yet.\n"));
	assert_non_null(strstr(ask(USER, "trace\n"), "'trace' is known, but not available yet.\n"));
	assert_non_null(strstr(ask(USER, "set maxconn server pool/a 5\n"), "Permission denied"));
}

static void info_has_the_known_names(void **state)
{
	static const char *const parts[] = {"Name: torc\nVersion: " TORC_VERSION "\n",
		"\nNbthread: 2\nNbproc: 1\nProcess_num: 1\nPid: 7294\nUptime: 0d 0h00m20s\n"
		"Uptime_sec: 20\n",
		"\nUlimit-n: 1036\nMaxsock: 1036\nMaxconn: 500\nHard_maxconn: 500\nCurrConns: 3\n"
		"CumConns: 7\nCumReq: 9\n",
		"\nnode: lb1\ndescription: the balancer\nStopping: 0\nJobs: 6\nUnstoppable Jobs: "
		"0\n"
		"Listeners: 3\n",
		"\nTotalBytesOut: 4096\nTotalSplicdedBytesOut: 0\n",
		"\nStart_time_sec: 1795455762\nTainted: 0\n\n"};
	const char *got;
	uint32_t lines = 0;

	(void)state;
	fixture.board.workers[0].connections_now = 1;
	fixture.board.workers[1].connections_now = 2;
	fixture.board.workers[0].connections_total = 7;
	fixture.board.workers[1].requests_total = 9;
	fixture.board.workers[1].bytes_out = 4096;
	got = ask(USER, "show info\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!strstr(got, parts[i]))
			fail_msg("not there: %s in %s", parts[i], got);
	for (; *got; got++)
		lines += *got == '\n';
	assert_int_equal(lines, 71); /* 70 and the empty one */
	got = ask(USER, "show info typed\n");
	assert_true(strncmp(got, "0.Name.1:POS:str:torc\n", 22) == 0);
	assert_non_null(strstr(got, "\n8.Uptime_sec.1:MDP:u32:20\n"));
	assert_non_null(strstr(got, "\n47.Tasks.1:MGP:u32:3\n"));
	assert_non_null(strstr(got, "\n71.Tainted.1:SGP:str:0\n\n"));
	got = ask(USER, "show info float typed\n");
	assert_non_null(strstr(got, "\n8.Uptime_sec.1:MDP:flt:20.000000\n"));
	got = ask(USER, "show info desc\n");
	assert_non_null(strstr(got, "\nCurrConns: 3:\"client connections now\"\n"));
	got = ask(USER, "show info json\n");
	assert_ptr_equal(
		got, strstr(got, "[{\"field\":{\"pos\":0,\"name\":\"Name\"},\"processNum\":1,"));
	assert_non_null(
		strstr(got, "\"value\":{\"type\":\"u32\",\"value\":3}},{\"field\":{\"pos\":18,"));
	assert_string_equal(got + strlen(got) - 5, "}}]\n\n");
}

static void activity_counts_by_worker(void **state)
{
	const char *got;

	(void)state;
	fixture.board.workers[0].enters = 100;
	fixture.board.workers[1].enters = 151;
	fixture.board.workers[0].connections_total = 3;
	fixture.board.workers[1].connections_total = 4;
	fixture.board.workers[1].heartbeat_ns = (FIXTURE_NOW_MS - 7) * 1000000ull;
	got = ask(USER, "show activity\n");
	assert_non_null(strstr(got, "\nenters: 251 [ 100 151 ]\n"));
	assert_non_null(strstr(got, "\nconnections: 7 [ 3 4 ]\n"));
	assert_non_null(strstr(got, "\nheartbeat_age_ms: [ - 7 ]\nprober_heartbeat_age_ms: -\n"));
}

static void statistics_come_in_all_forms(void **state)
{
	const char *got;

	(void)state;
	got = ask(USER, "show stat\n");
	assert_true(strncmp(got, "# pxname,svname,", 16) == 0);
	assert_non_null(strstr(got, "\nmyLB2,pv1,"));
	assert_non_null(strstr(got, ",127.0.0.1:18081,"));
	assert_string_equal(got + strlen(got) - 2, "\n\n");
	assert_null(strstr(ask(USER, "show stat up\n"), "pv2"));
	assert_null(strstr(ask(USER, "show stat no-maint\n"), "pv5"));
	got = ask(USER, "show stat myLB2 4 2\n");
	assert_non_null(strstr(got, "\nmyLB2,pv2,"));
	assert_null(strstr(got, "pv1"));
	got = ask(USER, "show stat typed -1 2 -1\n");
	assert_true(strncmp(got, "B.3.0.0.pxname.1:KNS:str:myLB2\n", 31) == 0);
	got = ask(USER, "show stat json;show version\n");
	assert_true(strncmp(got, "[[{", 3) == 0);
	assert_non_null(strstr(got, "}]]\n\n" TORC_VERSION "\n\n"));
}

static void bad_messages_are_printed(void **state)
{
	static const char request[] =
		"GET /a HTTP/1.1\r\nX: \x01\xff\x1b\\\t\"\r\nBad Header: 1\r\n\r\n";
	static char longer[200];
	union address source;
	struct error_report report = {
		.kind = ERROR_REQUEST,
		.frontend = &fixture.proxies[0],
		.source = &source,
		.bytes = SPAN(request),
		.position = 34,
		.reason = "a space in a field's name",
		.wall_ms = FIXTURE_WALL_MS - 1438,
	};

	(void)state;
	fixture_address(&source, "127.0.0.1", 36810);
	inspector_capture(inspector, &report);
	assert_string_equal(ask(OPER, "show errors\n"),
		"Total events captured on [23/Nov/2026:17:43:02.000] : 1\n \n"
		"[23/Nov/2026:17:43:00.562] frontend myLB (#2): invalid request\n"
		"  backend <NONE> (#-1), server <NONE> (#-1), event #0, src 127.0.0.1:36810\n"
		"  buffer starts at 0 (including 0 out), 16339 free,\n"
		"  len 45, wraps at 16384, error at position 34\n"
		"  reason: a space in a field's name\n"
		"  \n"
		"  00000  GET /a HTTP/1.1\\r\\n\n"
		"  00017  X: \\x01\\xFF\\e\\\\\\t\"\\r\\n\n"
		"  00028  Bad Header: 1\\r\\n\n"
		"  00043  \\r\\n\n\n");
	/* The last one of a proxy stays; a backend's are responses. */
	memset(longer, 'y', sizeof(longer));
	report.bytes = span_of(longer, 100);
	inspector_capture(inspector, &report);
	report.kind = ERROR_RESPONSE;
	report.backend = &fixture.proxies[1];
	report.server = &fixture.pool[1];
	report.reason = NULL;
	inspector_capture(inspector, &report);
	assert_non_null(strstr(ask(OPER, "show errors\n"),
		"  00000  yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n"
		"  00070+ yyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n \n"
		"[23/Nov/2026:17:43:00.562] backend myLB2 (#3): invalid response\n"
		"  frontend myLB (#2), server pv2 (#2), event #2, src 127.0.0.1:36810\n"));
	assert_null(strstr(ask(OPER, "show errors request\n"), "response"));
	assert_null(strstr(ask(OPER, "show errors myLB2\n"), "invalid request"));
	assert_null(strstr(ask(OPER, "show errors -1 response\n"), "invalid request"));
	assert_non_null(strstr(ask(OPER, "show errors myLB2 response\n"), "invalid response"));
}

/* 16 KiB of bytes that take four characters each: more than any buffer, whole all the same. */
static void long_captures_are_whole(void **state)
{
	static char bytes[ERROR_CAPTURE_BYTES + 100];
	struct error_report report = {
		.frontend = &fixture.proxies[0], .bytes = {bytes, sizeof(bytes)}};
	const char *got;
	uint32_t seen = 0;

	(void)state;
	memset(bytes, '\x80', sizeof(bytes));
	inspector_capture(inspector, &report);
	got = ask(OPER, "show errors\n");
	assert_non_null(strstr(got, "  len 16484, "));
	for (const char *at = strstr(got, "\\x80"); at; at = strstr(at + 4, "\\x80"))
		seen++;
	assert_int_equal(seen, ERROR_CAPTURE_BYTES);
}

static void silent_workers_are_passed_over(void **state)
{
	(void)state;
	runtime_open(&runtime, OPER, 10000);
	feed("show sess\n", 10);
	assert_string_equal(
		listen_to(false), "Worker 1 does not answer.\nWorker 2 does not answer.\n\n");
	assert_true(runtime_has_ended(&runtime));
	assert_null(context.asker);
	/* Their cells are free again. */
	assert_non_null(strstr(ask(OPER, "show sess\n"), "0x3: "));
}

/* A second conversation waits until the first has its answer, and for no longer. */
static void one_asks_at_a_time(void **state)
{
	static struct runtime other;
	static char out[RUNTIME_OUTPUT_BYTES];
	struct runtime *first = &runtime;
	uint32_t room;

	(void)state;
	runtime_open(first, OPER, 10000);
	feed("show sess\n", 10);
	assert_int_equal(runtime_output(first, &context, out, sizeof(out)), 0);
	assert_true(runtime_is_waiting(first));
	runtime_open(&other, OPER, 10000);
	memcpy(runtime_room(&other, &room), "show sess\n", 10);
	runtime_received(&other, 10);
	assert_int_equal(runtime_output(&other, &context, out, sizeof(out)), 0);
	assert_true(runtime_is_waiting(&other));
	assert_ptr_equal(context.asker, first);
	/* The first one's reader goes away. */
	runtime_close(first, &context);
	assert_null(context.asker);
	assert_int_equal(runtime_output(&other, &context, out, sizeof(out)), 0);
	assert_ptr_equal(context.asker, &other);
	runtime_close(&other, &context);
}

static void clearing_reaches_everybody(void **state)
{
	struct traffic *cell = board_traffic(&fixture.board, 1, 0);

	(void)state;
	cell->sessions_max = 9;
	cell->sessions_now = 2;
	cell->total_ms_max = 7;
	assert_string_equal(ask(OPER, "clear counters\n"), "\n");
	assert_int_equal(peaks_cleared, 1);
	assert_int_equal(totals_cleared, 0);
	assert_int_equal(cell->sessions_max, 2);
	assert_int_equal(cell->total_ms_max, 0);
	assert_string_equal(ask(ADMIN, "clear counters all\n"), "\n");
	assert_int_equal(totals_cleared, 1);
}

/* ---- the virtual routers ---- */

static struct routers_page *page;
static int keeper; /* its end of the channel */

static void write_router(uint32_t row, const char *name, const char *group, bool released)
{
	static struct routers_cell cell;

	cell = (struct routers_cell){.released = released, .priority = released ? 1 : 103};
	strcpy(cell.name, name);
	strcpy(cell.group, group);
	strcpy(cell.state, "MASTER");
	strcpy(cell.sum, "101 + 2 (haproxy) = 103");
	routers_page_write(page, row, &cell);
}

static int open_with_routers(void **state)
{
	int ends[2], fd;

	open_all(state);
	page = routers_page_make(&fd);
	assert_int_equal(channel_pair(ends), 0);
	keeper = ends[1];
	fixture.context.keeper = ends[0];
	fixture.context.routers = routers_page_map(fd);
	assert_non_null(fixture.context.routers);
	write_router(0, "VI_1", "both", false);
	write_router(1, "VI_2", "both", false);
	write_router(2, "VI_3", "", false);
	atomic_store(&page->count, 3u);
	return 0;
}

static int close_with_routers(void **state)
{
	munmap((void *)(uintptr_t)fixture.context.routers, sizeof(*page));
	munmap(page, sizeof(*page));
	close(keeper);
	close(fixture.context.keeper);
	fixture.context.routers = NULL;
	return close_all(state);
}

static void heard_by_the_keeper(enum channel_type type, const char *name)
{
	static struct channel_inbox inbox;
	struct channel_message message;

	assert_int_equal(channel_receive(keeper, &inbox, &message), 0);
	assert_int_equal(message.type, type);
	assert_int_equal(message.text_len, strlen(name));
	assert_memory_equal(message.text, name, message.text_len);
}

static void an_order_is_answered_when_it_is_obeyed(void **state)
{
	uint32_t len;

	(void)state;
	runtime_open(&runtime, STATS_LEVEL_ADMIN, 10000);
	feed("vrrp release both\n", 18);
	assert_int_equal(runtime_output(&runtime, &context, answer, RUNTIME_OUTPUT_BYTES), 0);
	assert_true(runtime_is_waiting(&runtime));
	heard_by_the_keeper(CHANNEL_RELEASE, "both");
	write_router(0, "VI_1", "both", true);
	assert_int_equal(runtime_output(&runtime, &context, answer, RUNTIME_OUTPUT_BYTES), 0);
	write_router(1, "VI_2", "both", true);
	len = runtime_output(&runtime, &context, answer, RUNTIME_OUTPUT_BYTES);
	answer[len] = '\0';
	assert_string_equal(answer, "VI_1: released, serves until another router is master\n"
				    "VI_2: released, serves until another router is master\n\n");
	assert_non_null(strstr(ask(STATS_LEVEL_USER, "show vrrp\n"),
		"priority 1: 101 + 2 (haproxy) = 103; released by an operator\n"));
	assert_non_null(strstr(ask(STATS_LEVEL_USER, "show vrrp json\n"), "\"released\":true"));
}

static void an_order_may_stay_unheard(void **state)
{
	(void)state;
	write_router(2, "VI_3", "", true);
	assert_string_equal(ask(STATS_LEVEL_ADMIN, "vrrp reclaim all\n"),
		"VI_1: MASTER, takes part with priority 103 again\n"
		"VI_2: MASTER, takes part with priority 103 again\n"
		"VI_3: the keeper has not answered\n\n");
	heard_by_the_keeper(CHANNEL_RECLAIM, "");
	close(keeper);
	keeper = -1;
	assert_string_equal(
		ask(STATS_LEVEL_ADMIN, "vrrp release VI_1\n"), "The keeper cannot be reached.\n\n");
}

static void who_may_order_what(void **state)
{
	(void)state;
	assert_string_equal(
		ask(STATS_LEVEL_OPERATOR, "vrrp release all\n"), "Permission denied\n\n");
	assert_string_equal(ask(STATS_LEVEL_ADMIN, "vrrp release\n"),
		"Require the name of a virtual router or a sync group, or 'all'.\n\n");
	assert_string_equal(ask(STATS_LEVEL_ADMIN, "vrrp reclaim VI_4\n"),
		"No such virtual router or sync group.\n\n");
	atomic_store(&page->count, 0u);
	assert_string_equal(ask(STATS_LEVEL_ADMIN, "vrrp release all\n"),
		"No such virtual router or sync group.\n\n");
}

int main(void)
{
#define CASE(f)	   cmocka_unit_test_setup_teardown(f, open_all, close_all)
#define ROUTERS(f) cmocka_unit_test_setup_teardown(f, open_with_routers, close_with_routers)
	const struct CMUnitTest tests[] = {
		CASE(commands_are_answered),
		CASE(input_may_come_in_any_pieces),
		CASE(connections_end_when_they_should),
		CASE(endless_lines_end_the_connection),
		CASE(bytes_that_are_no_text_are_dropped),
		CASE(unknown_words_bring_near_ones),
		CASE(later_commands_are_known),
		CASE(info_has_the_known_names),
		CASE(activity_counts_by_worker),
		CASE(statistics_come_in_all_forms),
		CASE(bad_messages_are_printed),
		CASE(long_captures_are_whole),
		CASE(silent_workers_are_passed_over),
		CASE(one_asks_at_a_time),
		CASE(clearing_reaches_everybody),
		ROUTERS(an_order_is_answered_when_it_is_obeyed),
		ROUTERS(an_order_may_stay_unheard),
		ROUTERS(who_may_order_what),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
