/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inspect.c - questions to the workers, and the last bad message of every proxy.
 *
 * A worker's sessions are its own: nobody else may walk them.  So the admin thread does not look,
 * it asks, and the worker copies a few rows in a turn of its own.  A mailbox of one question with
 * an atomic state is all that takes; a queue or a lock would let a slow reader of the stats
 * socket hold up the forwarding of requests.
 *
 * The captures are different: a worker that refuses a message must not wait for anybody, and the
 * reader wants a copy that is whole.  Refusing is rare, so one mutex does: a worker only tries
 * it, and a message that comes while the store is being read is counted but not kept.
 *
 * Threads: see the header.  Memory is reserved when the inspector is opened and touched only
 * where something was captured. */
#include "net/inspect.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

struct inspector {
	struct inspector_options options;
	struct inspect_cell *cells;	/* [worker_count] */
	struct error_capture *captures; /* [proxy_count][2], by enum error_kind */
	size_t captures_bytes;
	pthread_mutex_t lock; /* of the captures */
	_Atomic uint64_t events;
};

static void clear_maxima(const struct board *board, uint32_t worker);
static void keep(struct error_capture *capture, const struct error_report *report, uint64_t event);

int inspector_open(struct inspector **inspector, const struct inspector_options *options)
{
	struct inspector *made = calloc(1, sizeof(*made));
	size_t proxies = options->config->proxy_count;
	int error = -ENOMEM;

	if (!made)
		return -ENOMEM;
	made->options = *options;
	made->captures_bytes = (proxies ? proxies : 1) * 2 * sizeof(struct error_capture);
	made->captures = mmap(NULL, made->captures_bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (made->captures == MAP_FAILED) {
		error = -errno;
		goto fail;
	}
	made->cells = aligned_alloc(
		_Alignof(struct inspect_cell), options->worker_count * sizeof(struct inspect_cell));
	if (!made->cells)
		goto fail_captures;
	memset(made->cells, 0, options->worker_count * sizeof(struct inspect_cell));
	for (uint32_t i = 0; i < options->worker_count; i++) {
		made->cells[i].worker = i;
		made->cells[i].board = options->board;
	}
	pthread_mutex_init(&made->lock, NULL);
	*inspector = made;
	return 0;

fail_captures:
	munmap(made->captures, made->captures_bytes);
fail:
	free(made);
	return error;
}

void inspector_close(struct inspector *inspector)
{
	if (!inspector)
		return;
	pthread_mutex_destroy(&inspector->lock);
	munmap(inspector->captures, inspector->captures_bytes);
	free(inspector->cells);
	free(inspector);
}

struct inspect_cell *inspector_cell(struct inspector *inspector, uint32_t worker)
{
	assert(worker < inspector->options.worker_count);
	return &inspector->cells[worker];
}

uint32_t inspector_workers(const struct inspector *inspector)
{
	return inspector->options.worker_count;
}

/* ---- the worker's side ---- */

void inspect_answer(struct inspect_cell *cell, inspect_fill *fill, void *owner)
{
	uint32_t asked = INSPECT_ASKED;

	if (atomic_load_explicit(&cell->state, memory_order_relaxed) != INSPECT_ASKED)
		return;
	/* Fails when the question was withdrawn in this very moment. */
	if (!atomic_compare_exchange_strong_explicit(&cell->state, &asked, INSPECT_ANSWERING,
		    memory_order_acquire, memory_order_relaxed))
		return;
	cell->count = 0;
	cell->next = INSPECT_END;
	if (cell->kind == INSPECT_CLEAR_MAXIMA)
		clear_maxima(cell->board, cell->worker);
	else
		cell->count = fill(owner, cell->from, cell->rows, INSPECT_ROWS, &cell->next);
	assert(cell->count <= INSPECT_ROWS);
	atomic_store_explicit(&cell->state, INSPECT_DONE, memory_order_release);
}

/* The maxima of a worker's cells are that worker's to write, so it is asked to reset them. */
static void clear_maxima(const struct board *board, uint32_t worker)
{
	for (uint32_t i = 0; i < board->header->cells; i++) {
		struct traffic *cell = board_traffic(board, worker, i);

		board_set(&cell->sessions_max, board_get(&cell->sessions_now));
		board_set(&cell->queued_max, board_get(&cell->queued_now));
		board_set(&cell->queue_ms_max, 0);
		board_set(&cell->connect_ms_max, 0);
		board_set(&cell->response_ms_max, 0);
		board_set(&cell->total_ms_max, 0);
	}
}

/* ---- the admin's side ---- */

bool inspector_ask(
	struct inspector *inspector, uint32_t worker, enum inspect_kind kind, uint64_t from)
{
	struct inspect_cell *cell = inspector_cell(inspector, worker);
	uint32_t state = atomic_load_explicit(&cell->state, memory_order_acquire);

	if (state == INSPECT_ASKED || state == INSPECT_ANSWERING)
		return false;
	/* DONE: the late answer to a question that was given up; nobody wants it any more. */
	cell->kind = kind;
	cell->from = from;
	atomic_store_explicit(&cell->state, INSPECT_ASKED, memory_order_release);
	if (inspector->options.wake)
		inspector->options.wake(inspector->options.owner, worker);
	return true;
}

const struct inspect_cell *inspector_answer(struct inspector *inspector, uint32_t worker)
{
	struct inspect_cell *cell = inspector_cell(inspector, worker);

	if (atomic_load_explicit(&cell->state, memory_order_acquire) != INSPECT_DONE)
		return NULL;
	return cell;
}

void inspector_release(struct inspector *inspector, uint32_t worker)
{
	struct inspect_cell *cell = inspector_cell(inspector, worker);
	uint32_t asked = INSPECT_ASKED, done = INSPECT_DONE;

	if (!atomic_compare_exchange_strong(&cell->state, &done, INSPECT_IDLE))
		atomic_compare_exchange_strong(&cell->state, &asked, INSPECT_IDLE);
}

/* ---- bad messages ---- */

/* A bad request belongs to the frontend that received it, a bad response to the backend whose
 * server sent it. */
void inspector_capture(struct inspector *inspector, const struct error_report *report)
{
	const struct proxy *proxy =
		report->kind == ERROR_REQUEST ? report->frontend : report->backend;
	uint64_t event = atomic_fetch_add(&inspector->events, 1);

	assert(proxy && proxy->index < inspector->options.config->proxy_count);
	if (pthread_mutex_trylock(&inspector->lock) != 0)
		return;
	keep(&inspector->captures[proxy->index * 2 + report->kind], report, event);
	pthread_mutex_unlock(&inspector->lock);
}

static void keep(struct error_capture *capture, const struct error_report *report, uint64_t event)
{
	capture->wall_ms = report->wall_ms;
	capture->event = event;
	capture->frontend = report->frontend;
	capture->backend = report->backend;
	capture->server = report->server;
	memset(&capture->source, 0, sizeof(capture->source));
	if (report->source)
		capture->source = *report->source;
	capture->reason = report->reason;
	capture->position = report->position;
	capture->len = report->bytes.len;
	capture->kept =
		report->bytes.len < ERROR_CAPTURE_BYTES ? report->bytes.len : ERROR_CAPTURE_BYTES;
	capture->kind = (uint8_t)report->kind;
	capture->used = true;
	if (capture->kept)
		memcpy(capture->bytes, report->bytes.at, capture->kept);
}

bool inspector_error(struct inspector *inspector, const struct proxy *proxy, enum error_kind kind,
	struct error_capture *copy)
{
	const struct error_capture *capture = &inspector->captures[proxy->index * 2 + kind];
	bool used;

	pthread_mutex_lock(&inspector->lock);
	used = capture->used;
	if (used) {
		memcpy(copy, capture, offsetof(struct error_capture, bytes));
		memcpy(copy->bytes, capture->bytes, capture->kept);
	}
	pthread_mutex_unlock(&inspector->lock);
	return used;
}

uint64_t inspector_events(struct inspector *inspector)
{
	return atomic_load(&inspector->events);
}
