/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1_chunks.c - the chunked transfer coding, one buffer at a time.
 *
 * Chunked bodies are parsed and never forwarded blind: a server behind us must find the same end
 * of the body that we found.  So the sloppy spellings that others let pass (a bare LF, blanks
 * after a size, a size that overflows) are refused here, although HAProxy accepts some of them
 * and writes the framing anew: torc forwards the bytes as they came and therefore has to vouch
 * for them.
 *
 * The framing is walked byte by byte through the states below; the data is skipped (or, when the
 * framing is taken away, moved) as a whole, so a large chunk costs one step per buffer.
 *
 *   SIZE -> (AFTER_SIZE, extensions) -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE ..
 *                                         | size 0
 *                                         v
 *                                    TRAILER_LINE -> NAME -> VALUE -> LF -> TRAILER_LINE ..
 *                                         | CR
 *                                         v
 *                                       END_LF -> OVER
 *
 * Pure; any thread.  Source: RFC 9112 7.1; RFC 9110 5.6.4, 6.5. */
#include "net/http/h1.h"
#include "net/http/h1_bytes.h"
#include "net/http/h1_fields.h"

enum state {
	SIZE,
	BEFORE_EXTENSION, /* blanks were there: only ";" can follow */
	EXTENSION_START,  /* after ";" */
	EXTENSION_NAME,
	EXTENSION_EQUALS, /* blanks after a name: "=" or ";" */
	EXTENSION_VALUE_START,
	EXTENSION_VALUE,
	EXTENSION_QUOTED,
	EXTENSION_ESCAPED,
	EXTENSION_END, /* after a closing quote */
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	TRAILER_LINE,
	TRAILER_NAME,
	TRAILER_VALUE,
	TRAILER_LF,
	END_LF,
	OVER,
	BAD,
};

#define SIZE_DIGITS_MAX 16

void h1_chunks_init(struct h1_chunks *chunks, bool strip, uint32_t limit_bytes)
{
	*chunks = (struct h1_chunks){.strip = strip, .limit_bytes = limit_bytes, .state = SIZE};
}

static enum state step(struct h1_chunks *chunks, char byte);

enum h1_chunks_result h1_chunks_read(
	struct h1_chunks *chunks, char *buf, uint32_t len, uint32_t *used, uint32_t *kept)
{
	uint32_t at = 0, data_end = 0;

	while (at < len && chunks->state < OVER) {
		if (chunks->state == DATA) {
			uint64_t left = chunks->chunk_left_bytes;
			uint32_t bytes = left < len - at ? (uint32_t)left : len - at;

			if (chunks->strip)
				memmove(buf + data_end, buf + at, bytes);
			data_end += bytes;
			at += bytes;
			chunks->data_bytes += bytes;
			chunks->chunk_left_bytes -= bytes;
			if (chunks->chunk_left_bytes == 0)
				chunks->state = DATA_CR;
			continue;
		}
		chunks->state = (uint16_t)step(chunks, buf[at]);
		if (chunks->state != BAD)
			at++;
	}
	*used = at;
	*kept = chunks->strip ? data_end : at;
	if (chunks->state == BAD)
		return H1_CHUNKS_BAD;
	return chunks->state == OVER ? H1_CHUNKS_END : H1_CHUNKS_MORE;
}

static enum state fault(struct h1_chunks *chunks, const char *reason)
{
	chunks->fault_reason = reason;
	return BAD;
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* chunk-size = 1*HEXDIG */
static enum state step_size(struct h1_chunks *chunks, char byte)
{
	if (h1_byte_is(byte, H1_BYTE_HEX)) {
		uint64_t digit = (uint64_t)(byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);

		if (chunks->name_bytes++ == SIZE_DIGITS_MAX || chunks->chunk_left_bytes >> 59)
			return fault(chunks, "chunk size too large");
		chunks->chunk_left_bytes = chunks->chunk_left_bytes << 4 | digit;
		return SIZE;
	}
	if (chunks->name_bytes == 0)
		return fault(chunks, "chunk without a size");
	if (byte == '\r')
		return SIZE_LF;
	if (byte == ';')
		return EXTENSION_START;
	if (is_blank(byte))
		return BEFORE_EXTENSION;
	return fault(chunks, "byte that is not allowed in a chunk size");
}

/* chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) */
static enum state step_extension(struct h1_chunks *chunks, char byte)
{
	bool token = h1_byte_is(byte, H1_BYTE_TOKEN);

