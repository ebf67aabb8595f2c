/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times with units, sizes, plain numbers: their bounds above all. */
#include "core/config/number.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define TEXT(literal) .text = (literal)

struct time_case {
	const char *text;
	enum number_unit unit;
	enum number_fault fault;
	uint32_t value;
	bool bare;
	char stray;
};

#define MS NUMBER_MILLISECONDS

static const struct time_case times[] = {
	{TEXT("0"), MS, NUMBER_FINE, 0, true},
	{TEXT("20"), MS, NUMBER_FINE, 20, true},
	{TEXT("00099"), MS, NUMBER_FINE, 99, true},
	{TEXT("20ms"), MS, NUMBER_FINE, 20},
	{TEXT("0us"), MS, NUMBER_FINE, 0},
	{TEXT("1us"), MS, NUMBER_FINE, 1},
	{TEXT("999us"), MS, NUMBER_FINE, 1},
	{TEXT("1000us"), MS, NUMBER_FINE, 1},
	{TEXT("1001us"), MS, NUMBER_FINE, 2},
	{TEXT("1s"), MS, NUMBER_FINE, 1000},
	{TEXT("2m"), MS, NUMBER_FINE, 120000},
	{TEXT("596h"), MS, NUMBER_FINE, 2145600000},
	{TEXT("597h"), MS, NUMBER_OVERFLOW},
	{TEXT("35791m"), MS, NUMBER_FINE, 2147460000},
	{TEXT("35792m"), MS, NUMBER_OVERFLOW},
	{TEXT("24d"), MS, NUMBER_FINE, 2073600000},
	{TEXT("25d"), MS, NUMBER_OVERFLOW},
	{TEXT("2147483647"), MS, NUMBER_FINE, 2147483647, true},
	{TEXT("2147483648"), MS, NUMBER_OVERFLOW},
	{TEXT("4294967297"), MS, NUMBER_OVERFLOW},
	{TEXT("99999999999999999999"), MS, NUMBER_OVERFLOW},
	{TEXT("2147483647000us"), MS, NUMBER_FINE, 2147483647},
	{TEXT("2147483647001us"), MS, NUMBER_OVERFLOW},
	{TEXT(""), MS, NUMBER_MISSING},
	{TEXT("s"), MS, NUMBER_BAD_CHARACTER, .stray = 's'},
	{TEXT("1.5s"), MS, NUMBER_BAD_CHARACTER, .stray = '.'},
	{TEXT("-1"), MS, NUMBER_BAD_CHARACTER, .stray = '-'},
	{TEXT("+5"), MS, NUMBER_BAD_CHARACTER, .stray = '+'},
	{TEXT(" 5"), MS, NUMBER_BAD_CHARACTER, .stray = ' '},
	{TEXT("1S"), MS, NUMBER_BAD_CHARACTER, .stray = 'S'},
	{TEXT("1x"), MS, NUMBER_BAD_CHARACTER, .stray = 'x'},
	{TEXT("1u"), MS, NUMBER_BAD_CHARACTER, .stray = 'u'},
	{TEXT("1ux"), MS, NUMBER_BAD_CHARACTER, .stray = 'u'},
	{TEXT("1sm"), MS, NUMBER_FINE, 1000, .stray = 'm'},
	{TEXT("5sec"), MS, NUMBER_FINE, 5000, .stray = 'e'},
	{TEXT("1h30m"), MS, NUMBER_FINE, 3600000, .stray = '3'},
	{TEXT("1mss"), MS, NUMBER_FINE, 1, .stray = 's'},
	{TEXT("25days"), MS, NUMBER_OVERFLOW},
	{TEXT("10"), NUMBER_SECONDS, NUMBER_FINE, 10, true},
	{TEXT("1500ms"), NUMBER_SECONDS, NUMBER_FINE, 2},
	{TEXT("999ms"), NUMBER_SECONDS, NUMBER_FINE, 1},
	{TEXT("1d"), NUMBER_SECONDS, NUMBER_FINE, 86400},
	{TEXT("24855d"), NUMBER_SECONDS, NUMBER_FINE, 2147472000},
	{TEXT("24856d"), NUMBER_SECONDS, NUMBER_OVERFLOW},
	{TEXT("5"), NUMBER_MICROSECONDS, NUMBER_FINE, 5, true},
	{TEXT("1ms"), NUMBER_MICROSECONDS, NUMBER_FINE, 1000},
	{TEXT("1h"), NUMBER_MICROSECONDS, NUMBER_OVERFLOW},
};

