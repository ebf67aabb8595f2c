/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples and conditions: what every fetch finds, every converter makes, every method compares.
 * Expectations are those of HAProxy's manual; where it is silent, of its 2.6. */
#include "tests/unit/rules_fixture.h"

#include "core/config/sample_words.h"

#define REQUEST                                                                                    \
	"POST /a/Path.PNG?x=1&y=two%20words&x=3 HTTP/1.1\r\n"                                      \
	"Host: WWW.Example:8080\r\n"                                                               \
	"Accept: text/html, \"a,b\";q=1 ,, last\r\n"                                               \
	"X-Forwarded-For: 192.0.2.7, 198.51.100.9\r\n"                                             \
	"X-Forwarded-For: 2001:db8::1\r\n"                                                         \
	"Cookie: a=1; b = 2 ;c\r\n"                                                                \
	"Cookie: a=4\r\n"                                                                          \
	"Empty:\r\n"                                                                               \
	"Number: 42\r\n"                                                                           \
	"Authorization: Basic Ym9iOnNlY3JldA==\r\n"                                                \
	"Content-Length: 5\r\n\r\n"
#define RESPONSE                                                                                   \
	"HTTP/1.1 503 Busy\r\nSet-Cookie: sid=abc; Path=/\r\nServer: s\r\nContent-Length: "        \
	"0\r\n\r\n"

struct sample_case {
	const char *expression;
	const char *text; /* "": nothing was found */
};

