/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_router.c - one virtual router: the hands around its state machine.
 *
 * Everything that happens becomes an event of the machine (fsm.h), and everything it wants comes
 * back as a list of actions, done here in their order and at once: netlink answers before the
 * advertisement leaves, the advertisement is on its way before the neighbours are told.  That order
 * is the whole secret of a take-over without a gap, so nothing here is put off to the ring.
 *
 * Members of a sync group are stepped together: after each step the group is asked who is out of
 * line, until nobody is.
 *
 * What a packet can make us write into the log is bounded: one line a minute for each kind and
 * peer. */
#include "core/log.h"
#include "vrrp/speaker.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RETRY_US 5000000u /* after addresses were refused */

/* Kinds of complaints: verdicts first, then these. */
enum { COMPLAIN_NOTES = VRRP_VERDICTS, COMPLAIN_SEND = COMPLAIN_NOTES + VRRP_NOTES };

static void act(struct router *router, const struct vrrp_action *action);
static void set_timer(struct router *router);
static void timer_due(struct timer *timer);
static void announce_due(struct timer *timer);

static uint8_t family_of(uint32_t slot)
{
	return slot == 0 ? AF_INET : AF_INET6;
}

void router_init(struct router *router)
{
	struct vrrp_options options;

	vrrp_options_from(&options, router->instance);
	vrrp_fsm_init(&router->fsm, &options, speaker_now_us());
	timer_init(&router->timer, timer_due);
	timer_init(&router->announcing, announce_due);
	for (uint32_t i = 0; i < SPEAKER_FAMILIES; i++)
		vrrp_garp_init(&router->garp[i]);
}

/* ---- events in ---- */

static void step(struct router *router, const struct vrrp_event *event)
{
	struct vrrp_actions actions;

	vrrp_fsm_step(&router->fsm, event, speaker_now_us(), &actions);
	for (uint32_t i = 0; i < actions.count; i++)
		act(router, &actions.items[i]);
	set_timer(router);
}

void router_settle_group(struct sync_group *group)
{
	struct vrrp_event event;
	uint32_t member;

	while (vrrp_sync_next(&group->sync, &member, &event))
		step(group->routers[member], &event);
}

void router_tell(struct router *router, const struct vrrp_event *event)
{
	step(router, event);
	if (router->group)
		router_settle_group(router->group);
	if (router->refused) /* by the kernel, in this very step */
		router_check_faults(router);
	gateway_settle(router->speaker);
}

void router_tell_kind(struct router *router, enum vrrp_event_kind kind)
{
	struct vrrp_event event = {.kind = kind};

	router_tell(router, &event);
}

void router_order(struct router *router, enum routers_order order)
{
	bool released = order == ROUTERS_RELEASE;

	if (router->fsm.held == released)
		return;
	log_message(LOG_LEVEL_NOTICE, "(%s) %s", router->instance->name,
		released ? "released by an operator: takes part with priority 1"
			 : "reclaimed by an operator: takes part with its own priority again");
	if (router->group)
		router->group->sync.released = released; /* the rest of the step settles it */
	router_tell_kind(router, released ? VRRP_EV_RELEASE : VRRP_EV_RESUME);
}

static void set_timer(struct router *router)
{
	struct timer_wheel *wheel = &router->speaker->loop->timers;

	if (router->fsm.timer_at_us == VRRP_NEVER)
		timer_cancel(&router->timer);
	else /* rounded up: it must not come before its time */
		timer_set(wheel, &router->timer, (router->fsm.timer_at_us + 999u) / 1000u);
}

static void timer_due(struct timer *timer)
{
	router_tell_kind(container_of(timer, struct router, timer), VRRP_EV_TIMER);
}

void router_check_faults(struct router *router)
{
	const struct vrrp_instance *instance = router->instance;
	struct vrrp_event event = {.kind = VRRP_EV_FAULTS};

	if (!instance->dont_track_primary && router->link && !router->link->running)
		event.faults |= VRRP_FAULT_INTERFACE;
	if (router->vmac && (!router->vmac->up || router->vmac_wrong))
		event.faults |= VRRP_FAULT_INTERFACE;
	if (!vrrp_ip_is_set(&router->fsm.address) || router->wire->fd < 0)
		event.faults |= VRRP_FAULT_SOURCE;
	if (router->sum.fault)
		event.faults |= VRRP_FAULT_TRACKED;
	if (router->refused)
		event.faults |= VRRP_FAULT_ADDRESSES;
	if (instance->fault_without_peer && instance->unicast && !instance->peers.count)
		event.faults |= VRRP_FAULT_PEERS;
	/* The group's bit is the group's to set. */
	event.faults |= router->fsm.faults & VRRP_FAULT_GROUP;
	if (event.faults != router->fsm.faults)
		router_tell(router, &event);
}

