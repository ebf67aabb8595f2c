/* SPDX-License-Identifier: GPL-2.0-or-later */
/* banner.c - twenty-four lines that tell an operator in front of a rack what he wants to know.
 *
 *	torc 0.1.0 on lb1                     Linux 6.1.0-42-amd64   up 0d 00:12:09
 *	serving, files of /dev/vdb (CIDATA)
 *
 *	eth0  52:54:00:19:02:01  up    192.168.25.201/24, VIP 192.168.25.203/32
 *	VI_1  MASTER  on eth0, priority 103
 *
 *	servers 4 of 4 up    requests 12/s, 3456 in all    connections 3
 *
 * and the last messages below. */
#include "appliance/init/banner.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SEVERITY_ERR	3
#define SEVERITY_NOTICE 5

bool banner_wants(uint8_t priority)
{
	bool kernel = priority >> 3 == 0;

	return (priority & 7) <= (kernel ? SEVERITY_ERR : SEVERITY_NOTICE);
}

struct page {
	char *out;
	size_t used;
	uint32_t rows;
};

static void line(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void line(struct page *page, const char *format, ...)
{
	char text[BANNER_COLUMNS + 1];
	va_list arguments;
	size_t len;

	if (page->rows == BANNER_ROWS)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		unsigned char at = (unsigned char)text[i];

		page->out[page->used++] = text[i];
		if (at < ' ' || at >= 0x7f)
			page->out[page->used - 1] = '?';
	}
	page->out[page->used++] = '\n';
	page->out[page->used] = '\0';
	page->rows++;
}

static void put_head(struct page *page, const struct banner *banner)
{
	char left[BANNER_COLUMNS + 1], right[BANNER_COLUMNS + 1];
	uint64_t up = banner->uptime_s;
	int gap;

	snprintf(left, sizeof(left), "torc %s on %s", banner->version, banner->host_name);
	snprintf(right, sizeof(right), "Linux %s  up %" PRIu64 "d %02u:%02u:%02u", banner->kernel,
		up / 86400, (unsigned)(up / 3600 % 24), (unsigned)(up / 60 % 60),
		(unsigned)(up % 60));
	gap = BANNER_COLUMNS - (int)strlen(left) - (int)strlen(right);
	line(page, "%s%*s%s", left, gap > 1 ? gap : 1, "", right);
	line(page, "%s", banner->condition);
	if (*banner->source)
		line(page, "configuration: %s", banner->source);
	line(page, "clock: %s", banner->clock);
	if (*banner->page)
		line(page, "statistics: %s", banner->page);
	line(page, "%s", "");
}

static void put_cards(struct page *page, const struct banner *banner)
{
	for (uint32_t i = 0; i < banner->card_count; i++) {
		const struct banner_card *card = &banner->cards[i];

		line(page, "%-8s %s %-10s %s", card->name, card->mac,
			!card->up	? "off"
			: card->carrier ? "up"
					: "no carrier",
			card->addresses);
	}
	if (banner->cards_left_out)
		line(page, "and %u more", banner->cards_left_out);
	if (!banner->card_count)
		line(page, "no network card found");
}

static void put_status(struct page *page, const struct status *status)
{
	for (uint32_t i = 0; i < status->router_count; i++) {
		const struct status_router *router = &status->routers[i];
		bool master = strcmp(router->state, "MASTER") == 0;

		/* The rest of the page is worth more than a tenth router. */
		if (i == BANNER_CARDS_MAX) {
			line(page, "and %u more virtual routers", status->router_count - i);
			break;
		}
		line(page, "%-8s %-7s on %s, priority %u%s%s", router->name, router->state,
			router->interface, router->priority,
			!master && *router->master ? ", master " : "",
			!master ? router->master : "");
	}
	line(page, "servers %u of %u up   connections %u   requests %u/s, %" PRIu64 " in all",
		status->servers_up, status->servers_total, status->sessions, status->request_rate,
		status->requests);
}

size_t banner_render(char out[BANNER_BYTES], const struct banner *banner)
{
	struct page page = {.out = out};
	uint32_t first = 0, room;

	out[0] = '\0';
	put_head(&page, banner);
	put_cards(&page, banner);
	line(&page, "%s", "");
	if (banner->status)
		put_status(&page, banner->status);
	line(&page, "%s", "");
	room = BANNER_ROWS - page.rows;
	if (banner->message_count > room)
		first = banner->message_count - room;
	for (uint32_t i = first; i < banner->message_count; i++)
		line(&page, "%s", banner->messages[i]);
	return page.used;
}

size_t banner_render_line(char *out, size_t bytes, const struct banner *banner)
{
	const struct status *status = banner->status;
	size_t used;

#define ADD(...)                                                                                   \
	do {                                                                                       \
		if (used < bytes)                                                                  \
			used += (size_t)snprintf(out + used, bytes - used, __VA_ARGS__);           \
	} while (0)
	used = (size_t)snprintf(out, bytes, "status: %s", banner->condition);
	for (uint32_t i = 0; status && i < status->router_count; i++)
		ADD("; %s %s", status->routers[i].name, status->routers[i].state);
	if (status)
		ADD("; servers %u/%u; %u connections, %u requests/s", status->servers_up,
			status->servers_total, status->sessions, status->request_rate);
	for (uint32_t i = 0; i < banner->card_count; i++)
		ADD("; %s %s %s", banner->cards[i].name, banner->cards[i].mac,
			banner->cards[i].addresses);
#undef ADD
	return used < bytes ? used : bytes - 1;
}