static const struct sample_case of_request[] = {
	{"path", "/a/Path.PNG"},
	{"pathq", "/a/Path.PNG?x=1&y=two%20words&x=3"},
	{"query", "x=1&y=two%20words&x=3"},
	{"url", "/a/Path.PNG?x=1&y=two%20words&x=3"},
	{"base", "WWW.Example:8080/a/Path.PNG"},
	{"method", "POST"},
	{"req.ver", "1.1"},
	{"hdr(host)", "WWW.Example:8080"},
	{"req.hdr(accept)", "last"},
	{"req.hdr(accept,1)", "text/html"},
	{"req.hdr(accept,2)", "\"a,b\";q=1"},
	{"req.hdr(accept,3)", ""},
	{"req.hdr(accept,4)", "last"},
	{"req.hdr(accept,-3)", "\"a,b\";q=1"},
	{"req.hdr(accept,-4)", "text/html"},
	{"req.fhdr(accept)", "text/html, \"a,b\";q=1 ,, last"},
	{"req.hdr_cnt(accept)", "4"},
	{"req.fhdr_cnt(accept)", "1"},
	{"req.fhdr_cnt(x-forwarded-for)", "2"},
	{"hdr_ip(x-forwarded-for)", "2001:db8::1"},
	{"hdr_ip(x-forwarded-for,2)", "198.51.100.9"},
	{"hdr_ip(host)", ""},
	{"hdr_val(number)", "42"},
	{"hdr(empty)", ""},
	{"req.hdr_cnt(empty)", "1"},
	{"req.hdr_cnt", "14"},
	{"hdr_cnt()", "14"},
	{"req.fhdr_cnt", "10"},
	{"hdr(nothing)", ""},
	{"res.hdr(host)", NULL},
	{"req.hdr_names", "Host,Accept,X-Forwarded-For,X-Forwarded-For,Cookie,Cookie,Empty,Number,"
			  "Authorization,Content-Length"},
	{"cook(a)", "4"},
	{"cook(b)", "2"},
	{"cook(c)", ""},
	{"cook(d)", ""},
	{"cook_cnt(a)", "2"},
	{"cook_val(b)", "2"},
	{"url_param(x)", "1"},
	{"url_param(y)", "two%20words"},
	{"urlp(y),url_dec", "two words"},
	{"urlp(z)", ""},
	{"urlp_val(x)", "1"},
	{"src", "10.1.2.3"},
	{"src_port", "4711"},
	{"dst", "192.0.2.1"},
	{"dst_port", "8080"},
	{"so_id", "7"},
	{"fe_name", "web"},
	{"be_name", ""},
	{"ssl_fc", "0"},
	{"always_true", "1"},
	{"http_first_req", "1"},
	{"http_auth(people)", "1"},
	{"http_auth_user", "bob"},
	{"date", "1795455782"},
	{"date(-2)", "1795455780"},
	{"int(-7)", "-7"},
	{"str(a b)", "a b"},
	{"bool(true)", "1"},
	{"ipv4(10.0.0.1)", "10.0.0.1"},
	{"meth(GET)", "GET"},
	{"capture.req.hdr(0)", ""},
	{"capture.req.method", "POST"},
	{"capture.req.uri", "/a/Path.PNG?x=1&y=two%20words&x=3"},
	{"capture.req.ver", "HTTP/1.1"},
	{"http_auth_pass", "secret"},
	{"http_auth_type", "Basic"},
	{"req_proto_http", "1"},
	{"wait_end", "1"},
	{"uuid,length", "36"},
	{"uuid(4),regsub('[0-9a-f]',x,g)", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"},
	{"uuid,regsub('^.{14}4.{4}[89ab].{16}$',fine)", "fine"},
	/* converters */
	{"path,lower", "/a/path.png"},
	{"path,upper", "/A/PATH.PNG"},
	{"path,length", "11"},
	{"path,field(2,/)", "a"},
	{"path,field(1,/)", ""},
	{"path,field(-1,/)", "Path.PNG"},
	{"path,field(9,/)", ""},
	{"path,word(1,/)", "a"},
	{"path,word(2,/.)", "Path"},
	{"path,word(-1,.)", "PNG"},
	{"str(a.b.c.d),field(2,.,2)", "b.c"},
	{"str(a.b.c.d),field(2,.,0)", "b.c.d"},
	{"str(a.b.c.d),field(-2,.,2)", "b.c"},
	{"str(a.b.c.d),field(-2,.,0)", "a.b.c"},
	{"str(a..b),word(2,.)", "b"},
	{"str(a..b),field(2,.)", ""},
	{"src,ipmask(16)", "10.1.0.0"},
	{"src,ipmask(255.255.255.0)", "10.1.2.0"},
	{"hdr_ip(x-forwarded-for),ipmask(8,32)", "2001:db8::"},
	{"hdr_ip(x-forwarded-for),ipmask(8)", ""},
	{"str(ab),hex", "6162"},
	{"src,hex", "0A010203"},
	{"str(ab),base64", "YWI="},
	{"str(abc),base64", "YWJj"},
	{"str(abcdef),bytes(2,3)", "cde"},
	{"str(abcdef),bytes(4)", "ef"},
	{"str(abcdef),bytes(9)", ""},
	{"str(a%2fb+c),url_dec", "a/b+c"},
	{"str(a%2fb+c),url_dec(1)", "a/b c"},
	{"str(a?b+c),url_dec", "a?b c"},
	{"str(a%2),url_dec", ""},
	{"str(a%2g),url_dec", ""},
	{"str(a b/c),url_enc", "a%20b%2Fc"},
	{"str(  x ),ltrim( ),rtrim( )", "x"},
	{"hdr(host),host_only", "www.example"},
	{"hdr(host),port_only", "8080"},
	{"str([::1]:99),host_only", "[::1]"},
	{"str([::1]:99),port_only", "99"},
	{"str(a),port_only", "0"},
	{"str(abcabc),regsub(b,X)", "aXcabc"},
	{"str(abcabc),regsub(B,X,gi)", "aXcaXc"},
	{"str(abc),regsub('(b)(c)','\\2\\1')", "acb"},
	{"str(abc),regsub('x*','-',g)", "-a-b-c-"},
	{"query,urlp(y)", "two%20words"},
	{"str(b),strcmp(b)", "0"},
	{"int(5),add(3)", "8"},
	{"int(5),sub(8)", "-3"},
	{"int(5),mul(3)", "15"},
	{"int(9223372036854775807),add(1)", "9223372036854775807"},
	{"int(17),div(5)", "3"},
	{"int(17),mod(5)", "2"},
	{"int(17),mod(0)", "0"},
	{"int(12),and(10)", "8"},
	{"int(12),or(3)", "15"},
	{"int(12),xor(10)", "6"},
	{"int(0),cpl", "-1"},
	{"int(4),neg", "-4"},
	{"int(4),not", "0"},
	{"int(4),bool", "1"},
	{"int(4),even", "1"},
	{"int(4),odd", "0"},
	{"str(12ab),add(1)", "13"},
	{"src,add(0)", "167838211"},
	{"ssl_fc,iif(https,http)", "http"},
	{"always_true,iif(https,http)", "https"},
	{"int(4),iif(,'a b')", ""},
	{"int(0),iif(,'a b')", "a b"},
	{"always_true,iif(a)", NULL},
	{"path,concat(?more)", "/a/Path.PNG?more"},
	{"str(),concat(x)", "x"},
	{"src,concat(:80)", "10.1.2.3:80"},
	{"str(YWJj),b64dec", "abc"},
	{"str(YWI=),b64dec", "ab"},
	{"str(Y),b64dec", ""},
	{"str(*),b64dec", ""},
	{"str(),b64dec", ""},
	{"hdr(authorization),word(2,' '),b64dec,field(1,:)", "bob"},
	{"date,http_date", "Mon, 23 Nov 2026 17:43:02 GMT"},
	{"date,http_date(3600)", "Mon, 23 Nov 2026 18:43:02 GMT"},
	{"int(0),http_date", "Thu, 01 Jan 1970 00:00:00 GMT"},
	{"date,utime(%Y-%m-%d %H:%M:%S)", "2026-11-23 17:43:02"},
	{"date,utime(%H,-3600)", "16"},
	{"date,utime()", ""},
	{"date,utime", NULL},
	{"date,ltime(%Y)", "2026"},
	/* numbers of HAProxy 2.6 */
	{"str(abc),crc32", "891568578"},
	{"str(abc),crc32(1)", "930845320"},
	{"str(abc),sdbm", "807794786"},
	{"str(abc),sdbm(1)", "659243622"},
	{"str(abc),djb2", "193485963"},
	{"str(abc),wt6", "2483038440"},
	{"ipv4(127.0.0.1),crc32", "1696554816"},
	{"req.hdr(accept,2),json", "\\\"a,b\\\";q=1"},
	{"path,json", "\\/a\\/Path.PNG"},
	{"str(a%),json(nonsense)", NULL},
	{"str(gr\xc3\xbc\xc3\x9f),json", "gr\\u00c3\\u00bc\\u00c3\\u009f"},
	{"str(gr\xc3\xbc\xc3\x9f),json(utf8)", "gr\\u00fc\\u00df"},
	{"str(\xf0\x9f\x98\x80),json(utf8s)", "\\ud83d\\ude00"},
	{"str(a\xffz\xc3),json(utf8)", ""},
	{"str(a\xffz\xc3),json(utf8s)", "az"},
	{"str(a\xffz\xc3),json(utf8p)", "a\\u00ffz\\u00c3"},
	{"str(\xed\xa0\x80\xc0\x80),json(utf8s)", ""},
};

static const struct sample_case of_response[] = {
	{"status", "503"},
	{"res.hdr(server)", "s"},
	{"hdr(server)", "s"},
	{"res.cook(sid)", "abc"},
	{"res.cook(Path)", ""},
	{"res.ver", "1.1"},
	{"res.hdr_cnt(set-cookie)", "1"},
	{"res.fhdr(set-cookie)", "sid=abc; Path=/"},
	{"path", NULL},
};

/* NULL: such an expression is refused where it stands. */
static void check_sample(const struct sample_case *c, bool response)
{
	struct rules_fixture fixture;
	const struct rule_list *list;
	char line[512], out[512];
	int32_t len;
	bool fine;

	snprintf(line, sizeof(line), " http-%s set-header X '%%[%s]'",
		response ? "response" : "request", c->expression);
	/* Strong quotes inside of strong quotes: the expression's own are weak ones then. */
	for (char *at = line + strlen(line) - 2; at > line && *at != '%'; at--)
		if (*at == '\'')
			*at = '"';
	fine = rules_fixture_open(&fixture, line);
	if (fine != (c->text != NULL))
		fail_msg("%s: %s", line, fine ? "was accepted" : "was refused");
	if (!fine) {
		rules_fixture_close(&fixture);
		return;
	}
	list = response ? &fixture.session.frontend->rules->response
			: &fixture.session.frontend->rules->request;
	if (response)
		rules_fixture_response(&fixture, RESPONSE);
	else
		rules_fixture_request(&fixture, REQUEST);
	len = format_write(
		&fixture.context, list->first->format, FORMAT_AS_FIELD, out, sizeof(out));
	assert_true(len >= 0);
	out[len] = '\0';
	if (strcmp(out, c->text) != 0)
		fail_msg("%s: '%s' instead of '%s'", c->expression, out, c->text);
	rules_fixture_close(&fixture);
}

static void samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(of_request) / sizeof(of_request[0]); i++)
		check_sample(&of_request[i], false);
	for (size_t i = 0; i < sizeof(of_response) / sizeof(of_response[0]); i++)
		check_sample(&of_response[i], true);
}

