/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request to the statistics asks for, and whether it may: uri, options, credentials. */
#include "tests/unit/stats_fixture.h"

#include "net/stats/base64.h"

static void uris_are_prefixes(void **state)
{
	static const struct {
		const char *uri, *path;
		bool matches;
		const char *rest;
	} cases[] = {
		{"/stats", "/stats", true, ""},
		{"/stats", "/stats;csv", true, ";csv"},
		{"/stats", "/stats?scope=a", true, "?scope=a"},
		{"/stats", "/statsfoo", true, "foo"},
		{"/stats", "/stat", false, ""},
		{"/stats", "/", false, ""},
		{"/stats", "", false, ""},
		{"/stats", "/Stats", false, ""},
		{"/stats", "/a/stats", false, ""},
		{NULL, "/haproxy?stats", true, ""},
		{NULL, "/haproxy?stats;csv", true, ";csv"},
		{NULL, "/haproxy", false, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct proxy proxy = {.stats = {.enabled = true, .uri = cases[i].uri}};
		struct span rest = SPAN("untouched");
		bool matches = stats_uri_matches(&proxy, span_of_string(cases[i].path), &rest);

		if (matches != cases[i].matches)
			fail_msg("%s", cases[i].path);
		if (matches)
			assert_true(span_equal(rest, span_of_string(cases[i].rest)));
		proxy.stats.enabled = false;
		assert_false(stats_uri_matches(&proxy, span_of_string(cases[i].path), &rest));
	}
}

static const struct {
	const char *rest;
	enum stats_form form;
	bool hide_down, hide_maint, no_refresh;
	const char *scope;
} options[] = {
	{"", STATS_FORM_HTML, 0, 0, 0, ""},
	{";csv", STATS_FORM_CSV, 0, 0, 0, ""},
	{";json", STATS_FORM_JSON, 0, 0, 0, ""},
	{";typed", STATS_FORM_TYPED, 0, 0, 0, ""},
	{";up", STATS_FORM_HTML, 1, 0, 0, ""},
	{";upper", STATS_FORM_HTML, 0, 0, 0, ""},
	{";upper;up", STATS_FORM_HTML, 1, 0, 0, ""},
	{";no-maint", STATS_FORM_HTML, 0, 1, 0, ""},
	{";norefresh", STATS_FORM_HTML, 0, 0, 1, ""},
	{";csv;norefresh;up;no-maint", STATS_FORM_CSV, 1, 1, 1, ""},
	{"anything;csv", STATS_FORM_CSV, 0, 0, 0, ""},
	{";csv?a=b", STATS_FORM_CSV, 0, 0, 0, ""},
	{";csv;json", STATS_FORM_CSV, 0, 0, 0, ""},
	{"?scope=web", STATS_FORM_HTML, 0, 0, 0, "web"},
	{";up?scope=web-1.a:b_C&x=y", STATS_FORM_HTML, 1, 0, 0, "web-1.a:b_C"},
	{"?scope=", STATS_FORM_HTML, 0, 0, 0, ""},
	{"?scope=<script>", STATS_FORM_HTML, 0, 0, 0, ""},
	{"?scope=a%22b", STATS_FORM_HTML, 0, 0, 0, "a"},
	{";CSV", STATS_FORM_HTML, 0, 0, 0, ""},
	{";", STATS_FORM_HTML, 0, 0, 0, ""},
	{"?scope=0123456789012345678901234567890123456789012345678901234567890123456789",
		STATS_FORM_HTML, 0, 0, 0,
		"012345678901234567890123456789012345678901234567890123456789012"},
};

static void options_stand_anywhere(void **state)
{
	struct proxy proxy = {.stats = {.refresh_s = 7}};

	(void)state;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		struct stats_request request;

		stats_parse_request(&request, &proxy, span_of_string(options[i].rest));
		if (request.form != options[i].form || request.hide_down != options[i].hide_down ||
			request.hide_maint != options[i].hide_maint ||
			request.no_refresh != options[i].no_refresh ||
			strcmp(request.scope, options[i].scope) != 0)
			fail_msg("'%s'", options[i].rest);
		assert_int_equal(stats_refresh_s(&request), options[i].no_refresh ? 0 : 7);
		assert_int_equal(request.rows, STATS_ROW_ALL);
		assert_true(request.iid == -1 && request.sid == -1 && !request.full);
	}
	proxy.stats.show_legends = true;
	{
		struct stats_request request;

		stats_parse_request(&request, &proxy, SPAN(";json"));
		assert_true(request.full);
		assert_string_equal(stats_content_type(&request), "application/json");
		request.form = STATS_FORM_CSV;
		assert_string_equal(stats_content_type(&request), "text/plain");
		request.form = STATS_FORM_HTML;
		assert_string_equal(stats_content_type(&request), "text/html; charset=utf-8");
	}
}