/* ---- packets in ---- */

static struct vrrp_expected expected_of(const struct router *router)
{
	const struct vrrp_instance *instance = router->instance;
	struct vrrp_expected expected = {
		.family = instance->family,
		.version = instance->version,
		.router_id = instance->router_id,
		.unicast = instance->unicast,
		.advert_us = router->fsm.options.advert_us,
		.auth_type = instance->auth_type,
		.source = router->fsm.address,
		.addresses = router->advertised,
		.address_count = instance->addresses.count,
	};

	memcpy(expected.auth_data, instance->auth_data, sizeof(expected.auth_data));
	return expected;
}

static void complain(struct router *router, enum vrrp_verdict verdict, const struct vrrp_ip *peer)
{
	char text[VRRP_IP_TEXT_BYTES];
	uint32_t unsaid;

	if (!vrrp_verdict_is_error(verdict) ||
		!vrrp_complaint_is_due(
			&router->complaints, (uint32_t)verdict, peer, speaker_now_us(), &unsaid))
		return;
	log_message(LOG_LEVEL_WARNING, "(%s) an advertisement of %s was dropped: %s%s",
		router->instance->name, vrrp_ip_text(text, peer), vrrp_verdict_name(verdict),
		unsaid ? ", and others before it" : "");
}

static const struct vrrp_peer *find_peer(const struct router *router, const struct vrrp_ip *source)
{
	const struct vrrp_peer *peers = vrrp_peers(router->speaker->config);
	const struct vrrp_range *range = &router->instance->peers;

	for (uint32_t i = 0; i < range->count; i++)
		if (vrrp_ip_equal(&peers[range->first + i].ip, source))
			return &peers[range->first + i];
	return NULL;
}

/* What the files ask of a unicast peer, beside a good packet. */
static enum vrrp_verdict judge_peer(
	const struct router *router, const struct vrrp_datagram *datagram)
{
	const struct vrrp_peer *peer = find_peer(router, &datagram->source);

	if (!router->instance->check_unicast_source)
		return VRRP_GOOD;
	if (!peer)
		return VRRP_ALIEN_ROUTER;
	return datagram->hops >= peer->least_hops && datagram->hops <= peer->most_hops
		       ? VRRP_GOOD
		       : VRRP_BAD_TTL;
}

static void listen_to(struct router *router, const struct vrrp_datagram *datagram)
{
	const struct vrrp_instance *instance = router->instance;
	struct vrrp_expected expected = expected_of(router);
	struct vrrp_event event = {.kind = VRRP_EV_ADVERT};
	struct vrrp_advert advert;
	enum vrrp_verdict verdict = vrrp_packet_read(&advert, datagram, &expected);

	if (verdict == VRRP_GOOD)
		verdict = judge_peer(router, datagram);
	router->verdicts[verdict]++;
	if (verdict != VRRP_GOOD) {
		complain(router, verdict, &datagram->source);
		return;
	}
	if (advert.addresses_differ && !router->differs_told) {
		char text[VRRP_IP_TEXT_BYTES];

		log_message(LOG_LEVEL_WARNING,
			"(%s) %s advertises other addresses than ours; accepted", instance->name,
			vrrp_ip_text(text, &advert.source));
		router->differs_told = true;
	}
	if (advert.priority == VRRP_PRIORITY_GONE)
		hop_farewell(router, &advert.source);
	event.source = advert.source;
	event.priority = advert.priority;
	event.advert_us = advert.advert_us;
	router_tell(router, &event);
}

/* log_unknown_vrids */
static void tell_stranger(struct wire *wire, const struct vrrp_datagram *datagram, uint32_t id)
{
	struct speaker *speaker = wire->owner;
	char text[VRRP_IP_TEXT_BYTES];
	uint32_t unsaid;

	if (vrrp_complaint_is_due(
		    &speaker->strangers, id, &datagram->source, speaker_now_us(), &unsaid))
		log_message(LOG_LEVEL_NOTICE,
			"an advertisement of virtual_router_id %u on %s, which is nobody's here: "
			"%s",
			id, wire->interface, vrrp_ip_text(text, &datagram->source));
}

