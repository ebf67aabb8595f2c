/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statistics for programs: which cells a row fills and how they are written, compared with
 * rows that HAProxy 2.6 printed for the same set-up on its admin socket. */
#include "tests/unit/stats_fixture.h"

#include "net/stats/formats.h"

static struct fixture fixture;

/* A frontend and servers that have served: the numbers of the rows that were observed. */
static void serve(void)
{
	struct traffic *front = board_traffic(&fixture.board, 0, fixture.proxies[0].frontend_cell);
	struct traffic *back = board_traffic(&fixture.board, 1, fixture.proxies[1].backend_cell);
	struct traffic *pv1 = board_traffic(&fixture.board, 1, fixture.pool[0].cell);
	struct traffic *pv4 = board_traffic(&fixture.board, 0, fixture.pool[3].cell);

	front->connections = 7;
	front->sessions = 7;
	front->requests = 7;
	front->bytes_in = 502;
	front->bytes_out = 43063;
	front->request_errors = 1;
	front->responses[1] = 6;
	front->responses[3] = 1;
	front->sessions_max = 1;

	back->sessions = 6;
	back->requests = 6;
	back->bytes_in = 502;
	back->bytes_out = 43063;
	back->responses[1] = 6;
	back->chosen = 5;
	back->connects = 5;
	back->sessions_max = 1;
	back->last_session_s = FIXTURE_WALL_MS / 1000;
	back->time_samples = 2;
	back->response_ms_sum = 3;
	back->total_ms_sum = 2;
	back->response_ms_max = 4;
	back->total_ms_max = 4;

	pv1->sessions = 2;
	pv1->requests = 2;
	pv1->bytes_in = 166;
	pv1->bytes_out = 238;
	pv1->responses[1] = 2;
	pv1->chosen = 2;
	pv1->connects = 2;
	pv1->sessions_max = 1;
	pv1->last_session_s = FIXTURE_WALL_MS / 1000 - 5;
	pv1->time_samples = 1;
	pv1->response_ms_sum = 2;
	pv1->total_ms_sum = 2;

	pv4->sessions = 3;
	pv4->requests = 3;
	pv4->bytes_in = 249;
	pv4->bytes_out = 357;
	pv4->responses[1] = 3;
	pv4->chosen = 3;
	pv4->connects = 3;
	pv4->sessions_max = 1;
	pv4->last_session_s = FIXTURE_WALL_MS / 1000;
}

