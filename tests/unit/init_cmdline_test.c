/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's command line: words, quotes, values, numbers, base64. */
#include "appliance/init/cmdline.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct value_case {
	const char *text, *name;
	uint32_t nth;
	const char *value; /* NULL: there is none */
};

static const struct value_case values[] = {
	{"quiet torc.wait=3", "torc.wait", 0, "3"},
	{"torc.wait=3 torc.wait=4", "torc.wait", 1, "4"},
	{"torc.wait=3 torc.wait=4", "torc.wait", 2, NULL}, {"torc.wait", "torc.wait", 0, ""},
	{"torc.waiting=3", "torc.wait", 0, NULL}, {"xtorc.wait=3", "torc.wait", 0, NULL},
	{"torc.wait=", "torc.wait", 0, ""}, {"torc.a=b=c", "torc.a", 0, "b=c"},
	{"torc.a=\"b c\" d", "torc.a", 0, "b c"}, {"\"torc.a=b c\"", "torc.a", 0, "b c"},
	{"torc.a=\"b", "torc.a", 0, "b"}, {"\t torc.a=b\n", "torc.a", 0, "b"},
	{"", "torc.a", 0, NULL}, {"torc.a=12345678901234567", "torc.a", 0, NULL}, /* does not fit */
};

static void read_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct value_case *at = &values[i];
		char value[16];

		print_message("%s\n", at->text);
		assert_int_equal(cmdline_value(at->text, at->name, at->nth, value, sizeof(value)),
			at->value != NULL);
		if (at->value)
			assert_string_equal(value, at->value);
	}
}

static void read_numbers(void **state)
{
	(void)state;
	assert_int_equal(cmdline_number("", "torc.wait", 60, 10), 10);
	assert_int_equal(cmdline_number("torc.wait=0", "torc.wait", 60, 10), 0);
	assert_int_equal(cmdline_number("torc.wait=60", "torc.wait", 60, 10), 60);
	assert_int_equal(cmdline_number("torc.wait=61", "torc.wait", 60, 10), 10);
	assert_int_equal(cmdline_number("torc.wait=5 torc.wait=7", "torc.wait", 60, 10), 7);
	assert_int_equal(cmdline_number("torc.wait=5 torc.wait=x", "torc.wait", 60, 10), 5);
	assert_int_equal(cmdline_number("torc.wait=-1", "torc.wait", 60, 10), 10);
	assert_int_equal(cmdline_number("torc.wait=99999999999999999999", "torc.wait", 60, 10), 10);
}

/* RFC 4648 10 */
static const struct {
	const char *text, *bytes;
	int len;
} base64[] = {
	{"", "", 0}, {"Zg==", "f", 1}, {"Zm8=", "fo", 2}, {"Zm9v", "foo", 3},
	{"Zm9vYg==", "foob", 4}, {"Zm9vYmE=", "fooba", 5}, {"Zm9vYmFy", "foobar", 6},
	{"Zm9vYmE", "fooba", 5}, /* a boot loader's editor may have lost the end */
	{"Zm9vY", NULL, -1}, {"Zm9*", NULL, -1}, {"Zm 9", NULL, -1}, {"Z=9v", NULL, -1},
	{"Zm9vYmFyYmFy", NULL, -1}, /* nine bytes */
};

static void read_base64(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(base64) / sizeof(base64[0]); i++) {
		char out[8];

		print_message("%s\n", base64[i].text);
		assert_int_equal(cmdline_base64(base64[i].text, out, sizeof(out)), base64[i].len);
		if (base64[i].len > 0)
			assert_memory_equal(out, base64[i].bytes, (size_t)base64[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_values),
		cmocka_unit_test(read_numbers),
		cmocka_unit_test(read_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
