/* SPDX-License-Identifier: GPL-2.0-or-later */
/* board.c - what others may see: counters, verdicts and heartbeats in shared memory.
 *
 * A board is one file in memory: a header, then the cells in arrays, then the names.  Where each
 * array starts follows from four numbers of the header (workers, cells, servers, bytes of names)
 * and from the sizes of the cells; place_arrays() is that rule, and the only one, for the process
 * that makes a board and for those that map it.  A board whose numbers do not give exactly the
 * file's size was made by another version, or is damaged: it is refused and a fresh start follows.
 *
 * Every cell has one writer and starts on a cache line of its own, so that counting is an add
 * without a lock prefix and no two cores fight for a line.  The price is paid by readers, who add
 * up; they are people and dashboards, a few times a second.  The one sum on the way of a request is
 * the highest number of sessions (board_enter_session): users compare it with their maxconn, so it
 * is exact.
 *
 * The reader of a board must survive its writer: a balancer may be killed between any two
 * instructions, or be taken over by whoever it was talking to.  So counts that bound an array are
 * copied when the board is mapped, text is terminated by the reader, a verdict is read from the one
 * of two copies that is not being written, and the file cannot shrink.
 *
 * Names tie generations together: the board ends with a roster (core/roster.h), a line for every
 * cell and every server in their order.
 *
 * Thread: any.  Memory: carrying by name allocates for the length of a call, in the admin thread;
 * nothing else allocates after board_create(). */
#include "core/board.h"

#include "core/clock.h"
#include "core/roster.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOARD_SEALS	    (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define TIME_WINDOW_SAMPLES 1024u
#define READ_ATTEMPTS	    1000u

/* The totals are the words of struct traffic before its gauges. */
#define TRAFFIC_TOTALS (offsetof(struct traffic, sessions_now) / sizeof(board_word))

static_assert(sizeof(board_word) == 8 && sizeof(struct board_rate) == 24, "words without padding");
static_assert(sizeof(struct verdict) % sizeof(uint64_t) == 0, "a verdict is copied in words");
static_assert(sizeof(struct traffic) % BOARD_LINE_BYTES == 0, "cells do not share lines");
static_assert(sizeof(struct worker_cell) % BOARD_LINE_BYTES == 0, "cells do not share lines");

/* Where things start, in bytes from the start of the file. */
struct board_layout {
	uint64_t traffic, carried, peaks, workers, earlier, verdicts, names;
	uint64_t bytes;
};

static uint64_t after(uint64_t at, uint64_t count, size_t item_bytes)
{
	uint64_t end = at + count * item_bytes;

	return (end + BOARD_LINE_BYTES - 1) / BOARD_LINE_BYTES * BOARD_LINE_BYTES;
}

/* No sum overflows: the numbers are below the BOARD_*_MAX. */
static struct board_layout place_arrays(const struct board *board)
{
	struct board_layout at = {.traffic = after(0, 1, sizeof(struct board_header))};
	uint64_t cells = board->cell_count;

	at.carried = after(at.traffic, cells * board->worker_count, sizeof(struct traffic));
	at.peaks = after(at.carried, cells, sizeof(struct traffic));
	at.workers = after(at.peaks, cells, sizeof(struct board_peak));
	at.earlier = after(at.workers, board->worker_count, sizeof(struct worker_cell));
	at.verdicts = after(at.earlier, 1, sizeof(struct worker_cell));
	at.names = after(at.verdicts, board->server_count, sizeof(struct verdict_cell));
	at.bytes = after(at.names, board->names_bytes, 1);
	return at;
}

static bool counts_are_sane(const struct board *board)
{
	return board->worker_count > 0 && board->worker_count <= BOARD_WORKERS_MAX &&
	       board->cell_count <= BOARD_CELLS_MAX && board->server_count <= BOARD_CELLS_MAX &&
	       board->names_bytes <= BOARD_NAMES_MAX;
}

