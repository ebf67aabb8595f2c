/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session.h - the state machine between one client and one server: events in, actions out.
 *
 * A session lives as long as its client's connection and carries one request after the other.
 * Two flows run through it, the request's and the response's; each holds at most one buffer with
 * bytes that came and one piece that is on its way out, and receives no more until that piece
 * has left.  That is the whole flow control.
 *
 *   WAIT --bytes--> HEAD --complete--> CONNECT --sent--> FORWARD --both flows over--> WAIT
 *                     |                   |  ^              |                          (keep-alive)
 *                   fault              failed |           error                    or LINGER, OVER
 *                     |                   v   |             |
 *                     +----> ANSWER <--- RETRY              +----> ANSWER, or OVER when the
 *                                                                  response has begun
 *
 * Pure: no socket, no clock, no allocation.  Time and the board come with the environment; what
 * is to be done stands in session->actions after every step and is done by the worker.
 * Source: RFC 9110, RFC 9112; HAProxy's behaviour where those are silent.
 * Owns:   the buffers of its flows (one reference each).  Thread: its worker's. */
#ifndef TORC_NET_HTTP_SESSION_H
#define TORC_NET_HTTP_SESSION_H

#include "core/board.h"
#include "core/timer.h"
#include "net/http/access_log.h"
#include "net/http/h1.h"
#include "net/io/buffer.h"
#include "net/lb/balance.h"

struct rule_room;
#include "net/lb/load.h"
#include "net/lb/queue.h"

enum session_phase {
	SESSION_WAIT,	 /* no byte of a request yet */
	SESSION_HEAD,	 /* a part of a head is here */
	SESSION_QUEUE,	 /* waits for a place at a server */
	SESSION_RETRY,	 /* a connect failed; the same server is tried again in a moment */
	SESSION_CONNECT, /* a server connection is being made */
	SESSION_FORWARD, /* the flows run */
	SESSION_TARPIT,	 /* an answer of our own waits: whoever asked for it is to lose time */
	SESSION_ANSWER,	 /* an answer of our own is being sent */
	SESSION_LINGER,	 /* all is sent; what a client still sends that did not expect the end is
			  * thrown away for a while, since closing over its bytes would reset the
			  * connection, and take from it what it has not read yet */
	SESSION_OVER,	 /* both connections are on their way out */
};

enum session_event {
	SESSION_CLIENT_BYTES, /* flow[0].in has grown */
	SESSION_CLIENT_EOF,
	SESSION_CLIENT_ERROR, /* reset, time-out of the kernel, .. */
	SESSION_CLIENT_SENT,  /* flow[1]'s piece has left whole */
	SESSION_CLIENT_TIMEOUT,
	SESSION_SERVER_CONNECTED,
	SESSION_SERVER_REUSED,	/* instead of connecting a kept connection was taken */
	SESSION_SERVER_REFUSED, /* the connect failed; session->error says how */
	SESSION_SERVER_BYTES,	/* flow[1].in has grown */
	SESSION_SERVER_EOF,
	SESSION_SERVER_ERROR,
	SESSION_SERVER_SENT, /* flow[0]'s piece has left whole */
	SESSION_SERVER_SEND_ERROR,
	SESSION_SERVER_TIMEOUT,
	SESSION_RELAYED,  /* a body went by splice: session->relayed_bytes more have left */
	SESSION_CALLED,	  /* there is a place at session->place.server, or it has to choose again */
	SESSION_SHUTDOWN, /* the server was marked down, or an operator ended the session */
};

/* What the worker has to do after a step, in this order. */
enum session_action {
	SESSION_DROP_SERVER = 1 << 0,	/* close the server's connection now, with what is in it */
	SESSION_PART_SERVER = 1 << 1,	/* the exchange is over: let the server close first */
	SESSION_ABORT_CONNECT = 1 << 2, /* give the connect up; SERVER_REFUSED follows */
	SESSION_DO_CONNECT =
		1 << 3, /* to session->server, then send flow[0]'s piece, then receive;
			 * SERVER_REUSED when a connection was kept that session->reuse allows */
	SESSION_SEND_SERVER = 1 << 4, /* flow[0]'s piece */
	SESSION_RECV_SERVER = 1 << 5,
	SESSION_FILL_ANSWER = 1 << 6, /* make the next piece of the statistics */
	SESSION_SEND_CLIENT = 1 << 7, /* flow[1]'s piece */
	SESSION_RECV_CLIENT = 1 << 8,
	SESSION_SPLICE_REQUEST = 1 << 9, /* move flow[0].left bytes without touching them */
	SESSION_SPLICE_RESPONSE = 1 << 10,
	SESSION_SHUT_CLIENT = 1 << 11, /* no more will be sent (FIN), go on receiving */
	SESSION_SHUT_SERVER = 1 << 12, /* the same towards the server */
	SESSION_END = 1 << 13,	       /* close both and forget the session */
	SESSION_KEEP_SERVER = 1 << 14, /* the exchange is over and was clean: the server's
					* connection may serve another */
};