static const char *const observed_rows[] = {
	"myLB,FRONTEND,,,0,1,50000,7,502,43063,0,0,1,,,,,OPEN,,,,,,,,,1,2,0,,,,0,0,0,0,,,,0,6,0,1,"
	"0,0,,0,0,7,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,,http,,0,0,7,0,0,0,0,,,0,0,,,,,,,0,,,,,,,,,",

	"myLB2,pv1,0,0,0,1,,2,166,238,,0,,0,0,0,0,UP,1,1,0,1,1,14,6,,1,3,1,,2,,2,0,,0,L7OK,200,2,"
	"0,2,0,0,0,0,,,,2,0,0,,,,,5,,,0,0,2,2,,,,Layer7 check passed,,3,1,3,,,,127.0.0.1:18081,,"
	"http,,,,,,,,0,2,0,,,0,,0,0,0,0,0,0,0,0,0,1,,,,",

	"myLB2,pv2,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,5,1,0,1,1,20,20,,1,3,2,,0,,2,0,,0,L7STS,500,0,"
	"0,0,0,0,0,0,,,,0,0,0,,,,,-1,Oops,,0,0,0,0,,,,Layer7 wrong status,,3,2,0,,,,"
	"127.0.0.1:18082,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,5,,,,",

	"myLB2,pv3,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1,0,1,1,1,19,19,,1,3,3,,0,,2,0,,0,L4CON,,0,0,0,"
	"0,0,0,0,,,,0,0,0,,,,,-1,Connection refused,,0,0,0,0,,,,Layer4 connection problem,,2,3,0,"
	",,,127.0.0.1:18083,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,0,0,0,0,1,,,,",

	"myLB2,pv4,0,0,0,1,,3,249,357,,0,,0,0,0,0,no check,1,1,0,,,20,,,1,3,4,,3,,2,0,,0,,,,0,3,0,"
	"0,0,0,,,,3,0,0,,,,,0,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:18081,,http,,,,,,,,0,3,0,,,0,,0,0,0,"
	"0,0,0,0,0,0,1,,,,",

	"myLB2,pv5,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,0,0,20,20,,1,3,5,,0,,2,0,,0,,,,0,0,0,0,"
	"0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:18081,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,"
	"0,0,0,0,0,1,,,,",

	"myLB2,pv6,0,0,0,0,7,0,0,0,,0,,0,0,0,0,no check,0,1,0,,,20,,,1,3,6,,0,,2,0,,0,,,,0,0,0,0,0,"
	"0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:18081,,http,,,,,,,,0,0,0,,,0,,0,0,0,0,0,"
	"0,0,0,0,0,,,,",

	"myLB2,BACKEND,0,0,0,1,5000,6,502,43063,0,0,,0,0,0,0,UP,2,2,0,,0,20,0,,1,3,0,,5,,1,0,,0,,,,"
	"0,6,0,0,0,0,,,,6,0,0,0,0,0,0,0,,,0,0,1,1,,,,,,,,,,,,,,http,roundrobin,,,,,,,0,5,0,0,0,,,0,"
	"0,4,4,0,,,,,2,0,0,0,",

	"tcp1,FRONTEND,,,0,0,50000,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,4,0,,,,0,0,0,0,,,,,,,,,,,0,0,0,,,"
	"0,0,0,0,,,,,,,,,,,,,,,,,,,,,tcp,,0,0,0,,0,0,0,,,,,,,,,,,0,,,,,,,,,",

	"tcp1,t1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,1,0,0,0,20,0,,1,4,1,,0,,2,0,,0,L4OK,,0,,,,,,,,,,,"
	"0,0,,,,,-1,,,0,0,0,0,,,,Layer4 check passed,,2,3,4,,,,127.0.0.1:18081,,tcp,,,,,,,,0,0,0,,"
	",0,,0,0,0,0,0,0,0,0,0,1,,,,",

	"tcp1,BACKEND,0,0,0,0,5000,0,0,0,0,0,,0,0,0,0,UP,1,1,0,,0,20,0,,1,4,0,,0,,1,0,,0,,,,,,,,,,,"
	",,,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,,tcp,roundrobin,,,,,,,0,0,0,,,,,0,0,0,0,0,,,,,1,0,"
	"0,0,",
	NULL};

static const char *const observed_listeners[] = {
	"tcp1,sock1,,,0,0,0,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,4,1,,,,3,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
	","
	",,,,,,,,127.0.0.1:18084,,tcp,,,,,,0,0,0,,,,,,,,,,,0,,,,,,,,,",
	"tcp1,sock-2,,,0,0,0,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,4,2,,,,3,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"
	","
	",,,,,,,,,127.0.0.1:18085,,tcp,,,,,,0,0,0,,,,,,,,,,,0,,,,,,,,,",
	NULL};

static int open_fixture(void **state)
{
	(void)state;
	fixture_open(&fixture);
	serve();
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	fixture_close(&fixture);
	return 0;
}

static struct stats_request admin_request(enum stats_form form)
{
	struct stats_request request;

	stats_parse_request(&request, NULL, SPAN(""));
	request.form = form;
	request.full = true;
	return request;
}

static void expect_lines(char *text, const char *const *lines)
{
	char *at = text, *line;

	for (; *lines; lines++) {
		line = strsep(&at, "\n");
		assert_non_null(line);
		assert_string_equal(line, *lines);
	}
	assert_non_null(at);
	assert_string_equal(at, "");
}