static int map_file(struct board *board, int fd, int protection)
{
	struct board_layout at = place_arrays(board);
	char *base = mmap(NULL, at.bytes, protection, MAP_SHARED, fd, 0);

	if (base == MAP_FAILED)
		return -errno;
	board->fd = fd;
	board->bytes = at.bytes;
	board->header = (struct board_header *)(void *)base;
	board->traffic = (struct traffic *)(void *)(base + at.traffic);
	board->carried = (struct traffic *)(void *)(base + at.carried);
	board->peaks = (struct board_peak *)(void *)(base + at.peaks);
	board->workers = (struct worker_cell *)(void *)(base + at.workers);
	board->earlier = (struct worker_cell *)(void *)(base + at.earlier);
	board->verdicts = (struct verdict_cell *)(void *)(base + at.verdicts);
	board->names = base + at.names;
	return 0;
}

/* ---- making and mapping --------------------------------------------------------------------- */

static int create_file(uint64_t bytes)
{
	int fd = memfd_create("torc-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes) == 0 && fcntl(fd, F_ADD_SEALS, BOARD_SEALS) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static void fill_header(struct board *board, const struct config *config, uint32_t generation)
{
	uint64_t wall_s = clock_wall_ms() / 1000;
	struct board_header *header = board->header;

	header->version = BOARD_VERSION;
	header->bytes = board->bytes;
	header->generation = generation;
	header->workers = board->worker_count;
	header->cells = board->cell_count;
	header->servers = board->server_count;
	header->names_bytes = board->names_bytes;
	header->started_wall_s = wall_s;
	header->first_started_wall_s = wall_s;
	header->fingerprint = config->fingerprint;
	header->magic = BOARD_MAGIC;
}

static struct roster roster_of(const struct board *board)
{
	return (struct roster){
		.at = board->names,
		.bytes = board->names_bytes,
		.cells = board->cell_count,
		.servers = board->server_count,
	};
}

int board_create(
	struct board *board, const struct config *config, uint32_t workers, uint32_t generation)
{
	size_t names_bytes = 0;
	char *names = roster_write(config, &names_bytes);
	int fd, error;

	*board = (struct board){.fd = -1,
		.worker_count = workers,
		.cell_count = config->cell_count,
		.server_count = config->server_count};
	if (!names)
		return -ENOMEM;
	error = -E2BIG;
	if (names_bytes > BOARD_NAMES_MAX)
		goto done;
	board->names_bytes = (uint32_t)names_bytes;
	if (!counts_are_sane(board))
		goto done;
	fd = error = create_file(place_arrays(board).bytes);
	if (fd < 0)
		goto done;
	error = map_file(board, fd, PROT_READ | PROT_WRITE);
	if (error < 0) {
		close(fd);
		goto done;
	}
	memcpy(board->names, names, names_bytes);
	fill_header(board, config, generation);
done:
	free(names);
	return error;
}

int board_map(struct board *board, int fd)
{
	struct board_header head;
	struct roster names;
	struct stat file;
	int seals = fcntl(fd, F_GET_SEALS);
	int writing = fcntl(fd, F_GETFL) & O_ACCMODE;
	int error;

	*board = (struct board){.fd = -1};
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return -EPROTO;
	if (fstat(fd, &file) < 0)
		return -errno;
	/* Read by value: its owner may change the mapped one behind our back. */
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return -EPROTO;
	if (head.magic != BOARD_MAGIC || head.version != BOARD_VERSION)
		return -EPROTO;
	board->worker_count = head.workers;
	board->cell_count = head.cells;
	board->server_count = head.servers;
	board->names_bytes = head.names_bytes;
	if (!counts_are_sane(board) || place_arrays(board).bytes != head.bytes ||
		(uint64_t)file.st_size != head.bytes)
		return -EPROTO;
	error = map_file(board, fd, writing == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ);
	if (error < 0)
		return error;
	names = roster_of(board);
	if (roster_is_whole(&names))
		return 0;
	munmap(board->header, board->bytes);
	*board = (struct board){.fd = -1};
	return -EPROTO;
}

void board_unmap(struct board *board)
{
	if (board->header)
		munmap(board->header, board->bytes);
	if (board->fd >= 0)
		close(board->fd);
	*board = (struct board){.fd = -1};
}

/* ---- rates and windows ---------------------------------------------------------------------- */

/* The counts as they are seen from `second`: a second that has passed since the last event moves
 * `current` to `previous`, two or more leave nothing. */
static void rate_at(
	const struct board_rate *rate, uint64_t second, uint64_t *current, uint64_t *previous)
{
	uint64_t counted = board_get(&rate->second);

	*current = board_get(&rate->current);
	*previous = board_get(&rate->previous);
	if (counted >= second) /* now, or a reader whose clock was read a little earlier */
		return;
	*previous = counted + 1 == second ? *current : 0;
	*current = 0;
}

void board_rate_count(struct board_rate *rate, uint64_t now_ms)
{
	uint64_t second = now_ms / 1000, current, previous;

	rate_at(rate, second, &current, &previous);
	if (board_get(&rate->second) < second) {
		board_set(&rate->previous, previous);
		board_set(&rate->second, second);
	}
	board_set(&rate->current, current + 1);
}

uint64_t board_rate_read(const struct board_rate *rate, uint64_t now_ms)
{
	uint64_t current, previous;

	rate_at(rate, now_ms / 1000, &current, &previous);
	/* One event every other second would flicker between 0 and 1: HAProxy's exception. */
	if (current == 0 && previous <= 1)
		return previous;
	return current + previous * (1000 - now_ms % 1000) / 1000;
}

/* Adds one worker's rate to a sum that is kept for `second`. */
static void add_rate(struct board_rate *sum, const struct board_rate *rate, uint64_t second)
{
	uint64_t current, previous;

	rate_at(rate, second, &current, &previous);
	board_set(&sum->second, second);
	board_add(&sum->current, current);
	board_add(&sum->previous, previous);
}

static void slide(board_word *sum, bool full, uint64_t value)
{
	uint64_t before = board_get(sum);

	if (full) /* an average sample leaves, rounded up so that a sum of zeros reaches zero */
		before -= (before + TIME_WINDOW_SAMPLES - 1) / TIME_WINDOW_SAMPLES;
	board_set(sum, before + value);
}

static void raise_to(board_word *highest, uint64_t value)
{
	if (value > board_get(highest))
		board_set(highest, value);
}

void board_time_sample(struct traffic *cell, uint64_t queue_ms, uint64_t connect_ms,
	uint64_t response_ms, uint64_t total_ms)
{
	bool full = board_get(&cell->time_samples) >= TIME_WINDOW_SAMPLES;

	if (!full)
		board_add(&cell->time_samples, 1);
	slide(&cell->queue_ms_sum, full, queue_ms);
	slide(&cell->connect_ms_sum, full, connect_ms);
	slide(&cell->response_ms_sum, full, response_ms);
	slide(&cell->total_ms_sum, full, total_ms);
	raise_to(&cell->queue_ms_max, queue_ms);
	raise_to(&cell->connect_ms_max, connect_ms);
	raise_to(&cell->response_ms_max, response_ms);
	raise_to(&cell->total_ms_max, total_ms);
}

/* ---- traffic -------------------------------------------------------------------------------- */

void board_enter_session(const struct board *board, uint32_t worker, uint32_t cell)
{
	struct traffic *mine = board_traffic(board, worker, cell);
	uint64_t sum = 0;

	board_add(&mine->sessions_now, 1);
	for (uint32_t i = 0; i < board->worker_count; i++)
		sum += board_get(&board_traffic(board, i, cell)->sessions_now);
	raise_to(&mine->sessions_max, sum);
}

void board_leave_session(const struct board *board, uint32_t worker, uint32_t cell)
{
	struct traffic *mine = board_traffic(board, worker, cell);

	assert(board_get(&mine->sessions_now) > 0);
	board_sub(&mine->sessions_now, 1);
}

/* What outlives a generation: totals and maxima. */
static void add_lasting(struct traffic *sum, const struct traffic *from)
{
	board_word *to = (board_word *)sum;
	const board_word *words = (const board_word *)from;

	for (size_t i = 0; i < TRAFFIC_TOTALS; i++)
		board_add(&to[i], board_get(&words[i]));
	raise_to(&sum->sessions_max, board_get(&from->sessions_max));
	raise_to(&sum->queued_max, board_get(&from->queued_max));
	raise_to(&sum->queue_ms_max, board_get(&from->queue_ms_max));
	raise_to(&sum->connect_ms_max, board_get(&from->connect_ms_max));
	raise_to(&sum->response_ms_max, board_get(&from->response_ms_max));
	raise_to(&sum->total_ms_max, board_get(&from->total_ms_max));
	raise_to(&sum->last_session_s, board_get(&from->last_session_s));
}

/* What dies with it: gauges, rates and windows. */
static void add_passing(struct traffic *sum, const struct traffic *from, uint64_t second)
{
	board_add(&sum->sessions_now, board_get(&from->sessions_now));
	board_add(&sum->queued_now, board_get(&from->queued_now));
	board_add(&sum->idle_now, board_get(&from->idle_now));
	board_add(&sum->safe_now, board_get(&from->safe_now));
	board_add(&sum->used_now, board_get(&from->used_now));
	board_add(&sum->need_now, board_get(&from->need_now));
	board_add(&sum->time_samples, board_get(&from->time_samples));
	board_add(&sum->queue_ms_sum, board_get(&from->queue_ms_sum));
	board_add(&sum->connect_ms_sum, board_get(&from->connect_ms_sum));
	board_add(&sum->response_ms_sum, board_get(&from->response_ms_sum));
	board_add(&sum->total_ms_sum, board_get(&from->total_ms_sum));
	add_rate(&sum->session_rate, &from->session_rate, second);
	add_rate(&sum->request_rate, &from->request_rate, second);
	add_rate(&sum->connection_rate, &from->connection_rate, second);
}

void board_sum(const struct board *board, uint32_t cell, struct traffic *sum, uint64_t now_ms)
{
	assert(cell < board->cell_count);
	memset(sum, 0, sizeof(*sum));
	add_lasting(sum, &board->carried[cell]);
	for (uint32_t i = 0; i < board->worker_count; i++) {
		const struct traffic *from = board_traffic(board, i, cell);

		add_lasting(sum, from);
		add_passing(sum, from, now_ms / 1000);
	}
}

static const void *member_of(
	const struct board *board, uint32_t worker, uint32_t cell, size_t member)
{
	return (const char *)board_traffic(board, worker, cell) + member;
}

uint64_t board_sum_word(const struct board *board, uint32_t cell, size_t member)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < board->worker_count; i++)
		sum += board_get(member_of(board, i, cell, member));
	return sum;
}

