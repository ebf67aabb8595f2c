/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines that scripts and service files use. */
#include "core/options.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define ARGUMENTS_MAX 24

struct command {
	int argc;
	char *argv[ARGUMENTS_MAX + 1];
	char text[256];
};

/* Splits at spaces. */
static void split(struct command *command, const char *line)
{
	command->argc = 0;
	snprintf(command->text, sizeof(command->text), "torc %s", line);
	for (char *word = strtok(command->text, " "); word; word = strtok(NULL, " ")) {
		assert_true(command->argc < ARGUMENTS_MAX);
		command->argv[command->argc++] = word;
	}
	command->argv[command->argc] = NULL;
}

static bool read_line(
	struct options *options, struct command *command, const char *line, char *problem)
{
	split(command, line);
	return options_read(options, command->argc, command->argv, problem, 256);
}

static void forget(struct options *options)
{
	free(options->files);
	free(options->old_pids);
}

static const struct {
	const char *line;
	enum options_action action;
	enum options_mode mode;
	uint32_t files, pids;
	int old_signal;
} good[] = {
	{"", OPTIONS_RUN, OPTIONS_MODE_FILE, 0, 0, 0},
	{"-f a", OPTIONS_RUN, OPTIONS_MODE_FILE, 1, 0, 0},
	{"-f a -f b", OPTIONS_RUN, OPTIONS_MODE_FILE, 2, 0, 0},
	{"-f a -- b c", OPTIONS_RUN, OPTIONS_MODE_FILE, 3, 0, 0},
	{"-- -f", OPTIONS_RUN, OPTIONS_MODE_FILE, 1, 0, 0},
	{"-D -f a -p pid", OPTIONS_RUN, OPTIONS_MODE_DAEMON, 1, 0, 0},
	{"-D -db -f a", OPTIONS_RUN, OPTIONS_MODE_FOREGROUND, 1, 0, 0},
	{"-db -D -f a", OPTIONS_RUN, OPTIONS_MODE_FOREGROUND, 1, 0, 0},
	{"-d -f a", OPTIONS_RUN, OPTIONS_MODE_FOREGROUND, 1, 0, 0},
	/* Debian's service file, and its reload's check */
	{"-Ws -f a -p pid -S sock", OPTIONS_RUN, OPTIONS_MODE_FOREGROUND, 1, 0, 0},
	{"-Ws -f a -c -q -S sock", OPTIONS_CHECK, OPTIONS_MODE_FOREGROUND, 1, 0, 0},
	/* its old init script */
	{"-f a -p pid -sf 12 34 -D", OPTIONS_RUN, OPTIONS_MODE_DAEMON, 1, 2, SIGUSR1},
	{"-f a -D -sf", OPTIONS_RUN, OPTIONS_MODE_DAEMON, 1, 0, SIGUSR1},
	{"-f a -st 12", OPTIONS_RUN, OPTIONS_MODE_FILE, 1, 1, SIGTERM},
	{"-c -V -f a", OPTIONS_CHECK, OPTIONS_MODE_FILE, 1, 0, 0},
	{"-cc 1", OPTIONS_CONDITION, OPTIONS_MODE_FILE, 0, 0, 0},
	{"-v", OPTIONS_VERSION, OPTIONS_MODE_FILE, 0, 0, 0},
	{"-vv", OPTIONS_BUILD, OPTIONS_MODE_FILE, 0, 0, 0},
	{"-v -c -f a", OPTIONS_VERSION, OPTIONS_MODE_FILE, 1, 0, 0},
	{"-h", OPTIONS_HELP, OPTIONS_MODE_FILE, 0, 0, 0},
	{"--help", OPTIONS_HELP, OPTIONS_MODE_FILE, 0, 0, 0},
	{"--print -f a", OPTIONS_PRINT, OPTIONS_MODE_FILE, 1, 0, 0},
	{"--words", OPTIONS_WORDS, OPTIONS_MODE_FILE, 0, 0, 0},
	/* accepted without a meaning here */
	{"-dM -dMno-merge -dK -dKall -dC -dCkey -dt -dtx -dR -dV -dL -de -dp -f a", OPTIONS_RUN,
		OPTIONS_MODE_FILE, 1, 0, 0},
	{"-dG -dF -dZ -dI -dW -dD -dr -m 100 -4 -L me -N 5 -f a", OPTIONS_RUN, OPTIONS_MODE_FILE, 1,
		0, 0},
};

static void reads_what_scripts_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct options options;
		struct command command;
		char problem[256] = "";

		if (!read_line(&options, &command, good[i].line, problem))
			fail_msg("'%s': %s", good[i].line, problem);
		assert_int_equal(options.action, good[i].action);
		assert_int_equal(options.mode, good[i].mode);
		assert_int_equal(options.file_count, good[i].files);
		assert_int_equal(options.old_pid_count, good[i].pids);
		assert_int_equal(options.old_signal, good[i].old_signal);
		forget(&options);
	}
}

static const struct {
	const char *line, *problem;
} bad[] = {
	{"-f", "'-f' expects a file or a folder"},
	{"-x", "'-x' expects a socket"},
	{"a.cfg", "unknown option 'a.cfg'"},
	{"-Dq", "unknown option '-Dq'"},
	{"--unknown", "unknown option '--unknown'"},
	{"-n 0", "'-n' expects a number, found '0'"},
	{"-n -5", "'-n' expects a number, found '-5'"},
	{"-n 4294967296", "'-n' expects a number, found '4294967296'"},
	{"-n 10x", "'-n' expects a number, found '10x'"},
	{"-sf 12 x", "'-sf' expects process ids, found 'x'"},
	{"-sf 0", "'-sf' expects process ids, found '0'"},
};

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct options options;
		struct command command;
		char problem[256] = "";

		assert_false(read_line(&options, &command, bad[i].line, problem));
		assert_string_equal(problem, bad[i].problem);
		forget(&options);
	}
}

static void overrides_the_files(void **state)
{
	struct proxy proxies[2] = {{.maxconn = 7}, {.maxconn = 0}};
	struct config config = {.proxies = proxies, .proxy_count = 2};
	struct options options;
	struct command command;
	char problem[256];

	(void)state;
	config.global.splice = true;
	config.global.maxconn = 5;
	config.global.daemon = true;
	assert_true(read_line(&options, &command, "-n 9 -N 3 -dS -d -W -p /pid -f a", problem));
	options_apply(&options, &config);
	assert_int_equal(config.global.maxconn, 9);
	assert_false(config.global.splice);
	assert_false(config.global.daemon);
	assert_true(config.global.master_worker);
	assert_string_equal(config.global.pidfile, "/pid");
	assert_int_equal(proxies[0].maxconn, 7);
	assert_int_equal(proxies[1].maxconn, 3);
	forget(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_scripts_use),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(overrides_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
