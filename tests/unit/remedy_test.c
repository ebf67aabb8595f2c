/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The patterns that words of later features are known by. */
#include "core/config/remedy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct fit {
	const char *pattern, *word;
	bool fits;
} fits[] = {
	{"cookie", "cookie", true},
	{"cookie", "cookies", false},
	{"cookies", "cookie", false},
	{"ssl*", "ssl", true},
	{"ssl*", "ssl_fc_sni", true},
	{"ssl*", "no-ssl", false},
	{"be_*_timeout", "be_server_timeout", true},
	{"be_*_timeout", "be_timeout", false},
	{"be_*_timeout", "be_server_timeouts", false},
	{"*set-var*(*", "unset-var(check.port)", true},
	{"*set-var*(*", "set-var-fmt(x)", true},
	{"*set-var*(*", "set-var", false},
	{"", "", true},
	{"", "x", false},
	{"*", "", true},
};

static void patterns(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < sizeof(fits) / sizeof(*fits); i++)
		if (remedy_fits(fits[i].pattern, fits[i].word) != fits[i].fits)
			fail_msg("'%s' and '%s'", fits[i].pattern, fits[i].word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(patterns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
