/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_line_test.c - lines of `log-format`: every variable and flag, over transactions that came to
 * different ends.  What HAProxy 2.6 writes for the same is held against by test_log_format.py. */
#include "core/config/format_words.h"
#include "net/rules/capture.h"
#include "net/rules/log_line.h"
#include "tests/unit/rules_fixture.h"

#include <time.h>

#define WALL_MS 1795406172482u /* 23 Nov 2026 03:56:12.482 UTC */

enum scene {
	WHOLE,	   /* served, everything known */
	SIX,	   /* the same over IPv6, with a request that has to be coded */
	NO_SERVER, /* a request to nobody */
	NO_ANSWER, /* a server that said nothing; captured fields were not there */
	UNREAD,	   /* no request at all */
	EARLY,	   /* option logasap */
	LOCAL,	   /* through a unix socket */
	SCENES,
};

static const char *const requests[SCENES] = {
	[WHOLE] = "GET http://h/a/b?c=d HTTP/1.1",
	[SIX] = "GET /x\"y#z?\\] HTTP/1.0",
	[NO_SERVER] = "OPTIONS * HTTP/1.1",
	[NO_ANSWER] = "POST /only HTTP/1.1",
	[UNREAD] = "",
	[EARLY] = "GET /",
	[LOCAL] = "BREW",
};

static char captures[4096];

static char *lend_captures(struct session_environment *env)
{
	(void)env;
	return captures;
}

static union address address_from(const char *text, uint16_t port)
{
	union address address = {.in.sin_port = htons(port)};
	bool six = strchr(text, ':') != NULL;

	address.any.sa_family = six ? AF_INET6 : AF_INET;
	assert_int_equal(
		inet_pton(six ? AF_INET6 : AF_INET, text,
			six ? (void *)&address.in6.sin6_addr : (void *)&address.in.sin_addr),
		1);
	return address;
}

/* Kept in the session's number: a scene. */
static void address_of(struct session_environment *env, const struct session *session,
	enum session_end end, union address *address)
{
	static const char *const ends[2][3] = {{"192.0.2.1", "192.0.2.2", "192.0.2.3"},
		{"2001:db8::1", "2001:db8::2", "2001:db8::3"}};
	enum scene scene = (enum scene)session->number;

	(void)env;
	if (scene == LOCAL || (end != SESSION_CAME_TO && (scene == NO_SERVER || scene == UNREAD)))
		address->any.sa_family = AF_UNSPEC;
	else
		*address = address_from(ends[scene == SIX][end], (uint16_t)(80 + end));
}

static struct access_record record_of(enum scene scene)
{
	struct access_record record = {
		.client = address_from(scene == SIX ? "2001:db8::9" : "10.1.2.3", 4711),
		.listener_id = 7,
		.accept_wall_ms = WALL_MS,
		.request_wall_ms = WALL_MS + 1005,
		.frontend = "web",
		.backend = "pool",
		.server = "s1",
		.head_ms = 1,
		.queue_ms = 2,
		.connect_ms = 3,
		.response_ms = 4,
		.active_ms = 15,
		.total_ms = 1020,
		.status = 200,
		.bytes = 12345678901,
		.bytes_in = 77,
		.idle_ms = 1005,
		.data_ms = 5,
		.request_number = 255,
		.line_number = 4096,
		.pid = 31,
		.unique_id = SPAN("id-1"),
		.termination = {'-', '-', 'N', 'I'},
		.process_connections = 5,
		.frontend_connections = 4,
		.backend_connections = 3,
		.server_connections = 2,
		.retries = 1,
		.redispatched = scene == SIX,
		.server_queue = 8,
		.backend_queue = 9,
		.has_request = scene != UNREAD,
		.request_line = span_of_string(requests[scene]),
		.uri_max = 1024,
		.early = scene == EARLY,
	};

