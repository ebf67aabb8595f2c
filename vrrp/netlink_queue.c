/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink_queue.c - which answer belongs to which request.
 *
 * Every message carries a sequence number that the kernel repeats in what it says to it.  The
 * usual way is to send one request and to read until its answer is there; the speaker must not
 * wait, so here any number of requests may be under way, and each learns its own end.
 *
 * When a request has ended:
 *
 *	one message         its acknowledgement, its error, or the end of its dump
 *	several messages    the answer to the last one; the first error is the result
 *	nf_tables batch     as above; and an error for its first message (the batch's opening) ends
 *	                    it at once, since that is how the kernel says that it refuses the whole
 *	                    (no permission, no such subsystem, the commit failed), with or without
 *	                    further answers.  Those that still come then are strays.
 *
 * In a batch only the last message before its end asks for an acknowledgement.  The end itself
 * cannot be asked: kernels before 6.10 do not acknowledge it.
 *
 * A socket has one dump at a time (the kernel answers a second one with -EBUSY until the first has
 * been read to its end), so a dump waits for the one before it, and what was asked behind it waits
 * as well: requests are never reordered.
 *
 * Two buffers, because bytes that are with the kernel must not move while new requests are
 * written.  Pure: the thread is the caller's. */
#include "vrrp/netlink_queue.h"
#include <assert.h>
#include <errno.h>

static void swap_buffers(struct netlink_queue *queue);
static struct netlink_request *front(struct list *list);
static struct netlink_request *find(struct netlink_queue *queue, uint32_t sequence);
static void answered(struct netlink_queue *queue, struct netlink_request *request,
	const struct nlmsghdr *message);
static void finish(struct netlink_queue *queue, struct netlink_request *request,
	const struct netlink_answer *answer);
static void fail_all(struct netlink_queue *queue, struct list *list, int32_t result);

void netlink_queue_init(
	struct netlink_queue *queue, enum netlink_sharing sharing, char *memory, uint32_t capacity)
{
	*queue = (struct netlink_queue){
		.sharing = sharing,
		.next_sequence = 1,
		.filling = memory,
		.sending = memory + capacity,
		.capacity = capacity,
	};
	assert(capacity % 4 == 0);
	list_init(&queue->waiting);
	list_init(&queue->leaving);
	list_init(&queue->in_flight);
}

struct netlink_writer *netlink_queue_begin(
	struct netlink_queue *queue, struct netlink_request *request)
{
	assert(!queue->open && request->done);
	/* What the kernel says of its own accord has number 0, and a request's numbers run without
	 * a break. */
	if (queue->next_sequence > UINT32_MAX / 2)
		queue->next_sequence = 1;
	list_init(&request->link);
	request->first = queue->next_sequence;
	request->interrupted = false;
	netlink_set_answer(&request->failure, 0);
	queue->open = request;
	netlink_writer_init(&queue->writer, queue->filling + queue->filled,
		queue->capacity - queue->filled, queue->next_sequence);
	return &queue->writer;
}

int netlink_queue_end(struct netlink_queue *queue)
{
	struct netlink_request *request = queue->open;
	const struct netlink_writer *writer = &queue->writer;

	assert(request && !writer->open);
	queue->open = NULL;
	if (writer->full)
		return -ENOBUFS;
	assert(writer->sequence != request->first);
	request->batch = writer->batch;
	request->dump = writer->dump;
	/* The end of a batch is not answered; the message before it is. */
	request->last = writer->sequence - (writer->batch ? 2 : 1);
	request->bytes = writer->used;
	queue->next_sequence = writer->sequence;
	queue->filled += writer->used;
	queue->requests++;
	list_append(&queue->waiting, &request->link);
	return 0;
}

bool netlink_queue_take(struct netlink_queue *queue, const char **bytes, uint32_t *len)
{
	uint32_t piece = 0;

	assert(!queue->open);
	if (queue->in_kernel_bytes)
		return false;
	if (list_empty(&queue->leaving))
		swap_buffers(queue);
	if (!list_empty(&queue->leaving))
		queue->piece_first = front(&queue->leaving)->first;
	/* An answer may arrive before the sending is reported, so they are in flight from here. */
	while (!list_empty(&queue->leaving)) {
		struct netlink_request *request = front(&queue->leaving);

		if (request->dump && queue->dump_in_flight)
			break;
		queue->dump_in_flight |= request->dump;
		list_remove(&request->link);
		list_append(&queue->in_flight, &request->link);
		piece += request->bytes;
		if (queue->sharing == NETLINK_APART)
			break;
	}
	*bytes = queue->sending + queue->sending_at;
	*len = piece;
	queue->in_kernel_bytes = piece;
	queue->sending_at += piece;
	assert(queue->sending_at <= queue->sending_bytes);
	return piece > 0;
}

void netlink_queue_sent(struct netlink_queue *queue, int32_t result)
{
	struct list unsent;
	uint32_t first = 0;

	assert(queue->in_kernel_bytes > 0);
	/* Netlink is made of datagrams: it went whole or not at all. */
	assert(result < 0 || (uint32_t)result == queue->in_kernel_bytes);
	queue->in_kernel_bytes = 0;
	if (result >= 0)
		return;
	/* The piece is what was taken last.  Answers to earlier ones may still be unread. */
	list_init(&unsent);
	while (first != queue->piece_first && !list_empty(&queue->in_flight)) {
		struct list *link = queue->in_flight.prev;

		first = container_of(link, struct netlink_request, link)->first;
		list_remove(link);
		list_append(unsent.next, link);
	}
	fail_all(queue, &unsent, result);
}

void netlink_queue_received(struct netlink_queue *queue, const void *bytes, uint32_t len)
{
	const struct nlmsghdr *message;
	uint32_t at = 0;

	while ((message = netlink_next(bytes, len, &at))) {
		struct netlink_request *request = find(queue, message->nlmsg_seq);

		if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
			if (request)
				answered(queue, request, message);
			else
				queue->strays++;
		} else if (request && request->row) {
			request->interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			request->row(request, message);
		} else if (message->nlmsg_type >= NLMSG_MIN_TYPE && queue->event) {
			/* A socket that listens to changes also hears of those it caused. */
			queue->event(queue, message);
		}
	}
}

