/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker.c - the virtual routers' life within the keeper.
 *
 *   open -> routers start as BACKUP -> ... -> leave: hand over, or at once -> close
 *             ^                        |
 *             +--- reload: remember ---+      (an upgrade: the same, through a memory file)
 *
 * A reload builds everything anew from the new tables - sockets, timers, lists - and then puts the
 * machines of the routers that are still the same back into it, as they were.  So there is one way
 * to come to life, it is the way of every start, and a router that has not changed notices nothing:
 * no transition, no packet, no address touched.
 *
 * What is closed may still have operations in the ring; it waits on a list until they are home.
 *
 * One tick ten times a second: renews addresses, looks at files, and sees from its own lateness
 * that this process was frozen, which every router is told before it hears anything else. */
#include "vrrp/speaker.h"
#include "core/log.h"
#include "vrrp/state.h"
#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NICE_DEFAULT	 (-10) /* where real-time priority is refused */
#define REALTIME_DEFAULT 1

static struct speaker *current;
static struct speaker *closed_speakers;
static bool serving_now, serving_told;

static void tick_due(struct timer *timer);
static void bury_closed(void);

/* ---- tables ---- */

static void *table(size_t count, size_t bytes)
{
	void *rows = calloc(count + 1, bytes); /* never NULL for none */

	if (!rows)
		abort(); /* of a few kilobytes, in a process that is locked in memory */
	return rows;
}

static void add_link(struct speaker *speaker, const char *name)
{
	if (*name && !links_find(speaker, name))
		memcpy(speaker->links[speaker->link_count++].name, name, IF_NAMESIZE);
}

static void collect_links(struct speaker *speaker)
{
	const struct vrrp_config *config = speaker->config;

	uint32_t hops = 0;

	for (uint32_t i = 0; i < config->route_count; i++)
		hops += vrrp_routes(config)[i].hop_count;
	speaker->links =
		table(3 * config->instance_count + config->address_count + config->route_count +
				hops + config->tracker_count + config->nat_count,
			sizeof(*speaker->links));
	for (uint32_t i = 0; i < config->instance_count; i++) {
		add_link(speaker, speaker->instances[i].interface);
		add_link(speaker, speaker->instances[i].vrf);
		if (speaker->instances[i].use_vmac)
			add_link(speaker, speaker->instances[i].vmac_interface);
	}
	for (uint32_t i = 0; i < config->address_count; i++)
		add_link(speaker, speaker->addresses[i].interface);
	for (uint32_t i = 0; i < config->route_count; i++) {
		const struct vrrp_route *route = &vrrp_routes(config)[i];

		add_link(speaker, route->interface);
		for (uint32_t k = 0; k < route->hop_count; k++)
			add_link(speaker, route->hops[k].interface);
	}
	for (uint32_t i = 0; i < config->tracker_count; i++)
		if (speaker->trackers[i].kind == VRRP_TRACK_INTERFACE &&
			strlen(speaker->trackers[i].name) < IF_NAMESIZE)
			add_link(speaker, speaker->trackers[i].name);
	for (uint32_t i = 0; i < config->delay_count; i++) {
		const struct vrrp_delay *delay = &vrrp_delays(config)[i];
		struct link *link = links_find(speaker, delay->interface);

		if (!link)
			continue;
		link->down_delay_us = delay->down_us;
		link->up_delay_us = delay->up_us;
	}
}

static struct wire *wire_for(struct speaker *speaker, const struct vrrp_instance *instance)
{
	const char *interface = vmac_speaks(instance)  ? instance->vmac_interface
				: *instance->interface ? instance->interface
						       : instance->vrf;
	struct wire *wire;

	for (uint32_t i = 0; i < speaker->wire_count; i++)
		if (speaker->wires[i].family == instance->family &&
			strcmp(speaker->wires[i].interface, interface) == 0)
			return &speaker->wires[i];
	wire = &speaker->wires[speaker->wire_count++];
	memcpy(wire->interface, interface, IF_NAMESIZE);
	wire->family = instance->family;
	wire->fd = -1;
	wire->owner = speaker;
	wire->heard = router_heard;
	wire->loop = speaker->loop;
	return wire;
}