	if (scene == NO_SERVER || scene == UNREAD) {
		record.backend = "web";
		record.server = NULL;
		record.queue_ms = record.connect_ms = -1;
		record.unique_id = (struct span){0};
	}
	if (scene == NO_SERVER || scene == UNREAD || scene == NO_ANSWER) {
		record.response_ms = record.data_ms = -1;
		record.status = scene == UNREAD ? -1 : 503;
		memcpy(record.termination, scene == NO_ANSWER ? "SH--" : "SC--", 4);
	}
	if (scene == UNREAD)
		record.head_ms = -1;
	if (scene == LOCAL)
		record.client = (union address){.any.sa_family = AF_UNIX};
	return record;
}

static const struct {
	enum scene scene;
	const char *format, *line;
} cases[] = {
	/* every variable, nothing missing */
	{WHOLE, "%B %CC %CS %HM %HP %HPO %HQ %HU %HV",
		"12345678901 - - GET http://h/a/b /a/b ?c=d http://h/a/b?c=d HTTP/1.1"},
	{WHOLE, "%ID %ST %T %Tl", "id-1 200 23/Nov/2026:03:56:12 +0000 23/Nov/2026:05:56:12 +0200"},
	{WHOLE, "%Ta %Tc %Td %Th %Ti %Tq %TR %Tr %Ts %Tt %Tu %Tw",
		"15 3 5 0 1005 1006 1 4 1795406172 1020 15 2"},
	{WHOLE, "%U %ac %b %bc %bi %bp %bq %ci %cp %f %fc %fi %fp %ft",
		"77 5 pool 3 192.0.2.2 81 9 10.1.2.3 4711 web 4 192.0.2.1 80 web"},
	{WHOLE, "%hr %hs %hrl %hsl", "{h#7Cx|#22} {si#7Bx} h#7Cx #22 si#7Bx"},
	{WHOLE, "%lc %ms %pid %r %rc %rt %s %sc %si %sp %sq",
		"4096 482 31 GET http://h/a/b?c=d HTTP/1.1 1 255 s1 2 192.0.2.3 82 8"},
	{WHOLE, "%sslc %sslv %t", "- - 23/Nov/2026:05:56:12.482"},
	{WHOLE, "%tr %trg %trl",
		"23/Nov/2026:05:56:13.487 23/Nov/2026:03:56:13 +0000 23/Nov/2026:05:56:13 +0200"},
	{WHOLE, "%ts %tsc", "-- --NI"},
	/* quotes: texts have them, numbers and dates do not */
	{WHOLE, "%{+Q}o %HM %s %r", "\"GET\" \"s1\" \"GET http://h/a/b?c=d HTTP/1.1\""},
	{WHOLE, "%{+Q}o %ci %cp %bi %ST %B %Ts %lc %T",
		"\"10.1.2.3\" 4711 \"192.0.2.2\" 200 "
		"12345678901 1795406172 4096 "
		"23/Nov/2026:03:56:12 +0000"},
	{WHOLE, "%{+Q}hr %{+Q}hs %{+Q}hrl", "\"{h#7Cx|#22}\" \"{si#7Bx}\" \"h#7Cx\" \"#22\""},
	{WHOLE, "%{+Q}CC %{+Q}sslc %{+Q}ID", "\"\" \"\" \"id-1\""},
	/* hexadecimal */
	{WHOLE, "%{+X}ci %{+X}cp %{+X}bi %{+X}bp %{+X}Ts %{+X}ms %{+X}pid %{+X}lc %{+X}rt",
		"0A010203 1267 C0000202 0051 6B03B95C 1E2 001F 1000 00FF"},
	{WHOLE, "%{+Q,+X}ci %{+X}ST %{+X}s", "0A010203 200 s1"},
	{SIX, "%{+X}ci %{+X}fi",
		"20010DB8000000000000000000000009 20010DB8000000000000000000000001"},
	/* flags come and go */
	{WHOLE, "%{+Q}o %f %{-Q}f %f %{-Q}o %f", "\"web\" web \"web\" web"},
	{WHOLE, "%{-M}CC|%{-M}sslv|%CC", "||-"},
	/* what a request may say */
	{SIX, "%r", "GET /x#22y#23z?\\] HTTP/1.0"},
	{SIX, "%{+Q}r", "\"GET /x#22y#23z?\\] HTTP/1.0\""},
	{SIX, "%{+E}r", "GET /x#22y#23z?\\\\\\] HTTP/1.0"},
	{SIX, "%{+Q,+E}HU|%HQ|%HP", "\"/x#22y#23z?\\\\\\]\"|?\\]|/x#22y#23z"},
	{SIX, "%ci %fi %bi %si %rc", "2001:db8::9 2001:db8::1 2001:db8::2 2001:db8::3 +1"},
	{NO_SERVER, "%HM %HU %HP %HPO %HQ %HV", "OPTIONS * * * HTTP/1.1"},
	/* nobody behind us */
	{NO_SERVER, "%b %s %bi %bp %si %sp %fi %fp", "web <NOSRV> - - - - 192.0.2.1 80"},
	{NO_SERVER, "%{+Q}s %{+Q}si %{+Q}sp %ID", "\"<NOSRV>\" \"\" \"\" -"},
	{NO_SERVER, "%Tw %Tc %Tr %Td %ST %tsc", "-1 -1 -1 -1 503 SC--"},
	{NO_ANSWER, "%s %Tw %Tc %Tr %Td %ST %ts", "s1 2 3 -1 -1 503 SH"},
	/* captured nothing */
	{NO_ANSWER, "%hr %hs", "{|} {}"},
	{NO_ANSWER, "%hrl %hsl|%{+Q}hr|%{+Q}hrl", "- - -|\"{|}\"|\"\" \"\""},
	/* no request */
	{UNREAD, "%r %HM %HU %HP %HPO %HQ %HV",
		"<BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ>"},
	{UNREAD, "%{+Q}r %ST %TR %Tq %Ti %hr %hs|end", "\"<BADREQ>\" -1 -1 -1 1005 |end"},
	/* early, and half a request line */
	{EARLY, "%Ta %Tt %Tu %B %U", "+15 +1020 +15 +12345678901 77"},
	{EARLY, "%HM|%HU|%HV|%r", "GET|/||GET /"},
	{LOCAL, "%HM|%HU|%HV|%r", "|||BREW"},
	{LOCAL, "%ci:%cp %fi:%fp", "unix:7 -:-"},
	{LOCAL, "%{+Q}ci:%{+X}cp %{+Q}fi", "\"unix\":7 \"\""},
	/* blanks: none at the beginning, one for many, also around nothing */
	{UNREAD, "  %hr  a   b %hr c", "a b c"},
	{UNREAD, "%%%ST%%", "%-1%"},
	/* samples: no head is at hand any more, what was captured is */
	{WHOLE, "%[src] %[src_port] %[fe_name] %[so_id] %[str(a#b)]", "10.1.2.3 4711 web 7 a#23b"},
	{WHOLE, "%{+Q}[str(a),upper] %{+Q}[int(5),add(1)] %[src,ipmask(8)]",
		"\"A\" \"6\" 10.0.0.0"},
	{WHOLE, "%{+E}[str(x\\\"y)] %{+X}[int(255)]", "x\\\"y 255"},
	{WHOLE, "%[capture.req.hdr(0)] %[capture.req.hdr(1),hex] %[capture.res.hdr(0),length]",
		"h|x 22 4"},
	{NO_ANSWER, "%[capture.req.hdr(0)]|%{-M}[capture.req.hdr(1)]|%{+Q}[capture.res.hdr(0)]",
		"-||\"\""},
	{WHOLE, "%[str(a),sub(1)]|%[bool(true)]|%[ipv4(192.0.2.7)]", "-1|1|192.0.2.7"},
};