void router_heard(struct wire *wire, const struct vrrp_datagram *datagram)
{
	struct speaker *speaker = wire->owner;
	int id = vrrp_packet_router_id(datagram);

	bool known = false;

	if (speaker->closed || id < 0)
		return;
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (router->wire != wire || router->instance->router_id != id)
			continue;
		known = true;
		if (hop_is_message(datagram))
			hop_heard(router, datagram);
		else
			listen_to(router, datagram);
	}
	if (!known && speaker->config->global.log_unknown_ids)
		tell_stranger(wire, datagram, (uint32_t)id);
}

/* ---- adverts out ---- */

static int send_one(
	struct router *router, struct vrrp_message *message, const struct vrrp_ip *destination)
{
	static uint8_t bytes[VRRP_PACKET_BYTES_MAX]; /* the keeper's thread alone */
	struct wire_letter letter = {
		.source = message->source,
		.destination = *destination,
		.hops = router->instance->unicast && router->instance->ttl ? router->instance->ttl
									   : VRRP_HOPS,
		.bytes = bytes,
	};

	message->destination = *destination;
	letter.len = vrrp_packet_write(bytes, sizeof(bytes), message);
	assert(letter.len > 0);
	if (vmac_speaks(router->instance) && !router->instance->unicast)
		return vmac_send(router, destination, bytes, letter.len);
	return wire_send(router->wire, &letter);
}

static void advertise(struct router *router, uint8_t priority)
{
	const struct vrrp_instance *instance = router->instance;
	const struct vrrp_peer *peers = vrrp_peers(router->speaker->config);
	struct vrrp_ip group = instance->group_address.family == instance->family
				       ? instance->group_address
				       : wire_group(instance->family);
	struct vrrp_message message = {
		.version = instance->version,
		.router_id = instance->router_id,
		.priority = priority,
		.advert_us = router->fsm.options.advert_us,
		.auth_type = instance->auth_type,
		.checksum = instance->checksum_without_pseudo_header ? VRRP_CHECKSUM_PLAIN
								     : VRRP_CHECKSUM_PSEUDO,
		.source = router->fsm.address,
		.addresses = router->advertised,
		.address_count = instance->addresses.count,
	};
	int error = 0;

	memcpy(message.auth_data, instance->auth_data, sizeof(message.auth_data));
	if (!instance->unicast)
		error = send_one(router, &message, &group);
	for (uint32_t i = 0; i < instance->peers.count; i++) {
		int failed = send_one(router, &message, &peers[instance->peers.first + i].ip);

		error = failed < 0 ? failed : error;
	}
	if (error < 0) {
		struct vrrp_ip nobody = {0};
		uint32_t unsaid;

		router->send_failures++;
		if (vrrp_complaint_is_due(
			    &router->complaints, COMPLAIN_SEND, &nobody, speaker_now_us(), &unsaid))
			log_message(LOG_LEVEL_WARNING, "(%s) cannot send an advertisement: %s",
				instance->name, strerror(-error));
	}
}

/* ---- neighbours ---- */

static const struct vrrp_address *address_at(
	const struct router *router, uint8_t family, uint32_t number)
{
	const struct vrrp_instance *instance = router->instance;
	const struct vrrp_range *ranges[] = {&instance->addresses, &instance->excluded};

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < ranges[r]->count; i++) {
			const struct vrrp_address *address =
				&router->speaker->addresses[ranges[r]->first + i];

			if (address->ip.family == family && number-- == 0)
				return address;
		}
	return NULL;
}

static struct vrrp_garp_options options_of(const struct router *router, uint8_t family)
{
	uint32_t count = 0;

	while (address_at(router, family, count))
		count++;
	return vrrp_garp_options_from(router->instance, family, count);
}

static enum vrrp_na na_kind(const char *interface)
{
	char path[96], value = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding", interface);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return VRRP_NA_HOST;
	if (read(fd, &value, 1) != 1)
		value = '0';
	close(fd);
	return value == '1' ? VRRP_NA_ROUTER : VRRP_NA_HOST;
}

static void announce(const struct router *router, const struct vrrp_address *address)
{
	struct speaker *speaker = router->speaker;
	const struct link *link = links_find(speaker, address->interface);
	uint8_t frame[VRRP_NA_BYTES];

	if (!link || !link->index)
		return;
	if (address->ip.family == AF_INET6) {
		vrrp_na_write(frame, na_kind(link->name), link->mac, &address->ip);
		wire_send_frame(speaker->frames, link->index, frame, VRRP_NA_BYTES);
		return;
	}
	vrrp_arp_write(frame, VRRP_ARP_REQUEST, link->mac, &address->ip);
	wire_send_frame(speaker->frames, link->index, frame, VRRP_ARP_BYTES);
	vrrp_arp_write(frame, VRRP_ARP_REPLY, link->mac, &address->ip);
	wire_send_frame(speaker->frames, link->index, frame, VRRP_ARP_BYTES);
}

