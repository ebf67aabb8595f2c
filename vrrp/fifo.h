/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fifo.h - what a reader of a notify FIFO is told.
 * Source: keepalived.conf(5), notify_fifo.  Pure. */
#ifndef TORC_VRRP_FIFO_H
#define TORC_VRRP_FIFO_H

#include "core/config/vrrp_model.h"

/* More words than there are kinds of scripts: priorities are told here only. */
enum fifo_priority { FIFO_NO_PRIORITY, FIFO_MASTER_PRIORITY, FIFO_BACKUP_PRIORITY };

struct fifo_news {
	const char *thing, *name;   /* "INSTANCE", "VI_1"; "GROUP", its name */
	enum vrrp_notify_kind kind; /* unless ... */
	enum fifo_priority change;
	uint8_t priority;
};

/* Less than a pipe takes as one piece, whoever else writes to it. */
#define FIFO_LINE_BYTES 128

/* The word that scripts and FIFOs get. */
const char *fifo_word(enum vrrp_notify_kind kind);
/* `INSTANCE "VI_1" MASTER 103` and a line feed; its bytes. */
uint32_t fifo_line(char out[FIFO_LINE_BYTES], const struct fifo_news *news);

#endif