	switch ((enum state)chunks->state) {
	case EXTENSION_START:
		if (is_blank(byte))
			return EXTENSION_START;
		if (token)
			return EXTENSION_NAME;
		break;
	case EXTENSION_NAME:
		if (token)
			return EXTENSION_NAME;
		if (byte == '\r')
			return SIZE_LF;
		/* fall through */
	case EXTENSION_EQUALS:
		if (is_blank(byte))
			return EXTENSION_EQUALS;
		if (byte == '=')
			return EXTENSION_VALUE_START;
		if (byte == ';')
			return EXTENSION_START;
		break;
	case EXTENSION_VALUE_START:
		if (is_blank(byte))
			return EXTENSION_VALUE_START;
		if (byte == '"')
			return EXTENSION_QUOTED;
		if (token)
			return EXTENSION_VALUE;
		break;
	case EXTENSION_QUOTED:
		if (byte == '"')
			return EXTENSION_END;
		if (byte == '\\')
			return EXTENSION_ESCAPED;
		if (h1_byte_is(byte, H1_BYTE_QUOTED))
			return EXTENSION_QUOTED;
		break;
	case EXTENSION_ESCAPED:
		if (h1_byte_is(byte, H1_BYTE_TEXT))
			return EXTENSION_QUOTED;
		break;
	case EXTENSION_VALUE:
		if (token)
			return EXTENSION_VALUE;
		/* fall through */
	case EXTENSION_END:
		if (byte == '\r')
			return SIZE_LF;
		/* fall through */
	default: /* BEFORE_EXTENSION */
		if (is_blank(byte))
			return BEFORE_EXTENSION;
		if (byte == ';')
			return EXTENSION_START;
	}
	return fault(chunks, "malformed chunk extension");
}

/* A field line of the trailer section: the same grammar as in a head, and none of the fields that
 * torc itself acts upon when they stand in a head (RFC 9110 6.5.1).  Their names are ruled out
 * letter by letter, so that no name has to be stored. */
static enum state step_trailer(struct h1_chunks *chunks, char byte)
{
	switch ((enum state)chunks->state) {
	case TRAILER_LINE:
		if (byte == '\r')
			return END_LF;
		chunks->aux = H1_NAMES_ALL;
		chunks->name_bytes = 0;
		/* fall through */
	case TRAILER_NAME:
		if (byte == ':' && chunks->state == TRAILER_NAME) {
			if (h1_names_end(chunks->aux, chunks->name_bytes))
				return fault(chunks, "field that is not allowed in trailers");
			return TRAILER_VALUE;
		}
		if (!h1_byte_is(byte, H1_BYTE_TOKEN))
			return fault(chunks, "byte that is not allowed in a trailer's name");
		chunks->aux = h1_names_narrow(chunks->aux, chunks->name_bytes, byte);
		if (chunks->aux)
			chunks->name_bytes++;
		return TRAILER_NAME;
	case TRAILER_VALUE:
		if (byte == '\r')
			return TRAILER_LF;
		if (!h1_byte_is(byte, H1_BYTE_TEXT))
			return fault(chunks, "byte that is not allowed in a trailer's value");
		return TRAILER_VALUE;
	default: /* TRAILER_LF */
		return byte == '\n' ? TRAILER_LINE : fault(chunks, "CR without LF");
	}
}

/* One byte of framing. */
static enum state step(struct h1_chunks *chunks, char byte)
{
	if (++chunks->line_bytes > chunks->limit_bytes)
		return fault(chunks, "chunk line or trailers too long");
	switch ((enum state)chunks->state) {
	case SIZE:
		return step_size(chunks, byte);
	case SIZE_LF:
		if (byte != '\n')
			return fault(chunks, "CR without LF");
		chunks->line_bytes = 0;
		return chunks->chunk_left_bytes ? DATA : TRAILER_LINE;
	case DATA_CR:
		return byte == '\r' ? DATA_LF : fault(chunks, "no CRLF after a chunk");
	case DATA_LF:
		chunks->line_bytes = 0;
		chunks->name_bytes = 0;
		return byte == '\n' ? SIZE : fault(chunks, "no CRLF after a chunk");
	case TRAILER_LINE:
	case TRAILER_NAME:
	case TRAILER_VALUE:
	case TRAILER_LF:
		return step_trailer(chunks, byte);
	case END_LF:
		return byte == '\n' ? OVER : fault(chunks, "CR without LF");
	default:
		return step_extension(chunks, byte);
	}
}
