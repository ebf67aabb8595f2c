/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log messages: heads of both forms, the kernel's records, lines that go on, and the ring between.
 */
#include "appliance/init/journal.h"
#include "appliance/init/syslog_line.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	const char *bytes;
	uint8_t priority;
	bool whole;
	const char *text;
} messages[] = {
	{"<150>Nov 23 03:56:12 haproxy[20876]: hello", 150, false, "haproxy[20876]: hello"},
	{"<150>Nov  3 03:56:12 haproxy[20876]: hello\n", 150, false, "haproxy[20876]: hello"},
	{"<0>x", 0, false, "x"},
	{"<191>x", 191, false, "x"},
	{"<192>x", 13, false, "<192>x"},
	{"<>x", 13, false, "<>x"},
	{"<15", 13, false, "<15"},
	{"<1x>y", 13, false, "<1x>y"},
	{"hello", 13, false, "hello"},
	{"", 13, false, ""},
	{"<165>1 2026-11-29T01:02:03Z lb1 torc 1 - - hello", 165, true,
		"1 2026-11-29T01:02:03Z lb1 torc 1 - - hello"},
	{"<165>1", 165, false, "1"},
	{"<165>10 apples", 165, false, "10 apples"},
	{"<14>Nov 23 03:56:1x torc: x", 14, false, "Nov 23 03:56:1x torc: x"},
	{"<14>Nov 23 03:56:12", 14, false, "Nov 23 03:56:12"},
};

static void messages_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		struct syslog_message message;

		print_message("%s\n", messages[i].bytes);
		syslog_read(&message, messages[i].bytes, strlen(messages[i].bytes));
		assert_int_equal(message.priority, messages[i].priority);
		assert_int_equal(message.whole, messages[i].whole);
		assert_int_equal(message.len, strlen(messages[i].text));
		assert_memory_equal(message.text, messages[i].text, message.len);
		/* Whatever is missing at its end, it stays within. */
		for (size_t cut = 0; cut < strlen(messages[i].bytes); cut++) {
			syslog_read(&message, messages[i].bytes, cut);
			assert_true(message.len <= cut);
		}
	}
}

static void kernel_records(void **state)
{
	static const char record[] = "4,1234,567890,-;eth0: link up\n SUBSYSTEM=net\n";
	struct syslog_message message;

	(void)state;
	assert_true(syslog_read_kernel(&message, record, sizeof(record) - 1));
	assert_int_equal(message.priority, 4);
	assert_int_equal(message.len, strlen("eth0: link up"));
	assert_memory_equal(message.text, "eth0: link up", message.len);
	assert_true(syslog_read_kernel(&message, "30,1,2,-,caller=T1;x", 20));
	assert_int_equal(message.priority, 30);
	assert_int_equal(message.len, 1);
	assert_false(syslog_read_kernel(&message, "no record", 9));
	assert_false(syslog_read_kernel(&message, ";x", 2));
	assert_false(syslog_read_kernel(&message, "9999,1,2,-;x", 12));
	assert_false(syslog_read_kernel(&message, "6,1,2", 5));
}

static void lines_go_on(void **state)
{
	struct journal_line line = {.wall_ms = 1795917762000, .priority = 150, .text = "torc: x"};
	char out[SYSLOG_LINE_BYTES];

	(void)state;
	assert_int_equal(syslog_format(out, &line, "lb1"), 32);
	assert_string_equal(out, "<150>Nov 29 02:02:42 lb1 torc: x");
	line.wall_ms = 0;
	syslog_format(out, &line, "lb1");
	assert_string_equal(out, "<150>Jan  1 00:00:00 lb1 torc: x");
	line.whole = true;
	syslog_format(out, &line, "lb1");
	assert_string_equal(out, "<150>torc: x");
	memset(line.text, 'a', sizeof(line.text) - 1);
	line.whole = false;
	assert_true(syslog_format(out, &line,
			    "a-host-name-that-is-as-long-as-one-may-be-which-is-63-"
			    "characters") < sizeof(out));
}

static struct journal journal;

static void put(const char *text)
{
	struct journal_line head = {.priority = 6};

	journal_add(&journal, &head, text, strlen(text));
}

static void the_ring_forgets_the_oldest(void **state)
{
	uint64_t slow = 0, quick = 0, lost = 0;
	char text[32];

	(void)state;
	assert_null(journal_next(&journal, &slow, &lost));
	for (uint32_t i = 0; i < JOURNAL_LINES + 10; i++) {
		snprintf(text, sizeof(text), "line %u", i);
		put(text);
		assert_string_equal(journal_next(&journal, &quick, &lost)->text, text);
	}
	assert_int_equal(lost, 0);
	assert_null(journal_next(&journal, &quick, &lost));
	assert_string_equal(journal_next(&journal, &slow, &lost)->text, "line 10");
	assert_int_equal(lost, 10);
	for (uint32_t i = 1; i < JOURNAL_LINES; i++)
		assert_non_null(journal_next(&journal, &slow, &lost));
	assert_null(journal_next(&journal, &slow, &lost));
	assert_int_equal(lost, 10);
}

static void lines_are_plain(void **state)
{
	static char longest[3 * JOURNAL_TEXT_BYTES];
	uint64_t cursor = journal.written, lost = 0;

	(void)state;
	put("a\033[2Jb\tc\nd");
	assert_string_equal(journal_next(&journal, &cursor, &lost)->text, "a?[2Jb c");
	memset(longest, 'x', sizeof(longest) - 1);
	put(longest);
	assert_int_equal(journal_next(&journal, &cursor, &lost)->len, JOURNAL_TEXT_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_read),
		cmocka_unit_test(kernel_records),
		cmocka_unit_test(lines_go_on),
		cmocka_unit_test(the_ring_forgets_the_oldest),
		cmocka_unit_test(lines_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
