/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests and answers without a kernel: each request hears its own end, once, in every order in
 * which answers, refusals, losses and failures to send may come. */
#include "vrrp/netlink_queue.h"
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define CAPACITY 256

struct errand {
	struct netlink_request request;
	uint32_t times, rows;
	int32_t result;
	char text[NETLINK_TEXT_BYTES];
	struct netlink_queue *again; /* done: asks once more */
};

static _Alignas(4) char memory[2 * CAPACITY];
static struct netlink_queue queue;
static uint32_t events;

static void count_event(struct netlink_queue *of, const struct nlmsghdr *message)
{
	(void)of;
	(void)message;
	events++;
}

static void errand_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	(void)message;
	container_of(request, struct errand, request)->rows++;
}

static int ask(struct errand *errand, uint16_t flags, uint32_t messages);

static void errand_done(struct netlink_request *request, const struct netlink_answer *answer)
{
	struct errand *errand = container_of(request, struct errand, request);
	struct netlink_queue *again = errand->again;

	errand->times++;
	errand->result = answer->result;
	memcpy(errand->text, answer->text, NETLINK_TEXT_BYTES);
	errand->again = NULL;
	if (again)
		assert_int_equal(ask(errand, NLM_F_ACK, 1), 0);
}

/* Messages of 20 bytes each. */
static int ask(struct errand *errand, uint16_t flags, uint32_t messages)
{
	struct netlink_writer *writer;
	uint32_t header = 0;

	errand->request.done = errand_done;
	errand->request.row = flags & NLM_F_DUMP ? errand_row : NULL;
	writer = netlink_queue_begin(&queue, &errand->request);
	for (uint32_t i = 0; i < messages; i++) {
		netlink_begin(writer, RTM_NEWADDR, flags, &header, sizeof(header));
		netlink_end(writer);
	}
	return netlink_queue_end(&queue);
}

static int ask_batch(struct errand *errand, uint32_t messages)
{
	struct netlink_writer *writer;
	uint32_t header = 0;

	errand->request.done = errand_done;
	errand->request.row = NULL;
	writer = netlink_queue_begin(&queue, &errand->request);
	writer->batch = true;
	for (uint32_t i = 0; i < messages; i++) {
		netlink_begin(writer, RTM_NEWADDR, 0, &header, sizeof(header));
		netlink_end(writer);
	}
	return netlink_queue_end(&queue);
}

/* What the kernel says to one number. */
static void say(uint16_t type, uint16_t flags, uint32_t sequence, int32_t error)
{
	_Alignas(4) char bytes[64] = {0};
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);

	message->nlmsg_type = type;
	message->nlmsg_flags = flags;
	message->nlmsg_seq = sequence;
	if (type == NLMSG_ERROR) {
		struct nlmsgerr *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

		body->error = error;
		message->nlmsg_flags |= NLM_F_CAPPED;
	} else {
		*(int32_t *)mnl_nlmsg_put_extra_header(message, sizeof(int32_t)) = error;
	}
	netlink_queue_received(&queue, bytes, message->nlmsg_len);
}

static uint32_t take(void)
{
	const char *bytes;
	uint32_t len;

	if (!netlink_queue_take(&queue, &bytes, &len))
		return 0;
	assert_true(bytes >= memory && bytes + len <= memory + sizeof(memory));
	return len;
}

static uint32_t send_all(void)
{
	uint32_t pieces = 0, len;

	while ((len = take())) {
		netlink_queue_sent(&queue, (int32_t)len);
		pieces++;
	}
	return pieces;
}

static int setup(void **state)
{
	(void)state;
	netlink_queue_init(&queue, NETLINK_TOGETHER, memory, CAPACITY);
	queue.event = count_event;
	events = 0;
	return 0;
}