static void lay_out_router(struct speaker *speaker, uint32_t number)
{
	struct router *router = &speaker->routers[number];
	const struct vrrp_instance *instance = &speaker->instances[number];
	const struct vrrp_range *range = &instance->addresses;

	router->speaker = speaker;
	router->instance = instance;
	router->link = links_find(speaker, instance->interface);
	router->vmac = instance->use_vmac ? links_find(speaker, instance->vmac_interface) : NULL;
	router->wire = wire_for(speaker, instance);
	router->advertised = table(range->count, sizeof(*router->advertised));
	for (uint32_t i = 0; i < range->count; i++)
		router->advertised[i] = speaker->addresses[range->first + i].ip;
	router_init(router);
}

static void lay_out_group(struct speaker *speaker, uint32_t number)
{
	struct sync_group *group = &speaker->groups[number];
	struct vrrp_sync *sync = &group->sync;

	group->routers = table(speaker->router_count, sizeof(struct router *));
	sync->members = table(speaker->router_count, sizeof(*sync->members));
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (router->instance->group != (int32_t)number)
			continue;
		router->group = group;
		router->member = sync->count;
		group->routers[sync->count] = router;
		sync->members[sync->count++] = (struct vrrp_member){
			.fsm = &router->fsm,
			.priority = router->instance->priority,
			.router_id = router->instance->router_id,
		};
	}
	for (uint32_t i = 0; i < sync->count; i++)
		group->routers[i]->fsm.options.follows_in_ties = i != vrrp_sync_decider(sync);
}

static struct speaker *lay_out(const struct routers_start *start)
{
	struct speaker *speaker = table(1, sizeof(*speaker));
	struct vrrp_config *config = table(1, start->config->bytes);

	memcpy(config, start->config, start->config->bytes);
	speaker->loop = start->loop;
	speaker->servers_up = start->servers_up;
	speaker->address_moved = start->address_moved;
	speaker->keeper = start->owner;
	speaker->config = config;
	speaker->instances = vrrp_instances(config);
	speaker->addresses = vrrp_addresses(config);
	speaker->trackers = vrrp_trackers(config);
	speaker->router_count = config->instance_count;
	speaker->routers = table(config->instance_count, sizeof(*speaker->routers));
	speaker->groups = table(config->group_count, sizeof(*speaker->groups));
	speaker->watches = table(config->tracker_count, sizeof(*speaker->watches));
	speaker->wires = table(config->instance_count, sizeof(*speaker->wires));
	speaker->held = table(config->address_count, sizeof(*speaker->held));
	speaker->frames = speaker->remains_fd = -1;
	speaker->guard = (struct child){.pid = -1, .pidfd = -1, .channel = -1};
	timer_init(&speaker->tick, tick_due);
	timer_init(&speaker->settling, links_due);
	collect_links(speaker);
	for (uint32_t i = 0; i < speaker->router_count; i++)
		lay_out_router(speaker, i);
	for (uint32_t i = 0; i < config->group_count; i++)
		lay_out_group(speaker, i);
	return speaker;
}

static void free_tables(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++)
		free(speaker->routers[i].advertised);
	for (uint32_t i = 0; i < speaker->config->group_count; i++) {
		free(speaker->groups[i].routers);
		free(speaker->groups[i].sync.members);
	}
	free(speaker->routers);
	free(speaker->groups);
	free(speaker->watches);
	free(speaker->trackings);
	free(speaker->wires);
	free(speaker->links);
	free(speaker->held);
	free(speaker->config);
	free(speaker);
}

/* ---- opening ---- */

/* Never late for a timer because of what the rest of the machine does.  Children start with the
 * usual priority. */
static void take_precedence(const struct vrrp_global *global)
{
	struct sched_param parameter = {.sched_priority = global->realtime_priority};
	int policy;

	/* Of what nobody asked for, the lowest real-time priority: before everything ordinary. */
	if (!global->realtime_priority && !global->nice_given)
		parameter.sched_priority = REALTIME_DEFAULT;
	policy = parameter.sched_priority > 0 ? SCHED_RR : SCHED_OTHER;
	if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &parameter) < 0) {
		if (global->realtime_priority > 0)
			log_message(LOG_LEVEL_WARNING, "cannot take real-time priority: %s",
				strerror(errno));
		policy = SCHED_OTHER;
	}
	if (policy == SCHED_OTHER &&
		setpriority(PRIO_PROCESS, 0, global->nice_given ? global->nice : NICE_DEFAULT) < 0)
		log_message(LOG_LEVEL_WARNING, "cannot raise the priority of the keeper: %s",
			strerror(errno));
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		log_message(
			LOG_LEVEL_WARNING, "cannot lock the keeper's memory: %s", strerror(errno));
}

