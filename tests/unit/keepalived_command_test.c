/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which commands ask "is the balancer alive?": these are answered and never run.  What is not
 * certain to ask that is run, as it was written. */
#include "core/config/keepalived_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	const char *command;
	bool asks;
} cases[] = {
	{"killall -0 haproxy", true},
	{"/usr/bin/killall -0 haproxy", true},
	{"killall -q -0 haproxy", true},
	{"killall -0 -q haproxy", true},
	{"killall --quiet --signal 0 haproxy", true},
	{"killall -s 0 haproxy", true},
	{"killall -s0 -e haproxy", true},
	{"killall -0 /usr/sbin/haproxy", true},
	{"killall -0 torc", true},
	{"pidof haproxy", true},
	{"/bin/pidof -s haproxy", true},
	{"pidof -x -q haproxy", true},
	{"pgrep haproxy", true},
	{"/usr/bin/pgrep -x haproxy", true},
	{"pgrep --exact --quiet haproxy", true},
	{"systemctl is-active haproxy", true},
	{"/usr/bin/systemctl is-active --quiet haproxy.service", true},
	{"systemctl -q is-active haproxy", true},
	{"systemctl status haproxy", true},
	{"systemctl --no-pager status haproxy.service", true},
	{"service haproxy status", true},
	{"/usr/sbin/service haproxy status", true},
	{"pgrep -f haproxy", true},
	{"/usr/bin/timeout 2 /usr/bin/killall -0 haproxy", true},
	{"timeout -k 1 --preserve-status 0.9s pidof haproxy", true},
	{"sh -c 'killall -0 haproxy'", true},
	{"/usr/bin/bash -c ' /usr/bin/pgrep  -x haproxy '", true},
	{"timeout 2 sh -c 'pidof haproxy'", true},

	{"killall haproxy", false},
	{"killall -9 haproxy", false},
	{"killall -s 1 haproxy", false},
	{"killall -s", false},
	{"killall -0", false},
	{"killall -0 haproxy nginx", false},
	{"killall -0 nginx", false},
	{"killall -0 -u www haproxy", false},
	{"killall -0 haproxy2", false},
	{"killall -v -0 haproxy", false},
	{"pidof", false},
	{"pidof nginx haproxy", false},
	{"pidof -o 1 haproxy", false},
	{"pgrep -u root haproxy", false},
	{"pgrep hap", false},
	{"systemctl is-active", false},
	{"systemctl is-active haproxy nginx", false},
	{"systemctl restart haproxy", false},
	{"service haproxy restart", false},
	{"service nginx status", false},
	{"timeout", false},
	{"timeout 2", false},
	{"timeout -k 1", false},
	{"timeout 2 killall -9 haproxy", false},
	{"timeout 1 timeout 1 timeout 1 timeout 1 pidof haproxy", false},
	{"sh", false},
	{"sh -c", false},
	{"sh -c ''", false},
	{"sh -c ' '", false},
	{"sh killall -0 haproxy", false},
	{"sh -c 'killall -0 haproxy || exit 1'", false},
	{"sh -c 'pidof haproxy; pidof nginx'", false},
	{"sh -c 'pidof haproxy' nginx", false},
	{"sh -x -c 'pidof haproxy'", false},
	{"haproxy", false},
	{"/etc/check-haproxy.sh", false},
	{"mykillall -0 haproxy", false},
	{"", false},
};

/* Words one after the other, and an empty one. */
static void pack(char field[256], const char *command)
{
	char out[512];
	struct keepalived_words words;
	size_t used = 0;

	assert_null(keepalived_split(&words, command, KEEPALIVED_SPLIT_COMMAND, out));
	for (uint32_t i = 0; i < words.count; i++) {
		size_t bytes = strlen(words.word[i]) + 1;

		memcpy(field + used, words.word[i], bytes);
		used += bytes;
	}
	field[used] = '\0';
}

static void serving(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char field[256];

		pack(field, cases[i].command);
		if (keepalived_asks_serving(field) != cases[i].asks)
			fail_msg("'%s'", cases[i].command);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(serving)};

	return cmocka_run_group_tests_name("keepalived_command", tests, NULL, NULL);
}
