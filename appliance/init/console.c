/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console.c - writing where somebody may be looking.
 *
 * A screen shows the banner in place, once a second.  A serial line is a log, also where a test or
 * a terminal server keeps it: new messages as they come, the whole banner when a state (of a
 * router, of a server, of an address) is another one than before, and one line of status every ten
 * seconds while numbers change.
 *
 * There is nothing to log in to: what is typed is read and thrown away, without an echo. */
#include "appliance/init/console.h"

#include "appliance/init/files.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CONSOLES_MAX	4
#define LINE_PAUSE_MS	10000
#define BANNER_PAUSE_MS 2000 /* between two banners on a serial line */
#define PENDING_BYTES	16384

struct console {
	int fd;
	bool screen;
	uint64_t cursor, lost; /* of the journal */
	uint64_t banner_ms, line_ms;
	char state[1024]; /* of the last banner */
	char line[1024];
	/* What the line has not taken yet. */
	char pending[PENDING_BYTES];
	size_t pending_len;
};

static struct console consoles[CONSOLES_MAX];
static uint32_t console_count;

static void flush(struct console *console)
{
	size_t done = 0;

	while (done < console->pending_len) {
		ssize_t written =
			write(console->fd, console->pending + done, console->pending_len - done);

		if (written <= 0)
			break;
		done += (size_t)written;
	}
	memmove(console->pending, console->pending + done, console->pending_len - done);
	console->pending_len -= done;
}

static void put(struct console *console, const char *bytes, size_t len)
{
	/* Whole pieces only: half a line would be worse than none. */
	if (console->pending_len + len > sizeof(console->pending))
		return;
	memcpy(console->pending + console->pending_len, bytes, len);
	console->pending_len += len;
}

static void put_text(struct console *console, const char *text)
{
	put(console, text, strlen(text));
}

static void swallow(int fd, uint32_t events)
{
	char bytes[256];

	(void)events;
	if (read(fd, bytes, sizeof(bytes)) <= 0)
		turn_forget(fd);
}

static void add(const char *name)
{
	struct console *console = &consoles[console_count];
	struct termios settings;
	char path[80];

	/* tty0 is the screen that is shown. */
	snprintf(path, sizeof(path), "/dev/%s", name);
	console->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (console->fd < 0)
		return;
	console->screen = strncmp(name, "tty", 3) == 0 && name[3] >= '0' && name[3] <= '9';
	if (tcgetattr(console->fd, &settings) == 0) {
		settings.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
		settings.c_oflag |= OPOST | ONLCR;
		tcsetattr(console->fd, TCSANOW, &settings);
	}
	turn_watch(console->fd, EPOLLIN, swallow);
	/* No cursor, no blanking: somebody may come to look. */
	if (console->screen)
		put_text(console, "\033[?25l\033[9;0]\033[2J");
	console_count++;
}

void console_open(void)
{
	char active[256], *rest = NULL;

	if (files_read("/sys/class/tty/console/active", active, sizeof(active)) > 0) {
		for (char *name = strtok_r(active, " ", &rest);
			name && console_count < CONSOLES_MAX; name = strtok_r(NULL, " ", &rest))
			add(name);
	}
	if (!console_count)
		add("console");
}

/* ---- screens ---- */

static void show_on_screen(struct console *console, const struct banner *banner)
{
	char text[BANNER_BYTES];

	flush(console);
	if (console->pending_len)
		return; /* the last picture is still on its way */
	banner_render(text, banner);
	put_text(console, "\033[H");
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		put(console, line, (size_t)(end - line));
		put_text(console, "\033[K\n");
	}
	put_text(console, "\033[J");
	flush(console);
}

/* ---- serial lines ---- */

static void put_messages(struct console *console)
{
	const struct journal_line *line;
	uint64_t lost = 0;

	while ((line = journal_next(tell_journal(), &console->cursor, &lost))) {
		time_t seconds = (time_t)(line->wall_ms / 1000);
		struct tm parts;
		char head[32];

		gmtime_r(&seconds, &parts);
		strftime(head, sizeof(head), "%H:%M:%S ", &parts);
		/* Debugging chatter and every request are for the syslog server. */
		if (!banner_wants(line->priority))
			continue;
		put_text(console, head);
		put(console, line->text, line->len);
		put_text(console, "\n");
	}
}

/* What makes a banner worth its bytes: all but the numbers that always move. */
static void render_state(char *out, size_t bytes, const struct banner *banner)
{
	struct banner still = *banner;
	struct status status;

	if (banner->status) {
		status = *banner->status;
		status.sessions = status.request_rate = status.session_rate = 0;
		still.status = &status;
	}
	banner_render_line(out, bytes, &still);
}

static void show_on_line(struct console *console, const struct banner *banner, uint64_t now_ms)
{
	char state[sizeof(console->state)], text[BANNER_BYTES];
	struct banner without_messages = *banner;

	put_messages(console);
	render_state(state, sizeof(state), banner);
	if (strcmp(state, console->state) != 0 &&
		(!console->banner_ms || now_ms - console->banner_ms >= BANNER_PAUSE_MS)) {
		memcpy(console->state, state, sizeof(state));
		console->banner_ms = console->line_ms = now_ms;
		without_messages.message_count = 0;
		banner_render(text, &without_messages);
		put_text(console, "--------\n");
		put_text(console, text);
		put_text(console, "--------\n");
	} else if (now_ms - console->line_ms >= LINE_PAUSE_MS) {
		console->line_ms = now_ms;
		banner_render_line(state, sizeof(state), banner);
		if (strcmp(state, console->line) != 0) {
			memcpy(console->line, state, sizeof(state));
			put_text(console, state);
			put_text(console, "\n");
		}
	}
	flush(console);
}

void console_show(const struct banner *banner, uint64_t now_ms)
{
	for (uint32_t i = 0; i < console_count; i++) {
		if (consoles[i].screen)
			show_on_screen(&consoles[i], banner);
		else
			show_on_line(&consoles[i], banner, now_ms);
	}
}

void console_show_messages(void)
{
	for (uint32_t i = 0; i < console_count; i++) {
		if (consoles[i].screen)
			continue;
		put_messages(&consoles[i]);
		flush(&consoles[i]);
	}
}
