/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - the way to a server.
 *
 * The PROXY header goes out by a plain send(2) as soon as the connect has succeeded, and not with
 * the request in one chain as everything else does: it differs from server to server, so it cannot
 * lie before a request that may be tried elsewhere, and a connection that is just made takes its
 * hundred bytes at once.  What follows is held back until it is there (MSG_MORE), so that both
 * leave in one packet. */
#include "net/link.h"
#include "core/source.h"
#include "net/io/proxy_protocol.h"
#include "net/io/tune.h"
#include <errno.h>

int link_prepare(struct worker *worker, const struct session *session, const struct conn *conn)
{
	const struct server *server = session->server;

	tune_server(conn->fd, server);
	if (!server->source)
		return 0;
	return source_bind(conn->fd, server->address.any.sa_family, server->source,
		&session->peer.any, &worker->source_turn);
}

bool link_greets(const struct server *server)
{
	return server->send_proxy != 0;
}

void link_destination(const struct session *session, union address *address)
{
	socklen_t len = sizeof(*address);

	memset(address, 0, sizeof(*address));
	if (session->destination.any.sa_family != AF_UNSPEC)
		memcpy(address, &session->destination, sizeof(session->destination));
	else if (getsockname(session->client->fd, &address->any, &len) < 0)
		address->any.sa_family = AF_UNSPEC;
}

bool link_greet(const struct session *session, const struct conn *conn)
{
	const struct server *server = session->server;
	bool follows = session->flow[0].out_len > 0;
	char bytes[PROXY_PROTOCOL_ROOM];
	struct proxy_protocol header = {0};
	uint32_t len;

	memcpy(&header.source, &session->peer, sizeof(session->peer));
	link_destination(session, &header.destination);
	if (server->send_proxy == 2)
		len = proxy_protocol_write_binary(bytes, &header,
			server->send_crc32c ? PROXY_PROTOCOL_SUMMED : PROXY_PROTOCOL_PLAIN);
	else
		len = proxy_protocol_write_text(bytes, &header);
	return send(conn->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL | (follows ? MSG_MORE : 0)) ==
	       (ssize_t)len;
}
