/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state.c - fills the cells: everything that somebody who asks "who is master, and why" may want.
 *
 * Written at every tick, some ten times a second, whether or not anything has changed: the time of
 * the last writing is what tells a reader that nobody writes any more. */
#include "vrrp/state.h"
#include "core/routers_page.h"
#include "vrrp/speaker.h"
#include <stdio.h>
#include <string.h>

static struct routers_page *page;
static int page_fd = -1;

void state_open(void)
{
	if (!page)
		page = routers_page_make(&page_fd);
}

int state_descriptor(void)
{
	return page_fd;
}

static void put_errors(struct routers_cell *cell, const struct router *router)
{
	for (uint32_t i = 0; i < VRRP_VERDICTS && cell->error_count < ROUTERS_ERRORS; i++) {
		struct routers_error *error = &cell->errors[cell->error_count];

		if (i == VRRP_GOOD || router->verdicts[i] == 0)
			continue;
		snprintf(error->name, sizeof(error->name), "%s",
			vrrp_verdict_name((enum vrrp_verdict)i));
		error->count = router->verdicts[i];
		cell->error_count++;
	}
}

static void put_hop(struct routers_hop *out, const struct router *router)
{
	const struct hop *hop = &router->hop;
	const struct hop_counters *counters = &hop->deal.counters;
	uint64_t now_us = speaker_now_us();
	char text[VRRP_IP_TEXT_BYTES];

	if (router->fsm.state == VRRP_BACKUP &&
		hop_has_offer(&hop->deal, &router->fsm.master, now_us))
		snprintf(out->offered_by, sizeof(out->offered_by), "%s",
			vrrp_ip_text(text, &hop->deal.offerer));
	if (hop->passes)
		snprintf(out->passes_to, sizeof(out->passes_to), "%s",
			vrrp_ip_text(text, &hop->deal.offerer));
	if (hop->keeps && hop->keeps_until_us > now_us)
		out->keeps_ms = (uint32_t)((hop->keeps_until_us - now_us) / 1000u) + 1;
	out->passed = counters->passed;
	out->kept = counters->kept;
	out->asks_in = counters->asks_in;
	out->asks_out = counters->asks_out;
	out->offers_in = counters->offers_in;
	out->offers_out = counters->offers_out;
	out->refused = counters->refused;
}

static void put_transitions(struct routers_cell *cell, const struct router *router)
{
	for (uint32_t i = 0; i < ROUTERS_LINES; i++) {
		const struct vrrp_transition *transition = vrrp_journal_at(&router->fsm.journal, i);
		char line[VRRP_LINE_BYTES];

		if (!transition)
			return;
		vrrp_transition_text(line, router->instance->name, transition);
		snprintf(cell->lines[i].text, sizeof(cell->lines[i].text), "%s", line);
		cell->lines[i].at_us = transition->at_us;
		cell->lines[i].stayed_us = transition->stayed_us;
		snprintf(cell->lines[i].from, sizeof(cell->lines[i].from), "%s",
			vrrp_state_name(transition->from));
		cell->line_count++;
	}
}

static void fill(struct routers_cell *cell, const struct router *router)
{
	const struct vrrp_instance *instance = router->instance;
	const struct vrrp_fsm *fsm = &router->fsm;
	bool here = fsm->state == VRRP_MASTER || fsm->state == VRRP_LEAVING;
	char text[VRRP_IP_TEXT_BYTES];

	*cell = (struct routers_cell){
		.released = fsm->held,
		.family = instance->family,
		.version = instance->version,
		.router_id = instance->router_id,
		.base = instance->priority,
		.priority = vrrp_fsm_priority(fsm),
		.master_priority = here ? vrrp_fsm_priority(fsm) : fsm->master_priority,
		.since_us = fsm->journal.since_us,
		.heard_us = fsm->heard_us,
		.adverts_in = fsm->counters.adverts_in,
		.adverts_out = fsm->counters.adverts_out,
		.farewells_in = fsm->counters.farewells_in,
		.farewells_out = fsm->counters.farewells_out,
		.became_master = fsm->counters.entered[VRRP_MASTER],
	};
	memcpy(cell->name, instance->name, sizeof(cell->name));
	if (instance->group >= 0)
		memcpy(cell->group, vrrp_groups(router->speaker->config)[instance->group].name,
			sizeof(cell->group));
	memcpy(cell->interface, instance->interface, sizeof(cell->interface));
	snprintf(cell->state, sizeof(cell->state), "%s", vrrp_state_name(fsm->state));
	snprintf(cell->sum, sizeof(cell->sum), "%s", router->sum.text);
	snprintf(cell->source, sizeof(cell->source), "%s", vrrp_ip_text(text, &fsm->address));
	snprintf(cell->master, sizeof(cell->master), "%s",
		vrrp_ip_text(text, here ? &fsm->address : &fsm->master));
	put_hop(&cell->hop, router);
	put_errors(cell, router);
	put_transitions(cell, router);
}

void state_write(const struct speaker *speaker)
{
	static struct routers_cell cell; /* the keeper's thread alone */
	uint32_t count = speaker ? speaker->router_count : 0;

	if (!page)
		return;
	for (uint32_t i = 0; i < count; i++) {
		fill(&cell, &speaker->routers[i]);
		routers_page_write(page, i, &cell);
	}
	atomic_store(&page->count, count);
	atomic_store(&page->written_us, speaker_now_us());
}
