/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a program is found, and who else could change it. */
#include "core/program.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static char folder[64];

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name, mode_t mode)
{
	FILE *out = fopen(at(name), "w");

	assert_non_null(out);
	fclose(out);
	assert_int_equal(chmod(at(name), mode), 0);
}

static int set_up(void **state)
{
	char path[256];

	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/torc-program-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(mkdir(at("bin"), 0755), 0);
	assert_int_equal(mkdir(at("bin/folder"), 0755), 0);
	make("bin/check", 0755);
	make("bin/plain", 0644);
	snprintf(path, sizeof(path), "%s/none::%s/bin", folder, folder);
	return setenv("PATH", path, 1);
}

static int tear_down(void **state)
{
	static const char *const names[] = {"bin/check", "bin/plain", "bin/link"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(at(names[i]));
	rmdir(at("bin/folder"));
	rmdir(at("bin"));
	return rmdir(folder);
}

static void is_found(void **state)
{
	char path[PROGRAM_PATH_BYTES], longer[PROGRAM_PATH_BYTES + 8];

	(void)state;
	assert_int_equal(program_find(path, "check"), 0);
	assert_string_equal(path, at("bin/check"));
	assert_int_equal(program_find(path, at("bin/check")), 0);
	assert_int_equal(program_find(path, "absent"), -ENOENT);
	assert_int_equal(program_find(path, at("absent")), -ENOENT);
	assert_int_equal(program_find(path, at("bin/check/none")), -ENOENT);
	assert_int_equal(program_find(path, "plain"), -EACCES);
	assert_int_equal(program_find(path, at("bin/plain")), -EACCES);
	assert_int_equal(program_find(path, "folder"), -EACCES);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(program_find(path, longer), -ENAMETOOLONG);
	assert_int_equal(program_find(path, longer + 1), -ENOENT);
	unsetenv("PATH");
	assert_int_equal(program_find(path, "sh"), 0);
}

/* /tmp is everybody's, and sticky: nobody can move the folder below it away. */
static void is_roots(void **state)
{
	char element[PROGRAM_PATH_BYTES];

	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(program_check_owner(at("bin/check"), element), 0);
	assert_int_equal(symlink("check", at("bin/link")), 0);
	assert_int_equal(program_check_owner(at("bin/link"), element), 0);
	assert_int_equal(program_check_owner(at("bin/none"), element), -ENOENT);

	assert_int_equal(chmod(at("bin/check"), 0757), 0);
	assert_int_equal(program_check_owner(at("bin/link"), element), -EPERM);
	assert_string_equal(element, at("bin/check"));
	assert_int_equal(chmod(at("bin/check"), 0775), 0);
	assert_int_equal(program_check_owner(at("bin/check"), element), 0);
	assert_int_equal(chown(at("bin/check"), 0, 7), 0);
	assert_int_equal(program_check_owner(at("bin/check"), element), -EPERM);
	assert_int_equal(chown(at("bin/check"), 7, 0), 0);
	assert_int_equal(program_check_owner(at("bin/check"), element), -EPERM);
	assert_int_equal(chown(at("bin/check"), 0, 0), 0);

	assert_int_equal(chmod(at("bin"), 0777), 0);
	assert_int_equal(program_check_owner(at("bin/check"), element), -EPERM);
	assert_string_equal(element, at("bin"));
	assert_int_equal(chmod(at("bin"), 01777), 0);
	assert_int_equal(program_check_owner(at("bin/check"), element), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_roots, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
