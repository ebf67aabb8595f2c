/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whatever a netlink socket receives: requests end at most once, with a result that is one and
 * words that can be logged; rows that are accepted make sense.
 *
 * Input: one byte that chooses what is waited for (bit 0: a dump, bit 1: a batch, bit 2: a plain
 * request), then one datagram.  Their numbers are 1, 2..5 and 6. */
#include "vrrp/nat.h"
#include "vrrp/netlink_queue.h"
#include "vrrp/watch.h"
#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct errand {
	struct netlink_request request;
	uint32_t times;
};

static struct nat_check nat;

static void check_text(const char *text, size_t capacity)
{
	assert(strnlen(text, capacity) < capacity);
}

static void check_prefix(uint8_t family, uint8_t bits)
{
	assert(family == AF_INET || family == AF_INET6);
	assert(bits <= 8 * vrrp_ip_bytes(family));
}

static void look_at(const struct nlmsghdr *message)
{
	struct watch_event event;

	nat_check_row(&nat, message);
	if (!watch_read(&event, message))
		return;
	switch (event.kind) {
	case WATCH_ADDRESS:
		check_prefix(event.address.family, event.address.prefix_bits);
		assert(event.address.ip.family == event.address.family);
		check_text(event.address.label, sizeof(event.address.label));
		break;
	case WATCH_LINK:
		assert(event.link.index > 0 && event.link.name[0]);
		check_text(event.link.name, sizeof(event.link.name));
		check_text(event.link.kind, sizeof(event.link.kind));
		break;
	case WATCH_ROUTE:
		check_prefix(event.route.family, event.route.to_bits);
		check_prefix(event.route.family, event.route.from_bits);
		break;
	case WATCH_RULE:
		check_prefix(event.rule.family, event.rule.from_bits);
		check_prefix(event.rule.family, event.rule.to_bits);
		check_text(event.rule.in_interface, sizeof(event.rule.in_interface));
		check_text(event.rule.out_interface, sizeof(event.rule.out_interface));
		break;
	case WATCH_NEIGHBOUR:
		check_prefix(event.neighbour.ip.family, 0);
		break;
	}
}

static void on_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	(void)request;
	look_at(message);
}

static void on_event(struct netlink_queue *queue, const struct nlmsghdr *message)
{
	(void)queue;
	look_at(message);
}

static void on_done(struct netlink_request *request, const struct netlink_answer *answer)
{
	container_of(request, struct errand, request)->times++;
	assert(answer->result <= 0 && answer->result >= -4095);
	check_text(answer->text, sizeof(answer->text));
	for (const char *at = answer->text; *at; at++)
		assert(*at >= ' ' && *at <= '~');
}

static void ask(struct netlink_queue *queue, struct errand *errand, uint32_t first, uint32_t count)
{
	uint32_t header = 0;
	struct netlink_writer *writer;

	errand->request.done = on_done;
	queue->next_sequence = first;
	writer = netlink_queue_begin(queue, &errand->request);
	writer->batch = count > 1;
	for (uint32_t i = 0; i < count; i++) {
		netlink_begin(writer, RTM_GETADDR, errand->request.row ? NLM_F_DUMP : NLM_F_ACK,
			&header, sizeof(header));
		netlink_end(writer);
	}
	assert(netlink_queue_end(queue) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static _Alignas(4) char memory[1024], scratch[24576];
	struct errand errands[3] = {{.request.row = on_row}};
	static const uint32_t first[3] = {1, 2, 6}, count[3] = {1, 4, 1};
	static const struct nat_plan plan;
	struct netlink_queue queue;
	const char *bytes;
	uint32_t len;
	char *exact;

	if (size == 0)
		return 0;
	assert(nat_bytes(&plan) <= sizeof(scratch));
	nat_check_begin(&nat, &plan, scratch);
	netlink_queue_init(&queue, NETLINK_TOGETHER, memory, sizeof(memory) / 2);
	queue.event = on_event;
	for (uint32_t i = 0; i < 3; i++)
		if (data[0] & 1u << i)
			ask(&queue, &errands[i], first[i], count[i]);
	while (netlink_queue_take(&queue, &bytes, &len))
		netlink_queue_sent(&queue, (int32_t)len);
	exact = malloc(size);
	memcpy(exact, data + 1, size - 1);
	netlink_queue_received(&queue, exact, (uint32_t)size - 1);
	nat_check_end(&nat);
	netlink_queue_abandon(&queue, -ECANCELED);
	for (uint32_t i = 0; i < 3; i++)
		assert(errands[i].times == ((data[0] & 1u << i) != 0));
	free(exact);
	return 0;
}
