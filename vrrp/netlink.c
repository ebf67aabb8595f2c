/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink.c - the grammar that all of netlink shares: messages, attributes, answers.
 *
 * What the kernel is told and what it says back is written and read here and in the files that
 * know one kind of object each (vip, route, rule, neighbour, link, nft).  None of them touches a
 * socket, so all of it is tested with tables and fuzzed.
 *
 * The kernel is trusted with the machine, but its messages are read as if they came from outside:
 * a newer kernel may send an attribute in another size, a datagram may be cut, and a mistake here
 * would be made in the process that holds the addresses.  So every value is taken only in the
 * size that is expected, and what does not fit is as good as absent.
 *
 * Runs on whatever thread owns the buffer: the speaker's, or a test's. */
#include "vrrp/netlink.h"
#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_HEADER	 ((uint32_t)sizeof(struct nlmsghdr))
#define ATTRIBUTE_HEADER ((uint32_t)sizeof(struct nlattr))

static uint32_t aligned(uint32_t len);
static uint32_t room(const struct netlink_writer *writer);
static void file_attributes(
	const struct nlattr **table, uint32_t count, const char *bytes, uint32_t len);
static void read_words(struct netlink_answer *answer, const char *bytes, uint32_t len);
static void make_printable(char *text);

void netlink_writer_init(
	struct netlink_writer *writer, char *bytes, uint32_t capacity, uint32_t sequence)
{
	*writer =
		(struct netlink_writer){.bytes = bytes, .capacity = capacity, .sequence = sequence};
	assert(((uintptr_t)bytes & 3) == 0);
}

void netlink_begin(struct netlink_writer *writer, uint16_t type, uint16_t flags, const void *header,
	uint32_t header_bytes)
{
	struct nlmsghdr *message;

	assert(!writer->open);
	if (writer->full || room(writer) < MESSAGE_HEADER + aligned(header_bytes)) {
		writer->full = true;
		return;
	}
	message = mnl_nlmsg_put_header(writer->bytes + writer->used);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = writer->sequence++;
	memcpy(mnl_nlmsg_put_extra_header(message, header_bytes), header, header_bytes);
	writer->dump |= (flags & NLM_F_DUMP) == NLM_F_DUMP;
	writer->open = message;
}

void netlink_end(struct netlink_writer *writer)
{
	if (writer->full)
		return;
	assert(writer->open && aligned(writer->open->nlmsg_len) <= room(writer));
	writer->used += aligned(writer->open->nlmsg_len);
	writer->last = writer->open;
	writer->open = NULL;
}

void netlink_put(struct netlink_writer *writer, uint16_t type, const void *bytes, uint32_t len)
{
	char *end;

	if (writer->full)
		return;
	assert(writer->open);
	end = (char *)writer->open + writer->open->nlmsg_len;
	if (!mnl_attr_put_check(writer->open, room(writer), type, len, bytes)) {
		writer->full = true;
		writer->open = NULL;
		return;
	}
	/* libmnl leaves in the padding what was in the buffer before. */
	memset(end + ATTRIBUTE_HEADER + len, 0, aligned(len) - len);
}

void netlink_put_u8(struct netlink_writer *writer, uint16_t type, uint8_t value)
{
	netlink_put(writer, type, &value, sizeof(value));
}

void netlink_put_u16(struct netlink_writer *writer, uint16_t type, uint16_t value)
{
	netlink_put(writer, type, &value, sizeof(value));
}

void netlink_put_u32(struct netlink_writer *writer, uint16_t type, uint32_t value)
{
	netlink_put(writer, type, &value, sizeof(value));
}

void netlink_put_be32(struct netlink_writer *writer, uint16_t type, uint32_t value)
{
	netlink_put_u32(writer, type, htonl(value));
}

void netlink_put_text(struct netlink_writer *writer, uint16_t type, const char *text)
{
	netlink_put(writer, type, text, (uint32_t)strlen(text) + 1);
}

void netlink_put_ip(struct netlink_writer *writer, uint16_t type, const struct vrrp_ip *ip)
{
	if (ip->family != AF_UNSPEC)
		netlink_put(writer, type, ip->bytes, vrrp_ip_bytes(ip->family));
}

struct nlattr *netlink_nest_begin(struct netlink_writer *writer, uint16_t type)
{
	struct nlattr *nest = NULL;

	if (writer->full)
		return NULL;
	assert(writer->open);
	nest = mnl_attr_nest_start_check(writer->open, room(writer), type);
	if (!nest) {
		writer->full = true;
		writer->open = NULL;
	}
	return nest;
}

void netlink_nest_end(struct netlink_writer *writer, struct nlattr *nest)
{
	if (writer->full)
		return;
	/* The length of an attribute has 16 bits, and whoever writes long lists splits them. */
	assert((char *)mnl_nlmsg_get_payload_tail(writer->open) - (char *)nest <= UINT16_MAX);
	mnl_attr_nest_end(writer->open, nest);
}

const struct nlmsghdr *netlink_next(const void *bytes, uint32_t len, uint32_t *at)
{
	const struct nlmsghdr *message = (const void *)((const char *)bytes + *at);

	/* mnl_nlmsg_ok() compares as signed numbers: a length of 2 GB and more passes it. */
	if (*at >= len || len - *at < MESSAGE_HEADER || message->nlmsg_len < MESSAGE_HEADER ||
		message->nlmsg_len > len - *at)
		return NULL;
	/* The last message may end unaligned; then this is beyond the end, which is the end. */
	*at += aligned(message->nlmsg_len);
	return message;
}

