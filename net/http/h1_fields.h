/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1_fields.h - the fields that torc itself reads: which they are and what their values say.
 * Source: RFC 9110 5.6, 7.2, 8.6; RFC 9112 6.  Pure; for the h1_*.c and message.c files only. */
#ifndef TORC_NET_HTTP_H1_FIELDS_H
#define TORC_NET_HTTP_H1_FIELDS_H

#include "net/http/h1.h"

/* Which field has this name, whatever the case of its letters. */
enum h1_field_id h1_field_id(struct span name);

/* Is this no token, but one of those names once the bytes that do not belong in a token are left
 * out?  Some readers do leave them out. */
bool h1_name_resembles_ours(struct span name);

/* h1_field_id() for a name that comes byte by byte: a set of names that the bytes so far may still
 * become, one bit for each of enum h1_field_id but OTHER. */
#define H1_NAMES_ALL 0xffffu
uint16_t h1_names_narrow(uint16_t set, uint32_t position, char byte);
/* Is a name of this many bytes one of the set, whole? */
bool h1_names_end(uint16_t set, uint32_t bytes);

/* Takes the next element off a comma-separated list, without the white space around it; it may be
 * empty.  False when the list is used up.  A comma inside a quoted string ends an element too:
 * none of the lists read here has quoted strings. */
bool h1_list_next(struct span *list, struct span *element);

/* A Content-Length value: one decimal, or a list of equal ones (RFC 9112 6.3, rule 5), below
 * 2^63.  NULL, or what is wrong with it. */
const char *h1_read_content_length(struct span value, uint64_t *length);

enum h1_coding {
	H1_CODING_CHUNKED, /* chunked, once, without parameters */
	H1_CODING_UNKNOWN, /* before the final chunked a coding that torc does not have */
	H1_CODING_ENDLESS, /* other codings without a final chunked */
	H1_CODING_MALFORMED,
};
/* A Transfer-Encoding value (RFC 9112 6.1, 7). */
enum h1_coding h1_read_transfer_encoding(struct span value);

/* uri-host [ ":" port ] of RFC 9110 7.2; may be empty.  *port_digits: how many digits the port
 * has (a bare colon has none), -1 without a colon. */
bool h1_is_authority(struct span value, int32_t *port_digits);

#endif
