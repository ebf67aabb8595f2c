/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats.c - the walk over everything that has a row, in pieces.
 *
 * An answer may be larger than any buffer, and the one who reads it may be slow.  So the walk is a
 * cursor: stage, proxy, row.  A call writes units (the head, a row, a table's end) one after the
 * other and moves the cursor behind each that fitted; one that did not is taken back and written
 * again by the next call.  Rows are as fresh as the call that writes them.
 *
 * Rows of json and typed output are longer than the smallest buffer, so there the unit is the
 * cell: a row that was begun is finished whatever happens to its server meanwhile.
 *
 * Owns nothing; the cursor is the caller's.  Any thread, one at a time per cursor. */
#include "core/roster.h"
#include "core/routers_page.h"
#include "net/stats/formats.h"
#include "net/stats/page.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

enum stage { STAGE_HEAD, STAGE_ROUTERS, STAGE_ROWS, STAGE_TAIL };

/* What a row number of a proxy stands for.  0 opens the proxy, the last number closes it. */
enum place_kind {
	PLACE_OPEN,
	PLACE_FRONTEND,
	PLACE_LISTENER,
	PLACE_SERVER,
	PLACE_BACKEND,
	PLACE_CLOSE,
	PLACE_NEXT_PROXY,
};

static bool write_unit(
	struct stats_cursor *cursor, const struct stats_view *view, struct text *text);
static void skip_unit(struct stats_cursor *cursor);

void stats_cursor_init(struct stats_cursor *cursor, const struct stats_request *request)
{
	*cursor = (struct stats_cursor){.request = *request};
}

uint32_t stats_fill(struct stats_cursor *cursor, const struct stats_context *context, char *out,
	uint32_t capacity, uint64_t now_ms, uint64_t wall_ms)
{
	struct text text = text_over(out, capacity);
	struct stats_view view = {
		.context = context,
		.full = cursor->request.full,
		.hiding = cursor->request.hide_down || cursor->request.hide_maint,
		.now_ms = now_ms,
		.wall_ms = wall_ms,
	};

	assert(capacity >= STATS_FILL_BYTES_MIN);
	while (!cursor->done) {
		if (write_unit(cursor, &view, &text))
			continue;
		if (text.len > 0)
			break;
		skip_unit(cursor);
	}
	return text.len;
}

/* ---- which rows ---- */

static enum place_kind place_of(const struct proxy *proxy, uint32_t row, uint32_t *index)
{
	*index = 0;
	if (row == 0)
		return PLACE_OPEN;
	if (row == 1)
		return PLACE_FRONTEND;
	row -= 2;
	if (row < proxy->listener_count) {
		*index = row;
		return PLACE_LISTENER;
	}
	row -= proxy->listener_count;
	if (row < proxy->server_count) {
		*index = row;
		return PLACE_SERVER;
	}
	row -= proxy->server_count;
	if (row == 0)
		return PLACE_BACKEND;
	return row == 1 ? PLACE_CLOSE : PLACE_NEXT_PROXY;
}

static bool in_stats_scope(const struct stats_request *request, const struct proxy *proxy)
{
	const struct stats_scope *scope = request->proxy ? request->proxy->stats.scopes : NULL;

	if (!scope)
		return true;
	for (; scope; scope = scope->next) {
		if (strcmp(scope->proxy, ".") == 0 ? proxy == request->proxy
						   : strcmp(scope->proxy, proxy->name) == 0)
			return true;
	}
	return false;
}

static bool shows_proxy(const struct stats_request *request, const struct proxy *proxy)
{
	if (proxy->disabled || (request->iid >= 0 && (uint64_t)request->iid != proxy->id))
		return false;
	if (request->scope[0] && !strstr(proxy->name, request->scope))
		return false;
	return in_stats_scope(request, proxy);
}

/* `up` hides what is down and not on its way up, and what is in maintenance. */
static bool hides_server(const struct stats_request *request, const struct stats_row *row)
{
	if (request->hide_maint && row->maintenance)
		return true;
	return request->hide_down && (row->maintenance || row->paint == STATS_PAINT_DOWN);
}

/* Makes the row at the cursor; false: there is none to show at this place. */
static bool make_row(struct stats_row *row, const struct stats_cursor *cursor,
	const struct stats_view *view, const struct proxy *proxy)
{
	const struct stats_request *request = &cursor->request;
	uint32_t index;
	bool any_sid = request->sid < 0;

	switch (place_of(proxy, cursor->row, &index)) {
	case PLACE_FRONTEND:
		if (!proxy->is_frontend || !(request->rows & STATS_ROW_FRONTEND))
			return false;
		stats_row_frontend(row, view, proxy);
		return true;
	case PLACE_LISTENER:
		if ((request->rows == STATS_ROW_ALL && !proxy->socket_stats) ||
			!(request->rows & STATS_ROW_LISTENER) ||
			!(any_sid || (uint64_t)request->sid == proxy->listeners[index]->id))
			return false;
		stats_row_listener(row, view, proxy->listeners[index]);
		return true;
	case PLACE_SERVER:
		if (!(request->rows & STATS_ROW_SERVER) ||
			!(any_sid || (uint64_t)request->sid == proxy->servers[index].id))
			return false;
		stats_row_server(row, view, &proxy->servers[index]);
		return cursor->cell > 0 || !hides_server(request, row);
	case PLACE_BACKEND:
		if (!proxy->is_backend || !(request->rows & STATS_ROW_BACKEND))
			return false;
		stats_row_backend(row, view, proxy);
		return true;
	case PLACE_OPEN:
	case PLACE_CLOSE:
	case PLACE_NEXT_PROXY:
		break;
	}
	return false;
}

/* ---- units ---- */

/* Writes cells from the cursor's on; each is kept as it fits. */
static bool write_cells(struct stats_cursor *cursor, const struct stats_row *row, struct text *text)
{
	bool json = cursor->request.form == STATS_FORM_JSON;

	for (; cursor->cell < STATS_COLUMN_COUNT; cursor->cell++) {
		enum stats_column column = (enum stats_column)cursor->cell;
		uint32_t mark = text->len;

		if (json && cursor->cell == 0)
			text_string(text, cursor->rows_written ? ",[" : "[");
		if (json)
			json_write_cell(text, row, column);
		else
			typed_write_cell(text, row, column);
		if (json && cursor->cell == STATS_COLUMN_COUNT - 1)
			text_bytes(text, "]", 1);
		if (!text_commit(text, mark))
			return false;
	}
	cursor->cell = 0;
	return true;
}

static bool write_row(struct stats_cursor *cursor, const struct stats_row *row, struct text *text)
{
	uint32_t mark = text->len;

	switch (cursor->request.form) {
	case STATS_FORM_HTML:
		page_write_row(text, row);
		break;
	case STATS_FORM_CSV:
		csv_write_row(text, row);
		break;
	case STATS_FORM_JSON:
	case STATS_FORM_TYPED:
		if (!write_cells(cursor, row, text))
			return false;
		cursor->rows_written++;
		return true;
	}
	if (!text_commit(text, mark))
		return false;
	cursor->rows_written++;
	return true;
}

static bool write_rows_unit(
	struct stats_cursor *cursor, const struct stats_view *view, struct text *text)
{
	const struct config *config = view->context->config;
	bool html = cursor->request.form == STATS_FORM_HTML;
	const struct proxy *proxy;
	uint32_t mark = text->len, index;
	struct stats_row row;
	enum place_kind kind;

	if (cursor->proxy >= config->proxy_count) {
		cursor->stage = STAGE_TAIL;
		return true;
	}
	proxy = &config->proxies[cursor->proxy];
	kind = place_of(proxy, cursor->row, &index);
	if (kind == PLACE_NEXT_PROXY || !shows_proxy(&cursor->request, proxy)) {
		cursor->proxy++;
		cursor->row = 0;
		return true;
	}
	if (kind == PLACE_OPEN && html)
		page_open_proxy(text, &cursor->request, proxy);
	else if (kind == PLACE_CLOSE && html)
		page_close_proxy(text);
	else if (make_row(&row, cursor, view, proxy) && !write_row(cursor, &row, text))
		return false;
	if (!text_commit(text, mark))
		return false;
	cursor->row++;
	return true;
}

/* Who may see some proxies only, or asks for some, sees no routers. */
static bool shows_routers(const struct stats_request *request, const struct stats_view *view)
{
	const struct routers_page *page = view->context->routers;

	return request->form == STATS_FORM_HTML && page &&
	       atomic_load((_Atomic uint32_t *)(uintptr_t)&page->count) > 0 && !request->scope[0] &&
	       !(request->proxy && request->proxy->stats.scopes);
}

/* Row 0 opens the table, the first that is not there closes it. */
static bool write_routers_unit(
	struct stats_cursor *cursor, const struct stats_view *view, struct text *text)
{
	struct routers_cell cell;
	uint32_t mark = text->len;
	bool more = true;

	if (cursor->row == 0)
		page_open_routers(text, view);
	else if (routers_page_read(view->context->routers, cursor->row - 1, &cell))
		page_write_router(text, view, &cell);
	else
		more = false;
	if (!more)
		page_close_routers(text);
	if (!text_commit(text, mark))
		return false;
	cursor->row = more ? cursor->row + 1 : 0;
	if (!more)
		cursor->stage = STAGE_ROWS;
	return true;
}

static bool write_head_unit(
	struct stats_cursor *cursor, const struct stats_view *view, struct text *text)
{
	uint32_t mark = text->len, parts = 1;

	switch (cursor->request.form) {
	case STATS_FORM_HTML:
		parts = PAGE_HEAD_PARTS;
		page_write_head(text, cursor->row, &cursor->request, view);
		break;
	case STATS_FORM_CSV:
		csv_write_head(text);
		break;
	case STATS_FORM_JSON:
		text_bytes(text, "[", 1);
		break;
	case STATS_FORM_TYPED:
		break;
	}
	if (!text_commit(text, mark))
		return false;
	if (++cursor->row == parts) {
		cursor->stage = shows_routers(&cursor->request, view) ? STAGE_ROUTERS : STAGE_ROWS;
		cursor->row = 0;
	}
	return true;
}

static bool write_tail_unit(struct stats_cursor *cursor, struct text *text)
{
	uint32_t mark = text->len;

	if (cursor->request.form == STATS_FORM_HTML)
		page_write_tail(text);
	else if (cursor->request.form == STATS_FORM_JSON)
		text_string(text, "]\n");
	if (!text_commit(text, mark))
		return false;
	cursor->done = true;
	return true;
}

/* Writes what the cursor stands at and moves on.  False: it did not fit. */
static bool write_unit(
	struct stats_cursor *cursor, const struct stats_view *view, struct text *text)
{
	switch ((enum stage)cursor->stage) {
	case STAGE_HEAD:
		return write_head_unit(cursor, view, text);
	case STAGE_ROUTERS:
		return write_routers_unit(cursor, view, text);
	case STAGE_ROWS:
		return write_rows_unit(cursor, view, text);
	case STAGE_TAIL:
		break;
	}
	return write_tail_unit(cursor, text);
}

/* Leaves out what fits into no buffer of this size.  Only rows can be that long. */
static void skip_unit(struct stats_cursor *cursor)
{
	bool cells =
		cursor->request.form == STATS_FORM_JSON || cursor->request.form == STATS_FORM_TYPED;

	assert(cursor->stage == STAGE_ROWS || cursor->stage == STAGE_ROUTERS);
	if (cells && cursor->cell > 0 && cursor->cell < STATS_COLUMN_COUNT - 1) {
		cursor->cell++;
		return;
	}
	cursor->cell = 0;
	cursor->row++;
}

/* ---- sums over generations ---- */

static struct roster roster_of(const struct board *board)
{
	return (struct roster){
		.at = board->names,
		.bytes = board->names_bytes,
		.cells = board->cell_count,
		.servers = board->server_count,
	};
}

int stats_match_previous(struct stats_context *context)
{
	const struct board *board = context->board, *previous = context->previous;
	struct roster_match match;
	uint32_t *cells;

	context->previous_cells = NULL;
	if (!previous)
		return 0;
	cells = calloc(board->cell_count + 1, sizeof(*cells));
	if (!cells || !roster_match_open(&match, roster_of(board), roster_of(previous))) {
		free(cells);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < board->cell_count; i++)
		cells[i] = roster_match_cell(&match, i);
	roster_match_close(&match);
	context->previous_cells = cells;
	return 0;
}

void stats_sum(
	const struct stats_context *context, uint32_t cell, struct traffic *sum, uint64_t now_ms)
{
	const struct board *previous = context->previous;
	uint32_t other;

	board_sum(context->board, cell, sum, now_ms);
	if (!previous || !context->previous_cells)
		return;
	other = context->previous_cells[cell];
	if (other >= previous->cell_count ||
		atomic_load_explicit(&previous->header->closed, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < previous->worker_count; i++) {
		const struct traffic *theirs = board_traffic(previous, i, other);

		board_add(&sum->sessions_now, board_get(&theirs->sessions_now));
		board_add(&sum->queued_now, board_get(&theirs->queued_now));
		board_add(&sum->idle_now, board_get(&theirs->idle_now));
		board_add(&sum->safe_now, board_get(&theirs->safe_now));
		board_add(&sum->used_now, board_get(&theirs->used_now));
	}
}

void stats_sum_workers(const struct stats_context *context, struct worker_cell *sum)
{
	const struct board *previous = context->previous;

	board_sum_workers(context->board, sum);
	if (!previous || atomic_load_explicit(&previous->header->closed, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < previous->worker_count; i++)
		board_add(&sum->connections_now, board_get(&previous->workers[i].connections_now));
}

uint64_t stats_connection_rate(const struct stats_context *context, uint64_t now_ms)
{
	const struct config *config = context->config;
	uint64_t rate = 0;

	for (uint32_t i = 0; i < config->proxy_count; i++) {
		uint32_t cell = config->proxies[i].frontend_cell;

		for (uint32_t worker = 0;
			config->proxies[i].is_frontend && worker < context->board->worker_count;
			worker++)
			rate += board_rate_read(
				&board_traffic(context->board, worker, cell)->connection_rate,
				now_ms);
	}
	return rate;
}
