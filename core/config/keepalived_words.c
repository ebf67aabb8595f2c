/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_words.c - keepalived's words as tables for people.
 *
 * docs/KEEPALIVED.md holds these tables between two lines of its own; a test compares, so that the
 * page cannot claim what the reader does not do. */
#include "core/config/keepalived.h"

#include "core/config/keepalived_reader.h"

/* A bar would end the cell. */
static void print_cell(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static void print_row(FILE *out, const struct keepalived_word *row)
{
	static const char *const states[] = {
		[KEEPALIVED_ACTS] = "acts",
		[KEEPALIVED_NOTED] = "not needed",
		[KEEPALIVED_IGNORED] = "does nothing, with a warning",
		[KEEPALIVED_LATER] = "error: not yet",
		[KEEPALIVED_NEVER] = "error: not available",
	};

	fprintf(out, "| `%s", row->name);
	if (row->form && *row->form) {
		fputc(' ', out);
		print_cell(out, row->form);
	}
	fprintf(out, "` | %s | ", states[row->state]);
	print_cell(out, row->summary);
	fputs(" |\n", out);
}

void keepalived_print_words(FILE *out)
{
	for (uint32_t i = 0; keepalived_tables[i]; i++) {
		const struct keepalived_table *table = keepalived_tables[i];

		fprintf(out,
			"%s### %s\n\n| Word | Here | What it does, or why it does not |\n"
			"| --- | --- | --- |\n",
			i ? "\n" : "", table->title);
		for (uint32_t j = 0; j < table->count; j++)
			print_row(out, &table->rows[j]);
	}
}
