/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.c - messages between the keeper and its children.
 *
 * Everything is a 32-bit word in the machine's own order (both ends are on one machine), a text
 * at the end, and descriptors beside it.  The kernel keeps messages apart and in order
 * (SOCK_SEQPACKET) and tells by end-of-file that the other side is gone, also when it was killed:
 * that is how a balancer notices that it is an orphan. */
#include "core/channel.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAGIC 0x74726363u /* "trcc" */

/* In the order of the wire; a new one goes to the end. */
enum field {
	FIELD_MAGIC,
	FIELD_TYPE,
	FIELD_HEAD_BYTES,
	FIELD_TEXT_BYTES,
	FIELD_STATUS,
	FIELD_VERSION,
	FIELD_GENERATION,
	FIELD_PID,
	FIELD_FIRST,
	FIELD_COUNT,
	FIELD_FLAGS,
	FIELDS
};
#define FIELDS_LEAST (FIELD_TEXT_BYTES + 1)

uint32_t channel_encode(char *out, const struct channel_message *message)
{
	uint32_t text_len = message->text_len;
	uint32_t fields[FIELDS];

	if (text_len > CHANNEL_TEXT_MAX)
		text_len = CHANNEL_TEXT_MAX;
	fields[FIELD_MAGIC] = MAGIC;
	fields[FIELD_TYPE] = (uint32_t)message->type;
	fields[FIELD_HEAD_BYTES] = sizeof(fields);
	fields[FIELD_TEXT_BYTES] = text_len;
	fields[FIELD_STATUS] = message->status;
	fields[FIELD_VERSION] = message->version;
	fields[FIELD_GENERATION] = message->generation;
	fields[FIELD_PID] = message->pid;
	fields[FIELD_FIRST] = message->first;
	fields[FIELD_COUNT] = message->count;
	fields[FIELD_FLAGS] = message->flags;
	memcpy(out, fields, sizeof(fields));
	if (text_len)
		memcpy(out + sizeof(fields), message->text, text_len);
	return (uint32_t)sizeof(fields) + text_len;
}

bool channel_decode(struct channel_message *message, const char *bytes, uint32_t len)
{
	uint32_t fields[FIELDS] = {0};
	uint32_t head_bytes;

	*message = (struct channel_message){0};
	if (len < FIELDS_LEAST * sizeof(uint32_t))
		return false;
	memcpy(fields, bytes, FIELDS_LEAST * sizeof(uint32_t));
	head_bytes = fields[FIELD_HEAD_BYTES];
	if (fields[FIELD_MAGIC] != MAGIC || head_bytes < FIELDS_LEAST * sizeof(uint32_t) ||
		head_bytes > len || fields[FIELD_TEXT_BYTES] != len - head_bytes)
		return false;
	memcpy(fields, bytes, head_bytes < sizeof(fields) ? head_bytes : sizeof(fields));
	message->type = (enum channel_type)fields[FIELD_TYPE];
	message->status = fields[FIELD_STATUS];
	message->version = fields[FIELD_VERSION];
	message->generation = fields[FIELD_GENERATION];
	message->pid = fields[FIELD_PID];
	message->first = fields[FIELD_FIRST];
	message->count = fields[FIELD_COUNT];
	message->flags = fields[FIELD_FLAGS];
	message->text = bytes + head_bytes;
	message->text_len = len - head_bytes;
	return true;
}

int channel_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

void channel_expect(struct channel_inbox *inbox)
{
	inbox->vector = (struct iovec){.iov_base = inbox->bytes, .iov_len = sizeof(inbox->bytes)};
	inbox->header = (struct msghdr){
		.msg_iov = &inbox->vector,
		.msg_iovlen = 1,
		.msg_control = inbox->control,
		.msg_controllen = sizeof(inbox->control),
	};
	inbox->fd_count = 0;
}

static void collect_fds(struct channel_inbox *inbox)
{
	struct msghdr *header = &inbox->header;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		size_t count;

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		assert(inbox->fd_count + count <= CHANNEL_FDS_MAX);
		memcpy(&inbox->fds[inbox->fd_count], CMSG_DATA(part), count * sizeof(int));
		inbox->fd_count += (uint32_t)count;
	}
}

bool channel_accept(struct channel_inbox *inbox, int64_t result, struct channel_message *message)
{
	if (result < 0)
		return false;
	collect_fds(inbox);
	if (result > 0 && !(inbox->header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
		channel_decode(message, inbox->bytes, (uint32_t)result))
		return true;
	channel_drop(inbox);
	return false;
}

int channel_take(struct channel_inbox *inbox, uint32_t at)
{
	int fd;

	if (at >= inbox->fd_count)
		return -1;
	fd = inbox->fds[at];
	inbox->fds[at] = -1;
	return fd;
}

void channel_drop(struct channel_inbox *inbox)
{
	for (uint32_t i = 0; i < inbox->fd_count; i++)
		if (inbox->fds[i] >= 0)
			close(inbox->fds[i]);
	inbox->fd_count = 0;
}

int channel_send(int fd, const struct channel_message *message, const int *fds, uint32_t fd_count,
	enum channel_wait wait)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)] = {0};
	char bytes[CHANNEL_BYTES_MAX];
	struct iovec vector = {.iov_base = bytes, .iov_len = channel_encode(bytes, message)};
	struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
	int flags = MSG_NOSIGNAL | (wait == CHANNEL_NO_WAIT ? MSG_DONTWAIT : 0);

	assert(fd_count <= CHANNEL_FDS_MAX);
	if (fd_count > 0) {
		struct cmsghdr *part;

		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		part = CMSG_FIRSTHDR(&header);
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(part), fds, sizeof(int) * fd_count);
	}
	while (sendmsg(fd, &header, flags) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int channel_receive(int fd, struct channel_inbox *inbox, struct channel_message *message)
{
	ssize_t received;

	do {
		channel_expect(inbox);
		received = recvmsg(fd, &inbox->header, MSG_CMSG_CLOEXEC);
	} while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	if (received == 0)
		return -EPIPE;
	return channel_accept(inbox, received, message) ? 0 : -EPROTO;
}