static void announce_what_is_due(struct router *router)
{
	struct timer_wheel *wheel = &router->speaker->loop->timers;
	uint64_t now_us = speaker_now_us(), next_us = VRRP_NEVER;

	for (uint32_t i = 0; i < SPEAKER_FAMILIES; i++) {
		struct vrrp_garp_options options = options_of(router, family_of(i));
		struct vrrp_garp *garp = &router->garp[i];
		uint32_t number;

		while (options.addresses && vrrp_garp_take(garp, &options, now_us, &number))
			announce(router, address_at(router, family_of(i), number));
		if (vrrp_garp_deadline_us(garp) < next_us)
			next_us = vrrp_garp_deadline_us(garp);
	}
	if (next_us == VRRP_NEVER)
		timer_cancel(&router->announcing);
	else
		timer_set(wheel, &router->announcing, (next_us + 999u) / 1000u);
}

/* garp_extra_if: switches forget where an address is that is on another interface than the adverts.
 */
void router_announce_extra(struct router *router, uint64_t now_us)
{
	const struct vrrp_instance *instance = router->instance;
	const struct vrrp_range *ranges[] = {&instance->addresses, &instance->excluded};

	if (!instance->garp_extra_us || router->fsm.state != VRRP_MASTER ||
		now_us - router->extra_us < instance->garp_extra_us)
		return;
	router->extra_us = now_us;
	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < ranges[r]->count; i++) {
			const struct vrrp_address *address =
				&router->speaker->addresses[ranges[r]->first + i];

			if (instance->garp_extra_all ||
				strcmp(address->interface, router->wire->interface) != 0)
				announce(router, address);
		}
}

static void announce_due(struct timer *timer)
{
	announce_what_is_due(container_of(timer, struct router, announcing));
}

static void begin_announcing(struct router *router, enum vrrp_announce why)
{
	for (uint32_t i = 0; i < SPEAKER_FAMILIES; i++) {
		struct vrrp_garp_options options = options_of(router, family_of(i));

		vrrp_garp_start(&router->garp[i], &options,
			why == VRRP_ANNOUNCE_LOWER ? VRRP_GARP_LOWER : VRRP_GARP_MASTER,
			speaker_now_us());
	}
	announce_what_is_due(router);
}

static void fall_silent(struct router *router)
{
	for (uint32_t i = 0; i < SPEAKER_FAMILIES; i++)
		vrrp_garp_stop(&router->garp[i]);
	timer_cancel(&router->announcing);
}

/* ---- actions out ---- */

static void tell_transition(const struct router *router, const struct vrrp_transition *transition)
{
	char line[VRRP_LINE_BYTES];

	log_message(LOG_LEVEL_NOTICE, "%s",
		vrrp_transition_text(line, router->instance->name, transition));
}

static void tell_note(struct router *router, const struct vrrp_note *note)
{
	char line[VRRP_LINE_BYTES];
	uint32_t unsaid;

	if (vrrp_complaint_is_due(&router->complaints, COMPLAIN_NOTES + (uint32_t)note->kind,
		    &note->peer, speaker_now_us(), &unsaid))
		log_message(LOG_LEVEL_WARNING, "%s",
			vrrp_note_text(line, router->instance->name, note));
}

static void act(struct router *router, const struct vrrp_action *action)
{
	switch (action->kind) {
	case VRRP_ACT_ADD:
		hop_before_add(router);
		router->refused = holdings_add(router) < 0;
		hop_after_add(router);
		router->retry_us = speaker_now_us() + RETRY_US;
		break;
	case VRRP_ACT_REMOVE:
		hop_before_remove(router);
		holdings_remove(router);
		break;
	case VRRP_ACT_ADVERT:
		advertise(router, action->priority);
		break;
	case VRRP_ACT_ANNOUNCE:
		begin_announcing(router, action->why);
		break;
	case VRRP_ACT_SILENCE:
		fall_silent(router);
		break;
	case VRRP_ACT_TRANSITION:
		tell_transition(router, &action->transition);
		if (action->transition.to == VRRP_LEAVING)
			hop_leaving(router);
		break;
	case VRRP_ACT_NOTE:
		tell_note(router, &action->note);
		break;
	case VRRP_ACT_NOTIFY:
		scripts_notify(router, action->notify);
		break;
	case VRRP_ACT_GONE: /* seen from the state: speaker.c */
		break;
	}
}
