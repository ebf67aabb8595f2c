/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Message heads: what is taken, what is refused and with which status, the same at every cut. */
#include "net/http/h1.h"
#include "net/http/h1_bytes.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define BYTES(literal) .bytes = (literal), .len = sizeof(literal) - 1
#define HOST	       "Host: a\r\n"
#define GET	       "GET / HTTP/1.1\r\n"
#define POST	       "POST / HTTP/1.1\r\n" HOST
#define OK	       "HTTP/1.1 200 OK\r\n"

static const struct h1_limits strict = {.head_bytes = 16384, .fields = 101};
static const struct h1_limits lax = {.head_bytes = 16384, .fields = 101, .lax = true};
static struct h1_head head, other;

struct head_case {
	const char *name;
	const char *bytes;
	size_t len;
	uint16_t fault; /* 0: it is read to its last byte */
	enum h1_body body;
	uint64_t body_bytes;
	enum h1_method method; /* responses: of the request */
};

static const struct head_case requests[] = {
	/* RFC 9112 3: request line */
	{"plain", BYTES(GET HOST "\r\n")},
	{"HTTP/1.0 needs no Host", BYTES("GET / HTTP/1.0\r\n\r\n")},
	{"higher minor version", BYTES("GET / HTTP/1.9\r\n" HOST "\r\n")},
	{"method nobody knows", BYTES("BREW /pot HTTP/1.1\r\n" HOST "\r\n")},
	{"one empty line before", BYTES("\r\n" GET HOST "\r\n")},
	{"two empty lines before", BYTES("\r\n\r\n" GET HOST "\r\n"), 400},
	{"bare LF before", BYTES("\n" GET HOST "\r\n"), 400},
	{"HTTP/0.9", BYTES("GET /\r\n"), 400},
	{"HTTP/0.9 with a space", BYTES("GET / \r\n"), 400},
	{"two spaces after the method", BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"two spaces before the version", BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"tab after the method", BYTES("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"space after the version", BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
	{"space before the method", BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"version in small letters", BYTES("GET / http/1.1\r\n" HOST "\r\n"), 400},
	{"version with two digits", BYTES("GET / HTTP/1.10\r\n" HOST "\r\n"), 400},
	{"version without a dot", BYTES("GET / HTTP/11\r\n" HOST "\r\n"), 400},
	{"HTTP/2 preface", BYTES("PRI * HTTP/2.0\r\n\r\n"), 505},
	{"major version 0", BYTES("GET / HTTP/0.9\r\n\r\n"), 505},
	{"bare LF after the request line", BYTES("GET / HTTP/1.1\n" HOST "\r\n"), 400},
	{"bare CR after the request line", BYTES("GET / HTTP/1.1\r" HOST "\r\n"), 400},
	{"parenthesis in the method", BYTES("G(T / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"TLS hello", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400},
	/* RFC 9112 3.2: target */
	{"every printable byte in a path",
		BYTES("GET /!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~ HTTP/1.1\r\n" HOST "\r\n")},
	{"fragment", BYTES("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"byte above 127 in the target", BYTES("GET /\x80 HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"byte above 127 after 15 others",
		BYTES("GET /23456789abcdef\xff HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"DEL in the target", BYTES("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"NUL in the target", BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"tab in the target", BYTES("GET /\t HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"neither path nor URI", BYTES("GET index.html HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"asterisk", BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n")},
	{"asterisk with GET", BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"asterisk and more", BYTES("OPTIONS *a HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute", BYTES("GET http://a/ HTTP/1.1\r\n" HOST "\r\n")},
	{"absolute without a path", BYTES("GET http://a HTTP/1.1\r\n" HOST "\r\n")},
	{"absolute with a port", BYTES("GET http://a:80/b HTTP/1.1\r\n" HOST "\r\n")},
	{"absolute, IPv6", BYTES("GET http://[::1]:80/b HTTP/1.1\r\n" HOST "\r\n")},
	{"absolute without a host", BYTES("GET http:///b HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute with only a port", BYTES("GET http://:80/b HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute with a user name", BYTES("GET http://u@a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute, odd scheme", BYTES("GET ht~tp://a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute, scheme from a digit", BYTES("GET 4http://a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"absolute without slashes", BYTES("GET http:a HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"CONNECT", BYTES("CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n")},
	{"CONNECT without a port", BYTES("CONNECT a HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"CONNECT with a bare colon", BYTES("CONNECT a: HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"CONNECT to a path", BYTES("CONNECT /a HTTP/1.1\r\n" HOST "\r\n"), 400},
	/* RFC 9112 3.2: Host */
	{"no Host", BYTES(GET "\r\n"), 400},
	{"no Host with an absolute target", BYTES("GET http://a/ HTTP/1.1\r\n\r\n"), 400},
	{"two Hosts", BYTES(GET HOST HOST "\r\n"), 400},
	{"two Hosts in HTTP/1.0", BYTES("GET / HTTP/1.0\r\n" HOST HOST "\r\n"), 400},
	{"empty Host", BYTES(GET "Host:\r\n\r\n")},
	{"Host with a port", BYTES(GET "Host: a.b:8080\r\n\r\n")},
	{"Host with an empty port", BYTES(GET "Host: a:\r\n\r\n")},
	{"Host, IPv6", BYTES(GET "Host: [2001:db8::1]:80\r\n\r\n")},
	{"Host, percent", BYTES(GET "Host: a%2d\r\n\r\n")},
	{"Host, broken percent", BYTES(GET "Host: a%2\r\n\r\n"), 400},
	{"Host, port too high", BYTES(GET "Host: a:65536\r\n\r\n"), 400},
	{"Host, port of letters", BYTES(GET "Host: a:b\r\n\r\n"), 400},
	{"Host, open bracket", BYTES(GET "Host: [::1\r\n\r\n"), 400},
	{"Host, empty brackets", BYTES(GET "Host: []\r\n\r\n"), 400},
	{"Host with a user name", BYTES(GET "Host: u@a\r\n\r\n"), 400},
	{"Host with a path", BYTES(GET "Host: a/b\r\n\r\n"), 400},
	{"Host with a space", BYTES(GET "Host: a b\r\n\r\n"), 400},
	{"Host beyond ASCII", BYTES(GET "Host: \xc3\xa4\r\n\r\n"), 400},
	/* RFC 9112 5, RFC 9110 5: field lines */
	{"space before the colon", BYTES(GET "Host : a\r\n\r\n"), 400},
	{"tab before the colon", BYTES(GET "Host\t: a\r\n\r\n"), 400},
	{"no colon", BYTES(GET HOST "Accept\r\n\r\n"), 400},
	{"empty name", BYTES(GET HOST ": a\r\n\r\n"), 400},
	{"space in the name", BYTES(GET HOST "A B: c\r\n\r\n"), 400},
	{"every token byte in a name", BYTES(GET HOST "!#$%&'*+-.^_`|~09azAZ: c\r\n\r\n")},
	{"byte above 127 in a name", BYTES(GET HOST "\xc3\xa4: c\r\n\r\n"), 400},
	{"NUL in a name", BYTES(GET HOST "A\0: c\r\n\r\n"), 400},
	{"folded line", BYTES(GET HOST "A: b\r\n c\r\n\r\n"), 400},
	{"folded with a tab", BYTES(GET HOST "A: b\r\n\tc\r\n\r\n"), 400},
	{"space before the first field", BYTES(GET " " HOST "\r\n"), 400},
	{"empty value", BYTES(GET HOST "A:\r\nB: \r\n\r\n")},
	{"bytes above 127 in a value", BYTES(GET HOST "A: \x80\xff\r\n\r\n")},
	{"tab in a value", BYTES(GET HOST "A: b\tc\r\n\r\n")},
	{"NUL in a value", BYTES(GET HOST "A: b\0c\r\n\r\n"), 400},
	{"DEL in a value", BYTES(GET HOST "A: b\x7f\r\n\r\n"), 400},
	{"escape in a value", BYTES(GET HOST "A: \x1b\r\n\r\n"), 400},
	{"control after 20 good bytes", BYTES(GET HOST "A: 01234567890123456789\x01z\r\n\r\n"),
		400},
	{"bare LF in a value", BYTES(GET HOST "A: b\nc: d\r\n\r\n"), 400},
	{"bare CR in a value", BYTES(GET HOST "A: b\rc: d\r\n\r\n"), 400},
	{"bare LF at the end", BYTES(GET HOST "\n"), 400},
	{"bare CR at the end", BYTES(GET HOST "\rX"), 400},
	/* RFC 9112 6.3: Content-Length */
	{"length", BYTES(POST "Content-Length: 42\r\n\r\n"), 0, H1_BODY_LENGTH, 42},
	{"length zero", BYTES(POST "Content-Length: 0\r\n\r\n"), 0, H1_BODY_LENGTH, 0},
	{"length in HTTP/1.0", BYTES("POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_LENGTH, 3},
	{"length with zeros", BYTES(POST "Content-Length: 007\r\n\r\n"), 0, H1_BODY_LENGTH, 7},
	{"the largest length", BYTES(POST "Content-Length: 9223372036854775807\r\n\r\n"), 0,
		H1_BODY_LENGTH, INT64_MAX},
	{"length of 2^63", BYTES(POST "Content-Length: 9223372036854775808\r\n\r\n"), 400},
	{"length of 2^64 + 1", BYTES(POST "Content-Length: 18446744073709551617\r\n\r\n"), 400},
	{"the same length twice", BYTES(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 0,
		H1_BODY_LENGTH, 5},
	{"a list of equal lengths", BYTES(POST "Content-Length: 5, 5,5\r\n\r\n"), 0, H1_BODY_LENGTH,
		5},
	{"two lengths that differ", BYTES(POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\n"),
		400},
	{"a list that differs", BYTES(POST "Content-Length: 4, 5\r\n\r\n"), 400},
	{"a list with a hole", BYTES(POST "Content-Length: 5,,5\r\n\r\n"), 400},
	{"a list with an end", BYTES(POST "Content-Length: 5,\r\n\r\n"), 400},
	{"empty length", BYTES(POST "Content-Length:\r\n\r\n"), 400},
	{"signed length", BYTES(POST "Content-Length: +5\r\n\r\n"), 400},
	{"negative length", BYTES(POST "Content-Length: -5\r\n\r\n"), 400},
	{"hexadecimal length", BYTES(POST "Content-Length: 0x5\r\n\r\n"), 400},
	{"length with a blank inside", BYTES(POST "Content-Length: 5 5\r\n\r\n"), 400},
	{"length with a fraction", BYTES(POST "Content-Length: 5.0\r\n\r\n"), 400},
	{"quoted length", BYTES(POST "Content-Length: \"5\"\r\n\r\n"), 400},
	/* RFC 9112 6.1: Transfer-Encoding */
	{"chunked", BYTES(POST "Transfer-Encoding: chunked\r\n\r\n"), 0, H1_BODY_CHUNKED},
	{"chunked in other letters", BYTES(POST "transfer-encoding:CHUNKED \r\n\r\n"), 0,
		H1_BODY_CHUNKED},
	{"chunked and a length",
		BYTES(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 0,
		H1_BODY_CHUNKED},
	{"chunked and lengths that differ",
		BYTES(POST "Content-Length: 5, 6\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
	{"chunked in HTTP/1.0", BYTES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
		400},
	{"another coding", BYTES(POST "Transfer-Encoding: gzip\r\n\r\n"), 400},
	{"another coding first", BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501},
	{"identity", BYTES(POST "Transfer-Encoding: identity\r\n\r\n"), 400},
	{"chunked not last", BYTES(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), 400},
	{"chunked twice", BYTES(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), 400},
	{"chunked on two lines",
		BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
		400},
	{"chunked, then a hole", BYTES(POST "Transfer-Encoding: chunked,\r\n\r\n"), 400},
	{"a hole, then chunked", BYTES(POST "Transfer-Encoding: ,chunked\r\n\r\n"), 400},
	{"chunked with a parameter", BYTES(POST "Transfer-Encoding: chunked;a=b\r\n\r\n"), 400},
	{"chunked in quotes", BYTES(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400},
	{"chunked after a vertical tab", BYTES(POST "Transfer-Encoding: \vchunked\r\n\r\n"), 400},
	{"empty coding", BYTES(POST "Transfer-Encoding:\r\n\r\n"), 400},
	{"nearly chunked", BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n"), 400},
	{"chunked before a bare CR", BYTES(POST "Transfer-Encoding: chunked\rX: y\r\n\r\n"), 400},
};

static const struct head_case responses[] = {
	{"plain", BYTES(OK "Content-Length: 3\r\n\r\n"), 0, H1_BODY_LENGTH, 3},
	{"until close", BYTES(OK "\r\n"), 0, H1_BODY_UNTIL_CLOSE},
	{"chunked", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"), 0, H1_BODY_CHUNKED},
	{"HTTP/1.0", BYTES("HTTP/1.0 200 OK\r\n\r\n"), 0, H1_BODY_UNTIL_CLOSE},
	{"no reason", BYTES("HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n"), 0, H1_BODY_LENGTH, 3},
	{"no reason and no space", BYTES("HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_LENGTH, 3},
	{"reason beyond ASCII", BYTES("HTTP/1.1 200 \xc3\x84\r\n\r\n"), 0, H1_BODY_UNTIL_CLOSE},
	{"control in the reason", BYTES("HTTP/1.1 200 \x01\r\n\r\n"), 502},
	{"bare LF", BYTES("HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\n"), 502},
	{"bare CR in the reason", BYTES("HTTP/1.1 200 O\rK\r\n\r\n"), 502},
	{"empty line before", BYTES("\r\n" OK "\r\n"), 502},
	{"HTTP/2", BYTES("HTTP/2.0 200 OK\r\n\r\n"), 502},
	{"no version", BYTES("ICY 200 OK\r\n\r\n"), 502},
	{"two spaces", BYTES("HTTP/1.1  200 OK\r\n\r\n"), 502},
	{"two digits", BYTES("HTTP/1.1 20 OK\r\n\r\n"), 502},
	{"four digits", BYTES("HTTP/1.1 2000 OK\r\n\r\n"), 502},
	{"status 099", BYTES("HTTP/1.1 099 OK\r\n\r\n"), 502},
	{"status 999", BYTES("HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n"), 0, H1_BODY_LENGTH},
	{"lengths that differ", BYTES(OK "Content-Length: 3, 4\r\n\r\n"), 502},
	{"folded line", BYTES(OK "A: b\r\n c\r\n\r\n"), 502},
	{"another coding", BYTES(OK "Transfer-Encoding: gzip, chunked\r\n\r\n"), 502},
	{"chunked in HTTP/1.0", BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
		502},
	{"chunked and a length",
		BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_CHUNKED},
	{"two Hosts are none of our business", BYTES(OK "Host: a\r\nHost: b\r\n\r\n"), 0,
		H1_BODY_UNTIL_CLOSE},
	{"to HEAD", BYTES(OK "Content-Length: 3\r\n\r\n"), 0, H1_BODY_NONE, 0, H1_METHOD_HEAD},
	{"to HEAD, chunked", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n"), 0, H1_BODY_NONE, 0,
		H1_METHOD_HEAD},
	{"100", BYTES("HTTP/1.1 100 Continue\r\n\r\n"), 0, H1_BODY_NONE},
	{"103 with a length", BYTES("HTTP/1.1 103 Hints\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_NONE},
	{"204 with a length", BYTES("HTTP/1.1 204 None\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_NONE},
	{"304 with a length", BYTES("HTTP/1.1 304 Same\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_NONE},
	{"205 without a length", BYTES("HTTP/1.1 205 Reset\r\n\r\n"), 0, H1_BODY_UNTIL_CLOSE},
	{"200 to CONNECT", BYTES(OK "Content-Length: 3\r\n\r\n"), 0, H1_BODY_NONE, 0,
		H1_METHOD_CONNECT},
	{"403 to CONNECT", BYTES("HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\n"), 0, H1_BODY_LENGTH,
		3, H1_METHOD_CONNECT},
};

/* option accept-invalid-http-request: odd bytes pass, another framing does not. */
static const struct head_case lax_requests[] = {
	{"plain", BYTES(GET HOST "\r\n")},
	{"byte above 127 in the target", BYTES("GET /\x80 HTTP/1.1\r\n" HOST "\r\n")},
	{"fragment", BYTES("GET /a#b HTTP/1.1\r\n" HOST "\r\n")},
	{"tab in the target", BYTES("GET /\t HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"DEL in the target", BYTES("GET /\x7f HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"NUL in the target", BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"two spaces before the version", BYTES("GET /  HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"parenthesis in the method", BYTES("G(T / HTTP/1.1\r\n" HOST "\r\n"), 400},
	{"parentheses in a name", BYTES(GET HOST "A(b): c\r\n\r\n")},
	{"bytes above 127 in a name", BYTES(GET HOST "\xc3\xa4: c\r\n\r\n")},
	{"empty name", BYTES(GET HOST ": a\r\n\r\n"), 400},
	{"space in the name", BYTES(GET HOST "A B: c\r\n\r\n"), 400},
	{"space before the colon", BYTES(GET HOST "A : c\r\n\r\n"), 400},
	{"NUL in a name", BYTES(GET HOST "A\0: c\r\n\r\n"), 400},
	{"no colon", BYTES(GET HOST "A(b)\r\n\r\n"), 400},
	{"a length in disguise", BYTES(POST "Content(-)Length: 5\r\n\r\n"), 400},
	{"a coding in disguise", BYTES(POST "\"Transfer-Encoding\": chunked\r\n\r\n"), 400},
	{"control bytes in a value", BYTES(GET HOST "A: \x01\x1b\x7f\r\n\r\n")},
	{"NUL in a value", BYTES(GET HOST "A: b\0c\r\n\r\n"), 400},
	{"bare LF in a value", BYTES(GET HOST "A: b\nc: d\r\n\r\n"), 400},
	{"bare CR in a value", BYTES(GET HOST "A: b\rc: d\r\n\r\n"), 400},
	{"folded line", BYTES(GET HOST "A: b\r\n c\r\n\r\n"), 400},
	{"bare LF at the end", BYTES(GET HOST "\n"), 400},
	{"no Host", BYTES(GET "\r\n"), 400},
	{"Host with a space", BYTES(GET "Host: a b\r\n\r\n"), 400},
	{"two lengths that differ", BYTES(POST "Content-Length: 4\r\nContent-Length: 5\r\n\r\n"),
		400},
	{"signed length", BYTES(POST "Content-Length: +5\r\n\r\n"), 400},
	{"length and a control byte", BYTES(POST "Content-Length: 5\x0b\r\n\r\n"), 400},
	{"coding and a control byte", BYTES(POST "Transfer-Encoding: chunked\x0b\r\n\r\n"), 400},
	{"another coding first", BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501},
	{"chunked in HTTP/1.0", BYTES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
		400},
};

static const struct head_case lax_responses[] = {
	{"control bytes in reason and value",
		BYTES("HTTP/1.1 200 \x01\r\nA: \x02\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_LENGTH, 3},
	{"parentheses in a name", BYTES(OK "A(b): c\r\nContent-Length: 3\r\n\r\n"), 0,
		H1_BODY_LENGTH, 3},
	{"a length in disguise", BYTES(OK "Content-Length@: 3\r\n\r\n"), 502},
	{"folded line", BYTES(OK "A: b\r\n c\r\n\r\n"), 502},
	{"bare LF", BYTES("HTTP/1.1 200 OK\nContent-Length: 3\r\n\r\n"), 502},
	{"NUL in a value", BYTES(OK "A: \0\r\n\r\n"), 502},
	{"lengths that differ", BYTES(OK "Content-Length: 3, 4\r\n\r\n"), 502},
};

enum side { REQUEST, RESPONSE };

static const struct h1_limits *limits = &strict; /* of the table at hand */

static int32_t read_head(enum side side, struct h1_head *into, const char *bytes, uint32_t len,
	uint32_t *scanned, enum h1_method method)
{
	if (side == REQUEST)
		return h1_read_request(into, bytes, len, scanned, limits);
	return h1_read_response(into, bytes, len, scanned, limits, method);
}

/* A copy that ends where its memory ends, so that a byte read too many is seen by the sanitizer. */
static char *exact_copy(const char *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	return copy;
}

static void check_whole(enum side side, const struct head_case *c)
{
	char *copy = exact_copy(c->bytes, c->len);
	uint32_t scanned = 0;
	int32_t result = read_head(side, &head, copy, (uint32_t)c->len, &scanned, c->method);

	if (c->fault) {
		assert_int_equal(result, H1_BAD);
		assert_int_equal(head.fault, c->fault);
		assert_non_null(head.fault_reason);
		assert_in_range(head.fault_at, 0, c->len);
	} else {
		if (result != (int32_t)c->len)
			print_error("%s\n", result < 0 ? head.fault_reason : "not complete");
		assert_int_equal(result, c->len);
		assert_int_equal(head.fault, 0);
		assert_int_equal(head.body, c->body);
		assert_int_equal(head.body_bytes, c->body_bytes);
	}
	free(copy);
}

/* Byte by byte, in a buffer that moves: nothing is said too early, and the end is the same. */
static void check_cuts(enum side side, const struct head_case *c)
{
	uint32_t scanned = 0;

	for (uint32_t len = 0; len <= c->len; len++) {
		char *copy = exact_copy(c->bytes, len);
		int32_t result = read_head(side, &other, copy, len, &scanned, c->method);

		free(copy);
		if (c->fault && result == H1_BAD) {
			assert_int_equal(other.fault, c->fault);
			return;
		}
		if (len < c->len || c->fault)
			assert_int_equal(result, H1_MORE);
		else
			assert_int_equal(result, c->len);
	}
	assert_int_equal(c->fault, 0);
}

/* Every prefix by itself: bad ones have the status of the whole. */
static void check_prefixes(enum side side, const struct head_case *c)
{
	for (uint32_t len = 0; len < c->len; len++) {
		char *copy = exact_copy(c->bytes, len);
		uint32_t scanned = 0;
		int32_t result = read_head(side, &other, copy, len, &scanned, c->method);

		free(copy);
		if (result == H1_BAD)
			assert_int_equal(other.fault, c->fault);
		else
			assert_int_equal(result, H1_MORE);
	}
}

static void check_table(enum side side, const struct head_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		print_message("  %s\n", cases[i].name);
		check_whole(side, &cases[i]);
		check_cuts(side, &cases[i]);
		check_prefixes(side, &cases[i]);
	}
}

static void requests_are_judged(void **state)
{
	(void)state;
	check_table(REQUEST, requests, sizeof(requests) / sizeof(requests[0]));
}

static void responses_are_judged(void **state)
{
	(void)state;
	check_table(RESPONSE, responses, sizeof(responses) / sizeof(responses[0]));
}

static void lenience_changes_no_framing(void **state)
{
	(void)state;
	limits = &lax;
	check_table(REQUEST, lax_requests, sizeof(lax_requests) / sizeof(lax_requests[0]));
	check_table(RESPONSE, lax_responses, sizeof(lax_responses) / sizeof(lax_responses[0]));
	limits = &strict;
}

static void read_request(const char *text)
{
	uint32_t scanned = 0;
	int32_t result = h1_read_request(&head, text, (uint32_t)strlen(text), &scanned, &strict);

	if (result < 0)
		print_error("%s\n", head.fault_reason);
	assert_int_equal(result, strlen(text));
}

static void assert_span(struct span span, const char *text)
{
	assert_int_equal(span.len, strlen(text));
	assert_memory_equal(span.at, text, span.len);
}

static void the_parts_are_where_they_are(void **state)
{
	static const char text[] =
		"\r\nPUT /a/b?c=d HTTP/1.1\r\nhOST:a\r\nX-Long-Enough-For-16:\t v "
		"\t w  \t\r\n\r\n";

	(void)state;
	read_request(text);
	assert_span(head.start_line, "PUT /a/b?c=d HTTP/1.1");
	assert_span(head.method, "PUT");
	assert_int_equal(head.method_id, H1_METHOD_PUT);
	assert_span(head.target, "/a/b?c=d");
	assert_span(head.path, "/a/b?c=d");
	assert_int_equal(head.authority.len, 0);
	assert_int_equal(head.minor, 1);
	assert_int_equal(head.field_count, 2);
	assert_span(head.fields[0].name, "hOST");
	assert_span(head.fields[0].value, "a");
	assert_span(head.fields[0].line, "hOST:a\r\n");
	assert_int_equal(head.fields[0].id, H1_FIELD_HOST);
	assert_span(head.fields[1].name, "X-Long-Enough-For-16");
	assert_span(head.fields[1].value, "v \t w");
	assert_int_equal(head.fields[1].id, H1_FIELD_OTHER);
	assert_ptr_equal(h1_find(&head, H1_FIELD_HOST), &head.fields[0]);
	assert_null(h1_find(&head, H1_FIELD_COOKIE));
}

static void the_path_of_every_form(void **state)
{
	static const struct {
		const char *target, *path, *authority;
	} cases[] = {
		{"GET /a?b", "/a?b", ""},
		{"GET http://h:8/a?b", "/a?b", "h:8"},
		{"GET http://h", "/", "h"},
		{"GET http://h?b", "?b", "h"},
		{"GET HTTPS://[::1]/", "/", "[::1]"},
		{"OPTIONS *", "*", ""},
		{"CONNECT h:1", "h:1", "h:1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s HTTP/1.1\r\n" HOST "\r\n", cases[i].target);
		read_request(text);
		assert_span(head.path, cases[i].path);
		assert_span(head.authority, cases[i].authority);
	}
}

static void methods_have_numbers(void **state)
{
	static const struct {
		const char *method;
		enum h1_method id;
	} cases[] = {
		{"GET", H1_METHOD_GET},
		{"HEAD", H1_METHOD_HEAD},
		{"POST", H1_METHOD_POST},
		{"PUT", H1_METHOD_PUT},
		{"DELETE", H1_METHOD_DELETE},
		{"OPTIONS", H1_METHOD_OPTIONS},
		{"TRACE", H1_METHOD_TRACE},
		{"PATCH", H1_METHOD_PATCH},
		{"get", H1_METHOD_OTHER},
		{"GETS", H1_METHOD_OTHER},
		{"GE", H1_METHOD_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s / HTTP/1.1\r\n" HOST "\r\n", cases[i].method);
		read_request(text);
		assert_int_equal(head.method_id, cases[i].id);
	}
}

static void fields_have_numbers(void **state)
{
	static const struct {
		const char *name;
		enum h1_field_id id;
	} cases[] = {
		{"Proxy-Connection: x", H1_FIELD_PROXY_CONNECTION},
		{"Keep-Alive: x", H1_FIELD_KEEP_ALIVE},
		{"TE: x", H1_FIELD_TE},
		{"Trailer: x", H1_FIELD_TRAILER},
		{"Upgrade: x", H1_FIELD_UPGRADE},
		{"Expect: x", H1_FIELD_EXPECT},
		{"Authorization: x", H1_FIELD_AUTHORIZATION},
		{"Proxy-Authorization: x", H1_FIELD_PROXY_AUTHORIZATION},
		{"COOKIE: x", H1_FIELD_COOKIE},
		{"set-cookie: x", H1_FIELD_SET_COOKIE},
		{"Max-Forwards: x", H1_FIELD_MAX_FORWARDS},
		{"X-Forwarded-For: x", H1_FIELD_X_FORWARDED_FOR},
		{"Connection: x", H1_FIELD_CONNECTION},
		{"Content-Length: 1", H1_FIELD_CONTENT_LENGTH},
		{"Transfer-Encoding: chunked", H1_FIELD_TRANSFER_ENCODING},
		{"X-Forwarded-Fox: x", H1_FIELD_OTHER},
		{"Authorizatiom: x", H1_FIELD_OTHER},
		{"Content_Length: x", H1_FIELD_OTHER},
		{"ContentXLength: x", H1_FIELD_OTHER},
		{"T: x", H1_FIELD_OTHER},
		{"A-Name-That-Is-Longer-Than-Ours: x", H1_FIELD_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), GET HOST "%s\r\n\r\n", cases[i].name);
		read_request(text);
		assert_int_equal(head.fields[1].id, cases[i].id);
	}
}

static void the_connection_lives_on(void **state)
{
	static const struct {
		const char *text;
		bool keep_alive, says_keep_alive, says_close, upgrade;
	} cases[] = {
		{GET HOST, true, false, false, false},
		{"GET / HTTP/1.0\r\n", false, false, false, false},
		{GET HOST "Connection: close\r\n", false, false, true, false},
		{GET HOST "Connection: Close\r\n", false, false, true, false},
		{GET HOST "Connection: keep-alive\r\n", true, true, false, false},
		{"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", true, true, false, false},
		{"GET / HTTP/1.0\r\nProxy-Connection: keep-alive\r\n", false, false, false, false},
		{GET HOST "Connection: keep-alive, close\r\n", false, true, true, false},
		{GET HOST "Connection: closed\r\n", true, false, false, false},
		{GET HOST "Connection: a\r\nConnection: close\r\n", false, false, true, false},
		{GET HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n", true, false, false,
			true},
		{GET HOST "Upgrade: websocket\r\nConnection: keep-alive, upgrade\r\n", true, true,
			false, true},
		{GET HOST "Upgrade: websocket\r\n", true, false, false, false},
		{GET HOST "Connection: Upgrade\r\n", true, false, false, false},
		{GET HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n", true, false, false, false},
		{GET HOST "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n", true, false, false,
			false},
		{"GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n", false, false,
			false, false},
		/* RFC 9112 6.1: closed after the answer */
		{POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", false, false, false,
			false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];

		snprintf(text, sizeof(text), "%s\r\n", cases[i].text);
		read_request(text);
		assert_int_equal(head.keep_alive, cases[i].keep_alive);
		assert_int_equal(head.says_keep_alive, cases[i].says_keep_alive);
		assert_int_equal(head.says_close, cases[i].says_close);
		assert_int_equal(head.wants_upgrade, cases[i].upgrade);
	}
	assert_true(head.drop_content_length);
}

/* RFC 9110 7.6.1; what frames or routes the message cannot be taken away. */
static void connection_names_fields(void **state)
{
	(void)state;
	read_request(POST "A: 1\r\nContent-Length: 3\r\nB: 2\r\na: 3\r\nTE: trailers\r\n"
			  "Connection: a, host, content-length, TE\r\nConnection: ,b,\r\n\r\n");
	assert_false(head.fields[0].named_by_connection); /* Host */
	assert_true(head.fields[1].named_by_connection);  /* A */
	assert_false(head.fields[2].named_by_connection); /* Content-Length */
	assert_true(head.fields[3].named_by_connection);  /* B */
	assert_true(head.fields[4].named_by_connection);  /* a */
	assert_true(head.fields[5].named_by_connection);  /* TE */
}

static void expectations(void **state)
{
	(void)state;
	read_request(POST "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
	assert_true(head.expects_continue);
	read_request(POST "Expect: a\r\nExpect: 100-continue\r\n\r\n");
	assert_true(head.expects_continue);
	read_request(POST "Expect: 100-continued\r\n\r\n");
	assert_false(head.expects_continue);
	read_request("POST / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");
	assert_false(head.expects_continue);
}

static int32_t read_limited(const char *text, struct h1_limits limit)
{
	uint32_t scanned = 0;

	return h1_read_request(&head, text, (uint32_t)strlen(text), &scanned, &limit);
}

static struct h1_limits narrow(uint32_t head_bytes, uint32_t fields)
{
	return (struct h1_limits){.head_bytes = head_bytes, .fields = fields};
}

static void limits_are_kept(void **state)
{
	static const char text[] = GET HOST "A: b\r\nC: d\r\n\r\n"; /* 16 + 9 + 6 + 6 + 2 */
	char many[4096] = GET HOST "Connection: a";

	(void)state;
	assert_int_equal(read_limited(text, narrow(39, 3)), 39);
	assert_int_equal(read_limited(text, narrow(38, 3)), H1_BAD);
	assert_int_equal(head.fault, 431);
	assert_int_equal(read_limited(text, narrow(39, 2)), H1_BAD);
	assert_int_equal(head.fault, 431);
	assert_int_equal(read_limited(text, narrow(16, 3)), H1_BAD);
	assert_int_equal(head.fault, 431);
	assert_int_equal(read_limited(text, narrow(15, 3)), H1_BAD);
	assert_int_equal(head.fault, 414);
	assert_int_equal(read_limited("GET /aaaaaaaaaaaaaa", narrow(19, 3)), H1_BAD);
	assert_int_equal(head.fault, 414);
	assert_int_equal(read_limited("GET /aaaaaaaaaaaaa", narrow(19, 3)), H1_MORE);

	for (uint32_t i = 1; i < 64; i++)
		strcat(many, ",a");
	strcat(many, "\r\n\r\n");
	read_request(many);
	memcpy(many + strlen(many) - 4, ",a\r\n\r\n", 7);
	assert_int_equal(read_limited(many, strict), H1_BAD);
	assert_int_equal(head.fault, 400);
}

/* A long head in small pieces of every size gives what it gives in one. */
static void pieces_of_every_size(void **state)
{
	static char text[12000] = GET HOST;
	uint32_t len;

	(void)state;
	for (uint32_t i = 0; i < 90; i++) {
		char line[140];

		snprintf(line, sizeof(line), "X-Field-%u: %0*u\r\n", i, (int)(i + 1), i);
		strcat(text, line);
	}
	strcat(text, "\r\n");
	len = (uint32_t)strlen(text);
	read_request(text);
	for (uint32_t piece = 1; piece < len; piece += 1 + piece / 7) {
		uint32_t scanned = 0, have = 0;
		int32_t result = H1_MORE;

		while (result == H1_MORE) {
			have = have + piece < len ? have + piece : len;
			result = h1_read_request(&other, text, have, &scanned, &strict);
		}
		assert_int_equal(result, len);
		assert_int_equal(scanned, 0);
		assert_int_equal(other.field_count, head.field_count);
	}
}

static void lists_are_searched(void **state)
{
	(void)state;
	assert_true(h1_list_has(SPAN("close"), SPAN("close")));
	assert_true(h1_list_has(SPAN("a,\tCLOSE , b"), SPAN("close")));
	assert_false(h1_list_has(SPAN("closed, clos, c lose"), SPAN("close")));
	assert_false(h1_list_has(SPAN(""), SPAN("close")));
	assert_false(h1_list_has(SPAN(",,"), SPAN("")));
	assert_false(h1_list_has((struct span){0}, SPAN("close")));
}

static void classes_follow_the_grammar(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = c >= '0' && c <= '9';
		bool visible = c > 0x20 && c < 0x7f;
		bool text = visible || c == ' ' || c == '\t' || c >= 0x80;
		bool alpha_digit = letter || digit;

#define IN(set) (c != 0 && strchr((set), c) != NULL)
		assert_int_equal(
			h1_byte_is((char)c, H1_BYTE_TOKEN), alpha_digit || IN("!#$%&'*+-.^_`|~"));
		assert_int_equal(h1_byte_is((char)c, H1_BYTE_TARGET), visible && c != '#');
		assert_int_equal(h1_byte_is((char)c, H1_BYTE_TEXT), text);
		assert_int_equal(
			h1_byte_is((char)c, H1_BYTE_QUOTED), text && c != '"' && c != '\\');
		assert_int_equal(
			h1_byte_is((char)c, H1_BYTE_NAME), alpha_digit || IN("-._~!$&'()*+,;=%"));
		assert_int_equal(h1_byte_is((char)c, H1_BYTE_DIGIT), digit);
		assert_int_equal(h1_byte_is((char)c, H1_BYTE_HEX), digit || IN("abcdefABCDEF"));
#undef IN
	}
}

/* The wide scans stop where the table says, at every place of a block. */
static void scans_agree_with_the_table(void **state)
{
	char bytes[48];

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(bytes); at++) {
			const char *end = bytes + sizeof(bytes);

			memset(bytes, 'a', sizeof(bytes));
			bytes[at] = (char)c;
			assert_ptr_equal(
				h1_skip_token(bytes, end), h1_skip(bytes, end, H1_BYTE_TOKEN));
			assert_ptr_equal(
				h1_skip_target(bytes, end), h1_skip(bytes, end, H1_BYTE_TARGET));
			assert_ptr_equal(
				h1_skip_text(bytes, end), h1_skip(bytes, end, H1_BYTE_TEXT));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_judged),
		cmocka_unit_test(responses_are_judged),
		cmocka_unit_test(lenience_changes_no_framing),
		cmocka_unit_test(the_parts_are_where_they_are),
		cmocka_unit_test(the_path_of_every_form),
		cmocka_unit_test(methods_have_numbers),
		cmocka_unit_test(fields_have_numbers),
		cmocka_unit_test(the_connection_lives_on),
		cmocka_unit_test(connection_names_fields),
		cmocka_unit_test(expectations),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(pieces_of_every_size),
		cmocka_unit_test(lists_are_searched),
		cmocka_unit_test(classes_follow_the_grammar),
		cmocka_unit_test(scans_agree_with_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