/* The addresses of a router that goes on are there already: nobody may sweep them away. */
static void mark_held(struct router *router)
{
	struct speaker *speaker = router->speaker;
	const struct vrrp_range *ranges[] = {
		&router->instance->addresses, &router->instance->excluded};

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < ranges[r]->count; i++)
			speaker->held[ranges[r]->first + i] = true;
}

static void go_on(struct router *router)
{
	struct vrrp_event event = {.kind = VRRP_EV_TIMER};

	if (router_holds(router))
		holdings_add(router);
	track_sum(router);
	/* Sets the timers; acts only if one is due. */
	if (router->fsm.timer_at_us != VRRP_NEVER)
		router_tell(router, &event);
}

/* What an interface needs for as long as we live.  The files before may have asked for more. */
static void apply_lasting_settings(struct speaker *speaker)
{
	struct sysctl_memory *memory = &speaker->remains->lasting;
	char failed[SYSCTL_PATH_BYTES] = "";

	sysctl_restore(memory);
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct vrrp_instance *instance = &speaker->instances[i];
		int error = instance->promote_secondaries ? sysctl_apply(memory, sysctl_promote,
								    instance->interface, failed)
							  : 0;

		if (error < 0)
			log_message(LOG_LEVEL_WARNING, "(%s) cannot set %s: %s", instance->name,
				failed, strerror(-error));
	}
}

static int open_hands(struct speaker *speaker, const struct memory *memory, bool *recalled)
{
	int error = holdings_open(speaker);

	if (error < 0)
		return error;
	track_open(speaker, !memory->bytes);
	memory_recall_watches(memory, speaker);
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		recalled[i] = memory_recall(memory, &speaker->routers[i]);
		if (recalled[i] && router_holds(&speaker->routers[i]))
			mark_held(&speaker->routers[i]);
	}
	for (uint32_t i = 0; i < speaker->config->static_addresses.count; i++)
		speaker->held[speaker->config->static_addresses.first + i] = true;
	apply_lasting_settings(speaker);
	gateway_refuse(speaker); /* before there are macvlans that talk */
	speaker->frames = wire_open_frames();
	if (speaker->frames < 0)
		return speaker->frames;
	return links_open(speaker);
}

static void start_router(struct router *router)
{
	struct vrrp_event start = {.kind = VRRP_EV_START};

	track_sum(router);
	router_check_faults(router);
	router_tell(router, &start);
}

/* vrrp_startup_delay: the machine's other services first. */
static void start_delayed(struct speaker *speaker, uint64_t now_us)
{
	if (speaker->start_at_us == 0 || now_us < speaker->start_at_us)
		return;
	speaker->start_at_us = 0;
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->routers[i].fsm.state == VRRP_INIT)
			start_router(&speaker->routers[i]);
}

/* The longer one of vrrp_startup_delay and what is left of vrrp_delay_after_boot. */
static uint64_t startup_delay_us(const struct vrrp_global *global)
{
	struct timespec up = {0};
	uint64_t up_us, rest_us;

	clock_gettime(CLOCK_BOOTTIME, &up);
	up_us = (uint64_t)up.tv_sec * 1000000u + (uint64_t)up.tv_nsec / 1000u;
	rest_us = up_us < global->boot_delay_us ? global->boot_delay_us - up_us : 0;
	return rest_us > global->startup_delay_us ? rest_us : global->startup_delay_us;
}

static void begin(struct speaker *speaker, const bool *recalled, bool first)
{
	uint64_t delay_us = first ? startup_delay_us(&speaker->config->global) : 0;

	netlink_attach(&speaker->events, speaker->loop, NETLINK_SEND_HERE);
	fifos_open(speaker);
	holdings_static(speaker, true);
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];
		const struct link *link = links_find(speaker, tracker->name);

		if (tracker->kind == VRRP_TRACK_INTERFACE)
			vrrp_watch_result(&speaker->watches[i], tracker, link && link->running);
	}
	track_tick(speaker, speaker_now_us());
	track_backends(speaker);
	processes_begin(speaker);
	if (serving_told)
		track_serving(speaker, serving_now);
	speaker->serving = serving_told && serving_now;
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		if (recalled[i]) {
			go_on(&speaker->routers[i]);
			continue;
		}
		if (!delay_us)
			start_router(&speaker->routers[i]);
	}
	if (delay_us) {
		speaker->start_at_us = speaker_now_us() + delay_us;
		log_message(LOG_LEVEL_NOTICE, "the virtual routers start in %llu ms",
			(unsigned long long)(delay_us / 1000u));
	}
	scripts_begin(speaker);
	speaker->ticked_us = speaker->renewed_us = speaker_now_us();
	timer_set(&speaker->loop->timers, &speaker->tick,
		speaker->ticked_us / 1000u + SPEAKER_TICK_MS);
	state_write(speaker); /* whoever asks first is told */
}

