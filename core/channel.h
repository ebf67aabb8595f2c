/* SPDX-License-Identifier: GPL-2.0-or-later */
/* channel.h - what the keeper and its children say to each other, over a socket pair.
 *
 * One message is one datagram of a SOCK_SEQPACKET pair, with descriptors beside it (SCM_RIGHTS).
 * After an upgrade an old balancer talks to a new keeper, so fields are only ever appended: a
 * reader takes the fields it knows, and what a shorter message lacks reads as 0.
 *
 * Pure: encode and decode.  The rest are the few system calls around them.  Thread: any. */
#ifndef TORC_CORE_CHANNEL_H
#define TORC_CORE_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define CHANNEL_BYTES_MAX 2048
#define CHANNEL_TEXT_MAX  1024
#define CHANNEL_FDS_MAX	  64 /* the kernel passes at most 253 at once */

enum channel_type {
	/* planner -> keeper */
	CHANNEL_PLANNED = 1, /* status, version; descriptors: plan, snapshot */
	/* keeper -> balancer */
	/* generation, pid, count (of sockets), flags; text: the name to go by, or nothing;
	 * descriptors: snapshot[, board][, page] */
	CHANNEL_CONFIGURE,
	CHANNEL_SOCKETS, /* first, count; that many listening sockets */
	CHANNEL_GO,	 /* flags */
	CHANNEL_DRAIN,	 /* [the successor's board] */
	CHANNEL_PAUSE,
	CHANNEL_RESUME,
	CHANNEL_STOP, /* at once */
	/* balancer -> keeper */
	CHANNEL_BOARD, /* the board */
	CHANNEL_READY,
	CHANNEL_STARTED,
	CHANNEL_QUIET,	/* the prober is gone and nothing is accepted any more */
	CHANNEL_FAILED, /* text */
	/* An operator's word for the virtual routers: text, a name or nothing for all of them. */
	CHANNEL_RELEASE,
	CHANNEL_RECLAIM,
	/* keeper -> balancer: text, an address that is another machine's now; count: connections to
	 * it without a request end within so many milliseconds */
	CHANNEL_MOVED,
};

enum {
	CHANNEL_FLAG_PREVIOUS = 1u << 0,  /* CONFIGURE: a previous generation's board is there */
	CHANNEL_FLAG_SILENT = 1u << 1,	  /* GO: standard input, output and error are let go */
	CHANNEL_FLAG_SUCCESSOR = 1u << 2, /* DRAIN: the successor's board is there */
	CHANNEL_FLAG_ROUTERS = 1u << 4, /* CONFIGURE: the page of the virtual routers, at the end */
	CHANNEL_FLAG_FIRST = 1u << 3,	/* CONFIGURE: the first start, messages go to a person */
};

struct channel_message {
	enum channel_type type;
	uint32_t status, version, generation, pid, first, count, flags;
	const char *text; /* of text_len bytes, not terminated; into the buffer read */
	uint32_t text_len;
};

/* Returns the bytes written, at most CHANNEL_BYTES_MAX; text is cut to CHANNEL_TEXT_MAX. */
uint32_t channel_encode(char *out, const struct channel_message *message);
/* False: not a message of this program. */
bool channel_decode(struct channel_message *message, const char *bytes, uint32_t len);

/* Room for one message that is on its way in. */
struct channel_inbox {
	struct msghdr header;
	struct iovec vector;
	uint32_t fd_count;
	int fds[CHANNEL_FDS_MAX];
	char bytes[CHANNEL_BYTES_MAX];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
};

/* Both ends CLOEXEC.  0 or -errno. */
int channel_pair(int ends[2]);
/* Makes inbox->header ready for recvmsg (flags: MSG_CMSG_CLOEXEC). */
void channel_expect(struct channel_inbox *inbox);
/* Takes in what recvmsg returned; the descriptors are then the caller's: channel_take() each one
 * wanted, channel_drop() the rest.  False: no message (descriptors, if any, are closed). */
bool channel_accept(struct channel_inbox *inbox, int64_t result, struct channel_message *message);
/* The descriptor at `at`, now the caller's; -1 when there is none. */
int channel_take(struct channel_inbox *inbox, uint32_t at);
void channel_drop(struct channel_inbox *inbox);

enum channel_wait { CHANNEL_BLOCK, CHANNEL_NO_WAIT };

/* 0 or -errno. */
int channel_send(int fd, const struct channel_message *message, const int *fds, uint32_t fd_count,
	enum channel_wait wait);
/* Waits for the next message.  0, -errno, or -EPIPE when the other end is gone. */
int channel_receive(int fd, struct channel_inbox *inbox, struct channel_message *message);

#endif
