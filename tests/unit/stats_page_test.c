/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statistics page: what stands on it, that it is well-formed, that nothing on it can become
 * markup, and that pieces of it make the whole. */
#include "tests/unit/stats_fixture.h"

#include "core/routers_page.h"

#include <sys/mman.h>

static struct fixture fixture;

static int open_fixture(void **state)
{
	(void)state;
	fixture_open(&fixture);
	fixture.proxies[1].stats = (struct stats_uri){.enabled = true, .uri = "/stats"};
	return 0;
}

static int close_fixture(void **state)
{
	(void)state;
	fixture_close(&fixture);
	return 0;
}

static char *page(const char *options, uint32_t capacity, size_t *len)
{
	struct stats_request request;

	stats_parse_request(&request, &fixture.proxies[1], span_of_string(options));
	return fixture_collect(&fixture.context, &request, capacity, len);
}

static void expect(const char *all, const char *part)
{
	if (!strstr(all, part))
		fail_msg("not on the page: %s", part);
}

static void operators_find_what_they_know(void **state)
{
	static const char *const parts[] = {"<title>Statistics Report for torc</title>",
		"<h1>torc</h1>", "Statistics Report for pid 7294</h2>", "<b>pid = </b>7294",
		"<b>uptime = </b>0d 0h00m20s", "<b>maxsock = </b>1036; <b>maxconn = </b>500",
		"current conns = 0", "active UP, going down", "prefers-color-scheme:dark",
		"<a href=\"/stats;csv;norefresh\">CSV export</a>",
		"<a href=\"/stats;json;norefresh\">JSON export</a>",
		"<a href=\"/stats;up\">Hide 'DOWN' servers</a>",
		"<a href=\"/stats\">Refresh now</a>",
		"<a id=\"myLB/Frontend\" href=\"#myLB/Frontend\">Frontend</a>",
		"<a id=\"myLB2/Backend\" href=\"#myLB2/Backend\">Backend</a>",
		"<tr class=active_up><td class=ac><a id=\"myLB2/pv1\"", "<tr class=active_down>",
		"<tr class=backup_down>", "<tr class=active_no_check>", "<tr class=maintain>",
		"<td class=ac>14s UP</td>",
		"L7OK/200 in 2ms<div class=tips>Layer7 check passed</div>",
		"L4CON in 0ms<div class=tips>Layer4 connection problem: Connection refused</div>",
		"<td>50<i>000</i></td>", "<th>LastChk</th><th>Wght</th>", "</body></html>\n"};
	char *all = page("", 1 << 20, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect(all, parts[i]);
	assert_null(strstr(all, "version"));
	assert_null(strstr(all, "127.0.0.1"));
	free(all);
}

static void what_is_configured_is_shown(void **state)
{
	static struct stats_scope only = {.proxy = "."};
	struct stats_uri *stats = &fixture.proxies[1].stats;
	char *all;

	(void)state;
	stats->show_version = true;
	stats->show_legends = true;
	stats->node = "lb1";
	stats->description = "a < b";
	stats->refresh_s = 5;
	stats->scopes = &only;
	stats->uri = NULL;
	fixture.proxies[1].description = "the \"pool\"";
	all = page(";up;norefresh?scope=my", 1 << 20, NULL);
	expect(all, "<h1>torc version " TORC_VERSION "</h1>");
	expect(all, "pid 7294 on lb1: a &lt; b</h2>");
	expect(all, "the &quot;pool&quot;");
	expect(all, "cap: backend, mode: http, id: 3");
	expect(all, "127.0.0.1:18081");
	expect(all, ";norefresh&amp;scope=my\">Show all servers</a>");
	expect(all, ";up&amp;scope=my\">Enable refresh</a>");
	expect(all, "<form method=get action=\"/haproxy\"><input type=hidden name=\"stats\"");
	assert_null(strstr(all, "FRONTEND"));
	assert_null(strstr(all, "id=\"tcp1\""));
	assert_null(strstr(all, "pv2"));
	free(all);
}

/* Nothing that a server or the configuration says becomes markup. */
static void markup_in_texts_stays_text(void **state)
{
	char *all;

	(void)state;
	fixture.proxies[1].name = "<b>\"&";
	fixture.pool[1].name = "<script>alert(1)</script>";
	fixture_verdict(&fixture, &fixture.pool[1],
		(struct verdict){.state = SERVER_STOPPED,
			.status = CHECK_STATUS_L7STS,
			.text = "<img src=x onerror=alert(1)>"});
	all = page("", 8192, NULL);
	assert_null(strstr(all, "<script"));
	assert_null(strstr(all, "<img"));
	assert_null(strstr(all, "<b>\""));
	expect(all, "&lt;img src=x");
	free(all);
}

static uint32_t count(const char *all, const char *word)
{
	uint32_t n = 0;

	for (const char *at = strstr(all, word); at; at = strstr(at + 1, word))
		n++;
	return n;
}

/* Every row of a proxy's table has the width of its head. */
static void rows_have_all_columns(void **state)
{
	char *all = page("", 1 << 20, NULL), *at = all;
	uint32_t rows = 0;

	(void)state;
	while ((at = strstr(at, "<tr class=")) != NULL) {
		char *end = strstr(at, "</tr>");
		uint32_t width = 0;

		assert_non_null(end);
		*end = '\0';
		if (strncmp(at, "<tr class=titre>", 16) != 0) {
			width = count(at, "<td>") + count(at, "<td class=") +
				3 * count(at, "<td colspan=3>") + 8 * count(at, "<td colspan=8>");
			assert_int_equal(width, 31);
			rows++;
		}
		at = end + 1;
	}
	assert_int_equal(rows, 11);
	free(all);
}

/* 2,000 servers: in pieces of 8 KiB as in one. */
static void large_pages_come_in_pieces(void **state)
{
	enum { COUNT = 2000 };
	static struct server servers[COUNT];
	static char names[COUNT][16];
	struct config *config = &fixture.config;
	char *whole, *pieces;
	size_t whole_len, len;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "server-%u", i);
		fixture_server(&fixture, &servers[i], names[i], &fixture.proxies[1], 80);
		servers[i].id = i + 1;
	}
	fixture.proxies[1].servers = servers;
	fixture.proxies[1].server_count = COUNT;
	board_unmap(&fixture.board);
	assert_int_equal(board_create(&fixture.board, config, 2, 1), 0);
	whole = page("", 32 << 20, &whole_len);
	pieces = page("", STATS_FILL_BYTES_MIN, &len);
	assert_int_equal(len, whole_len);
	assert_memory_equal(whole, pieces, len);
	assert_int_equal(count(whole, "<tr class=active"), COUNT + 1);
	free(whole);
	free(pieces);
}

