/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunked bodies: what is taken, what is refused, with the framing kept or taken away, and the
 * same at every cut. */
#include "net/http/h1.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define BYTES(literal) .bytes = (literal), .len = sizeof(literal) - 1
#define LIMIT	       200

struct chunks_case {
	const char *name;
	const char *bytes;
	size_t len;
	enum h1_chunks_result result;
	const char *data; /* MORE and END: what was decoded */
	uint32_t after;	  /* END: bytes that belong to what follows */
};

#define END  H1_CHUNKS_END
#define MORE H1_CHUNKS_MORE
#define BAD  H1_CHUNKS_BAD

static const struct chunks_case cases[] = {
	{"empty body", BYTES("0\r\n\r\n"), END, "", 0},
	{"one chunk", BYTES("5\r\nhello\r\n0\r\n\r\n"), END, "hello", 0},
	{"several chunks", BYTES("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n"), END, "abcdef", 0},
	{"capital and small digits", BYTES("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), END,
		"01234567890123456789", 0},
	{"leading zeros", BYTES("0005\r\nhello\r\n000\r\n\r\n"), END, "hello", 0},
	{"16 digits", BYTES("0000000000000005\r\nhello\r\n0\r\n\r\n"), END, "hello", 0},
	{"the next message follows", BYTES("1\r\na\r\n0\r\n\r\nGET"), END, "a", 3},
	{"data that looks like framing", BYTES("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), END,
		"\r\n0\r\n\r\n", 0},
	{"not complete", BYTES("5\r\nhel"), MORE, "hel", 0},
	{"the largest size", BYTES("7fffffffffffffff\r\nab"), MORE, "ab", 0},
	{"size of 2^63", BYTES("8000000000000000\r\nab"), BAD},
	{"size of 2^64 - 1", BYTES("ffffffffffffffff\r\nab"), BAD},
	{"17 digits", BYTES("00000000000000005\r\nhello"), BAD},
	{"no size", BYTES("\r\nhello"), BAD},
	{"no size but an extension", BYTES(";a=b\r\n"), BAD},
	{"size with a sign", BYTES("+5\r\nhello"), BAD},
	{"negative size", BYTES("-1\r\n"), BAD},
	{"size with 0x", BYTES("0x5\r\nhello"), BAD},
	{"size with another letter", BYTES("5g\r\nhello"), BAD},
	{"blank before the size", BYTES(" 5\r\nhello"), BAD},
	{"blank after the size", BYTES("5 \r\nhello"), BAD},
	{"bare LF after the size", BYTES("5\nhello"), BAD},
	{"bare CR after the size", BYTES("5\rhello"), BAD},
	{"no CRLF after the data", BYTES("5\r\nhello0\r\n\r\n"), BAD},
	{"bare LF after the data", BYTES("5\r\nhello\n0\r\n\r\n"), BAD},
	{"bare CR after the data", BYTES("5\r\nhello\r0\r\n\r\n"), BAD},
	{"two CRLFs after the data", BYTES("5\r\nhello\r\n\r\n0\r\n\r\n"), BAD},
	{"bare LF at the end", BYTES("0\r\n\n"), BAD},
	{"bare CR at the end", BYTES("0\r\n\rX"), BAD},
	/* RFC 9112 7.1.1: extensions */
	{"extension", BYTES("1;a\r\nx\r\n0;b\r\n\r\n"), END, "x", 0},
	{"extension with a value", BYTES("1;a=b\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"two extensions", BYTES("1;a=b;c\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"extension with blanks", BYTES("1 ;\ta = b ; c\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"quoted value", BYTES("1;a=\"b;\\\" \x80\"\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"empty quoted value", BYTES("1;a=\"\"\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"quoted value, then another", BYTES("1;a=\"\" ;b\r\nx\r\n0\r\n\r\n"), END, "x", 0},
	{"extension without a name", BYTES("1;\r\nx"), BAD},
	{"extension with a value only", BYTES("1;=b\r\nx"), BAD},
	{"extension with an empty value", BYTES("1;a=\r\nx"), BAD},
	{"two values", BYTES("1;a=b=c\r\nx"), BAD},
	{"blank after an extension", BYTES("1;a \r\nx"), BAD},
	{"blank after a value", BYTES("1;a=b \r\nx"), BAD},
	{"byte in a name", BYTES("1;a@\r\nx"), BAD},
	{"CR in a quoted value", BYTES("1;a=\"\r\n\"\r\nx"), BAD},
	{"LF in a quoted value", BYTES("1;a=\"\n\"\r\nx"), BAD},
	{"escaped CR", BYTES("1;a=\"\\\r\n\"\r\nx"), BAD},
	{"text after a quoted value", BYTES("1;a=\"b\"c\r\nx"), BAD},
	{"bare LF after an extension", BYTES("1;a\nx"), BAD},
	{"bare CR after an extension", BYTES("1;a\rx"), BAD},
	/* RFC 9112 7.1.2: trailers */
	{"trailer", BYTES("0\r\nA: b\r\n\r\n"), END, "", 0},
	{"two trailers", BYTES("0\r\nA:b\r\nX-Y-Z: \x80\t \r\n\r\nX"), END, "", 1},
	{"empty trailer", BYTES("0\r\nA:\r\n\r\n"), END, "", 0},
	{"trailer without a colon", BYTES("0\r\nA\r\n\r\n"), BAD},
	{"trailer without a name", BYTES("0\r\n: a\r\n\r\n"), BAD},
	{"space before a trailer's colon", BYTES("0\r\nA : b\r\n\r\n"), BAD},
	{"folded trailer", BYTES("0\r\nA: b\r\n c\r\n\r\n"), BAD},
	{"control in a trailer", BYTES("0\r\nA: \x01\r\n\r\n"), BAD},
	{"NUL in a trailer", BYTES("0\r\nA: \0\r\n\r\n"), BAD},
	{"bare LF in a trailer", BYTES("0\r\nA: b\n\r\n"), BAD},
	{"bare CR in a trailer", BYTES("0\r\nA: b\rC: d\r\n\r\n"), BAD},
	/* RFC 9110 6.5.1 */
	{"length as a trailer", BYTES("0\r\nContent-Length: 5\r\n\r\n"), BAD},
	{"coding as a trailer", BYTES("0\r\ntransfer-encoding: chunked\r\n\r\n"), BAD},
	{"Host as a trailer", BYTES("0\r\nHOST: a\r\n\r\n"), BAD},
	{"Authorization as a trailer", BYTES("0\r\nA: b\r\nAuthorization: c\r\n\r\n"), BAD},
	{"X-Forwarded-For as a trailer", BYTES("0\r\nX-Forwarded-For: ::1\r\n\r\n"), BAD},
	{"Proxy-Authorization as a trailer", BYTES("0\r\nProxy-Authorization: c\r\n\r\n"), BAD},
	{"TE as a trailer", BYTES("0\r\nte: trailers\r\n\r\n"), BAD},
	{"names that only begin so", BYTES("0\r\nHos: a\r\nHosts: a\r\nT: b\r\nTEE: c\r\n\r\n"),
		END, "", 0},
	/* limits */
	{"an extension of 190 bytes",
		BYTES("1;"
		      "01234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789"
		      "0123456789012345678901234567890123456789\r\nx\r\n0\r\n\r\n"),
		END, "x", 0},
	{"an extension of 200 bytes",
		BYTES("1;"
		      "01234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789"
		      "01234567890123456789012345678901234567890123456789\r\nx"),
		BAD},
	{"trailers of more than 200 bytes",
		BYTES("0\r\n"
		      "A: 01234567890123456789012345678901234567890123456789\r\n"
		      "B: 01234567890123456789012345678901234567890123456789\r\n"
		      "C: 01234567890123456789012345678901234567890123456789\r\n"
		      "D: 01234567890123456789012345678901234567890123456789\r\n\r\n"),
		BAD},
};

/* Feeds the case in pieces of this size, in memory that ends where the piece ends, and gathers
 * what is passed on. */
static enum h1_chunks_result feed(const struct chunks_case *c, size_t piece, bool strip,
	char *passed, size_t *passed_len, size_t *used_all)
{
	enum h1_chunks_result result = MORE;
	struct h1_chunks chunks;

	h1_chunks_init(&chunks, strip, LIMIT);
	*passed_len = *used_all = 0;
	while (result == MORE && *used_all < c->len) {
		size_t left = c->len - *used_all, len = left < piece ? left : piece;
		char *copy = malloc(len);
		uint32_t used, kept;

		assert_non_null(copy);
		memcpy(copy, c->bytes + *used_all, len);
		result = h1_chunks_read(&chunks, copy, (uint32_t)len, &used, &kept);
		assert_true(kept <= used && used <= len);
		if (result == MORE)
			assert_int_equal(used, len);
		memcpy(passed + *passed_len, copy, kept);
		*passed_len += kept;
		*used_all += used;
		free(copy);
	}
	if (result == BAD)
		assert_non_null(chunks.fault_reason);
	else if (strip)
		assert_int_equal(chunks.data_bytes, *passed_len);
	return result;
}

static void check(const struct chunks_case *c, size_t piece, bool strip)
{
	char *passed = malloc(c->len);
	size_t passed_len, used;
	enum h1_chunks_result result = feed(c, piece, strip, passed, &passed_len, &used);

	assert_int_equal(result, c->result);
	if (result != BAD) {
		assert_int_equal(used, c->len - c->after);
		assert_int_equal(passed_len, strip ? strlen(c->data) : used);
		assert_memory_equal(passed, strip ? c->data : c->bytes, passed_len);
	}
	free(passed);
}

static void bodies_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("  %s\n", cases[i].name);
		for (size_t piece = 1; piece <= cases[i].len; piece++) {
			check(&cases[i], piece, false);
			check(&cases[i], piece, true);
		}
	}
}

/* An end stays an end and a fault stays a fault, whatever follows. */
static void it_is_over_once(void **state)
{
	char good[] = "0\r\n\r\n", bad[] = "x", more[] = "0\r\n\r\n";
	struct h1_chunks chunks;
	uint32_t used, kept;

	(void)state;
	h1_chunks_init(&chunks, false, LIMIT);
	assert_int_equal(h1_chunks_read(&chunks, good, 5, &used, &kept), END);
	assert_int_equal(h1_chunks_read(&chunks, more, 5, &used, &kept), END);
	assert_int_equal(used, 0);
	h1_chunks_init(&chunks, false, LIMIT);
	assert_int_equal(h1_chunks_read(&chunks, bad, 1, &used, &kept), BAD);
	assert_int_equal(h1_chunks_read(&chunks, more, 5, &used, &kept), BAD);
	assert_int_equal(used, 0);
	h1_chunks_init(&chunks, false, LIMIT);
	assert_int_equal(h1_chunks_read(&chunks, more, 0, &used, &kept), MORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_judged),
		cmocka_unit_test(it_is_over_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