struct condition_case {
	const char *condition;
	bool holds;
};

static const struct condition_case conditions[] = {
	{"if { path /a/Path.PNG }", true},
	{"if { path -i /A/PATH.png }", true},
	{"if { path /A/PATH.png }", false},
	{"if { path_beg /a }", true},
	{"if { path_beg -i /A }", true},
	{"if { path_end .png .PNG }", true},
	{"if { path_sub Path }", true},
	{"if { path_dir a }", true},
	{"if { path_dir /a/ }", true},
	{"if { path_dir Path }", false},
	{"if { hdr_dom(host) example }", false},
	{"if { hdr_dom(host) -i example }", true},
	{"if { hdr_dom(host) -i exam }", false},
	{"if { path_len 11 }", true},
	{"if { path_len lt 11 }", false},
	{"if { path_len 10:12 }", true},
	{"if { path_len :10 12: }", false},
	{"if { path_reg ^/a/.*\\.PNG$ }", true},
	{"if { path_reg -i ^/A/.*\\.png$ }", true},
	{"if { path_reg ^/b }", false},
	{"if { path -m reg -i png }", true},
	{"if { path -m beg -- -x /a }", true},
	{"if { url_beg /a }", true},
	{"if { base_end PNG }", true},
	{"if { method POST }", true},
	{"if { method post }", false},
	{"if METH_POST", true},
	{"if METH_GET", false},
	{"if !METH_GET", true},
	{"if ! METH_GET", true},
	{"if !!METH_POST", true},
	{"if HTTP_1.1", true},
	{"if HTTP_1.0", false},
	{"if HTTP_CONTENT", true},
	{"if HTTP_URL_SLASH", true},
	{"if HTTP_URL_ABS", false},
	{"if LOCALHOST", false},
	{"if TRUE", true},
	{"if FALSE", false},
	{"unless FALSE", true},
	{"if TRUE FALSE", false},
	{"if TRUE FALSE || TRUE", true},
	{"if FALSE || FALSE or TRUE TRUE", true},
	{"if TRUE || FALSE FALSE", true},
	{"unless TRUE || FALSE", false},
	{"if { hdr(accept) text/html }", true},
	{"if { hdr(accept) last }", true},
	{"if { hdr(accept) text }", false},
	{"if { hdr(accept,1) last }", false},
	{"if { req.fhdr(accept) last }", false},
	{"if { hdr(nothing) -m found }", false},
	{"if { hdr(number) -m found }", true},
	{"if { hdr_cnt(accept) gt 2 }", true},
	{"if { hdr_val(number) ge 42 le 1 }", true},
	{"if { hdr_ip(x-forwarded-for) 198.51.100.0/24 }", true},
	{"if { hdr_ip(x-forwarded-for) 2001:db8::/32 }", true},
	{"if { hdr_ip(x-forwarded-for) 203.0.113.0/24 }", false},
	{"if { src 10.0.0.0/8 }", true},
	{"if { src 10.1.2.3 }", true},
	{"if { src 10.1.2.4/32 192.168.0.0/16 }", false},
	{"if { src ::ffff:10.0.0.0/104 }", true},
	{"if { dst_port 8080 }", true},
	{"if { dst_port 1:80 }", false},
	{"if { cook(a) 4 }", true},
	{"if { cook(a) 5 }", false},
	{"if { cook(c) -m found }", false},
	{"if { url_param(x) 3 }", true},
	{"if { url_param(x) 2 }", false},
	{"if { urlp_len(y) 11 }", true},
	{"if { str(AB) -m bin 4142 }", true},
	{"if { str(AB) -m bin 4143 }", false},
	{"if { path 1 2 3 4 5 6 7 8 9 10 /a/Path.PNG }", true},
	{"if { path 1 2 3 4 5 6 7 8 9 10 /a/Path }", false},
	{"if { path -i 1 2 3 4 5 6 7 8 9 10 /A/path.png }", true},
	{"if { http_auth(people) }", true},
	{"if { http_auth_group(people) admins }", true},
	{"if { http_auth_group(people) others }", false},
	{"if { req.ver,field(2,.) -m int 1 }", true},
	{"if { int(3) -m str 3 }", true},
	{"if { hdr(number),add(1) 43 }", true},
	{"if { hdr(host),lower,host_only -m end .example }", true},
	{"if { ssl_fc }", false},
	{"if { status 200 }", false},
};

