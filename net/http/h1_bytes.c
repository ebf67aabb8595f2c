/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1_bytes.c - the table of byte classes.
 *
 * One byte of flags for every byte value: a constant of the program, shared by all threads.  The
 * unit test computes it once more from the grammar's own lists. */
#include "net/http/h1_bytes.h"

#define TEXT	(H1_BYTE_TEXT | H1_BYTE_QUOTED)
#define VISIBLE (H1_BYTE_TARGET | TEXT)
#define TCHAR	(H1_BYTE_TOKEN | VISIBLE)
#define LETTER	(H1_BYTE_NAME | TCHAR)

const uint8_t h1_byte_classes[256] = {
	['\t'] = TEXT,
	[' '] = TEXT,
	['!'] = LETTER,
	['"'] = VISIBLE & ~H1_BYTE_QUOTED,
	['#'] = TCHAR & ~H1_BYTE_TARGET,
	['$' ... '\''] = LETTER,
	['(' ... ')'] = H1_BYTE_NAME | VISIBLE,
	['*' ... '+'] = LETTER,
	[','] = H1_BYTE_NAME | VISIBLE,
	['-' ... '.'] = LETTER,
	['/'] = VISIBLE,
	['0' ... '9'] = H1_BYTE_DIGIT | H1_BYTE_HEX | LETTER,
	[':'] = VISIBLE,
	[';'] = H1_BYTE_NAME | VISIBLE,
	['<'] = VISIBLE,
	['='] = H1_BYTE_NAME | VISIBLE,
	['>' ... '@'] = VISIBLE,
	['A' ... 'F'] = H1_BYTE_HEX | LETTER,
	['G' ... 'Z'] = LETTER,
	['['] = VISIBLE,
	['\\'] = VISIBLE & ~H1_BYTE_QUOTED,
	[']'] = VISIBLE,
	['^'] = TCHAR,
	['_'] = LETTER,
	['`'] = TCHAR,
	['a' ... 'f'] = H1_BYTE_HEX | LETTER,
	['g' ... 'z'] = LETTER,
	['{'] = VISIBLE,
	['|'] = TCHAR,
	['}'] = VISIBLE,
	['~'] = LETTER,
	[0x80 ... 0xff] = TEXT,
};
