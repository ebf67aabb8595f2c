/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a dying process leaves: secrets masked, and a record that names its functions. */
#include "core/crash.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	const char *name, *in, *out;
} masks[] = {
	{"nothing secret", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{"each of the four",
		"GET / HTTP/1.1\r\nCookie: a=b\r\nAuthorization: Basic x\r\n"
		"Proxy-Authorization: y\r\nSet-Cookie: z\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nCookie: ***\r\nAuthorization: ***\r\n"
		"Proxy-Authorization: ***\r\nSet-Cookie: ***\r\nHost: a\r\n\r\n"},
	{"any case", "cOOKIE: a\r\n", "cOOKIE: ***\r\n"},
	{"space before the colon", "Cookie : a\r\n", "Cookie: ***\r\n"},
	{"no space after it", "Cookie:a\r\n", "Cookie: ***\r\n"},
	{"a folded value", "Cookie: a\r\n b\r\n\tc\r\nHost: a\r\n",
		"Cookie: ***\r\n ***\r\n ***\r\nHost: a\r\n"},
	{"folded and not secret", "X: a\r\n b\r\n", "X: a\r\n b\r\n"},
	{"bare line feeds", "Cookie: a\nHost: b\n", "Cookie: ***\nHost: b\n"},
	{"cut inside the value", "GET / HTTP/1.1\r\nCookie: se", "GET / HTTP/1.1\r\nCookie: ***"},
	{"cut inside the name", "GET / HTTP/1.1\r\nCook", "GET / HTTP/1.1\r\nCook"},
	{"a name that only begins like it", "Cookies: a\r\n", "Cookies: a\r\n"},
	{"empty lines", "\r\n\n\r\n", "\r\n\n\r\n"},
	{"nothing", "", ""},
};

static void masks_secrets(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		char out[512];
		uint32_t len =
			crash_mask(out, sizeof(out), span_of(masks[i].in, strlen(masks[i].in)));

		if (len != strlen(masks[i].out) || memcmp(out, masks[i].out, len) != 0)
			fail_msg("%s: '%.*s'", masks[i].name, (int)len, out);
	}
}

/* No prefix of a message shows more than the whole one does. */
static void a_cut_message_shows_no_secret(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nCookie: SECRET\r\n SECRET\r\nHost: a\r\n\r\n";

	(void)state;
	for (uint32_t cut = 0; cut < sizeof(text); cut++) {
		char out[256];
		uint32_t len = crash_mask(out, sizeof(out) - 1, span_of(text, cut));

		out[len] = '\0';
		assert_null(strstr(out, "SEC"));
	}
	for (uint32_t room = 0; room < sizeof(text); room++) {
		char out[256];

		assert_true(crash_mask(out, room, SPAN("Cookie: a\r\nHost: b\r\n")) <= room);
	}
}

/* ---- a real death ---- */

/* Not static and not inlined, so that their names are in the record. */
void crash_test_inner(int how);
void crash_test_outer(int how);

__attribute__((noinline)) void crash_test_inner(int how)
{
	static volatile int *volatile nowhere = (volatile int *)16;

	if (how == SIGSEGV)
		*nowhere = 1;
	else
		abort();
	__asm__ volatile("");
}

__attribute__((noinline)) void crash_test_outer(int how)
{
	crash_test_inner(how);
	__asm__ volatile("");
}

struct lines {
	char text[8192];
};

static void add_line(void *context, const char *text)
{
	struct lines *lines = context;
	size_t used = strlen(lines->text);

	snprintf(lines->text + used, sizeof(lines->text) - used, "%s\n", text);
}

static void die_and_describe(int how, struct lines *lines)
{
	struct crash_cell *cell = mmap(
		NULL, sizeof(*cell), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int image = open("/proc/self/exe", O_RDONLY);
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		crash_install(cell);
		crash_work = SPAN("GET /x HTTP/1.1\r\nCookie: SECRET\r\n\r\n");
		crash_test_outer(how);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), how);
	crash_describe(cell, image, add_line, lines);
	if (getenv("CRASH_TEST_SHOW"))
		puts(lines->text);
	close(image);
	munmap(cell, sizeof(*cell));
}

static void a_fault_is_recorded(void **state)
{
	struct lines lines = {""};

	(void)state;
	die_and_describe(SIGSEGV, &lines);
	assert_non_null(strstr(lines.text, "signal 11 (Segmentation fault)"));
	assert_non_null(strstr(lines.text, "address 0x10"));
	assert_non_null(strstr(lines.text, "#0  crash_test_inner+"));
	assert_non_null(strstr(lines.text, "#1  crash_test_outer+"));
	assert_non_null(strstr(lines.text, "working on: GET /x HTTP/1.1\n"));
	assert_non_null(strstr(lines.text, "working on: Cookie: ***\n"));
	assert_null(strstr(lines.text, "SECRET"));
}

static void an_abort_is_recorded(void **state)
{
	struct lines lines = {""};

	(void)state;
	die_and_describe(SIGABRT, &lines);
	assert_non_null(strstr(lines.text, "signal 6 (Aborted)"));
#ifndef __SANITIZE_THREAD__ /* which brings the signal later, from frames of its own */
	assert_non_null(strstr(lines.text, " crash_test_inner"));
	assert_non_null(strstr(lines.text, " crash_test_outer+"));
#endif
}

static void an_empty_cell_says_so(void **state)
{
	struct crash_cell cell = {0};
	struct lines lines = {""};

	(void)state;
	crash_describe(&cell, -1, add_line, &lines);
	assert_string_equal(lines.text, "crash: no record was written\n");
}

/* The cell is written by a process that has gone wrong: no number in it is believed. */
static void a_mad_cell_is_survived(void **state)
{
	struct crash_cell cell;
	struct lines lines = {""};

	(void)state;
	memset(&cell, 0xff, sizeof(cell));
	cell.state = 2;
	crash_describe(&cell, -1, add_line, &lines);
	assert_non_null(strstr(lines.text, "#31"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_secrets),
		cmocka_unit_test(a_cut_message_shows_no_secret),
		cmocka_unit_test(a_fault_is_recorded),
		cmocka_unit_test(an_abort_is_recorded),
		cmocka_unit_test(an_empty_cell_says_so),
		cmocka_unit_test(a_mad_cell_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
