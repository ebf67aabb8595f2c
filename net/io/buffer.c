/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buffer.c - the stores behind buffer.h.
 *
 * The ring hands out what it was offered in the order it was offered, so a large offer walks
 * through cold memory and a small one runs dry when a thousand connections wake in one turn
 * (measured: 512 gave thousands of ENOBUFS at 1000 connections, 4096 cost nothing at 100).  The
 * offer therefore starts small and doubles when it ran dry; what comes back from a send goes on a
 * stack and is offered next, while it is warm. */
#include "net/io/buffer.h"
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE_BYTES	   4096u
#define SMALL_RING_ENTRIES 4096
#define SMALL_TARGET	   256
#define SMALL_RESERVE	   4096 /* beside the ring's: in sends that have not finished */
#define LARGE_RING_ENTRIES 256
#define LARGE_TARGET	   8
#define LARGE_RESERVE	   1024

static int open_store(struct buffer_store *store, uint32_t payload, uint32_t count)
{
	uint32_t stride = BUFFER_HEADROOM + payload;
	int error;

	store->payload = payload;
	error = pool_open(&store->buffers, sizeof(struct buffer), count);
	if (error < 0)
		return error;
	/* Where thousands wait, their bytes begin a page and the headroom ends one: half a head of
	 * up to 4 KiB then touches one page, and the headroom none until the head is rewritten. */
	if (store->lent_to_wait) {
		store->lead = PAGE_BYTES - BUFFER_HEADROOM;
		stride = PAGE_BYTES + (payload + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	}
	return pool_open(&store->spaces, stride, count);
}

static int open_ring(struct buffers *buffers, struct buffer_store *store, uint32_t group,
	uint32_t entries, uint32_t target)
{
	size_t bytes = entries * sizeof(struct io_uring_buf);
	struct io_uring_buf_reg reg = {0};
	void *ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (ring == MAP_FAILED)
		return -errno;
	store->ring = ring;
	store->ring_entries = entries;
	store->target = target;
	store->group = group;
	io_uring_buf_ring_init(store->ring);
	reg.ring_addr = (uint64_t)(uintptr_t)ring;
	reg.ring_entries = entries;
	reg.bgid = (uint16_t)group;
	return io_uring_register_buf_ring(&buffers->loop->ring, &reg, 0);
}

int buffers_open(struct buffers *buffers, struct loop *loop, const struct buffers_options *options)
{
	struct buffer_store *store = buffers->store;
	int error;

	memset(buffers, 0, sizeof(*buffers));
	buffers->loop = loop;
	store[BUFFER_HEAD].lent_to_wait = true;
	/* Four head buffers a connection: one for each direction, one for a client that sends
	 * its next request while the last one has not left, one for a request that may have to be
	 * sent again. */
	if ((error = open_store(&store[BUFFER_SMALL], BUFFER_SMALL_BYTES,
		     SMALL_RING_ENTRIES + SMALL_RESERVE)) < 0 ||
		(error = open_store(&store[BUFFER_LARGE], BUFFER_LARGE_BYTES,
			 LARGE_RING_ENTRIES + LARGE_RESERVE)) < 0 ||
		(error = open_store(&store[BUFFER_HEAD], options->head_bytes,
			 4 * options->connections + 1)) < 0 ||
		(error = open_ring(buffers, &store[BUFFER_SMALL], BUFFER_SMALL, SMALL_RING_ENTRIES,
			 SMALL_TARGET)) < 0 ||
		(error = open_ring(buffers, &store[BUFFER_LARGE], BUFFER_LARGE, LARGE_RING_ENTRIES,
			 LARGE_TARGET)) < 0) {
		buffers_close(buffers);
		return error;
	}
	return 0;
}

void buffers_close(struct buffers *buffers)
{
	for (uint32_t class = 0; class < BUFFER_CLASSES; class ++) {
		struct buffer_store *store = &buffers->store[class];

		/* The ring itself goes with the loop; its memory must outlive it. */
		if (store->ring)
			munmap(store->ring, store->ring_entries * sizeof(struct io_uring_buf));
		store->ring = NULL;
		pool_close(&store->buffers);
		pool_close(&store->spaces);
	}
}

struct buffer *buffers_lend(struct buffers *buffers, enum buffer_class class)
{
	struct buffer_store *store = &buffers->store[class];
	struct buffer *buffer = pool_take(&store->buffers);

	if (!buffer)
		return NULL;
	assert(buffer->refs == 0);
	if (!buffer->space) {
		buffer->space = (char *)pool_take(&store->spaces) + store->lead;
		buffer->size = BUFFER_HEADROOM + store->payload;
		buffer->class = (uint8_t) class;
	}
	buffer->start = BUFFER_HEADROOM;
	buffer->end = BUFFER_HEADROOM;
	buffer->refs = 1;
	return buffer;
}

void buffers_drop(struct buffers *buffers, struct buffer *buffer)
{
	if (!buffer)
		return;
	assert(buffer->refs > 0);
	if (--buffer->refs == 0)
		pool_give(&buffers->store[buffer->class].buffers, buffer);
}

static void offer(struct buffers *buffers, enum buffer_class class)
{
	struct buffer_store *store = &buffers->store[class];
	int mask = io_uring_buf_ring_mask(store->ring_entries);
	int added = 0;

	if (store->ran_dry && store->target < store->ring_entries)
		store->target *= 2;
	store->ran_dry = false;
	while (store->offered + (uint32_t)added < store->target) {
		struct buffer *buffer = buffers_lend(buffers, class);

		if (!buffer)
			break;
		io_uring_buf_ring_add(store->ring, buffer->space + BUFFER_HEADROOM, store->payload,
			(uint16_t)pool_index(&store->buffers, buffer), mask, added);
		added++;
	}
	if (added == 0)
		return;
	store->offered += (uint32_t)added;
	io_uring_buf_ring_advance(store->ring, added);
}

void buffers_offer(struct buffers *buffers)
{
	offer(buffers, BUFFER_SMALL);
	offer(buffers, BUFFER_LARGE);
}

struct buffer *buffers_received(
	struct buffers *buffers, enum buffer_class class, uint32_t completion_flags, uint32_t bytes)
{
	struct buffer_store *store = &buffers->store[class];
	struct buffer *buffer;

	assert(completion_flags & IORING_CQE_F_BUFFER);
	assert(store->offered > 0);
	buffer = pool_at(&store->buffers, completion_flags >> IORING_CQE_BUFFER_SHIFT);
	assert(buffer->refs == 1 && buffer->end == BUFFER_HEADROOM && bytes <= store->payload);
	store->offered--;
	buffer->end = BUFFER_HEADROOM + bytes;
	return buffer;
}

void buffers_ran_dry(struct buffers *buffers, enum buffer_class class)
{
	struct buffer_store *store = &buffers->store[class];

	buffers->exhausted++;
	store->ran_dry = true;
}
