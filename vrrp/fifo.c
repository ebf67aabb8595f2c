/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fifo.c - the lines of a notify FIFO, word for word as keepalived writes them: there are readers
 * that were written for it.  Pure. */
#include "vrrp/fifo.h"
#include <assert.h>
#include <stdio.h>

const char *fifo_word(enum vrrp_notify_kind kind)
{
	static const char *const words[VRRP_NOTIFY_KINDS] = {
		[VRRP_NOTIFY_MASTER] = "MASTER",
		[VRRP_NOTIFY_BACKUP] = "BACKUP",
		[VRRP_NOTIFY_FAULT] = "FAULT",
		[VRRP_NOTIFY_STOP] = "STOP",
		[VRRP_NOTIFY_LOWER] = "MASTER_RX_LOWER_PRI",
		[VRRP_NOTIFY_DELETED] = "DELETED",
	};

	assert(kind < VRRP_NOTIFY_KINDS && words[kind]);
	return words[kind];
}

uint32_t fifo_line(char out[FIFO_LINE_BYTES], const struct fifo_news *news)
{
	static const char *const changes[] = {
		[FIFO_MASTER_PRIORITY] = "MASTER_PRIORITY",
		[FIFO_BACKUP_PRIORITY] = "BACKUP_PRIORITY",
	};
	int len = snprintf(out, FIFO_LINE_BYTES, "%s \"%s\" %s %u\n", news->thing, news->name,
		news->change != FIFO_NO_PRIORITY ? changes[news->change] : fifo_word(news->kind),
		news->priority);

	assert(len > 0 && len < FIFO_LINE_BYTES); /* names have at most 63 bytes */
	return (uint32_t)len;
}