static void test_answers_find_their_requests(void **state)
{
	struct errand errands[4] = {0};

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(ask(&errands[i], NLM_F_ACK, i == 2 ? 3 : 1), 0);
	assert_int_equal(take(), 6 * 20);
	/* The answers may be there before the sending is reported. */
	say(NLMSG_ERROR, 0, errands[1].request.first, -EPERM);
	netlink_queue_sent(&queue, 6 * 20);
	assert_int_equal(errands[1].times, 1);
	assert_int_equal(errands[1].result, -EPERM);
	assert_string_equal(errands[1].text, "Operation not permitted");
	say(NLMSG_ERROR, 0, errands[0].request.first, 0);
	assert_int_equal(errands[0].times, 1);
	/* Several messages: the last answer ends it, the first error is told. */
	say(NLMSG_ERROR, 0, errands[2].request.first, 0);
	say(NLMSG_ERROR, 0, errands[2].request.first + 1, -EEXIST);
	assert_int_equal(errands[2].times, 0);
	say(NLMSG_ERROR, 0, errands[2].request.last, 0);
	assert_int_equal(errands[2].times, 1);
	assert_int_equal(errands[2].result, -EEXIST);
	say(NLMSG_ERROR, 0, errands[3].request.first, 0);
	assert_true(netlink_queue_idle(&queue));
	/* Nobody's answers. */
	say(NLMSG_ERROR, 0, errands[3].request.first, 0);
	say(NLMSG_ERROR, 0, 0, 0);
	say(NLMSG_DONE, 0, 4711, 0);
	assert_int_equal(queue.strays, 3);
	assert_int_equal(queue.failures, 2);
}

static void test_dumps_and_news(void **state)
{
	struct errand dump = {0}, change = {0};

	(void)state;
	assert_int_equal(ask(&dump, NLM_F_DUMP, 1), 0);
	assert_int_equal(ask(&change, NLM_F_ACK, 1), 0);
	send_all();
	say(RTM_NEWADDR, NLM_F_MULTI, dump.request.first, 0);
	/* A change that we caused ourselves has our number, and is news all the same. */
	say(RTM_NEWADDR, 0, change.request.first, 0);
	say(RTM_DELADDR, 0, 0, 0);
	say(NLMSG_NOOP, 0, 0, 0);
	say(RTM_NEWADDR, NLM_F_MULTI, dump.request.first, 0);
	say(NLMSG_DONE, NLM_F_MULTI, dump.request.first, 0);
	assert_int_equal(dump.rows, 2);
	assert_int_equal(dump.times, 1);
	assert_int_equal(dump.result, 0);
	assert_int_equal(events, 2);
	assert_int_equal(change.times, 0);
	/* Its end may be refused, and its rows may not belong together. */
	assert_int_equal(ask(&dump, NLM_F_DUMP, 1), 0);
	send_all();
	say(NLMSG_DONE, NLM_F_MULTI, dump.request.first, -ENODEV);
	assert_int_equal(dump.result, -ENODEV);
	assert_int_equal(ask(&dump, NLM_F_DUMP, 1), 0);
	send_all();
	say(RTM_NEWADDR, NLM_F_MULTI | NLM_F_DUMP_INTR, dump.request.first, 0);
	say(NLMSG_DONE, NLM_F_MULTI, dump.request.first, 0);
	assert_int_equal(dump.result, -EINTR);
	assert_int_equal(dump.times, 3);
}

/* The kernel runs one dump at a time; what stands behind the second one waits with it. */
static void test_dumps_wait_for_each_other(void **state)
{
	struct errand dumps[2] = {0}, changes[2] = {0};

	(void)state;
	assert_int_equal(ask(&dumps[0], NLM_F_DUMP, 1), 0);
	assert_int_equal(ask(&changes[0], NLM_F_ACK, 1), 0);
	assert_int_equal(ask(&dumps[1], NLM_F_DUMP, 1), 0);
	assert_int_equal(ask(&changes[1], NLM_F_ACK, 1), 0);
	assert_int_equal(take(), 40);
	netlink_queue_sent(&queue, 40);
	assert_int_equal(take(), 0);
	assert_false(netlink_queue_idle(&queue));
	say(NLMSG_ERROR, 0, changes[0].request.first, 0);
	assert_int_equal(take(), 0);
	say(NLMSG_DONE, NLM_F_MULTI, dumps[0].request.first, 0);
	assert_int_equal(take(), 40);
	netlink_queue_sent(&queue, 40);
	say(NLMSG_DONE, NLM_F_MULTI, dumps[1].request.first, 0);
	say(NLMSG_ERROR, 0, changes[1].request.first, 0);
	assert_true(netlink_queue_idle(&queue));
}