uint64_t board_sum_rate(const struct board *board, uint32_t cell, size_t member, uint64_t now_ms)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < board->worker_count; i++)
		sum += board_rate_read(member_of(board, i, cell, member), now_ms);
	return sum;
}

/* What a worker counts from its start on, as opposed to how things stand with it. */
static void add_worker_totals(struct worker_cell *sum, const struct worker_cell *from)
{
	board_add(&sum->turns, board_get(&from->turns));
	board_add(&sum->enters, board_get(&from->enters));
	board_add(&sum->completions, board_get(&from->completions));
	board_add(&sum->busy_ns, board_get(&from->busy_ns));
	board_add(&sum->connections_total, board_get(&from->connections_total));
	board_add(&sum->requests_total, board_get(&from->requests_total));
	board_add(&sum->bytes_out, board_get(&from->bytes_out));
	board_add(&sum->spliced_bytes, board_get(&from->spliced_bytes));
	board_add(&sum->log_lines, board_get(&from->log_lines));
	board_add(&sum->log_dropped, board_get(&from->log_dropped));
	board_add(&sum->buffers_exhausted, board_get(&from->buffers_exhausted));
	board_add(&sum->splice_fallbacks, board_get(&from->splice_fallbacks));
	board_add(&sum->accept_errors, board_get(&from->accept_errors));
}