static void read_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const struct time_case *at = &times[i];
		struct number_time time;

		print_message("%s\n", at->text);
		assert_int_equal(number_time(&time, at->text, at->unit), at->fault);
		if (at->fault == NUMBER_FINE) {
			assert_int_equal(time.value, at->value);
			assert_int_equal(time.bare, at->bare);
		}
		if (at->fault == NUMBER_FINE || at->fault == NUMBER_BAD_CHARACTER)
			assert_int_equal(time.stray, at->stray);
	}
}

struct number_case {
	const char *text;
	uint64_t max;
	enum number_fault fault;
	uint64_t value;
};

static const struct number_case wholes[] = {
	{TEXT("0"), 10, NUMBER_FINE, 0},
	{TEXT("10"), 10, NUMBER_FINE, 10},
	{TEXT("11"), 10, NUMBER_OVERFLOW},
	{TEXT(""), 10, NUMBER_MISSING},
	{TEXT("-1"), 10, NUMBER_BAD_CHARACTER},
	{TEXT("1k"), 10000, NUMBER_BAD_CHARACTER},
	{TEXT("0x1"), 10, NUMBER_BAD_CHARACTER},
	{TEXT("18446744073709551615"), UINT64_MAX, NUMBER_FINE, UINT64_MAX},
	{TEXT("18446744073709551616"), UINT64_MAX - 1, NUMBER_OVERFLOW},
};

static const struct number_case sizes[] = {
	{TEXT("16384"), 1 << 20, NUMBER_FINE, 16384},
	{TEXT("16k"), 1 << 20, NUMBER_FINE, 16384},
	{TEXT("1M"), 1 << 20, NUMBER_FINE, 1 << 20},
	{TEXT("2g"), 1ull << 31, NUMBER_FINE, 1ull << 31},
	{TEXT("2g"), 1u << 30, NUMBER_OVERFLOW},
	{TEXT("1025k"), 1 << 20, NUMBER_OVERFLOW},
	{TEXT("18446744073709551615g"), UINT64_MAX, NUMBER_OVERFLOW},
	{TEXT("k"), 100, NUMBER_BAD_CHARACTER},
	{TEXT("1t"), 100, NUMBER_BAD_CHARACTER},
	{TEXT("1kb"), 10000, NUMBER_BAD_CHARACTER},
	{TEXT(""), 100, NUMBER_MISSING},
};

static void read_wholes_and_sizes(void **state)
{
	uint64_t value;
	char stray;

	(void)state;
	for (size_t i = 0; i < sizeof(wholes) / sizeof(wholes[0]); i++) {
		print_message("%s\n", wholes[i].text);
		assert_int_equal(number_whole(&value, wholes[i].text, wholes[i].max, &stray),
			wholes[i].fault);
		if (wholes[i].fault == NUMBER_FINE)
			assert_true(value == wholes[i].value);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		print_message("%s\n", sizes[i].text);
		assert_int_equal(
			number_size(&value, sizes[i].text, sizes[i].max, &stray), sizes[i].fault);
		if (sizes[i].fault == NUMBER_FINE)
			assert_true(value == sizes[i].value);
	}
}

/* What the normal form prints is what is read again. */
static void print_times(void **state)
{
	static const struct {
		uint32_t ms;
		const char *text;
	} printed[] = {{0, "0ms"}, {20, "20ms"}, {1000, "1s"}, {1001, "1001ms"}, {86400, "86400ms"},
		{60000, "1m"}, {90000, "90s"}, {3600000, "1h"}, {86400000, "1d"},
		{2147483647, "2147483647ms"}};
	char text[24];

	(void)state;
	for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		struct number_time time;

		assert_string_equal(number_print_time(text, printed[i].ms), printed[i].text);
		assert_int_equal(number_time(&time, text, MS), NUMBER_FINE);
		assert_int_equal(time.value, printed[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_times),
		cmocka_unit_test(read_wholes_and_sizes),
		cmocka_unit_test(print_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
