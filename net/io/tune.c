/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tune.c - what the configuration asks of the kernel for TCP sockets.
 *
 * A kernel that refuses one of these says so in nobody's way: the service does not depend on it. */
#include "net/io/tune.h"
#include <netinet/in.h>
#include <netinet/tcp.h>

#define DEFER_S		1 /* a client without a byte is accepted after about this long */
#define FAST_OPEN_QUEUE 256

static void set(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

static void set_keepalive(int fd, const struct tcp_keepalive *keepalive)
{
	set(fd, SOL_SOCKET, SO_KEEPALIVE, keepalive->on);
	if (keepalive->count)
		set(fd, IPPROTO_TCP, TCP_KEEPCNT, (int)keepalive->count);
	if (keepalive->idle_s)
		set(fd, IPPROTO_TCP, TCP_KEEPIDLE, (int)keepalive->idle_s);
	if (keepalive->interval_s)
		set(fd, IPPROTO_TCP, TCP_KEEPINTVL, (int)keepalive->interval_s);
}

static void set_reset(int fd, bool on)
{
	struct linger linger = {.l_onoff = on, .l_linger = 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void tune_listener(int fd, const struct listener *listener)
{
	const struct proxy *frontend = listener->proxy;

	if (listener->address.any.sa_family == AF_UNIX)
		return;
	set_keepalive(fd, &frontend->client_keepalive);
	set_reset(fd, frontend->no_linger);
	set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, listener->defer_accept ? DEFER_S : 0);
	set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)listener->user_timeout_ms);
	set(fd, IPPROTO_TCP, TCP_MAXSEG, (int)listener->segment_bytes);
	set(fd, IPPROTO_TCP, TCP_FASTOPEN, listener->fast_open ? FAST_OPEN_QUEUE : 0);
}

void tune_server(int fd, const struct server *server)
{
	const struct proxy *backend = server->proxy;

	if (server->address.any.sa_family == AF_UNIX)
		return;
	if (backend->server_keepalive.on)
		set_keepalive(fd, &backend->server_keepalive);
	if (backend->no_linger)
		set_reset(fd, true);
	if (server->user_timeout_ms)
		set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)server->user_timeout_ms);
}