bool netlink_read(const struct nlmsghdr *message, void *header, uint32_t header_bytes,
	const struct nlattr **table, uint32_t count)
{
	uint32_t payload = message->nlmsg_len - MESSAGE_HEADER;
	const char *bytes = mnl_nlmsg_get_payload(message);

	memset(table, 0, count * sizeof(const struct nlattr *));
	if (payload < header_bytes)
		return false;
	memcpy(header, bytes, header_bytes);
	if (payload > aligned(header_bytes))
		file_attributes(table, count, bytes + aligned(header_bytes),
			payload - aligned(header_bytes));
	return true;
}

void netlink_read_nest(const struct nlattr *nest, const struct nlattr **table, uint32_t count)
{
	memset(table, 0, count * sizeof(const struct nlattr *));
	if (nest)
		file_attributes(
			table, count, mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest));
}

uint8_t netlink_u8(const struct nlattr *attribute, uint8_t otherwise)
{
	uint8_t value;

	return netlink_copy(attribute, &value, sizeof(value)) ? value : otherwise;
}

uint32_t netlink_u32(const struct nlattr *attribute, uint32_t otherwise)
{
	uint32_t value;

	return netlink_copy(attribute, &value, sizeof(value)) ? value : otherwise;
}

uint32_t netlink_be32(const struct nlattr *attribute, uint32_t otherwise)
{
	uint32_t value;

	return netlink_copy(attribute, &value, sizeof(value)) ? ntohl(value) : otherwise;
}

bool netlink_copy(const struct nlattr *attribute, void *out, uint32_t bytes)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != bytes)
		return false;
	memcpy(out, mnl_attr_get_payload(attribute), bytes);
	return true;
}

bool netlink_text(const struct nlattr *attribute, char *out, uint32_t capacity)
{
	uint32_t len = attribute ? mnl_attr_get_payload_len(attribute) : 0;
	const char *text = attribute ? mnl_attr_get_payload(attribute) : NULL;

	out[0] = '\0';
	if (len > 0 && text[len - 1] == '\0')
		len--;
	if (len == 0 || len >= capacity || memchr(text, '\0', len))
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

bool netlink_ip(const struct nlattr *attribute, uint8_t family, struct vrrp_ip *ip)
{
	*ip = (struct vrrp_ip){.family = AF_UNSPEC};
	if (vrrp_ip_bytes(family) == 0 ||
		!netlink_copy(attribute, ip->bytes, vrrp_ip_bytes(family)))
		return false;
	ip->family = family;
	return true;
}

bool netlink_read_answer(struct netlink_answer *answer, const struct nlmsghdr *message)
{
	const char *payload = mnl_nlmsg_get_payload(message);
	uint32_t len = message->nlmsg_len - MESSAGE_HEADER;
	uint32_t skip = sizeof(int32_t);
	struct nlmsgerr error;

	if (message->nlmsg_type == NLMSG_ERROR) {
		if (len < sizeof(error))
			return false;
		memcpy(&error, payload, sizeof(error));
		answer->result = error.error;
		/* The refused request is repeated unless the socket asked for NETLINK_CAP_ACK. */
		skip = message->nlmsg_flags & NLM_F_CAPPED || error.msg.nlmsg_len < MESSAGE_HEADER
			       ? (uint32_t)sizeof(error)
			       : (uint32_t)sizeof(int32_t) + aligned(error.msg.nlmsg_len);
	} else if (message->nlmsg_type == NLMSG_DONE) {
		/* A multi-part answer of old ends with no value at all. */
		answer->result = 0;
		if (len >= sizeof(int32_t))
			memcpy(&answer->result, payload, sizeof(int32_t));
	} else {
		return false;
	}
	/* A dump's end may carry what its handler returned, which is not always negative. */
	if (answer->result > 0 || answer->result < -4095)
		answer->result = answer->result > 0 ? 0 : -EPROTO;
	netlink_set_answer(answer, answer->result);
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && skip < len)
		read_words(answer, payload + skip, len - skip);
	return true;
}

void netlink_set_answer(struct netlink_answer *answer, int32_t result)
{
	const char *text = result ? strerrordesc_np(-result) : "";

	answer->result = result;
	snprintf(answer->text, sizeof(answer->text), "%s", text ? text : "unknown error");
}

static uint32_t aligned(uint32_t len)
{
	return (len + 3) & ~3u;
}

static uint32_t room(const struct netlink_writer *writer)
{
	return writer->capacity - writer->used;
}

static void file_attributes(
	const struct nlattr **table, uint32_t count, const char *bytes, uint32_t len)
{
	while (len >= ATTRIBUTE_HEADER) {
		const struct nlattr *attribute = (const void *)bytes;
		uint32_t step;

		if (attribute->nla_len < ATTRIBUTE_HEADER || attribute->nla_len > len)
			return;
		if (mnl_attr_get_type(attribute) < count)
			table[mnl_attr_get_type(attribute)] = attribute;
		step = aligned(attribute->nla_len);
		if (step >= len)
			return;
		bytes += step;
		len -= step;
	}
}

/* The kernel's sentence, or at least what it misses (since Linux 6.1). */
static void read_words(struct netlink_answer *answer, const char *bytes, uint32_t len)
{
	const struct nlattr *table[NLMSGERR_ATTR_MAX + 1] = {NULL};
	char words[NETLINK_TEXT_BYTES];
	uint32_t missing;

	file_attributes(table, NLMSGERR_ATTR_MAX + 1, bytes, len);
	if (netlink_text(table[NLMSGERR_ATTR_MSG], words, sizeof(words))) {
		memcpy(answer->text, words, sizeof(words));
		make_printable(answer->text);
	} else if (netlink_copy(table[NLMSGERR_ATTR_MISS_TYPE], &missing, sizeof(missing))) {
		snprintf(answer->text, sizeof(answer->text), "attribute %u is missing", missing);
	}
}

static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
