/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How children run: one that is waited for goes before all else, until it says that it is done. */
#include "core/child.h"
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static bool is_allowed(int policy)
{
	const struct sched_param first = {.sched_priority = 1}, normal = {0};
	bool allowed = sched_setscheduler(0, policy, &first) == 0;

	sched_setscheduler(0, SCHED_OTHER, &normal);
	return allowed;
}

/* The shell is the child, and says whether its policy is this one. */
static bool runs_with(bool urgent, const char *policy)
{
	char *argv[] = {"sh", "-c", "set -- $(cat /proc/$$/stat); test ${41} = $0", NULL, NULL};
	struct child_order order = {.role = CHILD_GUARD, .argv = argv, .urgent = urgent};
	struct child child;
	int status;

	argv[3] = (char *)(uintptr_t)policy;
	order.image = child_open_image("/bin/sh");
	assert_true(order.image >= 0);
	assert_int_equal(child_spawn(&child, &order), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	child_forget(&child);
	close(order.image);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static void test_an_urgent_child_goes_first(void **state)
{
	(void)state;
	assert_true(runs_with(false, "0"));
	assert_false(runs_with(false, "2"));
	if (!is_allowed(SCHED_RR | SCHED_RESET_ON_FORK))
		skip();
	assert_true(runs_with(true, "2"));
}

/* Also where somebody gave all of torc a policy, which stays. */
static void test_it_calms_down(void **state)
{
	const struct sched_param first = {.sched_priority = 1}, normal = {0};

	(void)state;
	child_calm_down();
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	if (!is_allowed(SCHED_RR))
		skip();
	assert_int_equal(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &first), 0);
	child_calm_down();
	assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
	assert_int_equal(sched_setscheduler(0, SCHED_RR, &first), 0);
	child_calm_down();
	assert_int_equal(sched_getscheduler(0), SCHED_RR);
	sched_setscheduler(0, SCHED_OTHER, &normal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_urgent_child_goes_first),
		cmocka_unit_test(test_it_calms_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
