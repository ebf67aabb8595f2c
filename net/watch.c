/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.c - what takes two looks at the board.
 *
 * Workers count; nobody among them knows the highest rate of all together, since when a backend
 * has been down, or how many bytes left in the last second.  The admin thread looks once a second
 * and keeps that.
 *
 * Clearing counters.  A worker's totals are its own, so they are not set to zero: the totals that
 * earlier generations left (`carried`, which this thread owns) are lowered by what is to be
 * forgotten.  They may go below zero; counters are sums modulo 2^64, and the sum comes out right,
 * also in the next generation that carries them on.  While the previous generation still counts
 * its totals are carried anew every second, and what was forgotten is taken off again. */
#include "net/watch.h"
#include "net/stats/row.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define NS_PER_MS 1000000u

/* The totals are the words of struct traffic before its gauges. */
#define TOTAL_WORDS (offsetof(struct traffic, sessions_now) / sizeof(board_word))

static void carry_histories(const struct watch *watch);
static void look_at_rates(struct watch *watch, uint64_t now_ms);
static void look_at_backends(struct watch *watch, uint64_t wall_ms);
static void look_at_workers(struct watch *watch, uint64_t now_ms);
static void carry_totals(struct watch *watch);

int watch_open(struct watch *watch, struct stats_context *context)
{
	int error;

	memset(watch, 0, sizeof(*watch));
	watch->context = context;
	watch->board = *context->board;
	watch->previous = context->previous;
	watch->forgotten_bytes = (watch->board.cell_count + 1) * sizeof(struct traffic);
	watch->forgotten = mmap(NULL, watch->forgotten_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (watch->forgotten == MAP_FAILED)
		return -errno;
	error = stats_match_previous(context);
	if (error < 0) {
		munmap(watch->forgotten, watch->forgotten_bytes);
		return error;
	}
	context->pulse = &watch->pulse;
	board_set(&watch->pulse.idle_percent, 100);
	carry_histories(watch);
	return 0;
}

void watch_close(struct watch *watch)
{
	free(watch->context->previous_cells);
	watch->context->previous_cells = NULL;
	watch->context->pulse = NULL;
	munmap(watch->forgotten, watch->forgotten_bytes);
}

void watch_look(struct watch *watch, uint64_t now_ms, uint64_t wall_ms)
{
	look_at_rates(watch, now_ms);
	look_at_backends(watch, wall_ms);
	look_at_workers(watch, now_ms);
	carry_totals(watch);
	watch->looked_ms = now_ms;
}

void watch_follow(struct watch *watch, const struct board *successor, bool always)
{
	uint32_t epoch = atomic_load_explicit(&successor->header->epoch, memory_order_acquire);

	if (!always && epoch == watch->followed_epoch)
		return;
	watch->followed_epoch = epoch;
	board_follow_verdicts(&watch->board, successor);
}

/* ---- rates ---- */

static void raise_to(board_word *word, uint64_t value)
{
	if (board_get(word) < value)
		board_set(word, value);
}

/* A cell's three rates over all workers. */
static void cell_rates(const struct board *board, uint32_t cell, uint64_t now_ms, uint64_t rates[3])
{
	rates[0] = rates[1] = rates[2] = 0;
	for (uint32_t i = 0; i < board->worker_count; i++) {
		const struct traffic *traffic = board_traffic(board, i, cell);

		rates[0] += board_rate_read(&traffic->session_rate, now_ms);
		rates[1] += board_rate_read(&traffic->request_rate, now_ms);
		rates[2] += board_rate_read(&traffic->connection_rate, now_ms);
	}
}

static void look_at_rates(struct watch *watch, uint64_t now_ms)
{
	const struct config *config = watch->context->config;
	uint64_t rates[3], sessions = 0;

	for (uint32_t i = 0; i < watch->board.cell_count; i++) {
		cell_rates(&watch->board, i, now_ms, rates);
		raise_to(&watch->board.peaks[i].session_rate, rates[0]);
		raise_to(&watch->board.peaks[i].request_rate, rates[1]);
		raise_to(&watch->board.peaks[i].connection_rate, rates[2]);
	}
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		if (!config->proxies[i].is_frontend)
			continue;
		cell_rates(&watch->board, config->proxies[i].frontend_cell, now_ms, rates);
		sessions += rates[0];
	}
	raise_to(&watch->pulse.session_rate_max, sessions);
}

/* How busy the workers were, and how much they sent, since the last look. */
static void look_at_workers(struct watch *watch, uint64_t now_ms)
{
	struct worker_cell sum;
	uint64_t passed_ms = now_ms - watch->looked_ms, busy_ns, bytes_out, all_ns;

	board_sum_workers(&watch->board, &sum);
	raise_to(&watch->pulse.connection_rate_max, stats_connection_rate(watch->context, now_ms));
	busy_ns = board_get(&sum.busy_ns);
	bytes_out = board_get(&sum.bytes_out);
	all_ns = passed_ms * NS_PER_MS * watch->board.worker_count;
	/* Totals of an earlier generation that are carried in between look like a jump. */
	if (watch->looked_ms > 0 && all_ns > 0 && busy_ns - watch->busy_ns <= all_ns)
		board_set(&watch->pulse.idle_percent,
			100 - (busy_ns - watch->busy_ns) * 100 / all_ns);
	if (watch->looked_ms > 0 && passed_ms > 0 && bytes_out >= watch->bytes_out)
		board_set(&watch->pulse.bytes_out_rate,
			(bytes_out - watch->bytes_out) * 1000 / passed_ms);
	watch->busy_ns = busy_ns;
	watch->bytes_out = bytes_out;
}

