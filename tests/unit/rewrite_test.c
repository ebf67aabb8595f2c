/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Actions: a message in, rules applied, the message as it leaves, byte for byte. */
#include "tests/unit/rules_fixture.h"

#define GET  "GET /a/b?x=1 HTTP/1.1\r\nHost: h\r\n"
#define END  "\r\n"
#define OK   "HTTP/1.1 200 OK\r\n"
#define NONE "Content-Length: 0\r\n"

struct rewrite_case {
	const char *rules; /* behind "http-request " or "http-response ", separated by line feeds */
	const char *in, *out; /* out NULL: it is a failed rewrite */
};

static const struct rewrite_case requests[] = {
	{"set-header A b", GET END, GET "A: b\r\n" END},
	{"set-header A b", GET "a: 1\r\nB: 2\r\nA: 3\r\n" END, GET "B: 2\r\nA: b\r\n" END},
	{"set-header A ''", GET "A: 1\r\n" END, GET "A: \r\n" END},
	{"set-header A ' b '", GET END, GET "A: b\r\n" END},
	{"add-header A b", GET "A: 1\r\n" END, GET "A: 1\r\nA: b\r\n" END},
	{"del-header A", GET "A: 1\r\nB: 2\r\na: 3\r\n" END, GET "B: 2\r\n" END},
	{"del-header X- -m beg", GET "x-a: 1\r\nB: 2\r\nX-: 3\r\nX: 4\r\n" END,
		GET "B: 2\r\nX: 4\r\n" END},
	{"del-header -b -m end", GET "A-B: 1\r\nA-C: 2\r\n" END, GET "A-C: 2\r\n" END},
	{"del-header a-b -m sub", GET "XA-BX: 1\r\nA: 2\r\n" END, GET "A: 2\r\n" END},
	{"del-header ^[ab]$ -m reg", GET "A: 1\r\nC: 2\r\nB: 3\r\n" END, GET "C: 2\r\n" END},
	{"del-header . -m reg", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n"},
	{"set-header Host other", GET END, "GET /a/b?x=1 HTTP/1.1\r\nHost: other\r\n" END},
	{"set-header Host other", "GET http://h/a HTTP/1.1\r\nHost: h\r\n" END,
		"GET /a HTTP/1.1\r\nHost: other\r\n" END},
	{"add-header Host other", GET END, "GET /a/b?x=1 HTTP/1.1\r\nHost: other\r\n" END},
	{"add-header host other", "GET / HTTP/1.0\r\n" END,
		"GET / HTTP/1.1\r\nhost: other\r\n" END},
	{"add-header Host other", "GET http://h/a HTTP/1.1\r\nHost: h\r\n" END,
		"GET /a HTTP/1.1\r\nHost: other\r\n" END},
	{"set-header Host 'a, b'", GET END, NULL},
	{"replace-value Host ^ 'a b'", GET END, NULL},
	{"set-header Connection 'close, Host'\nset-header Keep-Alive x\n"
	 "set-header Proxy-Connection y\nset-header Upgrade h2c",
		GET END, GET END},
	{"set-header B 2", GET "Connection: B\r\nB: 1\r\n" END, GET "B: 2\r\n" END},
	{"set-header A %[hdr(host)]", "GET http://h/ HTTP/1.1\r\nHost: other\r\n" END,
		"GET http://h/ HTTP/1.1\r\nHost: h\r\nA: h\r\n" END},
	{"set-header A %[base]", "GET http://h/p HTTP/1.0\r\n" END,
		"GET http://h/p HTTP/1.1\r\nHost: h\r\nA: h/p\r\n" END},
	{"set-path /b", "GET http://h/a HTTP/1.1\r\nHost: other\r\n" END,
		"GET /b HTTP/1.1\r\nHost: h\r\n" END},
	{"replace-header A ^(.)(.*) '<\\2\\1>'", GET "A: abc\r\nA: d\r\nB: e\r\n" END,
		GET "A: <bca>\r\nA: <d>\r\nB: e\r\n" END},
	{"replace-header A x y", GET "A: a, xx, b\r\n" END, GET "A: y\r\n" END},
	{"replace-value A ^x$ '[\\0]'", GET "A: a, x,x ,b\r\n" END, GET "A: a, [x],[x],b\r\n" END},
	{"replace-value A nothing y", GET "A: a,  b\r\n" END, GET "A: a,  b\r\n" END},
	{"set-method PUT", GET END, "PUT /a/b?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-method 'P T'", GET END, NULL},
	{"set-method HEAD", GET END, NULL},
	{"set-path /new", GET END, "GET /new?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-path /pre%[path]", GET END, "GET /pre/a/b?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-path new", GET END, "GET /new?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-path '/a b#c'", GET END, "GET /a%20b%23c?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-pathq /new", GET END, "GET /new HTTP/1.1\r\nHost: h\r\n" END},
	{"set-query y=2", GET END, "GET /a/b?y=2 HTTP/1.1\r\nHost: h\r\n" END},
	{"set-query ''", GET END, "GET /a/b HTTP/1.1\r\nHost: h\r\n" END},
	{"set-query y", "GET /a HTTP/1.1\r\nHost: h\r\n" END,
		"GET /a?y HTTP/1.1\r\nHost: h\r\n" END},
	{"set-uri /x?y", GET END, "GET /x?y HTTP/1.1\r\nHost: h\r\n" END},
	{"set-uri http://o:8/x?y", GET END, "GET /x?y HTTP/1.1\r\nHost: o:8\r\n" END},
	{"set-uri http://o", GET END, "GET / HTTP/1.1\r\nHost: o\r\n" END},
	{"set-uri http://o@p/", GET END, NULL},
	{"set-path /b", "GET http://h/a?q HTTP/1.1\r\nHost: h\r\n" END,
		"GET /b?q HTTP/1.1\r\nHost: h\r\n" END},
	{"set-method PUT", "GET http://h/a?q HTTP/1.1\r\nHost: h\r\n" END,
		"PUT http://h/a?q HTTP/1.1\r\nHost: h\r\n" END},
	{"replace-path ^/a/(.*) /\\1", GET END, "GET /b?x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"replace-path ^/z /y", GET END, GET END},
	{"replace-pathq '([^?]*)\\?(.*)' '\\1/\\2'", GET END,
		"GET /a/b/x=1 HTTP/1.1\r\nHost: h\r\n" END},
	{"replace-uri ^/a(.*) 'http://o/z\\1'", GET END,
		"GET /z/b?x=1 HTTP/1.1\r\nHost: o\r\n" END},
	{"set-header A %[path]\nset-path /n\nset-header B %[path]", GET END,
		"GET /n?x=1 HTTP/1.1\r\nHost: h\r\nA: /a/b\r\nB: /n\r\n" END},
	{"set-header A 1\nset-header A %[req.hdr(a)]2", GET END, GET "A: 12\r\n" END},
	{"set-header A %HM:%HU:%HP:%HQ:%HV", GET END,
		GET "A: GET:/a/b?x=1:/a/b:?x=1:HTTP/1.1\r\n" END},
	{"set-header A '%ci:%cp %f %s %{+X}cp 100%%'", GET END,
		GET "A: 10.1.2.3:4711 web <NOSRV> 1267 100%\r\n" END},
	{"set-header A '%{+Q}o %f %{-Q}f'", GET END, GET "A: \"web\" web\r\n" END},
	{"set-header A %[str(a),bytes(0,1)]%[urlp(x),url_dec]",
		"GET /?x=%0d%0aB:%00c HTTP/1.1\r\nHost: h\r\n" END,
		"GET /?x=%0d%0aB:%00c HTTP/1.1\r\nHost: h\r\nA: a%0D%0AB:%00c\r\n" END},
};

static const struct rewrite_case responses[] = {
	{"set-header A %[status]", OK NONE END, OK NONE "A: 200\r\n" END},
	{"del-header Server", OK "Server: s\r\n" NONE END, OK NONE END},
	{"set-status 418", OK NONE END, "HTTP/1.1 418 I'm a teapot\r\n" NONE END},
	{"set-status 299 reason Fine", OK NONE END, "HTTP/1.1 299 Fine\r\n" NONE END},
	{"set-status 200", "HTTP/1.1 204 No\r\n" END, NULL},
	{"replace-header Location ^http:(.*) https:\\1", OK "Location: http://a/b\r\n" NONE END,
		OK "Location: https://a/b\r\n" NONE END},
	{"del-header .* -m reg", OK "Transfer-Encoding: chunked\r\nA: b\r\n" END,
		OK "Transfer-Encoding: chunked\r\n" END},
};

static void check_case(const struct rewrite_case *c, bool response)
{
	const char *family = response ? "http-response" : "http-request";
	const struct message_edits edits = {.connection = MESSAGE_CONNECTION_ABSENT};
	struct rules_fixture fixture;
	const struct rules *rules;
	char lines[1024] = "", out[4096];
	uint32_t len;
	bool fits = true;

	for (const char *at = c->rules; *at;) {
		size_t bytes = strcspn(at, "\n"), used = strlen(lines);

		snprintf(lines + used, sizeof(lines) - used, " %s %.*s\n", family, (int)bytes, at);
		at += bytes + (at[bytes] == '\n');
	}
	if (!rules_fixture_open(&fixture, lines))
		fail_msg("%s: was refused", lines);
	if (response)
		rules_fixture_response(&fixture, c->in);
	else
		rules_fixture_request(&fixture, c->in);
	rules = fixture.session.frontend->rules;
	for (const struct rule *rule = response ? rules->response.first : rules->request.first;
		rule && fits; rule = rule->next)
		fits = rewrite(&fixture.context, rule);
	if (fits != (c->out != NULL))
		fail_msg("%s: %s", c->rules, fits ? "fits" : "does not fit");
	if (c->out) {
		len = response ? message_write_response(out, sizeof(out), &fixture.head, &edits)
			       : message_write_request(out, sizeof(out), &fixture.head, &edits);
		out[len] = '\0';
		if (strcmp(out, c->out) != 0)
			fail_msg("%s:\n%s--- instead of\n%s", c->rules, out, c->out);
	}
	rules_fixture_close(&fixture);
}

static void actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		check_case(&requests[i], false);
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		check_case(&responses[i], true);
}

/* One field more than tune.http.maxhdr, one byte more than the room: both are failed rewrites. */
static void limits(void **state)
{
	struct rules_fixture fixture;
	const struct rule *rule;
	uint32_t added = 0;

	(void)state;
	assert_true(rules_fixture_open(&fixture, " http-request add-header A b\n"));
	rules_fixture_request(&fixture, GET END);
	rule = fixture.session.frontend->rules->request.first;
	while (rewrite(&fixture.context, rule))
		added++;
	assert_int_equal(added + 1, fixture.env.limits.fields);
	rules_fixture_close(&fixture);

	assert_true(rules_fixture_open(
		&fixture, " http-request set-header A %[req.hdr(a)]%[req.hdr(a)]x\n"));
	rules_fixture_request(&fixture, GET END);
	rule = fixture.session.frontend->rules->request.first;
	for (added = 0; rewrite(&fixture.context, rule); added++)
		assert_true(added < 20);
	assert_true(added > 8);
	rules_fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(actions),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