static bool open_case(struct rules_fixture *fixture, const char *format, enum scene scene)
{
	char lines[2048];

	snprintf(lines, sizeof(lines),
		" log stdout local0\n capture request header Host len 9\n"
		" capture request header X-Q len 9\n capture response header Server len 4\n"
		" log-format '%s'\n",
		format);
	if (!rules_fixture_open(fixture, lines))
		return false;
	fixture->env.address_of = address_of;
	fixture->env.lend_captures = lend_captures;
	fixture->session.number = scene;
	if (scene == NO_ANSWER || scene == UNREAD)
		return true;
	rules_fixture_request(fixture, "GET / HTTP/1.0\r\nHost: h\r\nX-Q: \"\r\n\r\n");
	/* A Host that could not have come, to see it coded. */
	fixture->head.fields[0].value = SPAN("h|x");
	capture_fields(&fixture->session, &fixture->env, &fixture->head, false);
	rules_fixture_response(
		fixture, "HTTP/1.1 200 OK\r\nServer: si{x-and-more\r\nContent-Length: 0\r\n\r\n");
	capture_fields(&fixture->session, &fixture->env, &fixture->head, true);
	return true;
}

static uint32_t write_line(
	struct rules_fixture *fixture, enum scene scene, char *out, uint32_t capacity)
{
	struct access_record record = record_of(scene);