enum flow_state {
	FLOW_HEAD, /* its head is not complete */
	FLOW_BODY,
	FLOW_DONE, /* framed to its end; a piece may still be leaving */
};

struct flow {
	struct buffer *in;   /* bytes received and not consumed, or NULL */
	struct buffer *held; /* the hands': what the piece lies in, when `in` has moved on */
	const char *out;     /* the piece on its way */
	uint32_t out_len;
	uint8_t state;	     /* enum flow_state */
	uint8_t body;	     /* enum h1_body */
	bool spliced;	     /* the rest of the body is the relay's */
	bool ended;	     /* the sender has said its end (EOF) */
	uint32_t scanned;    /* see h1_read_request */
	uint32_t run_bytes;  /* a tunnel's: in full buffers, one right after the other */
	uint64_t left_bytes; /* of a body of known length; UINT64_MAX: a tunnel's */
	struct h1_chunks chunks;
};

/* A request that is whole in one buffer can be sent again: what left, until an answer comes. */
struct replay {
	struct buffer *in; /* the hands': holds the bytes */
	const char *at;
	uint32_t len; /* 0: there is nothing to send again */
};

struct conn;
struct relay;
struct stats_cursor;

/* Where the session came from: small, since tens of thousands wait. */
union session_peer {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct session {
	struct list link; /* the worker's list of sessions */
	uint32_t id;
	uint8_t phase;			   /* enum session_phase */
	uint32_t actions;		   /* enum session_action, set by a step */
	struct conn *client, *server_conn; /* the hands' */
	struct relay *relays[2];	   /* the hands': bodies that are being spliced, by flow */
	struct stats_cursor *cursor;	   /* the hands': statistics being written */

	const struct proxy *frontend, *backend; /* backend: NULL until routed */
	const struct listener *listener;
	const struct server *server; /* the one chosen, or NULL */
	union session_peer peer;
	union session_peer destination; /* of a PROXY header; family AF_UNSPEC: the socket's */

	struct flow flow[2]; /* 0: request, client to server; 1: response */
	struct replay replay;
	struct list kept; /* the hands': idle connections of this client's own */
	uint32_t kept_count;
	uint32_t line_len;		  /* of `line` */
	const struct server *last_server; /* of a connection that is bound to this client */

	struct queue_place place; /* in a queue */

	struct timer client_timer, server_timer;
	uint32_t client_timeout_ms, server_timeout_ms; /* what the timers were last set by */

	/* the transaction at hand */
	uint8_t method;	   /* enum h1_method */
	bool http10;	   /* the client speaks HTTP/1.0 */
	bool asked_as_10;  /* its request left as HTTP/1.0 */
	bool keep_alive;   /* the client's connection goes on after this answer */
	bool asks_to_stay; /* the client wants that: it may be sending its next request */
	bool counted_backend, counted_server; /* gauges that have been raised */
	bool response_begun;		      /* something of the final answer went to the client */
	bool redispatched;
	bool queued;	     /* in a line, or called and not told yet */
	bool hashed;	     /* the backend balances by a key and the request has one */
	bool upgrade;	     /* the request asks for another protocol */
	bool tunnel;	     /* it was granted, or mode tcp: bytes pass both ways, unread */
	bool tcp;	     /* of a frontend in mode tcp: there is no transaction but this one */
	bool server_is_deaf; /* it takes no more of the request */
	uint8_t reuse;	     /* enum reuse: what may be taken instead of a new connection */
	bool reused;	     /* the connection at hand had served before */
	bool keep_server;    /* so far nothing speaks against using it again */
	bool bound;	     /* it authenticates this client: nobody else may have it, ever */
	bool unsent; /* the hands': a reused connection failed, and not a byte of the request left
		      */
	bool logged; /* option logasap: its line is written */
	bool connect_timed_out;
	bool stats;	       /* more pieces of the statistics are to be made */
	bool stats_answered;   /* the answer was the statistics: <STATS> */
	bool answer_uncounted; /* the log shows 0 bytes for this answer */
	bool first_request;
	bool moved;		  /* the address that the client came to is another machine's now */
	bool awaits_proxy_header; /* accept-proxy: the client's address comes first */
	bool got_bytes;		  /* anything at all on this connection */
	uint32_t hash;		  /* its number */
	uint32_t server_queue, backend_queue; /* how many were served from there, until it was */
	const struct server *tried;	      /* the last one it was connected to, or NULL */
	uint32_t requests;		      /* finished on this connection */
	uint32_t tries;			      /* connects that failed */
	int32_t error;			      /* of the last failed connect, -errno */
	uint16_t status;		      /* sent to the client; 0 none */
	uint8_t interims;		      /* answers before the final one */
	char term[4];
	uint8_t log_level; /* of http-request set-log-level, plus one; 0: as usual */
	bool log_silent;   /* no line for this one */
	uint8_t relayed_flow;
	const struct server *wanted_server; /* of use-server, or NULL */
	char *captures;		/* lent by the worker, or NULL: see net/rules/capture.h */
	char *line;		/* line_bytes lent by the worker, or NULL */
	uint64_t relayed_bytes; /* argument of SESSION_RELAYED */