static void test_batches(void **state)
{
	struct errand batch = {0};

	(void)state;
	netlink_queue_init(&queue, NETLINK_APART, memory, CAPACITY);
	/* All is well: one answer, to the message before the closing bracket. */
	assert_int_equal(ask_batch(&batch, 4), 0);
	send_all();
	assert_int_equal(batch.request.last, batch.request.first + 2);
	say(NLMSG_ERROR, 0, batch.request.last, 0);
	assert_int_equal(batch.times, 1);
	assert_int_equal(batch.result, 0);
	/* A message within is refused: others may be, too; the end is acknowledged all the same. */
	assert_int_equal(ask_batch(&batch, 4), 0);
	send_all();
	say(NLMSG_ERROR, 0, batch.request.first + 1, -EINVAL);
	assert_int_equal(batch.times, 1);
	say(NLMSG_ERROR, 0, batch.request.last, -ENOENT);
	assert_int_equal(batch.times, 2);
	assert_int_equal(batch.result, -EINVAL);
	/* The whole is refused: nothing else need come. */
	assert_int_equal(ask_batch(&batch, 4), 0);
	send_all();
	say(NLMSG_ERROR, 0, batch.request.first, -EPERM);
	assert_int_equal(batch.times, 3);
	assert_int_equal(batch.result, -EPERM);
	/* And if it comes, it is nobody's. */
	say(NLMSG_ERROR, 0, batch.request.last, 0);
	assert_int_equal(batch.times, 3);
	assert_int_equal(queue.strays, 1);
	assert_true(netlink_queue_idle(&queue));
}

/* nfnetlink reads one batch in a datagram. */
static void test_apart_is_one_by_one(void **state)
{
	struct errand batches[3] = {0};

	(void)state;
	netlink_queue_init(&queue, NETLINK_APART, memory, CAPACITY);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(ask_batch(&batches[i], 3), 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(take(), 60);
		assert_int_equal(take(), 0);
		netlink_queue_sent(&queue, 60);
	}
	assert_int_equal(take(), 0);
}

static void test_bytes_stay_while_they_are_sent(void **state)
{
	struct errand first = {0}, more[CAPACITY / 20 + 1] = {0};
	const char *bytes;
	char copy[20];
	uint32_t len;

	(void)state;
	assert_int_equal(ask(&first, NLM_F_ACK, 1), 0);
	assert_true(netlink_queue_take(&queue, &bytes, &len));
	memcpy(copy, bytes, 20);
	/* The other buffer fills up, and says so. */
	for (uint32_t i = 0; i < CAPACITY / 20; i++)
		assert_int_equal(ask(&more[i], NLM_F_ACK, 1), 0);
	assert_int_equal(ask(&more[CAPACITY / 20], NLM_F_ACK, 1), -ENOBUFS);
	assert_memory_equal(copy, bytes, 20);
	netlink_queue_sent(&queue, 20);
	assert_int_equal(take(), CAPACITY / 20 * 20);
	/* With the first one free there is room again. */
	assert_int_equal(ask(&more[CAPACITY / 20], NLM_F_ACK, 1), 0);
	netlink_queue_abandon(&queue, -ECANCELED);
	assert_int_equal(more[0].times, 1);
	assert_int_equal(more[CAPACITY / 20].times, 1);
	assert_int_equal(more[CAPACITY / 20].result, -ECANCELED);
	assert_true(netlink_queue_idle(&queue));
}

