/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's command line: words, quotes, values, numbers, base64. */
#include "appliance/init/cmdline.h"
#include "core/config/config.h"
#include "core/config/torc_appliance.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
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

/* What is typed becomes a file that torc reads as meant. */
static void machines_are_written(void **state)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{"quiet", NULL}, {"torc.wait=3 torc.config=ignore", NULL},
		{"torc.interface=eth0,192.168.25.201/24",
			"appliance {\n\tinterface eth0 {\n\t\taddress 192.168.25.201/24\n\t}\n}\n"},
		{"torc.host_name=lb1 torc.interface=eth0,mac=52:54:00:19:02:01,10.0.0.1/16,::1/64 "
		 "torc.interface=eth1,bus=0000:00:04.0 torc.gateway=10.0.0.254 torc.dns=10.0.0.53 "
		 "torc.dns=10.0.0.54 torc.search=example.org torc.ntp=10.0.0.123 "
		 "torc.syslog=tcp,10.0.0.9,6514 torc.management=10.0.0.1",
			"appliance {\n\thost_name lb1\n\tinterface eth0 {\n"
			"\t\tmac 52:54:00:19:02:01\n\t\taddress 10.0.0.1/16\n"
			"\t\taddress ::1/64\n\t}\n"
			"\tinterface eth1 {\n\t\tbus 0000:00:04.0\n\t}\n"
			"\tgateway 10.0.0.254\n\tdns 10.0.0.53\n\tdns 10.0.0.54\n"
			"\tsearch example.org\n\tntp 10.0.0.123\n\tsyslog tcp 10.0.0.9 6514\n"
			"\tmanagement 10.0.0.1 8404\n}\n"},
		{"torc.interface=eth0,nonsense", ""}, /* an error, and torc says which */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL, *normal = NULL;
		struct config config = {0};
		struct config_file file = {.name = "torc.conf"};
		struct config_source source = {.files = &file, .file_count = 1, .config_id = "x"};
		size_t normal_len;
		FILE *out = open_memstream(&text, &file.len);
		bool any = cmdline_write_machine(cases[i].text, out);

		print_message("%s\n", cases[i].text);
		fclose(out);
		assert_int_equal(any, cases[i].normal != NULL);
		file.bytes = text;
		config_load(&config, &source);
		assert_int_equal(config.alert_count > 0, any && !*cases[i].normal);
		out = open_memstream(&normal, &normal_len);
		if (any && config.appliance)
			appliance_print(config.appliance, out);
		fclose(out);
		assert_string_equal(normal, any ? cases[i].normal : "");
		config_free(&config);
		arena_free(&source.arena);
		free(normal);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_values),
		cmocka_unit_test(read_numbers),
		cmocka_unit_test(read_base64),
		cmocka_unit_test(machines_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