void board_sum_workers(const struct board *board, struct worker_cell *sum)
{
	memset(sum, 0, sizeof(*sum));
	add_worker_totals(sum, board->earlier);
	for (uint32_t i = 0; i < board->worker_count; i++) {
		const struct worker_cell *from = &board->workers[i];

		add_worker_totals(sum, from);
		board_add(&sum->connections_now, board_get(&from->connections_now));
		board_add(&sum->pipes_used, board_get(&from->pipes_used));
		board_add(&sum->pipes_free, board_get(&from->pipes_free));
	}
}

/* ---- verdicts ------------------------------------------------------------------------------- */

uint32_t board_usable(const struct verdict *value)
{
	const uint32_t maintenance = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT |
				     SERVER_ADMIN_RESOLUTION_MAINT;

	if (value->state == SERVER_STOPPED || (value->admin & maintenance))
		return 0;
	if (value->state == SERVER_STOPPING || (value->admin & SERVER_ADMIN_FORCED_DRAIN))
		return 1;
	return 1 + value->weight;
}

/* The words are stored with release order and loaded with acquire order: whoever meets a word of
 * the next writing also sees the sequence that was published before it, and reads again. */
void board_write_verdict(const struct board *board, uint32_t server, const struct verdict *value)
{
	struct verdict_cell *cell = &board->verdicts[server];
	uint32_t next = atomic_load_explicit(&cell->sequence, memory_order_relaxed) + 1;
	uint32_t usable = board_usable(value);
	uint64_t words[VERDICT_WORDS];

	assert(server < board->server_count);
	if (next == 0) /* 0 means "never written"; the copies' order must not change */
		next = 2;
	memcpy(words, value, sizeof(words));
	for (size_t i = 0; i < VERDICT_WORDS; i++)
		atomic_store_explicit(&cell->copies[next & 1][i], words[i], memory_order_release);
	atomic_store_explicit(&cell->sequence, next, memory_order_release);
	if (atomic_load_explicit(&cell->usable, memory_order_relaxed) == usable)
		return;
	atomic_store_explicit(&cell->usable, usable, memory_order_relaxed);
	/* Whoever sees the epoch sees the word: balance.c loads it with acquire order. */
	atomic_fetch_add_explicit(&board->header->epoch, 1, memory_order_release);
}