static void check_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
		struct rules_fixture fixture;
		char line[512];
		const struct rule *rule;

		snprintf(line, sizeof(line), " http-request deny %s", conditions[i].condition);
		if (!rules_fixture_open(&fixture, line))
			fail_msg("%s: was refused", line);
		rules_fixture_request(&fixture, REQUEST);
		rule = fixture.session.frontend->rules->request.first;
		if (condition_holds(&fixture.context, rule->condition) != conditions[i].holds)
			fail_msg("%s: %s", line, conditions[i].holds ? "does not hold" : "holds");
		rules_fixture_close(&fixture);
	}
}

/* Lines of one name are alternatives, also those that come later. */
static void alternatives(void **state)
{
	struct rules_fixture fixture;

	(void)state;
	assert_true(rules_fixture_open(
		&fixture, " acl a path /b\n http-request deny if a\n acl a path_beg /a\n"));
	rules_fixture_request(&fixture, REQUEST);
	assert_true(condition_holds(
		&fixture.context, fixture.session.frontend->rules->request.first->condition));
	rules_fixture_close(&fixture);
}

/* Every row has a function, and can be evaluated without a message at hand. */
static void every_word_is_there(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < fetch_word_count; i++) {
		const struct fetch_word *row = &fetch_words[i];
		struct expression expression = {.fetch = row, .type = (enum sample_type)row->type};
		struct rules_fixture fixture;
		struct sample sample;
		bool stateful = row->id == FETCH_BE_CONN || row->id == FETCH_FE_CONN ||
				row->id == FETCH_QUEUE || row->id == FETCH_NBSRV ||
				row->id == FETCH_FE_REQ_RATE || row->id == FETCH_FE_SESS_RATE;

		assert_true(row->summary && *row->summary);
		assert_ptr_equal(fetch_word_find(span_of_string(row->name)), row);
		if (stateful)
			continue; /* asks the board: end to end */
		assert_true(rules_fixture_open(&fixture, ""));
		fixture.context.head = NULL;
		sample_evaluate(&fixture.context, &expression, &sample);
		rules_fixture_close(&fixture);
	}
	for (uint32_t i = 0; i < converter_word_count; i++) {
		assert_true(converter_words[i].summary && *converter_words[i].summary);
		assert_ptr_equal(converter_word_find(span_of_string(converter_words[i].name)),
			&converter_words[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(check_conditions),
		cmocka_unit_test(alternatives),
		cmocka_unit_test(every_word_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
