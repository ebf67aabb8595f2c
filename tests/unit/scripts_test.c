/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that operators name, run for real: with which groups, and what becomes of their exit
 * status.  The list of groups is a played one, in a mount namespace of our own. */
#include "core/loop.h"
#include "vrrp/scripts.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static struct loop loop;
static bool allowed;
static char folder[64];
static int heard;
static bool done;

static void ended(struct script_run *run, int status)
{
	(void)run;
	heard = status;
	done = true;
}

static void play(const char *name, const char *over, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(mount(path, over, NULL, MS_BIND, NULL), 0);
}

static int setup(void **state)
{
	struct loop_options options = {.submission_entries = 8};

	(void)state;
	allowed = getuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
		  mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	if (!allowed)
		return 0;
	snprintf(folder, sizeof(folder), "/tmp/torc-scripts-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mount("none", folder, "tmpfs", 0, NULL), 0);
	assert_int_equal(chmod(folder, 01777), 0);
	play("passwd", "/etc/passwd", "root:x:0:0::/:/bin/sh\nlb:x:4711:4712::/:/bin/sh\n");
	play("group", "/etc/group", "root:x:0:\nlb:x:4712:\none:x:4713:lb\ntwo:x:4714:root,lb\n");
	return loop_open(&loop, &options) < 0 || loop_enable(&loop) < 0;
}

static int teardown(void **state)
{
	(void)state;
	if (allowed) {
		loop_close(&loop);
		umount2(folder, MNT_DETACH);
		rmdir(folder);
	}
	return 0;
}

/* What `id -G` says of a script of this order. */
static void expect_groups(struct script_order order, const char *expected)
{
	struct script_run run = {.done = ended};
	char command[256], path[128], text[64] = "";
	int len, fd;

	snprintf(path, sizeof(path), "%s/said", folder);
	unlink(path);
	len = snprintf(command, sizeof(command), "/bin/sh%c-c%cid -G >%s%c", 0, 0, path, 0);
	command[len] = '\0';
	order.command = command;
	done = false;
	assert_int_equal(script_start(&run, &loop, &order), 0);
	for (uint32_t turns = 0; !done && turns < 600; turns++)
		assert_int_equal(loop_turn(&loop, 100), 0);
	assert_true(done);
	assert_int_equal(heard, 0);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	assert_string_equal(text, expected);
}

static void groups_of_a_script(void **state)
{
	(void)state;
	if (!allowed)
		skip();
	expect_groups((struct script_order){.uid = 4711, .gid = 4712}, "4712\n");
	expect_groups((struct script_order){.uid = 4711, .gid = 4712, .with_groups = true},
		"4712 4713 4714\n");
	expect_groups((struct script_order){.uid = 4711, .gid = 4800, .with_groups = true},
		"4800 4713 4714\n");
	/* Nobody of this number: its group alone. */
	expect_groups(
		(struct script_order){.uid = 4799, .gid = 4712, .with_groups = true}, "4712\n");
	expect_groups((struct script_order){.with_groups = true}, "0 4714\n");
	/* More users than are remembered. */
	for (uint32_t i = 0; i < SCRIPT_USERS_MAX; i++)
		expect_groups(
			(struct script_order){.uid = 5000 + i, .gid = 5000, .with_groups = true},
			"5000\n");
	expect_groups((struct script_order){.uid = 4711, .gid = 4712, .with_groups = true},
		"4712 4713 4714\n");
	/* Looked up once, until somebody says that it may be another. */
	play("after", "/etc/group", "root:x:0:\nlb:x:4712:\n");
	expect_groups((struct script_order){.uid = 4711, .gid = 4712, .with_groups = true},
		"4712 4713 4714\n");
	script_forget_groups();
	expect_groups(
		(struct script_order){.uid = 4711, .gid = 4712, .with_groups = true}, "4712\n");
}

/* What exec says is known at once, and nothing is left behind. */
static void a_program_that_is_not_there(void **state)
{
	static const struct {
		const char *command;
		uint32_t uid;
		int error;
	} rows[] = {
		{"/no/such/program\0-x\0", 4711, -ENOENT},
		{"no-such-program\0", 0, -ENOENT},
		{"/etc/passwd\0", 0, -EACCES},
		{"/etc/passwd/x\0", 0, -ENOTDIR},
	};
	struct script_run run = {.done = ended};

	(void)state;
	if (!allowed)
		skip();
	done = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script_order order = {
			.command = rows[i].command, .uid = rows[i].uid, .gid = rows[i].uid};

		assert_int_equal(script_start(&run, &loop, &order), rows[i].error);
		assert_false(script_is_running(&run));
	}
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_false(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(groups_of_a_script, setup, teardown),
		cmocka_unit_test_setup_teardown(a_program_that_is_not_there, setup, teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