static void shut(struct speaker *speaker);

static int open_from(const struct routers_start *start, const struct memory *memory)
{
	struct speaker *speaker = lay_out(start);
	bool *recalled = table(speaker->router_count, sizeof(*recalled));
	int error = open_hands(speaker, memory, recalled);

	if (error < 0) {
		log_message(
			LOG_LEVEL_ALERT, "cannot open the virtual routers: %s", strerror(-error));
		shut(speaker);
		free(recalled);
		return error;
	}
	current = speaker;
	take_precedence(&speaker->config->global);
	guard_start(speaker, start->image, start->argv);
	begin(speaker, recalled, !memory->bytes);
	free(recalled);
	return 0;
}

int vrrp_open(const struct routers_start *start)
{
	struct memory memory = {0};
	int error = 0;

	state_open();
	if (start->memory >= 0) {
		memory_map(&memory, start->memory);
		close(start->memory);
		gateway_take_over(memory.gateway);
		fifos_take_over(memory.fifos);
		memory_adopt_children(&memory);
	}
	if (start->config)
		error = open_from(start, &memory);
	if (!current) {
		gateway_close();
		fifos_close();
	}
	memory_drop(&memory);
	return error;
}

/* ---- closing ---- */

static bool is_home(const struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->wire_count; i++)
		if (!wire_is_home(&speaker->wires[i]))
			return false;
	if (!scripts_are_home(speaker))
		return false;
	return !speaker->events_open || netlink_is_detached(&speaker->events);
}

static void bury(struct speaker *speaker)
{
	if (speaker->events_open)
		netlink_close(&speaker->events);
	free_tables(speaker);
}

static void bury_closed(void)
{
	struct speaker **at = &closed_speakers;

	while (*at) {
		struct speaker *speaker = *at;

		if (!is_home(speaker)) {
			at = &speaker->next_closed;
			continue;
		}
		*at = speaker->next_closed;
		bury(speaker);
	}
}

/* Lets go of everything but what is in the kernel. */
static void shut(struct speaker *speaker)
{
	speaker->closed = true;
	timer_cancel(&speaker->tick);
	timer_cancel(&speaker->settling);
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		timer_cancel(&speaker->routers[i].timer);
		timer_cancel(&speaker->routers[i].announcing);
	}
	scripts_end(speaker);
	processes_end(speaker);
	for (uint32_t i = 0; i < speaker->wire_count; i++)
		wire_close(&speaker->wires[i]);
	if (speaker->events_open && speaker->events.loop)
		netlink_detach(&speaker->events);
	if (speaker->orders_open)
		netlink_close(&speaker->orders);
	if (speaker->frames >= 0)
		close(speaker->frames);
	guard_stop(speaker);
	if (speaker->remains) {
		remains_release(speaker->remains);
		munmap(speaker->remains,
			sizeof(struct remains) + speaker->remains->count * sizeof(struct remain));
	}
	if (speaker->remains_fd >= 0)
		close(speaker->remains_fd);
	speaker->next_closed = closed_speakers;
	closed_speakers = speaker;
	bury_closed();
}

static const struct vrrp_instance *find_same(
	const struct vrrp_config *config, const struct vrrp_instance *instance)
{
	for (uint32_t i = 0; config && i < config->instance_count; i++)
		if (memory_is_same(instance, &vrrp_instances(config)[i]))
			return &vrrp_instances(config)[i];
	return NULL;
}

/* What is held under one configuration, and who else may hold it under the next: the same router,
 * or for what is static everybody. */
struct leftovers {
	struct vrrp_range addresses, excluded, routes, rules;
};

static struct leftovers of_instance(const struct vrrp_instance *instance)
{
	return (struct leftovers){
		instance->addresses, instance->excluded, instance->routes, instance->rules};
}

static struct leftovers of_statics(const struct vrrp_config *config)
{
	return (struct leftovers){
		config->static_addresses, {0, 0}, config->static_routes, config->static_rules};
}

