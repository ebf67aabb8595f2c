/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that monitoring tools match on. */
#include "core/check_names.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	uint32_t status;
	const char *name, *text;
	bool code;
} cases[] = {
	{CHECK_STATUS_UNKNOWN, "UNK", "Unknown", false},
	{CHECK_STATUS_INI, "INI", "Initializing", false},
	{CHECK_STATUS_SOCKERR, "SOCKERR", "Socket error", false},
	{CHECK_STATUS_L4OK, "L4OK", "Layer4 check passed", false},
	{CHECK_STATUS_L4TOUT, "L4TOUT", "Layer4 timeout", false},
	{CHECK_STATUS_L4CON, "L4CON", "Layer4 connection problem", false},
	{CHECK_STATUS_L6OK, "L6OK", "Layer6 check passed", false},
	{CHECK_STATUS_L6TOUT, "L6TOUT", "Layer6 timeout", false},
	{CHECK_STATUS_L6RSP, "L6RSP", "Layer6 invalid response", false},
	{CHECK_STATUS_L7TOUT, "L7TOUT", "Layer7 timeout", false},
	{CHECK_STATUS_L7RSP, "L7RSP", "Layer7 invalid response", false},
	{CHECK_STATUS_L7OK, "L7OK", "Layer7 check passed", true},
	{CHECK_STATUS_L7OKC, "L7OKC", "Layer7 check conditionally passed", true},
	{CHECK_STATUS_L7STS, "L7STS", "Layer7 wrong status", true},
	{CHECK_STATUS_L7STS + 1, "UNK", "Unknown", false},
	{UINT32_MAX, "UNK", "Unknown", false},
};

static void names_every_status(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(check_status_name(cases[i].status), cases[i].name);
		assert_string_equal(check_status_text(cases[i].status), cases[i].text);
		assert_int_equal(check_status_has_code(cases[i].status), cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(names_every_status)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
