/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.h - the near end of a connection to a server, as the word `source` wants it.
 * Thread: any; the socket is the caller's. */
#ifndef TORC_CORE_SOURCE_H
#define TORC_CORE_SOURCE_H

#include "core/config/model.h"

/* Ports of a range that are tried before a connect is given up. */
#define SOURCE_TRIES_MAX 64u

/* Binds a new socket of `family`.  `client` is whom the connection is made for (usesrc client and
 * clientip; NULL: a probe, which comes from an address of ours).  *turn says where in a range of
 * ports to begin, and is moved on.  0 or -errno: -EADDRNOTAVAIL when no port of the range was
 * free, -EAFNOSUPPORT when the client's address cannot be one of this family. */
int source_bind(int fd, sa_family_t family, const struct source *source,
	const struct sockaddr *client, uint32_t *turn);

#endif
