/* SPDX-License-Identifier: GPL-2.0-or-later */
/* formats.c - the same cells as comma-separated values, as typed lines, as JSON.
 *
 * These are interfaces that scripts and exporters were written against years ago, so the bytes
 * follow HAProxy 2.6 exactly: the header with "# " before it, the comma that ends every line, the
 * three letters of origin, nature and scope and the words that JSON has for them. */
#include "net/stats/formats.h"

void csv_write_head(struct text *text)
{
	text_string(text, "# ");
	for (int i = 0; i < STATS_COLUMN_COUNT; i++) {
		text_string(text, stats_column_name((enum stats_column)i));
		text_bytes(text, ",", 1);
	}
	text_bytes(text, "\n", 1);
}

static void write_number(struct text *text, const struct stats_row *row, enum stats_column column)
{
	uint64_t value = row->cells[column].number;

	if (stats_column_kind(column) == STATS_KIND_S32)
		text_format(text, "%d", (int32_t)value);
	else
		text_number(text, value);
}

void csv_write_row(struct text *text, const struct stats_row *row)
{
	for (int i = 0; i < STATS_COLUMN_COUNT; i++) {
		enum stats_column column = (enum stats_column)i;

		if (row->cells[i].filled && stats_column_kind(column) == STATS_KIND_TEXT)
			text_csv(text, row->cells[i].text);
		else if (row->cells[i].filled)
			write_number(text, row, column);
		text_bytes(text, ",", 1);
	}
	text_bytes(text, "\n", 1);
}

static const char *type_name(enum stats_column column)
{
	switch (stats_column_kind(column)) {
	case STATS_KIND_TEXT:
		return "str";
	case STATS_KIND_U32:
		return "u32";
	case STATS_KIND_S32:
		return "s32";
	case STATS_KIND_U64:
		break;
	}
	return "u64";
}

/* A line feed would end the cell early. */
static void write_line_text(struct text *text, const char *string)
{
	for (; *string; string++)
		text_bytes(text, *string == '\n' ? " " : string, 1);
}

void typed_write_cell(struct text *text, const struct stats_row *row, enum stats_column column)
{
	static const char letters[] = {'F', 'B', 'S', 'L'};
	const struct stats_cell *cell = &row->cells[column];

	if (!cell->filled)
		return;
	text_format(text, "%c.%u.%u.%d.%s.1:%s:%s:", letters[row->type], row->proxy->id,
		(uint32_t)row->cells[STATS_SID].number, (int)column, stats_column_name(column),
		stats_column_tags(column, row->type), type_name(column));
	if (stats_column_kind(column) == STATS_KIND_TEXT)
		write_line_text(text, cell->text);
	else
		write_number(text, row, column);
	text_bytes(text, "\n", 1);
}

void json_write_cell(struct text *text, const struct stats_row *row, enum stats_column column)
{
	static const char *const objects[] = {"Frontend", "Backend", "Server", "Listener"};
	const struct stats_cell *cell = &row->cells[column];

	if (!cell->filled)
		return;
	text_format(text,
		"%s{\"objType\":\"%s\",\"proxyId\":%u,\"id\":%u,"
		"\"field\":{\"pos\":%d,\"name\":\"%s\"},\"processNum\":1,",
		column > 0 ? "," : "", objects[row->type], row->proxy->id,
		(uint32_t)row->cells[STATS_SID].number, (int)column, stats_column_name(column));
	json_write_tags(text, stats_column_tags(column, row->type));
	if (stats_column_kind(column) == STATS_KIND_TEXT)
		json_write_string_value(text, cell->text);
	else if (stats_column_kind(column) == STATS_KIND_S32)
		json_write_number_value(text, "s32", (int32_t)cell->number);
	else
		json_write_number_value(text, type_name(column), (int64_t)cell->number);
	text_bytes(text, "}", 1);
}

static const char *origin_word(char letter)
{
	switch (letter) {
	case 'M':
		return "Metric";
	case 'S':
		return "Status";
	case 'K':
		return "Key";
	case 'C':
		return "Config";
	case 'P':
		return "Product";
	default:
		return "Unknown";
	}
}

static const char *nature_word(char letter)
{
	switch (letter) {
	case 'G':
		return "Gauge";
	case 'L':
		return "Limit";
	case 'm':
		return "Min";
	case 'M':
		return "Max";
	case 'R':
		return "Rate";
	case 'C':
		return "Counter";
	case 'D':
		return "Duration";
	case 'A':
		return "Age";
	case 'T':
		return "Time";
	case 'N':
		return "Name";
	case 'O':
		return "Output";
	case 'a':
		return "Avg";
	default:
		return "Unknown";
	}
}

static const char *scope_word(char letter)
{
	switch (letter) {
	case 'C':
		return "Cluster";
	case 'P':
		return "Process";
	case 'S':
		return "Service";
	case 's':
		return "System";
	default:
		return "Unknown";
	}
}

void json_write_tags(struct text *text, const char *tags)
{
	text_format(text, "\"tags\":{\"origin\":\"%s\",\"nature\":\"%s\",\"scope\":\"%s\"},",
		origin_word(tags[0]), nature_word(tags[1]), scope_word(tags[2]));
}

void json_write_string_value(struct text *text, const char *value)
{
	text_string(text, "\"value\":{\"type\":\"str\",\"value\":\"");
	text_json(text, value);
	text_string(text, "\"}");
}

void json_write_number_value(struct text *text, const char *type, int64_t value)
{
	text_format(text, "\"value\":{\"type\":\"%s\",\"value\":", type);
	if (value < 0 && type[0] == 's')
		text_format(text, "%lld", (long long)value);
	else
		text_number(text, (uint64_t)value);
	text_bytes(text, "}", 1);
}