static bool is_among(const void *row, const void *rows, struct vrrp_range range, size_t bytes)
{
	for (uint32_t i = 0; i < range.count; i++)
		if (memcmp(row, (const char *)rows + (range.first + i) * bytes, bytes) == 0)
			return true;
	return false;
}

static void drop_addresses(struct speaker *speaker, struct vrrp_range range,
	const struct vrrp_config *config, const struct leftovers *next)
{
	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct vrrp_address *address = &speaker->addresses[i];

		if (!is_among(address, vrrp_addresses(config), next->addresses, sizeof(*address)) &&
			!is_among(
				address, vrrp_addresses(config), next->excluded, sizeof(*address)))
			holdings_drop_address(speaker, i);
	}
}

/* What a router that goes on, or nobody, will no longer hold. */
static void drop_leftovers(struct speaker *speaker, const struct leftovers *held,
	const struct vrrp_config *config, const struct leftovers *next)
{
	const struct vrrp_route *routes = vrrp_routes(speaker->config);
	const struct vrrp_rule *rules = vrrp_rules(speaker->config);

	for (uint32_t i = held->rules.first; i < held->rules.first + held->rules.count; i++)
		if (!is_among(&rules[i], vrrp_rules(config), next->rules, sizeof(*rules)))
			holdings_drop_rule(speaker, i);
	for (uint32_t i = held->routes.first; i < held->routes.first + held->routes.count; i++)
		if (!is_among(&routes[i], vrrp_routes(config), next->routes, sizeof(*routes)))
			holdings_drop_route(speaker, i);
	drop_addresses(speaker, held->addresses, config, next);
	drop_addresses(speaker, held->excluded, config, next);
}

void vrrp_reload(const struct routers_start *start)
{
	struct memory memory = {0};
	struct speaker *before = current;
	struct leftovers held, kept;

	if (!before) {
		vrrp_open(start);
		return;
	}
	if (start->config && start->config->bytes == before->config->bytes &&
		memcmp(start->config, before->config, before->config->bytes) == 0)
		return;
	before->hops_over = true;
	hop_end(before);
	for (uint32_t i = 0; i < before->router_count; i++) {
		struct router *router = &before->routers[i];
		const struct vrrp_instance *next = find_same(start->config, router->instance);

		router->deleted = !next;
		if (!next)
			router_tell_kind(router, VRRP_EV_QUIT);
		if (!next || !router_holds(router))
			continue;
		held = of_instance(router->instance);
		kept = of_instance(next);
		drop_leftovers(before, &held, start->config, &kept);
	}
	if (start->config) {
		held = of_statics(before->config);
		kept = of_statics(start->config);
		drop_leftovers(before, &held, start->config, &kept);
	}
	if (!start->config || !memory_make(&memory, before)) {
		vrrp_close();
		return;
	}
	vmacs_drop(before, start->config);
	current = NULL;
	/* Its guard goes first: what it would take away is the next one's now. */
	guard_stop(before);
	shut(before);
	if (open_from(start, &memory) == 0 && current->config->global.fifo_states_on_reload)
		scripts_repeat_states(current);
	memory_drop(&memory);
}

static bool holds_anything(const struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->routers[i].fsm.state != VRRP_INIT)
			return true;
	return false;
}

bool vrrp_leave(enum routers_end how, routers_gone *gone, void *owner)
{
	struct vrrp_event event = {.kind = how == ROUTERS_HAND_OVER ? VRRP_EV_STOP : VRRP_EV_QUIT};

	if (!current)
		return false;
	if (how == ROUTERS_AT_ONCE) {
		current->hops_over = true;
		hop_end(current);
	}
	for (uint32_t i = 0; i < current->router_count; i++)
		if (current->routers[i].fsm.state != VRRP_INIT)
			router_tell(&current->routers[i], &event);
	if (!holds_anything(current) && !hop_serving_ms(current))
		return false;
	current->gone = gone;
	current->gone_owner = owner;
	return true;
}

void vrrp_close(void)
{
	struct speaker *speaker = current;

	if (!speaker)
		return;
	current = NULL;
	state_write(NULL);
	speaker->hops_over = true;
	hop_end(speaker);
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->routers[i].fsm.state != VRRP_INIT)
			router_tell_kind(&speaker->routers[i], VRRP_EV_QUIT);
	holdings_static(speaker, false);
	vmacs_drop(speaker, NULL);
	sysctl_restore(&speaker->remains->lasting);
	gateway_close();
	fifos_close();
	shut(speaker);
}