static uint32_t count_commas(const char *text, size_t len)
{
	uint32_t commas = 0;

	for (size_t i = 0; i < len; i++)
		commas += text[i] == ',';
	return commas;
}

static void rows_are_those_of_haproxy(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	char *all = fixture_collect(&fixture.context, &request, 65536, NULL);
	char *rows = strchr(all, '\n') + 1;

	(void)state;
	assert_true(strncmp(all, "# pxname,svname,qcur,qmax,scur,", 31) == 0);
	assert_int_equal(count_commas(all, (size_t)(rows - all)), STATS_COLUMN_COUNT);
	assert_non_null(strstr(all, ",agg_server_check_status,agg_check_status,\n"));
	expect_lines(rows, observed_rows);
	free(all);
}

static void listeners_are_shown_when_asked_for(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	char *all;

	(void)state;
	request.rows = STATS_ROW_LISTENER;
	request.iid = 4;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	expect_lines(strchr(all, '\n') + 1, observed_listeners);
	free(all);
}

/* The page's csv leaves addr and algo out. */
static void addresses_are_for_the_socket_only(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	char *all;

	(void)state;
	request.full = false;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_null(strstr(all, "127.0.0.1"));
	assert_null(strstr(all, "roundrobin"));
	assert_int_equal(count_commas(all, strlen(all)), 12 * STATS_COLUMN_COUNT);
	free(all);
}

static const struct {
	const char *name;
	int64_t iid, sid;
	uint32_t rows;
	bool hide_down, hide_maint;
	const char *scope;
	const char *svnames; /* joined by spaces */
} selections[] = {
	{"everything", -1, -1, 0xf, 0, 0, "",
		"FRONTEND pv1 pv2 pv3 pv4 pv5 pv6 BACKEND FRONTEND t1 BACKEND "},
	{"one proxy", 3, -1, 0xf, 0, 0, "", "pv1 pv2 pv3 pv4 pv5 pv6 BACKEND "},
	{"servers of all", -1, -1, STATS_ROW_SERVER, 0, 0, "", "pv1 pv2 pv3 pv4 pv5 pv6 t1 "},
	{"one server", 3, 2, STATS_ROW_SERVER, 0, 0, "", "pv2 "},
	{"backends whatever the sid", 3, 9, STATS_ROW_BACKEND, 0, 0, "", "BACKEND "},
	{"nobody", 99, -1, 0xf, 0, 0, "", ""},
	{"up hides what is down and in maintenance", 3, -1, 0xf, 1, 0, "", "pv1 pv4 pv6 BACKEND "},
	{"no-maint hides what is in maintenance", 3, -1, 0xf, 0, 1, "",
		"pv1 pv2 pv3 pv4 pv6 BACKEND "},
	{"scope is a part of the name", -1, -1, 0xf, 0, 0, "cp", "FRONTEND t1 BACKEND "},
};

static void selections_choose_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(selections) / sizeof(*selections); i++) {
		struct stats_request request = admin_request(STATS_FORM_CSV);
		char *all, *line, *at, seen[256] = "";

		request.iid = selections[i].iid;
		request.sid = selections[i].sid;
		request.rows = selections[i].rows;
		request.hide_down = selections[i].hide_down;
		request.hide_maint = selections[i].hide_maint;
		snprintf(request.scope, sizeof(request.scope), "%s", selections[i].scope);
		all = fixture_collect(&fixture.context, &request, 8192, NULL);
		at = strchr(all, '\n') + 1;
		while ((line = strsep(&at, "\n")) && *line) {
			strsep(&line, ",");
			strcat(seen, strsep(&line, ","));
			strcat(seen, " ");
		}
		if (strcmp(seen, selections[i].svnames) != 0)
			fail_msg("%s: %s", selections[i].name, seen);
		free(all);
	}
}