/* ---- backends ---- */

/* The same backend's history in the generation before. */
static void carry_histories(const struct watch *watch)
{
	const struct config *config = watch->context->config;
	const struct board *previous = watch->previous;

	for (uint32_t i = 0; previous && i < config->proxy_count; i++) {
		uint32_t cell = config->proxies[i].backend_cell, other;
		struct board_peak *peak;

		if (!config->proxies[i].is_backend)
			continue;
		other = watch->context->previous_cells[cell];
		if (other >= previous->cell_count)
			continue;
		peak = &watch->board.peaks[cell];
		board_set(&peak->down, board_get(&previous->peaks[other].down));
		board_set(&peak->changed_s, board_get(&previous->peaks[other].changed_s));
		board_set(&peak->downs, board_get(&previous->peaks[other].downs));
		board_set(&peak->down_total_s, board_get(&previous->peaks[other].down_total_s));
	}
}

static void look_at_backends(struct watch *watch, uint64_t wall_ms)
{
	const struct config *config = watch->context->config;
	uint64_t now_s = wall_ms / 1000;

	for (uint32_t i = 0; i < config->proxy_count; i++) {
		const struct proxy *proxy = &config->proxies[i];
		struct board_peak *peak;
		uint64_t changed_s;
		bool down;

		if (!proxy->is_backend)
			continue; /* it has no cell */
		peak = &watch->board.peaks[proxy->backend_cell];
		changed_s = board_get(&peak->changed_s);
		down = stats_backend_is_down(&watch->board, proxy);
		if (changed_s == 0) {
			changed_s = watch->board.header->started_wall_s;
			board_set(&peak->changed_s, changed_s);
		}
		if (down == (board_get(&peak->down) != 0))
			continue;
		if (down)
			board_add(&peak->downs, 1);
		else if (now_s > changed_s)
			board_add(&peak->down_total_s, now_s - changed_s);
		board_set(&peak->down, down);
		board_set(&peak->changed_s, now_s);
	}
}

/* ---- totals ---- */

static void forget_carried_maxima(struct traffic *carried)
{
	board_set(&carried->sessions_max, 0);
	board_set(&carried->queued_max, 0);
	board_set(&carried->queue_ms_max, 0);
	board_set(&carried->connect_ms_max, 0);
	board_set(&carried->response_ms_max, 0);
	board_set(&carried->total_ms_max, 0);
}

/* What the generation before has counted up to now; once more after its end. */
static void carry_totals(struct watch *watch)
{
	bool closed;

	if (!watch->previous)
		return;
	closed = atomic_load_explicit(&watch->previous->header->closed, memory_order_acquire);
	board_carry_totals(&watch->board, watch->previous);
	for (uint32_t i = 0; watch->forgot_maxima && i < watch->board.cell_count; i++)
		forget_carried_maxima(&watch->board.carried[i]);
	for (uint32_t i = 0; watch->forgot_totals && i < watch->board.cell_count; i++) {
		board_word *carried = (board_word *)&watch->board.carried[i];
		const board_word *forgotten = (const board_word *)&watch->forgotten[i];

		for (size_t word = 0; word < TOTAL_WORDS; word++)
			board_sub(&carried[word], board_get(&forgotten[word]));
	}
	if (closed)
		watch->previous = NULL;
}

void watch_forget_totals(struct watch *watch, uint64_t now_ms)
{
	for (uint32_t i = 0; i < watch->board.cell_count; i++) {
		board_word *carried = (board_word *)&watch->board.carried[i];
		board_word *forgotten = (board_word *)&watch->forgotten[i];
		struct traffic sum;
		const board_word *total = (const board_word *)&sum;

		board_sum(&watch->board, i, &sum, now_ms);
		for (size_t word = 0; word < TOTAL_WORDS; word++) {
			board_sub(&carried[word], board_get(&total[word]));
			board_add(&forgotten[word], board_get(&total[word]));
		}
		board_set(&watch->board.peaks[i].downs, 0);
		board_set(&watch->board.peaks[i].down_total_s, 0);
	}
	watch->forgot_totals = true;
}

void watch_forget_maxima(struct watch *watch, uint64_t now_ms)
{
	for (uint32_t i = 0; i < watch->board.cell_count; i++) {
		board_set(&watch->board.peaks[i].session_rate, 0);
		board_set(&watch->board.peaks[i].request_rate, 0);
		board_set(&watch->board.peaks[i].connection_rate, 0);
		forget_carried_maxima(&watch->board.carried[i]);
	}
	board_set(&watch->pulse.connection_rate_max, 0);
	board_set(&watch->pulse.session_rate_max, 0);
	watch->forgot_maxima = true;
	look_at_rates(watch, now_ms);
}
