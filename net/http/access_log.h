/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access_log.h - one finished session as a line of `option httplog` or `option tcplog`.
 * Source: HAProxy's configuration manual, "HTTP log format" and "TCP log format".  Pure; dates are
 * in the process's time zone. */
#ifndef TORC_NET_HTTP_ACCESS_LOG_H
#define TORC_NET_HTTP_ACCESS_LOG_H

#include "core/config/model.h"
#include "core/span.h"

struct access_record {
	union address client; /* AF_UNIX: "unix:ID" */
	uint32_t listener_id;
	uint64_t accept_wall_ms;
	uint64_t request_wall_ms; /* first byte of the request (accept when none came) */
	const char *frontend, *backend;
	const char *server; /* NULL: <NOSRV>; "<STATS>" and the like as they are */
	bool tls;
	/* milliseconds; -1: that phase was never reached */
	int64_t head_ms, queue_ms, connect_ms, response_ms, active_ms, total_ms;
	int32_t status;			      /* -1: none was sent */
	uint64_t bytes;			      /* to the client, with the head */
	uint64_t bytes_in;		      /* from it */
	int64_t idle_ms;		      /* before the request's first byte */
	int64_t data_ms;		      /* from the response's head to its end; -1 */
	uint64_t request_number, line_number; /* %rt, %lc */
	uint32_t pid;
	struct span unique_id;
	char termination[4]; /* "----" */
	uint32_t process_connections, frontend_connections, backend_connections, server_connections;
	uint32_t retries;
	bool redispatched; /* "+" before the retries */
	bool early;	   /* logasap: "+" before active_ms and bytes */
	uint32_t server_queue, backend_queue;
	/* What was captured of the heads, as it goes into the line: "{a|b}", escaped; len 0: the
	 * frontend captures nothing there. */
	struct span request_captures, response_captures;
	bool has_request;	  /* false: <BADREQ> */
	struct span request_line; /* not escaped; cut to uri_max - 1 bytes */
	uint32_t uri_max;	  /* tune.http.logurilen: HAProxy's buffer for the request
				   * line, a final zero included */
};

/* The text after "haproxy[pid]: ", without a line feed.  Returns its bytes, at most capacity: what
 * does not fit is cut.  No byte outside 32..126 is written, whatever the request held.  Names are
 * written as they are; backend NULL: not routed, the frontend's name stands for it. */
uint32_t access_log_format(char *out, uint32_t capacity, const struct access_record *record);
/* What a frontend without any format of its own says of a request that has come (in mode tcp: of a
 * connection). */
uint32_t access_log_format_connect(char *out, uint32_t capacity, const struct access_record *record,
	const union address *destination, bool http);
/* The same as a line of `option tcplog`. */
uint32_t access_log_format_tcp(char *out, uint32_t capacity, const struct access_record *record);

#endif
