/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.h - the listening sockets, which outlive every balancer.
 *
 * The keeper opens them, keeps them, and lends them to balancers.  A socket is known by its key
 * (the canonical form of all that makes it); a reload that wants the same key gets the same
 * socket, with whatever waits in its accept queue.
 *
 * A reload is a transaction: sockets_acquire() opens what is missing, then either
 * sockets_commit() lets go of what is no longer wanted, or sockets_abandon() puts everything back
 * as it was.
 * Owns:   the descriptors and the table.  Thread: the keeper's. */
#ifndef TORC_CORE_SOCKETS_H
#define TORC_CORE_SOCKETS_H

#include "core/plan.h"

#define SOCKETS_PROBLEM_BYTES 512

struct held_socket {
	int fd;
	char *key;
	char *text; /* as written, for messages */
	sa_family_t family;
	uint32_t backlog;
	bool inherited; /* fd@N */
	bool shared;	/* another process listens on it too: closed without a shutdown */
	bool fresh;	/* opened by the transaction under way */
	bool wanted;	/* by the plan of the transaction under way */
	bool displaced; /* taken out of listening to make room for a fresh one */
};

struct sockets {
	struct held_socket *items;
	uint32_t count, room;
	bool disturbed; /* an abandoned transaction took a socket out of listening for a
			 * moment: whoever accepts from it has to start anew */
};

/* Fills fds[0, listener_count) of the plan.  0, or -errno with the words for it in `problem`;
 * after an error the table is as before.  -EADDRINUSE is worth another try for a second: a killed
 * ring lets go of its sockets late. */
int sockets_acquire(struct sockets *sockets, const struct plan *plan, int *fds, char *problem);
void sockets_commit(struct sockets *sockets);
void sockets_abandon(struct sockets *sockets);

/* Takes in a socket that an earlier program of this process has left behind. */
void sockets_adopt(
	struct sockets *sockets, int fd, const char *key, const char *text, uint32_t backlog);
/* Offers inherited listening sockets (-x) to the next acquire: matched by address. */
void sockets_offer(struct sockets *sockets, int fd);

/* Connections are refused while paused, the addresses stay ours. */
void sockets_pause(struct sockets *sockets);
void sockets_resume(struct sockets *sockets);
void sockets_close(struct sockets *sockets);

/* Closes every listening socket that this process was started with and that the plan does not
 * name: a client of such a neighbour would wait for ever. */
void sockets_close_neighbours(const struct plan *plan);

#endif