void netlink_queue_lost(struct netlink_queue *queue)
{
	fail_all(queue, &queue->in_flight, -ENOBUFS);
}

void netlink_queue_abandon(struct netlink_queue *queue, int32_t result)
{
	queue->in_kernel_bytes = 0;
	fail_all(queue, &queue->in_flight, result);
	fail_all(queue, &queue->leaving, result);
	fail_all(queue, &queue->waiting, result);
	queue->filled = 0;
}

static void swap_buffers(struct netlink_queue *queue)
{
	char *empty = queue->sending;

	for (struct list *link; (link = list_take_first(&queue->waiting));)
		list_append(&queue->leaving, link);
	queue->sending = queue->filling;
	queue->sending_bytes = queue->filled;
	queue->sending_at = 0;
	queue->filling = empty;
	queue->filled = 0;
}

static struct netlink_request *front(struct list *list)
{
	return container_of(list->next, struct netlink_request, link);
}

/* Answers come in the order of the requests, so the first look nearly always hits. */
static struct netlink_request *find(struct netlink_queue *queue, uint32_t sequence)
{
	for (struct list *link = queue->in_flight.next; link != &queue->in_flight;
		link = link->next) {
		struct netlink_request *request = container_of(link, struct netlink_request, link);

		if (sequence - request->first <= request->last - request->first)
			return request;
	}
	return NULL;
}

static void answered(struct netlink_queue *queue, struct netlink_request *request,
	const struct nlmsghdr *message)
{
	struct netlink_answer answer;
	bool refused;

	if (!netlink_read_answer(&answer, message)) {
		queue->strays++;
		return;
	}
	request->interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
	if (answer.result != 0 && request->failure.result == 0)
		request->failure = answer;
	refused = request->batch && answer.result != 0 && message->nlmsg_seq == request->first;
	if (message->nlmsg_seq != request->last && !refused)
		return;
	if (request->failure.result != 0)
		answer = request->failure;
	else if (request->interrupted)
		answer = (struct netlink_answer){-EINTR, "changed while it was being listed"};
	finish(queue, request, &answer);
}

static void finish(struct netlink_queue *queue, struct netlink_request *request,
	const struct netlink_answer *answer)
{
	struct netlink_answer copy = *answer;

	list_remove(&request->link);
	if (request->dump)
		queue->dump_in_flight = false;
	queue->answers++;
	queue->failures += copy.result != 0;
	request->done(request, &copy);
}

/* Handlers may queue new requests, also of the same object: those are not among these. */
static void fail_all(struct netlink_queue *queue, struct list *list, int32_t result)
{
	struct netlink_answer answer;
	struct list doomed;

	list_init(&doomed);
	for (struct list *link; (link = list_take_first(list));)
		list_append(&doomed, link);
	netlink_set_answer(&answer, result);
	while (!list_empty(&doomed))
		finish(queue, front(&doomed), &answer);
}