	return log_line_write(&fixture->session, &fixture->env,
		fixture->session.frontend->log_format, &record, out, capacity);
}

static void every_variable(void **state)
{
	char line[4096], cut[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rules_fixture fixture;
		uint32_t len;

		if (!open_case(&fixture, cases[i].format, cases[i].scene))
			fail_msg("%s: was refused", cases[i].format);
		len = write_line(&fixture, cases[i].scene, line, sizeof(line) - 1);
		line[len] = '\0';
		if (strcmp(line, cases[i].line) != 0)
			fail_msg("%s\n gave     '%s'\n expected '%s'", cases[i].format, line,
				cases[i].line);
		/* A line that is cut is the beginning of the whole one, and no byte more. */
		for (uint32_t room = 0; room < len; room++) {
			uint32_t bytes;

			cut[room] = '~';
			bytes = write_line(&fixture, cases[i].scene, cut, room);
			assert_true(bytes <= room);
			assert_memory_equal(cut, line, bytes);
			assert_int_equal(cut[room], '~');
		}
		rules_fixture_close(&fixture);
	}
}

/* Each with each set of flags, in each scene: one line of bytes that a line may hold. */
static void any_flags(void **state)
{
	char line[4096];

	(void)state;
	for (uint32_t alias = 0; alias < ALIAS_COUNT; alias++) {
		for (uint32_t flags = 0; flags < 16; flags++) {
			char format[64];

			snprintf(format, sizeof(format), "%%{%sQ,%sM,%sX,%sE}%s|end",
				flags & 1 ? "+" : "-", flags & 2 ? "+" : "-", flags & 4 ? "+" : "-",
				flags & 8 ? "+" : "-", format_words[alias].name);
			for (uint32_t scene = 0; scene < SCENES; scene++) {
				struct rules_fixture fixture;
				uint32_t len;

				assert_true(open_case(&fixture, format, scene));
				len = write_line(&fixture, scene, line, sizeof(line));
				assert_true(len >= 4 && memcmp(line + len - 4, "|end", 4) == 0);
				for (uint32_t at = 0; at < len; at++)
					assert_true(line[at] >= 32 && line[at] <= 126);
				rules_fixture_close(&fixture);
			}
		}
	}
}

/* As tune.http.logurilen has it: one byte less, HAProxy's buffer ends with a zero. */
static void a_long_request_is_cut(void **state)
{
	struct access_record record = record_of(WHOLE);
	struct rules_fixture fixture;
	char line[64];
	uint32_t len;

	(void)state;
	record.uri_max = 14;
	assert_true(open_case(&fixture, "%{+Q}r|%HU|%HV|", WHOLE));
	len = log_line_write(&fixture.session, &fixture.env, fixture.session.frontend->log_format,
		&record, line, sizeof(line));
	line[len] = '\0';
	assert_string_equal(line, "\"GET http://h/\"|http://h/||");
	rules_fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variable),
		cmocka_unit_test(any_flags),
		cmocka_unit_test(a_long_request_is_cut),
	};

	setenv("TZ", "EET-2", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
