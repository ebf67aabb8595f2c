/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a notify FIFO: those that readers of keepalived's know. */
#include "vrrp/fifo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static char longest[VRRP_NAME_BYTES];

static void lines(void **state)
{
	static const struct {
		struct fifo_news news;
		const char *line;
	} cases[] = {
		{{"INSTANCE", "VI_1", VRRP_NOTIFY_MASTER, FIFO_NO_PRIORITY, 103},
			"INSTANCE \"VI_1\" MASTER 103\n"},
		{{"GROUP", "VG 1", VRRP_NOTIFY_BACKUP, FIFO_NO_PRIORITY, 1},
			"GROUP \"VG 1\" BACKUP 1\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_FAULT, FIFO_NO_PRIORITY, 255},
			"INSTANCE \"a\" FAULT 255\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_STOP, FIFO_NO_PRIORITY, 2},
			"INSTANCE \"a\" STOP 2\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_DELETED, FIFO_NO_PRIORITY, 2},
			"INSTANCE \"a\" DELETED 2\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_LOWER, FIFO_NO_PRIORITY, 2},
			"INSTANCE \"a\" MASTER_RX_LOWER_PRI 2\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_MASTER, FIFO_MASTER_PRIORITY, 101},
			"INSTANCE \"a\" MASTER_PRIORITY 101\n"},
		{{"INSTANCE", "a", VRRP_NOTIFY_MASTER, FIFO_BACKUP_PRIORITY, 101},
			"INSTANCE \"a\" BACKUP_PRIORITY 101\n"},
	};
	struct fifo_news news = {"INSTANCE", longest, VRRP_NOTIFY_LOWER, FIFO_NO_PRIORITY, 255};
	char line[FIFO_LINE_BYTES];
	uint32_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(fifo_line(line, &cases[i].news), strlen(cases[i].line));
		assert_string_equal(line, cases[i].line);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	len = fifo_line(line, &news);
	assert_int_equal(len, strlen(line));
	assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