static const struct {
	const char *name;
	struct verdict verdict;
	const char *status, *check_status;
} states[] = {
	{"up", {.state = SERVER_RUNNING, .health = 3, .status = CHECK_STATUS_L7OK}, "UP", "L7OK"},
	{"up, a probe under way",
		{.state = SERVER_RUNNING, .health = 3, .status = CHECK_STATUS_L7OK, .running = 1},
		"UP", "* L7OK"},
	{"on its way up", {.state = SERVER_STOPPED, .health = 1, .status = CHECK_STATUS_L7OK},
		"DOWN 1/3", "L7OK"},
	{"down", {.state = SERVER_STOPPED, .status = CHECK_STATUS_L4TOUT}, "DOWN", "L4TOUT"},
	{"draining",
		{.state = SERVER_RUNNING,
			.health = 3,
			.admin = SERVER_ADMIN_FORCED_DRAIN,
			.status = CHECK_STATUS_L7OK},
		"DRAIN", "L7OK"},
	{"stopping", {.state = SERVER_STOPPING, .health = 3, .status = CHECK_STATUS_L7STS}, "NOLB",
		"L7STS"},
	{"name not resolved", {.state = SERVER_STOPPED, .admin = SERVER_ADMIN_RESOLUTION_MAINT},
		"MAINT (resolution)", NULL},
	{"maintenance", {.state = SERVER_STOPPED, .admin = SERVER_ADMIN_FORCED_MAINT}, "MAINT",
		NULL},
};

static void expect_state(const struct server *server, struct verdict verdict, const char *status,
	const char *check_status)
{
	struct stats_request request = admin_request(STATS_FORM_TYPED);
	char *all, line[96];

	fixture_verdict(&fixture, server, verdict);
	request.iid = 3;
	request.sid = server->id;
	request.rows = STATS_ROW_SERVER;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	snprintf(line, sizeof(line), "\nS.3.%u.17.status.1:SGP:str:%s\n", server->id, status);
	if (!strstr(all, line))
		fail_msg("expected%s in\n%s", line, all);
	snprintf(line, sizeof(line), "\nS.3.%u.36.check_status.1:MOP:str:%s\n", server->id,
		check_status ? check_status : "");
	if (!strstr(all, line) != !check_status)
		fail_msg("check_status %s in\n%s", check_status, all);
	free(all);
}

static void states_have_their_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		expect_state(&fixture.pool[0], states[i].verdict, states[i].status,
			states[i].check_status);
	/* fall 2, rise 3: one failure seen. */
	expect_state(&fixture.pool[1],
		(struct verdict){
			.state = SERVER_RUNNING, .health = 3, .status = CHECK_STATUS_L7STS},
		"UP 1/2", "L7STS");
}

/* A second of the admin thread has not passed, or has: in both the row is right. */
static void a_backend_knows_its_history(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	struct board_peak *seen = &fixture.board.peaks[fixture.proxies[2].backend_cell];
	char *all;

	(void)state;
	request.iid = 4;
	request.rows = STATS_ROW_BACKEND;
	seen->down = 1;
	seen->downs = 2;
	seen->changed_s = FIXTURE_WALL_MS / 1000 - 7;
	seen->down_total_s = 30;
	fixture_verdict(&fixture, &fixture.tcp_server, (struct verdict){.state = SERVER_STOPPED});
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_non_null(strstr(all, ",DOWN,0,0,0,,2,7,37,,1,4,"));
	free(all);
	fixture_verdict(&fixture, &fixture.tcp_server,
		(struct verdict){.state = SERVER_RUNNING, .health = 4});
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_non_null(strstr(all, ",UP,1,1,0,,2,0,37,,1,4,"));
	free(all);
}

static void a_row_that_hides_says_how_many(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	char *all;

	(void)state;
	request.iid = 3;
	request.hide_down = true;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_non_null(strstr(all, ",UP (3/6),"));
	free(all);
}