/* One undisturbed reading of the valid copy; 0: never written, or written without a pause. */
static uint32_t read_words(struct verdict_cell *cell, uint64_t words[VERDICT_WORDS])
{
	for (uint32_t attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		uint32_t seen = atomic_load_explicit(&cell->sequence, memory_order_acquire);

		if (seen == 0)
			return 0;
		for (size_t i = 0; i < VERDICT_WORDS; i++)
			words[i] = atomic_load_explicit(
				&cell->copies[seen & 1][i], memory_order_acquire);
		if (atomic_load_explicit(&cell->sequence, memory_order_relaxed) == seen)
			return seen;
	}
	return 0;
}

static bool verdict_is_sane(const struct verdict *value)
{
	return value->state <= SERVER_STOPPING && value->status <= CHECK_STATUS_L7STS &&
	       value->rise > 0 && value->fall > 0 && value->rise < UINT32_MAX / 2 &&
	       value->fall < UINT32_MAX / 2 && value->health < value->rise + value->fall &&
	       value->weight <= 256;
}

bool board_read_verdict(const struct board *board, uint32_t server, struct verdict *value)
{
	uint64_t words[VERDICT_WORDS];

	assert(server < board->server_count);
	memset(value, 0, sizeof(*value));
	if (!read_words(&board->verdicts[server], words))
		return false;
	memcpy(value, words, sizeof(*value));
	value->text[VERDICT_TEXT_BYTES - 1] = '\0';
	if (verdict_is_sane(value))
		return true;
	memset(value, 0, sizeof(*value));
	return false;
}

/* ---- from generation to generation ---------------------------------------------------------- */

/* The old health in the new numbers of rise and fall: whole stays whole, on the way down stays at
 * least just up, and what is not up is not up. */
static uint32_t fit_health(const struct verdict *old, uint32_t rise, uint32_t fall)
{
	if (old->health + 1 == old->rise + old->fall)
		return rise + fall - 1;
	if (old->health >= old->rise) {
		uint32_t above = old->health - old->rise;

		return rise + (above < fall ? above : fall - 1);
	}
	return old->health < rise ? old->health : rise - 1;
}

/* Does the old state say anything about a server as the new files describe it? */
static bool state_carries(const struct verdict *first, const struct verdict *old)
{
	const uint32_t configured = SERVER_ADMIN_CONFIG_MAINT | SERVER_ADMIN_RESOLUTION_MAINT;

	return first->status != CHECK_STATUS_UNKNOWN && old->status != CHECK_STATUS_UNKNOWN &&
	       ((first->admin ^ old->admin) & configured) == 0;
}

static void merge_verdict(struct verdict *first, const struct verdict *old)
{
	const uint32_t forced = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_FORCED_DRAIN;
	struct verdict merged = *old;

	first->checks = old->checks;
	first->failures = old->failures;
	first->downs = old->downs;
	first->down_total_s = old->down_total_s;
	if (!state_carries(first, old)) {
		first->admin |= old->admin & forced;
		return;
	}
	merged.health = fit_health(old, first->rise, first->fall);
	merged.rise = first->rise;
	merged.fall = first->fall;
	merged.weight = first->weight;
	merged.running = 0;
	*first = merged;
}

