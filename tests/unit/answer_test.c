/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own answers: whole messages that our own parser understands, and HAProxy's bytes. */
#include "net/http/answer.h"
#include "net/http/h1.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct h1_limits limits = {.head_bytes = 16384, .fields = 101};
static struct h1_head head;

static const uint16_t statuses[] = {400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425,
	429, 431, 500, 501, 502, 503, 504, 505};

static void check_message(struct span answer, uint16_t status, bool closes)
{
	uint32_t scanned = 0, bytes = answer_head_bytes(answer);
	int32_t result =
		h1_read_response(&head, answer.at, answer.len, &scanned, &limits, H1_METHOD_GET);

	assert_int_equal(result, bytes);
	assert_int_equal(head.status, status);
	assert_int_equal(head.body, H1_BODY_LENGTH);
	assert_int_equal(head.body_bytes, answer.len - bytes);
	assert_int_equal(head.keep_alive, !closes);
	assert_int_equal(head.says_close, closes);
	/* The title stands in the status line and in the page. */
	assert_memory_equal(answer.at + bytes, "<html><body><h1>", 16);
	assert_memory_equal(
		answer.at + bytes + 16, head.start_line.at + 9, head.start_line.len - 9);
}

static void every_answer_is_a_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		print_message("  %u\n", statuses[i]);
		check_message(answer_for_status(statuses[i]), statuses[i], true);
	}
	check_message(answer_for_status(418), 500, true);
	check_message(answer_keeping_alive(503), 503, false);
	check_message(answer_keeping_alive(404), 404, false);
	check_message(answer_keeping_alive(400), 400, true);
}

/* As recorded from HAProxy 2.6.12. */
static void the_bytes_are_as_recorded(void **state)
{
	struct span late = SPAN("HTTP/1.1 503 Service Unavailable\r\n"
				"content-length: 107\r\n"
				"cache-control: no-cache\r\n"
				"content-type: text/html\r\n"
				"connection: close\r\n\r\n"
				"<html><body><h1>503 Service Unavailable</h1>\n"
				"No server is available to handle this request.\n"
				"</body></html>\n");
	struct span alive = SPAN("HTTP/1.1 502 Bad Gateway\r\n"
				 "content-length: 107\r\n"
				 "cache-control: no-cache\r\n"
				 "content-type: text/html\r\n\r\n"
				 "<html><body><h1>502 Bad Gateway</h1>\n"
				 "The server returned an invalid or incomplete response.\n"
				 "</body></html>\n");
	struct span early = SPAN("HTTP/1.1 408 Request Time-out\r\n"
				 "Content-length: 110\r\n"
				 "Cache-Control: no-cache\r\n"
				 "Connection: close\r\n"
				 "Content-Type: text/html\r\n\r\n"
				 "<html><body><h1>408 Request Time-out</h1>\n"
				 "Your browser didn't send a complete request in time.\n"
				 "</body></html>\n");

	(void)state;
	assert_true(span_equal(answer_for_status(503), late));
	assert_true(span_equal(answer_keeping_alive(502), alive));
	assert_true(span_equal(answer_for_status(408), early));
	assert_true(span_equal(answer_continue, SPAN("HTTP/1.1 100 Continue\r\n\r\n")));
}

static void a_password_is_asked_for(void **state)
{
	struct span recorded = SPAN("HTTP/1.1 401 Unauthorized\r\n"
				    "content-length: 112\r\n"
				    "cache-control: no-cache\r\n"
				    "content-type: text/html\r\n"
				    "www-authenticate: Basic realm=\"Haproxy Statistics\"\r\n"
				    "connection: close\r\n\r\n"
				    "<html><body><h1>401 Unauthorized</h1>\n"
				    "You need a valid user and password to access this content.\n"
				    "</body></html>\n");
	char out[512];
	uint32_t bytes;

	(void)state;
	bytes = answer_unauthorized(out, sizeof(out), "Haproxy Statistics", false);
	assert_true(span_equal(span_of(out, bytes), recorded));
	check_message(span_of(out, bytes), 401, true);
	assert_int_equal(answer_unauthorized(out, bytes, "Haproxy Statistics", false), 0);
	assert_int_equal(answer_unauthorized(out, bytes + 1, "Haproxy Statistics", false), bytes);
	bytes = answer_unauthorized(out, sizeof(out), "x", true);
	check_message(span_of(out, bytes), 407, true);
	assert_non_null(memmem(out, bytes, "\r\nproxy-authenticate: Basic realm=\"x\"\r\n", 38));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_answer_is_a_message),
		cmocka_unit_test(the_bytes_are_as_recorded),
		cmocka_unit_test(a_password_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