static void text_is_quoted_where_it_must(void **state)
{
	static const struct {
		const char *plain, *csv, *json, *html;
	} texts[] = {
		{"plain", "plain", "plain", "plain"},
		{"a,b", "\"a,b\"", "a,b", "a,b"},
		{"say \"x\"", "\"say \"\"x\"\"\"", "say \\\"x\\\"", "say &quot;x&quot;"},
		{"a\nb", "\"a b\"", "a\\u000ab", "a\nb"},
		{"<&'>", "<&'>", "<&'>", "&lt;&amp;&#39;&gt;"},
		{"\xe9\\", "\xe9\\", "\\u00e9\\\\", "\xe9\\"},
	};
	char buffer[64];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct text text = text_over(buffer, sizeof(buffer));

		text_csv(&text, texts[i].plain);
		assert_int_equal(text.len, strlen(texts[i].csv));
		assert_memory_equal(buffer, texts[i].csv, text.len);
		text = text_over(buffer, sizeof(buffer));
		text_json(&text, texts[i].plain);
		assert_int_equal(text.len, strlen(texts[i].json));
		assert_memory_equal(buffer, texts[i].json, text.len);
		text = text_over(buffer, sizeof(buffer));
		text_html(&text, texts[i].plain);
		assert_int_equal(text.len, strlen(texts[i].html));
		assert_memory_equal(buffer, texts[i].html, text.len);
	}
}

static void what_does_not_fit_is_taken_back(void **state)
{
	char buffer[16];

	(void)state;
	for (uint32_t capacity = 0; capacity <= sizeof(buffer); capacity++) {
		struct text text = text_over(buffer, capacity);

		text_string(&text, "ab");
		if (!text_commit(&text, 0))
			assert_int_equal(text.len, 0);
		text_number(&text, 1234567);
		text_format(&text, "%d", 89);
		if (capacity > 11) {
			assert_true(text_commit(&text, 2));
			assert_memory_equal(buffer, "ab123456789", 11);
		} else {
			assert_false(text_commit(&text, capacity < 2 ? 0 : 2));
			assert_int_equal(text.len, capacity < 2 ? 0 : 2);
		}
	}
}

static void json_is_balanced_and_typed(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_JSON);
	size_t len;
	char *all = fixture_collect(&fixture.context, &request, 8192, &len);
	int depth = 0;

	(void)state;
	assert_true(
		strncmp(all,
			"[[{\"objType\":\"Frontend\",\"proxyId\":2,\"id\":0,\"field\":{\"pos\":0,"
			"\"name\":\"pxname\"},\"processNum\":1,\"tags\":{\"origin\":\"Key\","
			"\"nature\":\"Name\",\"scope\":\"Service\"},\"value\":{\"type\":\"str\","
			"\"value\":\"myLB\"}},{\"objType\":",
			strlen("[[{\"objType\":\"Frontend\",\"proxyId\":2,\"id\":0,")) == 0);
	for (size_t i = 0; i < len; i++)
		depth += (all[i] == '[' || all[i] == '{') - (all[i] == ']' || all[i] == '}');
	assert_int_equal(depth, 0);
	assert_string_equal(all + len - 4, "}]]\n");
	assert_non_null(strstr(all, "}],[{\"objType\":\"Server\",\"proxyId\":3,\"id\":1,"));
	assert_non_null(strstr(all, "\"name\":\"lastsess\"},\"processNum\":1,\"tags\":{\"origin\":"
				    "\"Metric\",\"nature\":\"Age\",\"scope\":\"Process\"},"
				    "\"value\":{\"type\":\"s32\",\"value\":-1}}"));
	free(all);
}

