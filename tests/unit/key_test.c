/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key_test.c - which bytes of a request a hashing `balance` looks at. */
#include "net/lb/hash.h"
#include "net/lb/key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define URI(...)                                                                                   \
	{                                                                                          \
		.algorithm = BALANCE_URI, __VA_ARGS__                                              \
	}
#define PARAM(name_)                                                                               \
	{                                                                                          \
		.algorithm = BALANCE_URL_PARAM, .name = (name_)                                    \
	}
#define HDR(name_, ...)                                                                            \
	{                                                                                          \
		.algorithm = BALANCE_HDR, .name = (name_), ##__VA_ARGS__                           \
	}

#define GET(target_) "GET " target_ " HTTP/1.1\r\nHost: h\r\n\r\n"
#define WITH(field)  "GET / HTTP/1.1\r\n" field "\r\n\r\n"
#define POST(body)   "POST /f?x=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\n" body

static const struct {
	const char *name;
	struct balancing balancing;
	const char *request;
	const char *key; /* NULL: none, it goes to whose turn it is */
} cases[] = {
	{"a path", URI(), GET("/a/b"), "/a/b"},
	{"without its query", URI(), GET("/a?b=/c"), "/a"},
	{"whole", URI(.whole = true), GET("/a?b=/c"), "/a?b=/c"},
	{"scheme and authority belong to it", URI(), GET("http://h/a"), "http://h/a"},
	{"path-only", URI(.path_only = true), GET("http://h/a?b"), "/a"},
	{"path-only whole", URI(.path_only = true, .whole = true), GET("http://h/a?b"), "/a?b"},
	{"a path as it is", URI(.path_only = true), GET("/a"), "/a"},
	{"no path", URI(.path_only = true), "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", ""},
	{"len", URI(.uri_len = 3), GET("/abcd"), "/ab"},
	{"len beyond its end", URI(.uri_len = 30), GET("/abcd"), "/abcd"},
	{"len ends before the query", URI(.uri_len = 3), GET("/a?b"), "/a"},
	{"depth 1", URI(.uri_depth = 2), GET("/a/b/c"), "/a"},
	{"depth 2", URI(.uri_depth = 3), GET("/a/b/c"), "/a/b"},
	{"depth 3 is all of it", URI(.uri_depth = 4), GET("/a/b/c"), "/a/b/c"},
	{"a slash in the query counts when it is whole", URI(.uri_depth = 2, .whole = true),
		GET("/a?/b"), "/a?"},
	{"depth counts the authority's slashes", URI(.uri_depth = 4), GET("http://h/a/b"),
		"http://h/a"},

	{"a parameter", PARAM("id"), GET("/?id=5"), "5"},
	{"the second one", PARAM("id"), GET("/?a=b&id=5&c=d"), "5"},
	{"of another name", PARAM("id"), GET("/?xid=5"), NULL},
	{"of a longer name", PARAM("id"), GET("/?idx=5"), NULL},
	{"the first of two", PARAM("id"), GET("/?id=5&id=6"), "5"},
	{"an empty one", PARAM("id"), GET("/?id="), ""},
	{"an empty one before others", PARAM("id"), GET("/?id=&a=b"), ""},
	{"no value", PARAM("id"), GET("/?id"), NULL},
	{"no query", PARAM("id"), GET("/id=5"), NULL},
	{"an empty query", PARAM("id"), GET("/?"), NULL},
	{"its bytes are not decoded", PARAM("id"), GET("/?id=%35"), "%35"},
	{"the query of a POST comes first", PARAM("x"), POST("x=2"), "1"},
	{"then its body", PARAM("id"), POST("a=b&id=7"), "7"},
	{"a body that is no form", PARAM("id"), POST("id=(7"), NULL},
	{"white space is no value", PARAM("id"), POST("id= 7"), ""},
	{"only a POST's", PARAM("id"), "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nid=7",
		NULL},

	{"a field", HDR("X-Key"), WITH("Host: h\r\nX-Key: abc"), "abc"},
	{"names have no case", HDR("X-KEY"), WITH("Host: h\r\nx-key: abc"), "abc"},
	{"the first of two fields", HDR("k"), WITH("Host: h\r\nk: a\r\nk: b"), "a"},
	{"the first element", HDR("k"), WITH("Host: h\r\nk: a , b"), "a"},
	{"a quoted comma", HDR("k"), WITH("Host: h\r\nk: \"a,\\\",b\" ,c"), "\"a,\\\",b\""},
	{"an empty field", HDR("k"), WITH("Host: h\r\nk:"), NULL},
	{"an empty element", HDR("k"), WITH("Host: h\r\nk: ,b"), NULL},
	{"no such field", HDR("k"), WITH("Host: h"), NULL},
	{"a domain", HDR("Host", .domain_only = true), WITH("Host: www.shop.example"), "shop"},
	{"with a port", HDR("Host", .domain_only = true), WITH("Host: www.shop.example:80"),
		"shop"},
	{"of two labels", HDR("Host", .domain_only = true), WITH("Host: shop.example"), "shop"},
	{"of one", HDR("Host", .domain_only = true), WITH("Host: shop"), "shop"},

	{"roundrobin has no key", {.algorithm = BALANCE_ROUNDROBIN}, GET("/"), NULL},
};

static void read_head(struct h1_head *head, const char *request, struct span *body)
{
	const struct h1_limits limits = {.head_bytes = 15360, .fields = 100};
	uint32_t scanned = 0;
	int32_t bytes =
		h1_read_request(head, request, (uint32_t)strlen(request), &scanned, &limits);

	assert_true(bytes > 0);
	*body = span_of_string(request + bytes);
}

static void keys_are_haproxys(void **state)
{
	const struct sockaddr client = {.sa_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct h1_head head;
		uint32_t hash = 1;
		struct span body;
		bool found;

		read_head(&head, cases[i].request, &body);
		found = key_hash(&hash, &cases[i].balancing, &client, &head, body);
		if (found != (cases[i].key != NULL))
			fail_msg("%s: %s key", cases[i].name, found ? "a" : "no");
		if (found && hash != hash_key(&cases[i].balancing, span_of_string(cases[i].key)))
			fail_msg("%s: not '%s'", cases[i].name, cases[i].key);
	}
}

static void a_client_is_its_address(void **state)
{
	const struct balancing balancing = {.algorithm = BALANCE_SOURCE};
	const struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = 7, .sin_addr = {0x01020304}};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	const struct sockaddr local = {.sa_family = AF_UNIX};
	uint32_t hash;

	(void)state;
	in6.sin6_addr.s6_addr[15] = 9;
	assert_true(
		key_hash(&hash, &balancing, (const struct sockaddr *)&in, NULL, (struct span){0}));
	assert_int_equal(hash, ntohl(0x01020304));
	assert_true(
		key_hash(&hash, &balancing, (const struct sockaddr *)&in6, NULL, (struct span){0}));
	assert_int_equal(hash, 9);
	assert_false(key_hash(&hash, &balancing, &local, NULL, (struct span){0}));
}

/* A session without HTTP has no request to look at. */
static void without_a_head_there_is_no_key(void **state)
{
	const struct balancing balancing = URI();
	const struct sockaddr client = {.sa_family = AF_INET};
	uint32_t hash;

	(void)state;
	assert_false(key_hash(&hash, &balancing, &client, NULL, (struct span){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_haproxys),
		cmocka_unit_test(a_client_is_its_address),
		cmocka_unit_test(without_a_head_there_is_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
