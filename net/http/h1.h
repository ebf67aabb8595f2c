/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1.h - HTTP/1.x framing: bytes in, message heads and body lengths out.
 * Source: RFC 9110, RFC 9112.  Pure: no I/O, no clock, no allocation.
 * Owns:   nothing.  Spans point into the caller's buffer and die with it.
 *
 * Strict: what two readers could frame differently is refused, never forwarded. */
#ifndef TORC_NET_HTTP_H1_H
#define TORC_NET_HTTP_H1_H

#include "core/span.h"
#include <stdbool.h>
#include <stdint.h>

#define H1_FIELDS_MAX 256
#define H1_MORE	      0
#define H1_BAD	      (-1)

enum h1_method {
	H1_METHOD_OTHER,
	H1_METHOD_GET,
	H1_METHOD_HEAD,
	H1_METHOD_POST,
	H1_METHOD_PUT,
	H1_METHOD_DELETE,
	H1_METHOD_OPTIONS,
	H1_METHOD_CONNECT,
	H1_METHOD_TRACE,
	H1_METHOD_PATCH,
};

/* Fields that torc itself looks at; the others keep H1_FIELD_OTHER. */
enum h1_field_id {
	H1_FIELD_OTHER,
	H1_FIELD_HOST,
	H1_FIELD_CONNECTION,
	H1_FIELD_PROXY_CONNECTION,
	H1_FIELD_KEEP_ALIVE,
	H1_FIELD_CONTENT_LENGTH,
	H1_FIELD_TRANSFER_ENCODING,
	H1_FIELD_TE,
	H1_FIELD_TRAILER,
	H1_FIELD_UPGRADE,
	H1_FIELD_EXPECT,
	H1_FIELD_AUTHORIZATION,
	H1_FIELD_PROXY_AUTHORIZATION,
	H1_FIELD_COOKIE,
	H1_FIELD_SET_COOKIE,
	H1_FIELD_MAX_FORWARDS,
	H1_FIELD_X_FORWARDED_FOR,
};

struct h1_field {
	struct span name;	  /* as it came: the case is kept */
	struct span value;	  /* without the white space around it */
	struct span line;	  /* the whole line with its CRLF, for copying */
	uint8_t id;		  /* enum h1_field_id */
	bool named_by_connection; /* Connection lists it: not to be forwarded (9110 7.6.1) */
};

enum h1_body {
	H1_BODY_NONE,
	H1_BODY_LENGTH, /* body_bytes octets */
	H1_BODY_CHUNKED,
	H1_BODY_UNTIL_CLOSE, /* responses only (9112 6.3, rule 8) */
};

struct h1_limits {
	uint32_t head_bytes; /* longer: 431 (414 when it is still the request line) */
	uint32_t fields;     /* more: 431; at most H1_FIELDS_MAX */
	/* Bytes that no grammar allows pass in targets, names and values, as far as no reader can
	 * take them for the end of one: no CR, LF or NUL anywhere, no white space or colon in
	 * names, no white space or control byte in targets.  What frames a message is read as ever.
	 */
	bool lax;
};

struct h1_head {
	struct span start_line;	    /* without its CRLF */
	struct span method, target; /* requests */
	struct span path;	    /* of the target: from its first "/" to its end, for
				     * origin-form and absolute-form; the target otherwise */
	struct span authority;	    /* of an absolute-form target, or CONNECT's: what Host has to
				     * say when it is forwarded (9112 3.2.2); else len 0 */
	struct span reason;	    /* responses */
	uint16_t status;	    /* responses */
	uint8_t minor;		    /* HTTP/1.minor, 0 or 1 (a higher one counts as 1) */
	uint8_t method_id;	    /* enum h1_method */
	uint8_t body;		    /* enum h1_body */
	bool keep_alive;	    /* what version and Connection ask for (9112 9.3) */
	bool says_keep_alive;	    /* Connection: keep-alive was written out */
	bool says_close;
	bool expects_continue;	  /* Expect: 100-continue, in an HTTP/1.1 request */
	bool wants_upgrade;	  /* Upgrade, named by Connection */
	bool drop_content_length; /* came with Transfer-Encoding: must not be forwarded, and the
				   * connection must be closed after the answer (6.1) */
	uint64_t body_bytes;
	uint32_t field_count;
	struct h1_field fields[H1_FIELDS_MAX];

	uint16_t fault;		  /* after H1_BAD: the status to answer, 400 414 431 501 505 */
	uint32_t fault_at;	  /* offset of the byte that is wrong, for `show errors` */
	const char *fault_reason; /* what is wrong, a static text */
};

/* Reads one request head from buf[0, len).
 * Returns the bytes it occupies, H1_MORE when it is not complete, or H1_BAD with fault set.
 * *scanned is 0 for a new head and is given back with the same bytes and more (they may have
 * moved); what it holds is for these functions only.  It makes a head that comes byte by byte cost
 * linear time.  After H1_MORE nothing in *head may be used.  What is bad already is said at once,
 * not only when the head is complete.
 * Up to one empty line before the request line is skipped (9112 2.2); a head made only of that
 * is H1_MORE. */
int32_t h1_read_request(struct h1_head *head, const char *buf, uint32_t len, uint32_t *scanned,
	const struct h1_limits *limits);

/* The same for a response to a request with this method.  Interim responses (1xx) have no body.
 * H1_BAD means 502 to the client. */
int32_t h1_read_response(struct h1_head *head, const char *buf, uint32_t len, uint32_t *scanned,
	const struct h1_limits *limits, enum h1_method request_method);

/* Chunked transfer coding, RFC 9112 7.1.  Strict: CRLF only, sizes of 1 to 16 hex digits that fit
 * 63 bits, extensions by their grammar, trailer fields by theirs and without the fields that may
 * not be trailers (9110 6.5.1: framing, routing, authentication): those of enum h1_field_id. */
struct h1_chunks {
	uint64_t chunk_left_bytes; /* of the chunk at hand */
	uint64_t data_bytes;	   /* decoded so far */
	uint32_t line_bytes;	   /* of the size line or of the trailers so far */
	uint32_t limit_bytes;	   /* for line_bytes; set by the initialiser */
	uint16_t state;
	uint16_t aux;	    /* trailers: names that the name at hand may still become */
	uint8_t name_bytes; /* trailers: of the name at hand so far; size line: digits */
	bool strip;	    /* take the framing away: for an HTTP/1.0 receiver */
	const char *fault_reason;
};

enum h1_chunks_result { H1_CHUNKS_MORE, H1_CHUNKS_END, H1_CHUNKS_BAD };

void h1_chunks_init(struct h1_chunks *chunks, bool strip, uint32_t limit_bytes);
/* Reads buf[0, len).  *used: how many of these bytes belong to the body (all unless END or BAD).
 * *kept: how many bytes at the start of buf are to be passed on: *used, or, when stripping, the
 * data alone, moved together to the front. */
enum h1_chunks_result h1_chunks_read(
	struct h1_chunks *chunks, char *buf, uint32_t len, uint32_t *used, uint32_t *kept);

/* Which method this is; H1_METHOD_OTHER: none that torc knows. */
enum h1_method h1_method_of(struct span method);
/* First field with this id, or NULL. */
const struct h1_field *h1_find(const struct h1_head *head, enum h1_field_id id);
/* Is `token` an element of a comma-separated list (case-insensitive)? */
bool h1_list_has(struct span list, struct span token);

#endif