static void typed_lines_carry_their_tags(void **state)
{
	static const char *const lines[] = {
		"F.2.0.0.pxname.1:KNS:str:myLB\n",
		"\nF.2.0.33.rate.1:MRP:u32:0\n",
		"\nB.3.0.33.rate.1:MGP:u32:0\n",
		"\nB.3.0.19.act.1:MGP:u32:2\n",
		"\nS.3.1.19.act.1:SGP:u32:1\n",
		"\nS.3.2.55.lastsess.1:MAP:s32:-1\n",
		"\nS.3.3.56.last_chk.1:MOP:str:Connection refused\n",
		"\nB.4.0.76.algo.1:CGS:str:roundrobin\n",
	};
	struct stats_request request = admin_request(STATS_FORM_TYPED);
	char *all = fixture_collect(&fixture.context, &request, 8192, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!strstr(all, lines[i]))
			fail_msg("no line %s", lines[i]);
	free(all);
}

/* However small the pieces, together they are the same. */
static void pieces_make_the_whole(void **state)
{
	static const enum stats_form forms[] = {
		STATS_FORM_CSV, STATS_FORM_JSON, STATS_FORM_TYPED, STATS_FORM_HTML};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct stats_request request = admin_request(forms[i]);
		size_t whole_len, len;
		char *whole = fixture_collect(&fixture.context, &request, 1 << 20, &whole_len);

		for (uint32_t capacity = STATS_FILL_BYTES_MIN; capacity < 16384; capacity += 61) {
			char *all = fixture_collect(&fixture.context, &request, capacity, &len);

			assert_int_equal(len, whole_len);
			assert_memory_equal(all, whole, len);
			free(all);
		}
		free(whole);
	}
}

/* Names that fill more than a buffer: their rows are left out, the others stay. */
static void endless_names_stop_nobody(void **state)
{
	static char name[20000];
	static const enum stats_form forms[] = {
		STATS_FORM_CSV, STATS_FORM_JSON, STATS_FORM_TYPED, STATS_FORM_HTML};

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	fixture.pool[1].name = name;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct stats_request request = admin_request(forms[i]);
		char *all = fixture_collect(&fixture.context, &request, 8192, NULL);

		assert_non_null(strstr(all, "pv1"));
		assert_non_null(strstr(all, "pv3"));
		free(all);
	}
}

static void draining_sessions_count(void **state)
{
	struct stats_request request = admin_request(STATS_FORM_CSV);
	struct board previous;
	char *all;

	(void)state;
	/* The earlier generation had the same proxies and servers, some of them elsewhere. */
	assert_int_equal(board_create(&previous, &fixture.config, 3, 1), 0);
	board_traffic(&previous, 2, fixture.pool[0].cell)->sessions_now = 5;
	board_traffic(&previous, 0, fixture.pool[0].cell)->sessions_now = 1;
	fixture.context.previous = &previous;
	assert_int_equal(stats_match_previous(&fixture.context), 0);
	request.iid = 3;
	request.sid = 1;
	request.rows = STATS_ROW_SERVER;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_non_null(strstr(all, "\nmyLB2,pv1,0,0,6,6,"));
	free(all);
	previous.header->closed = 1;
	all = fixture_collect(&fixture.context, &request, 8192, NULL);
	assert_non_null(strstr(all, "\nmyLB2,pv1,0,0,0,1,"));
	free(all);
	free(fixture.context.previous_cells);
	board_unmap(&previous);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		CASE(rows_are_those_of_haproxy),
		CASE(listeners_are_shown_when_asked_for),
		CASE(addresses_are_for_the_socket_only),
		CASE(selections_choose_rows),
		CASE(states_have_their_words),
		CASE(a_backend_knows_its_history),
		CASE(a_row_that_hides_says_how_many),
		CASE(text_is_quoted_where_it_must),
		CASE(what_does_not_fit_is_taken_back),
		CASE(json_is_balanced_and_typed),
		CASE(typed_lines_carry_their_tags),
		CASE(pieces_make_the_whole),
		CASE(endless_names_stop_nobody),
		CASE(draining_sessions_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