static void routers_have_a_table_of_their_own(void **state)
{
	static const char *const parts[] = {"virtual routers</a></h3>\n<table",
		"<tr class=active_up><td class=\"ac has\">VI_1<div class=tips>vrid 50 on eth0, "
		"VRRPv2\n"
		"from 192.0.2.1\nin the sync group G&amp;H</div></td><td class=ac>MASTER</td>"
		"<td>2.500 s</td>",
		"Entering MASTER STATE<div class=tips>2.500 s ago: (VI_1) Entering MASTER STATE, "
		"after "
		"3.602 s as BACKUP</div></td><td class=ac>101 + 2 (haproxy) = 103</td>",
		"<td class=\"ac has\">192.0.2.1<div class=tips>priority 103\nsomebody heard 1.000 "
		"s ago\n"
		"master here 1 times</div></td>",
		"<td class=has>7<div class=tips>farewells: 1</div></td>",
		"<td class=has>5<div class=tips>checksum: 3\ntime to live: 2</div></td></tr>",
		"<tr class=backup_up><td class=\"ac has\">&lt;img&gt;<"};
	static struct routers_cell cell;
	static struct stats_scope only = {.proxy = "."};
	uint64_t now_us = FIXTURE_NOW_MS * UINT64_C(1000);
	struct routers_page *routers;
	char *all;
	int fd;

	(void)state;
	routers = routers_page_make(&fd);
	assert_non_null(routers);
	fixture.context.routers = routers_page_map(fd);
	all = page("", STATS_FILL_BYTES_MIN, NULL);
	assert_null(strstr(all, "virtual routers")); /* there are none */
	free(all);
	cell = (struct routers_cell){
		.name = "VI_1",
		.interface = "eth0",
		.state = "MASTER",
		.group = "G&H",
		.sum = "101 + 2 (haproxy) = 103",
		.source = "192.0.2.1",
		.master = "192.0.2.1",
		.version = 2,
		.router_id = 50,
		.priority = 103,
		.master_priority = 103,
		.since_us = now_us - 2500000u,
		.heard_us = now_us - 1000000u,
		.adverts_in = 7,
		.farewells_in = 1,
		.became_master = 1,
		.error_count = 2,
		.errors = {{"checksum", 3}, {"time to live", 2}},
		.line_count = 1,
		.lines = {{now_us - 2500000u, 3602000u, "BACKUP", "(VI_1) Entering MASTER STATE"}},
	};
	routers_page_write(routers, 0, &cell);
	cell = (struct routers_cell){.name = "<img>", .state = "BACKUP"};
	routers_page_write(routers, 1, &cell);
	memset(cell.sum, '"', sizeof(cell.sum)); /* nor does it end */
	for (uint32_t i = 0; i < ROUTERS_LINES; i++)
		memset(cell.lines[i].text, '"', sizeof(cell.lines[i].text));
	cell.line_count = UINT32_MAX;
	strcpy(cell.name, "too long");
	routers_page_write(routers, 2, &cell);
	atomic_store(&routers->count, 3u);
	atomic_store(&routers->written_us, now_us);
	all = page("", STATS_FILL_BYTES_MIN, NULL);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect(all, parts[i]);
	assert_null(strstr(all, "too long")); /* left out, and the page goes on */
	assert_null(strstr(all, "stopped writing"));
	expect(all, "myLB/Frontend");
	free(all);
	atomic_store(&routers->written_us, now_us - 2000001u);
	all = page("", 1 << 20, NULL);
	expect(all, "old: the keeper has stopped writing");
	free(all);
	all = page("?scope=my", 1 << 20, NULL);
	assert_null(strstr(all, "virtual routers"));
	free(all);
	fixture.proxies[1].stats.scopes = &only;
	all = page("", 1 << 20, NULL);
	assert_null(strstr(all, "virtual routers"));
	free(all);
	munmap((void *)(uintptr_t)fixture.context.routers, sizeof(*routers));
	munmap(routers, sizeof(*routers));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_fixture, close_fixture)
	const struct CMUnitTest tests[] = {
		CASE(operators_find_what_they_know),
		CASE(what_is_configured_is_shown),
		CASE(markup_in_texts_stays_text),
		CASE(rows_have_all_columns),
		CASE(large_pages_come_in_pieces),
		CASE(routers_have_a_table_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