/* Cut at every byte, with nothing readable behind it. */
static void options_are_read_within_their_span(void **state)
{
	static const char whole[] = ";csv;up;no-maint;norefresh?scope=abc";

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *copy = malloc(len ? len : 1);
		struct stats_request request;

		assert_non_null(copy);
		memcpy(copy, whole, len);
		stats_parse_request(&request, NULL, span_of(copy, len));
		assert_int_equal(request.form == STATS_FORM_CSV, len >= 4);
		free(copy);
	}
}

/* RFC 4648 10, and what a strict reader refuses. */
static void base64_is_read_strictly(void **state)
{
	static const struct {
		const char *text, *bytes;
	} cases[] = {
		{"", ""},
		{"Zg==", "f"},
		{"Zm8=", "fo"},
		{"Zm9v", "foo"},
		{"Zm9vYg==", "foob"},
		{"Zm9vYmE=", "fooba"},
		{"Zm9vYmFy", "foobar"},
		{"+/+/", "\xfb\xff\xbf"},
		{"Zg=", NULL},
		{"Zg", NULL},
		{"Zg===", NULL},
		{"Z===", NULL},
		{"====", NULL},
		{"=", NULL},
		{"Zh==", NULL}, /* left-over bits */
		{"Zm9=", NULL},
		{"Zm9v\n", NULL},
		{"Zm 9v", NULL},
		{"Zm9v Zg=", NULL},
		{"-_-_", NULL},
		{"Zg==Zg==", NULL},
	};
	char out[8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int32_t len = base64_decode(out, sizeof(out), span_of_string(cases[i].text));

		if (!cases[i].bytes) {
			if (len != -1)
				fail_msg("'%s' was read", cases[i].text);
			continue;
		}
		assert_int_equal(len, strlen(cases[i].bytes));
		assert_memory_equal(out, cases[i].bytes, strlen(cases[i].bytes));
	}
	assert_int_equal(base64_decode(out, 5, SPAN("Zm9vYmFy")), -1);
	assert_int_equal(base64_decode(out, 6, SPAN("Zm9vYmFy")), 6);
}

static void credentials_are_compared_whole(void **state)
{
	static struct stats_user second = {.user = "other", .password = ""};
	static struct stats_user first = {.user = "haproxy", .password = "admin", .next = &second};
	const struct stats_uri guarded = {.enabled = true, .users = &first};
	const struct stats_uri open = {.enabled = true};
	static const struct {
		const char *name, *value;
		bool passes;
	} cases[] = {
		{"right", "Basic aGFwcm94eTphZG1pbg==", true},
		{"any case of the scheme", "bAsIc aGFwcm94eTphZG1pbg==", true},
		{"more spaces", "Basic   aGFwcm94eTphZG1pbg==", true},
		{"second user, empty password", "Basic b3RoZXI6", true},
		{"nothing", "", false},
		{"no credentials", "Basic ", false},
		{"wrong password", "Basic aGFwcm94eTphZG1pbQ==", false},
		{"shorter", "Basic aGFwcm94eTphZG1p", false},
		{"longer", "Basic aGFwcm94eTphZG1pbjE=", false},
		{"a NUL behind it", "Basic aGFwcm94eTphZG1pbgA=", false},
		{"user of one, password of the other", "Basic b3RoZXI6YWRtaW4=", false},
		{"no colon", "Basic aGFwcm94eWFkbWlu", false},
		{"wrong scheme", "Bearer aGFwcm94eTphZG1pbg==", false},
		{"no space", "BasicaGFwcm94eTphZG1pbg==", false},
		{"padding left out", "Basic aGFwcm94eTphZG1pbg", false},
		{"rubbish", "Basic ********", false},
		{"empty user and password", "Basic Og==", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (stats_authorized(&guarded, span_of_string(cases[i].value)) != cases[i].passes)
			fail_msg("%s", cases[i].name);
		assert_true(stats_authorized(&open, span_of_string(cases[i].value)));
	}
}

/* A password too long to be compared lets nobody in, neither itself nor anything else. */
static void endless_passwords_never_match(void **state)
{
	char password[1001];
	struct stats_user user = {.user = "a", .password = password};
	const struct stats_uri stats = {.enabled = true, .users = &user};

	(void)state;
	memset(password, 'x', sizeof(password) - 1);
	password[sizeof(password) - 1] = '\0';
	assert_false(stats_authorized(&stats, SPAN("Basic YTp4")));
	assert_false(stats_authorized(&stats, SPAN("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(uris_are_prefixes),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(options_are_read_within_their_span),
		cmocka_unit_test(base64_is_read_strictly),
		cmocka_unit_test(credentials_are_compared_whole),
		cmocka_unit_test(endless_passwords_never_match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
