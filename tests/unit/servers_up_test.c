/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many servers of a backend are up, out of a board; and out of one whose names are spoilt. */
#include "tests/unit/stats_fixture.h"

#include "core/servers_up.h"

static void counts_those_that_may_be_chosen(void **state)
{
	static const struct {
		const char *backend;
		int32_t up;
	} cases[] = {
		{"myLB2", 2}, /* of six: down, down, in maintenance, of weight 0 */
		{"tcp1", 1},
		{"myLB", -1}, /* a frontend */
		{"myLB22", -1},
		{"yLB2", -1},
		{"V myLB2", -1},
		{"myLB2/pv1", -1},
		{"", -1},
	};
	static struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (servers_up(&fixture.board, cases[i].backend) != cases[i].up)
			fail_msg("%s: %d", cases[i].backend,
				servers_up(&fixture.board, cases[i].backend));
	fixture_verdict(&fixture, &fixture.pool[0], (struct verdict){.state = SERVER_STOPPED});
	assert_int_equal(servers_up(&fixture.board, "myLB2"), 1);
	/* Another process may write there: whatever it does, nothing beyond the names is read. */
	for (uint32_t i = 0; i < fixture.board.names_bytes; i++) {
		fixture.board.names[i] = 'V';
		assert_in_range(servers_up(&fixture.board, "myLB2") + 1, 0, 3);
	}
	assert_int_equal(servers_up(&fixture.board, "myLB2"), -1);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_those_that_may_be_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