int vrrp_remember(void)
{
	struct memory memory = {0};
	int fd;

	if (!current)
		return -1;
	hop_end(current);
	if (!memory_make(&memory, current))
		return -1;
	memory.gateway = gateway_hand_over();
	fifos_hand_over(memory.fifos);
	fd = memory_seal(&memory);
	memory_drop(&memory);
	return fd;
}

/* ---- while it runs ---- */

void vrrp_tell_serving(bool serving)
{
	/* "Not yet" is not "no": nothing is known before the service was there once. */
	if (!serving && !serving_told)
		return;
	serving_told = true;
	serving_now = serving;
	if (!current)
		return;
	if (current->serving != serving) {
		current->serving = serving;
		hop_serving(current);
	}
	track_serving(current, serving);
}

static bool is_meant(const struct router *router, const char *name)
{
	int32_t group = router->instance->group;

	return !*name || strcmp(router->instance->name, name) == 0 ||
	       (group >= 0 && strcmp(vrrp_groups(router->speaker->config)[group].name, name) == 0);
}

void vrrp_order(enum routers_order order, const char *name)
{
	for (uint32_t i = 0; current && i < current->router_count; i++)
		if (is_meant(&current->routers[i], name))
			router_order(&current->routers[i], order);
	state_write(current);
}

int vrrp_page(void)
{
	return state_descriptor();
}

void vrrp_describe(void)
{
	for (uint32_t i = 0; current && i < current->router_count; i++) {
		const struct router *router = &current->routers[i];
		char text[VRRP_IP_TEXT_BYTES];

		log_message(LOG_LEVEL_NOTICE,
			"virtual router %s: %s, priority %u: %s; master %s, adverts %llu in, %llu "
			"out",
			router->instance->name, vrrp_state_name(router->fsm.state),
			vrrp_fsm_priority(&router->fsm), router->sum.text,
			router->fsm.state == VRRP_MASTER ? "here"
							 : vrrp_ip_text(text, &router->fsm.master),
			(unsigned long long)router->fsm.counters.adverts_in,
			(unsigned long long)router->fsm.counters.adverts_out);
	}
}

static void retry_refused(struct speaker *speaker, uint64_t now_us)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (!router->refused)
			continue;
		/* It may have been refused in a step of its group's. */
		if (now_us >= router->retry_us)
			router->refused = false;
		router_check_faults(router);
	}
}

static void notice_absence(struct speaker *speaker, uint64_t now_us)
{
	uint64_t late_us = now_us - speaker->ticked_us;

	if (late_us < SPEAKER_TICK_MS * 1000u + SPEAKER_AWAY_US)
		return;
	log_message(LOG_LEVEL_WARNING, "this process was away for %llu ms",
		(unsigned long long)(late_us / 1000u));
	for (uint32_t i = 0; i < speaker->router_count; i++)
		router_tell_kind(&speaker->routers[i], VRRP_EV_AWAY);
}

static void report_gone(struct speaker *speaker)
{
	routers_gone *gone = speaker->gone;

	if (!gone || holds_anything(speaker))
		return;
	speaker->gone = NULL;
	gone(speaker->gone_owner, hop_serving_ms(speaker));
}

static void tick_due(struct timer *timer)
{
	struct speaker *speaker = container_of(timer, struct speaker, tick);
	uint64_t now_us = speaker_now_us();

	notice_absence(speaker, now_us);
	speaker->ticked_us = now_us;
	timer_set(&speaker->loop->timers, timer, now_us / 1000u + SPEAKER_TICK_MS);
	bury_closed();
	orphans_reap();
	gateway_tick();
	fifos_take_back();
	retry_refused(speaker, now_us);
	track_backends(speaker);
	start_delayed(speaker, now_us);
	hop_tick(speaker, now_us);
	if (now_us - speaker->renewed_us >= SPEAKER_RENEW_MS * 1000u) {
		speaker->renewed_us = now_us;
		holdings_renew(speaker);
		if (speaker->vmacs_missing)
			vmacs_settle(speaker);
		ways_look(speaker);
		track_tick(speaker, now_us);
		fifos_tick(speaker, now_us);
		schedule_tick(&speaker->config->global);
		for (uint32_t i = 0; i < speaker->router_count; i++)
			router_announce_extra(&speaker->routers[i], now_us);
	}
	state_write(speaker);
	report_gone(speaker); /* last: it may close this speaker */
}