static void test_what_could_not_be_sent_fails_alone(void **state)
{
	struct errand earlier = {0}, unsent[2] = {0}, later = {0};

	(void)state;
	assert_int_equal(ask(&earlier, NLM_F_ACK, 1), 0);
	send_all();
	assert_int_equal(ask(&unsent[0], NLM_F_ACK, 1), 0);
	assert_int_equal(ask(&unsent[1], NLM_F_ACK, 1), 0);
	assert_int_equal(take(), 40);
	assert_int_equal(ask(&later, NLM_F_ACK, 1), 0);
	netlink_queue_sent(&queue, -ENOMEM);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(unsent[i].times, 1);
		assert_int_equal(unsent[i].result, -ENOMEM);
	}
	assert_int_equal(earlier.times, 0);
	say(NLMSG_ERROR, 0, earlier.request.first, 0);
	assert_int_equal(earlier.times, 1);
	assert_int_equal(earlier.result, 0);
	assert_int_equal(take(), 20);
	assert_int_equal(later.times, 0);
}

/* Answers were dropped: all that is under way is told, and may ask again at once. */
static void test_losses_are_told(void **state)
{
	struct errand errands[3] = {0};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		errands[i].again = &queue;
		assert_int_equal(ask(&errands[i], i ? NLM_F_ACK : NLM_F_DUMP, 1), 0);
	}
	send_all();
	netlink_queue_lost(&queue);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(errands[i].times, 1);
		assert_int_equal(errands[i].result, -ENOBUFS);
	}
	assert_int_equal(send_all(), 1);
	for (uint32_t i = 0; i < 3; i++) {
		say(NLMSG_ERROR, 0, errands[i].request.first, 0);
		assert_int_equal(errands[i].times, 2);
	}
	assert_true(netlink_queue_idle(&queue));
}

static void test_numbers_start_over(void **state)
{
	struct errand errand = {0};

	(void)state;
	queue.next_sequence = UINT32_MAX / 2;
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(ask(&errand, NLM_F_ACK, 2), 0);
		send_all();
		assert_true(errand.request.first > 0);
		assert_int_equal(errand.request.last, errand.request.first + 1);
		say(NLMSG_ERROR, 0, errand.request.last, 0);
		assert_int_equal(errand.times, i + 1);
	}
	assert_int_equal(queue.next_sequence, 5);
}

static void test_a_cut_datagram_is_read_as_far_as_it_goes(void **state)
{
	_Alignas(4) char bytes[128] = {0};
	struct errand errands[2] = {0};
	uint32_t used = 0;

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(ask(&errands[i], NLM_F_ACK, 1), 0);
	send_all();
	for (uint32_t i = 0; i < 2; i++) {
		struct nlmsghdr *message = mnl_nlmsg_put_header(bytes + used);

		message->nlmsg_type = NLMSG_ERROR;
		message->nlmsg_flags = NLM_F_CAPPED;
		message->nlmsg_seq = errands[i].request.first;
		mnl_nlmsg_put_extra_header(message, sizeof(struct nlmsgerr));
		used += message->nlmsg_len;
	}
	for (uint32_t cut = 0; cut < used; cut++) {
		char *exact = malloc(cut ? cut : 1);

		memcpy(exact, bytes, cut);
		netlink_queue_received(&queue, exact, cut);
		assert_int_equal(errands[0].times, cut >= used / 2);
		assert_int_equal(errands[1].times, 0);
		free(exact);
	}
	netlink_queue_received(&queue, bytes, used);
	assert_int_equal(errands[1].times, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_answers_find_their_requests, setup),
		cmocka_unit_test_setup(test_dumps_and_news, setup),
		cmocka_unit_test_setup(test_dumps_wait_for_each_other, setup),
		cmocka_unit_test_setup(test_batches, setup),
		cmocka_unit_test_setup(test_apart_is_one_by_one, setup),
		cmocka_unit_test_setup(test_bytes_stay_while_they_are_sent, setup),
		cmocka_unit_test_setup(test_what_could_not_be_sent_fails_alone, setup),
		cmocka_unit_test_setup(test_losses_are_told, setup),
		cmocka_unit_test_setup(test_numbers_start_over, setup),
		cmocka_unit_test_setup(test_a_cut_datagram_is_read_as_far_as_it_goes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
