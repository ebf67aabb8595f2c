/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline.h - the kernel's command line: words of ours begin with `torc.`.
 * Source: the kernel's Documentation/admin-guide/kernel-parameters (blanks separate, double quotes
 *         hold together).  Pure. */
#ifndef TORC_APPLIANCE_INIT_CMDLINE_H
#define TORC_APPLIANCE_INIT_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CMDLINE_BYTES 4096 /* what the kernel keeps, on any machine that we boot on */

/* The next word at *text, without its quotes, which is moved behind it.  False: there is none.  A
 * word that does not fit is left out. */
bool cmdline_next(const char **text, char *word, size_t bytes);

/* The value of the nth (from 0) word `name=VALUE`; a word without '=' has the value "".  False: no
 * such word, or one that does not fit. */
bool cmdline_value(const char *text, const char *name, uint32_t nth, char *value, size_t bytes);

/* The last one's value as a number; `otherwise` when there is none, or none in [0, max]. */
uint32_t cmdline_number(const char *text, const char *name, uint32_t max, uint32_t otherwise);

/* Writes a torc.conf of the words that describe the machine.  False: there are none.
 *
 *	torc.interface=NAME,ADDRESS/BITS[,ADDRESS/BITS][,mac=XX:..][,bus=PATH]
 *
 * and torc.host_name, torc.gateway, torc.dns, torc.search, torc.ntp, torc.syslog, torc.management,
 * whose values are those of the block with commas for blanks; all but the name may be repeated. */
bool cmdline_write_machine(const char *text, FILE *out);

/* Bytes in base64 (RFC 4648 4; blanks are none).  Returns how many, or -1. */
int cmdline_base64(const char *text, char *out, size_t bytes);

#endif
