/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers_order.c - `vrrp release` and `vrrp reclaim`: a planned hand-over without a stop.
 *
 * The virtual routers are the keeper's, so the order goes there over the balancer's channel, and
 * what has become of it is read from the page that the keeper writes.  Whoever gives an order
 * learns whether it was obeyed, not just whether it was sent. */
#include "core/channel.h"
#include "core/routers_page.h"
#include "net/stats/command.h"

static runtime_writer write_outcome;

static bool is_meant(const struct routers_cell *cell, const char *name)
{
	return strcmp(name, "all") == 0 || strcmp(cell->name, name) == 0 ||
	       (cell->group[0] && strcmp(cell->group, name) == 0);
}

/* The next router from *row on that the name means. */
static bool next_meant(const struct runtime_context *context, const char *name, uint32_t *row,
	struct routers_cell *cell)
{
	const struct routers_page *page = context->stats->routers;

	for (; page && routers_page_read(page, *row, cell); (*row)++)
		if (is_meant(cell, name))
			return true;
	return false;
}

void command_start_routers_order(
	struct runtime *runtime, struct runtime_context *context, bool release, const char *name)
{
	static struct routers_cell cell; /* the admin thread alone */
	struct channel_message message = {
		.type = release ? CHANNEL_RELEASE : CHANNEL_RECLAIM,
		.text = name,
	};
	uint32_t row = 0;

	if (!*name) {
		command_say(runtime, "Require the name of a virtual router or a sync group, or "
				     "'all'.\n");
		return;
	}
	if (!next_meant(context, name, &row, &cell)) {
		command_say(runtime, "No such virtual router or sync group.\n");
		return;
	}
	message.text_len = strcmp(name, "all") == 0 ? 0 : (uint32_t)strlen(name);
	if (channel_send(context->stats->keeper, &message, NULL, 0, CHANNEL_NO_WAIT) < 0) {
		command_say(runtime, "The keeper cannot be reached.\n");
		return;
	}
	runtime->job.release = release;
	runtime->job.variable = name;
	runtime->job.deadline_ms = context->now_ms + RUNTIME_ANSWER_MS;
	runtime->job.write = write_outcome;
}

static bool is_obeyed(const struct runtime_context *context, const struct runtime_job *job)
{
	static struct routers_cell cell;

	for (uint32_t row = 0; next_meant(context, job->variable, &row, &cell); row++)
		if (cell.released != job->release)
			return false;
	return true;
}

static enum runtime_progress write_outcome(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	static struct routers_cell cell;
	struct runtime_job *job = &runtime->job;
	bool obeyed = is_obeyed(context, job);

	if (!obeyed && context->now_ms < job->deadline_ms)
		return RUNTIME_WAITING;
	for (; next_meant(context, job->variable, &job->item, &cell); job->item++) {
		uint32_t mark = text->len;

		if (cell.released != job->release)
			text_format(text, "%s: the keeper has not answered\n", cell.name);
		else if (!job->release)
			text_format(text, "%s: %s, takes part with priority %u again\n", cell.name,
				cell.state, cell.priority);
		else if (strcmp(cell.state, "MASTER") == 0)
			text_format(text, "%s: released, serves until another router is master\n",
				cell.name);
		else
			text_format(text, "%s: released, %s\n", cell.name, cell.state);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}