uint32_t board_carry_verdicts(struct board *board, const struct board *old)
{
	struct roster_match match;
	uint32_t matched = 0;

	if (!roster_match_open(&match, roster_of(board), roster_of(old)))
		return 0;
	for (uint32_t i = 0; i < board->server_count; i++) {
		uint32_t at = roster_match_server(&match, i);
		struct verdict before, value;

		if (at == ROSTER_NOBODY || !board_read_verdict(old, at, &before))
			continue;
		if (board_read_verdict(board, i, &value))
			merge_verdict(&value, &before);
		else
			value = before;
		board_write_verdict(board, i, &value);
		matched++;
	}
	roster_match_close(&match);
	return matched;
}

uint32_t board_follow_verdicts(struct board *board, const struct board *successor)
{
	struct roster_match match;
	uint32_t matched = 0;

	if (!roster_match_open(&match, roster_of(board), roster_of(successor)))
		return 0;
	for (uint32_t i = 0; i < board->server_count; i++) {
		uint32_t at = roster_match_server(&match, i);
		struct verdict theirs, ours;

		if (at == ROSTER_NOBODY || !board_read_verdict(successor, at, &theirs))
			continue;
		matched++;
		if (!board_read_verdict(board, i, &ours) ||
			memcmp(&ours, &theirs, sizeof(ours)) != 0)
			board_write_verdict(board, i, &theirs);
	}
	roster_match_close(&match);
	return matched;
}

/* Replaces a cell of carried totals by what the old board has in sum. */
static void carry_cell(struct traffic *carried, const struct board *old, uint32_t cell)
{
	struct traffic sum;
	board_word *to = (board_word *)carried;
	const board_word *from = (const board_word *)&sum;

	memset(&sum, 0, sizeof(sum));
	add_lasting(&sum, &old->carried[cell]);
	for (uint32_t i = 0; i < old->worker_count; i++)
		add_lasting(&sum, board_traffic(old, i, cell));
	for (size_t i = 0; i < sizeof(sum) / sizeof(board_word); i++)
		board_set(&to[i], board_get(&from[i]));
}

static void carry_peak(struct board_peak *peak, const struct board_peak *old)
{
	raise_to(&peak->session_rate, board_get(&old->session_rate));
	raise_to(&peak->request_rate, board_get(&old->request_rate));
	raise_to(&peak->connection_rate, board_get(&old->connection_rate));
	/* A backend's history goes on from where it stood, once: then ours looks itself. */
	if (board_get(&peak->changed_s) > 0)
		return;
	board_set(&peak->down, board_get(&old->down));
	board_set(&peak->downs, board_get(&old->downs));
	board_set(&peak->down_total_s, board_get(&old->down_total_s));
	board_set(&peak->changed_s, board_get(&old->changed_s));
}

static void carry_workers(struct board *board, const struct board *old)
{
	struct worker_cell sum;
	board_word *to = (board_word *)board->earlier;
	const board_word *from = (const board_word *)&sum;

	memset(&sum, 0, sizeof(sum));
	add_worker_totals(&sum, old->earlier);
	for (uint32_t i = 0; i < old->worker_count; i++)
		add_worker_totals(&sum, &old->workers[i]);
	for (size_t i = 0; i < sizeof(sum) / sizeof(board_word); i++)
		board_set(&to[i], board_get(&from[i]));
}

uint32_t board_carry_totals(struct board *board, const struct board *old)
{
	struct roster_match match;
	uint32_t matched = 0;

	if (!roster_match_open(&match, roster_of(board), roster_of(old)))
		return 0;
	for (uint32_t i = 0; i < board->cell_count; i++) {
		uint32_t at = roster_match_cell(&match, i);

		if (at == ROSTER_NOBODY)
			continue;
		carry_cell(&board->carried[i], old, at);
		carry_peak(&board->peaks[i], &old->peaks[at]);
		matched++;
	}
	carry_workers(board, old);
	board->header->first_started_wall_s = old->header->first_started_wall_s;
	roster_match_close(&match);
	return matched;
}
