/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arbitrary bytes on a stats socket of the highest level.  The first byte says how many come at a
 * time. */
#include "net/stats/runtime.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct server servers[2] = {
	{.name = "s1", .id = 1, .check = true, .rise = 2, .fall = 3, .cell = 2},
	{.name = "s2", .id = 2, .index = 1, .cell = 3, .verdict = 1},
};
static struct proxy proxy = {
	.name = "web",
	.id = 2,
	.is_frontend = true,
	.is_backend = true,
	.mode = PROXY_MODE_HTTP,
	.backend_cell = 1,
	.servers = servers,
	.server_count = 2,
};
static struct config config = {
	.proxies = &proxy, .proxy_count = 1, .cell_count = 4, .server_count = 2};
static struct board board;
static struct inspector *inspector;

static uint32_t one_session(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	(void)owner;
	if (capacity == 0)
		abort();
	rows[0] = (struct session_row){.id = from + 1, .frontend = &proxy};
	*next = from < 2 ? from + 1 : INSPECT_END;
	return 1;
}

static void open_once(void)
{
	struct inspector_options options = {.config = &config, .board = &board, .worker_count = 1};

	if (board.header)
		return;
	servers[0].proxy = servers[1].proxy = &proxy;
	if (board_create(&board, &config, 1, 1) < 0 || inspector_open(&inspector, &options) < 0)
		abort();
}

/* Takes everything there is to hear. */
static void hear(struct runtime *runtime, struct runtime_context *context)
{
	static char out[RUNTIME_OUTPUT_BYTES];
	uint32_t got;

	do {
		got = runtime_output(runtime, context, out, sizeof(out));
		if (got > sizeof(out))
			abort();
		inspect_answer(inspector_cell(inspector, 0), one_session, NULL);
		context->now_ms++;
	} while (got > 0 || runtime_is_waiting(runtime));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct runtime runtime;
	static char *environment[] = {"A=1", NULL};
	struct stats_context stats = {.config = &config, .board = &board, .maxconn = 10};
	struct runtime_context context;
	size_t step = size ? data[0] + 1u : 1, at = 1;

	open_once();
	context = (struct runtime_context){.stats = &stats,
		.inspector = inspector,
		.now_ms = 5000,
		.wall_ms = 1795455782000,
		.environment = environment};
	runtime_open(&runtime, STATS_LEVEL_ADMIN, 1000);
	while (at < size && !runtime_has_ended(&runtime)) {
		uint32_t room, len = (uint32_t)(size - at < step ? size - at : step);
		char *to = runtime_room(&runtime, &room);

		if (len > room)
			len = room;
		memcpy(to, data + at, len);
		runtime_received(&runtime, len);
		at += len;
		hear(&runtime, &context);
	}
	runtime_close(&runtime, &context);
	if (context.asker)
		abort();
	return 0;
}