	uint64_t number; /* of the request (in mode tcp: the connection) in the process */
	char *unique_id; /* UNIQUE_ID_BYTES lent by the worker, or NULL */
	uint8_t unique_id_len;
	uint64_t accept_ms;
	uint64_t wait_ms; /* since when this request is waited for: the accept, the end of the last
			   */
	uint64_t start_ms, start_wall_ms; /* first byte of the request (accept before that) */
	uint64_t head_ms, queued_ms, connect_ms, response_ms; /* moments; 0 not reached */
	uint64_t bytes_in, bytes_out;
	uint64_t last_byte_ms; /* for `show sess` */
};

/* The ends of a session's connections that a log line may name. */
enum session_end {
	SESSION_CAME_TO,   /* where the client connected to */
	SESSION_WENT_FROM, /* our end towards the server */
	SESSION_WENT_TO,   /* the server */
};

/* What a step may look at and whom it may tell. */
struct session_environment {
	uint64_t now_ms, wall_ms;
	uint64_t turn; /* of the loop, for which the above were read */
	struct timer_wheel *timers;
	const struct config *config;
	const struct board *board;
	uint32_t worker;
	struct balance *balances;    /* by proxy index */
	struct load *load;	     /* of all workers */
	struct queue *queues;	     /* by proxy index */
	struct queue_inbox *inboxes; /* by worker */
	/* A session of another worker lies in its inbox. */
	void (*wake)(struct session_environment *env, uint32_t worker);
	bool draining;
	bool splice; /* bodies may be spliced */
	uint32_t splice_min_bytes;
	struct h1_head *head; /* scratch, one per worker */
	char *scratch;	      /* tune.bufsize + BUFFER_HEADROOM bytes */
	uint32_t scratch_bytes;
	struct h1_limits limits;
	uint32_t line_bytes; /* of the request line, kept for the log: tune.http.logurilen */
	/* A transaction is over and is to be logged. */
	void (*log)(struct session_environment *env, const struct session *session,
		const struct access_record *record);
	/* A request has come (in mode tcp: a client) to a frontend that logs, and says not how. */
	void (*log_connect)(struct session_environment *env, const struct session *session);
	/* A message was refused: for `show errors`.  `at` is the offset of the wrong byte. */
	void (*refused)(struct session_environment *env, const struct session *session,
		bool response, const char *bytes, uint32_t len, uint32_t at);
	uint64_t request_count; /* of this worker, for session.number */
	/* An address that is asked for by a log line: AF_UNSPEC when there is none. */
	void (*address_of)(struct session_environment *env, const struct session *session,
		enum session_end end, union address *address);
	/* Room for a unique id, or NULL when none is left. */
	char *(*lend_unique_id)(struct session_environment *env);
	void (*return_unique_id)(struct session_environment *env, char *id);
	/* Has the client sent more than was received?  To close over it resets the connection, and
	 * what the client has not read yet is lost (RFC 9112 9.6). */
	bool (*more_waits)(struct session_environment *env, const struct session *session);
	/* Room for the request line, or NULL when none is left (the line is then logged empty). */
	char *(*lend_line)(struct session_environment *env);
	void (*return_line)(struct session_environment *env, char *line);
	/* The request is for the statistics: lays the first piece of the answer into the response
	 * flow and gives its status (200, 401).  False: there is no room for another one now. */
	bool (*begin_stats)(struct session_environment *env, struct session *session,
		const struct h1_head *head, struct span rest, uint32_t *status);

	/* What rules need (net/rules/rules.h); NULL: no proxy has any. */
	struct rule_room *rules;
	/* The address that the client came to.  False: it is not to be known. */
	bool (*local_address)(struct session_environment *env, const struct session *session,
		union address *address);
	/* Room for what is captured: config->capture_bytes, or NULL. */
	char *(*lend_captures)(struct session_environment *env);
	void (*return_captures)(struct session_environment *env, char *captures);
	/* An empty buffer of tune.bufsize, held by the flow, for a piece that is written there;
	 * NULL: none is left. */
	struct buffer *(*lend_piece)(struct session_environment *env, struct flow *flow);
};

/* A client was accepted.  Sets the first actions and timers. */
void session_begin(struct session *session, struct session_environment *env);
/* One event; session->actions is replaced. */
void session_step(
	struct session *session, struct session_environment *env, enum session_event event);
/* The worker is draining: a waiting session ends. */
void session_drain(struct session *session, struct session_environment *env);
/* The address that its client came to has moved to another machine.  The answer at hand is the
 * last; without a request the session ends within idle_ms. */
void session_moved(struct session *session, struct session_environment *env, uint32_t idle_ms);

const char *session_phase_name(enum session_phase phase);

#endif
