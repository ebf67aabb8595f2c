/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_vmac.c - use_vmac: an interface with the virtual router's own MAC address.
 *
 * A macvlan on the instance's interface has the addresses, so that neighbours learn a MAC address
 * that moves with them and need not be told of a take-over.  It is there whether we are master or
 * not: adverts of a peer that uses the same MAC are given to it and not to the interface below.
 * What must not happen is that a backup sends from it, or switches would look for the master here;
 * the kernel's own reports of groups are dropped there (refusal.h), and adverts are made as frames
 * by those who may send them.
 *
 * One that cannot be made (the module comes later, its name is somebody else's for now) is tried
 * again every second.  One that is there already, with the right MAC, was left by a predecessor and
 * is taken over.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <string.h>

static const uint8_t *mac_of(const struct vrrp_instance *instance, uint8_t mac[LINK_ADDRESS_BYTES])
{
	if (instance->vmac_mac_given)
		memcpy(mac, instance->vmac_mac, LINK_ADDRESS_BYTES);
	else
		link_virtual_mac(mac, instance->family, instance->router_id);
	return mac;
}

static void set(struct speaker *speaker, const struct sysctl_wish *wishes, const char *interface,
	const char *name)
{
	char failed[SYSCTL_PATH_BYTES] = "";
	int error = sysctl_apply(&speaker->remains->lasting, wishes, interface, failed);

	if (error < 0)
		log_message(LOG_LEVEL_WARNING, "(%s) cannot set %s: %s", name, failed,
			strerror(-error));
}

static int order(
	struct speaker *speaker, struct netlink_call *call, const char *name, const char *what)
{
	int error = netlink_call(&speaker->orders, call);

	if (error < 0)
		log_message(LOG_LEVEL_ERR, "(%s) cannot %s: %s", name, what, call->answer.text);
	return error;
}

static int make(struct router *router)
{
	struct speaker *speaker = router->speaker;
	const struct vrrp_instance *instance = router->instance;
	struct link_macvlan macvlan = {.parent = router->link->index};
	struct netlink_call call = {0};
	int error;

	memcpy(macvlan.name, instance->vmac_interface, sizeof(macvlan.name));
	mac_of(instance, macvlan.mac);
	macvlan.group = instance->vmac_group;
	link_write_macvlan(netlink_call_begin(&speaker->orders, &call), &macvlan);
	/* It is tried again every second, and said once. */
	if (router->vmac_refused)
		error = netlink_call(&speaker->orders, &call);
	else
		error = order(speaker, &call, instance->name, "make its macvlan");
	router->vmac_refused = error < 0;
	return error;
}

/* Also for one that was there: somebody may have changed it. */
static void furnish(struct router *router)
{
	struct speaker *speaker = router->speaker;
	const struct vrrp_instance *instance = router->instance;
	uint32_t index = router->vmac->index;
	struct netlink_call call = {0};

	vmac_note(router, true);
	link_write_no_autoaddress(netlink_call_begin(&speaker->orders, &call), index);
	order(speaker, &call, instance->name,
		"keep the kernel from giving addresses to its macvlan");
	set(speaker, sysctl_vmac, instance->vmac_interface, instance->name);
	set(speaker, sysctl_vmac_parent, instance->interface, instance->name);
	call = (struct netlink_call){0};
	link_write_set(netlink_call_begin(&speaker->orders, &call), index, LINK_UP);
	order(speaker, &call, instance->name, "switch its macvlan on");
}

static bool is_right(const struct router *router)
{
	uint8_t mac[LINK_ADDRESS_BYTES];

	return memcmp(router->vmac->mac, mac_of(router->instance, mac), sizeof(mac)) == 0;
}

void vmacs_settle(struct speaker *speaker)
{
	bool made = false;

	speaker->vmacs_missing = false;
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (!router->vmac || !router->link->index || router->vmac->index)
			continue;
		made |= make(router) == 0;
		speaker->vmacs_missing |= router->vmac_refused;
	}
	if (made)
		links_ask(speaker);
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (!router->vmac || router->vmac->index == router->vmac_index)
			continue;
		router->vmac_index = router->vmac->index;
		router->vmac_wrong = router->vmac->index && !is_right(router);
		if (router->vmac_wrong)
			log_message(LOG_LEVEL_ERR,
				"(%s) %s is there already and has another MAC address",
				router->instance->name, router->vmac->name);
		else if (router->vmac->index)
			furnish(router);
	}
}

static bool is_wanted(const struct vrrp_config *config, const struct vrrp_instance *instance)
{
	for (uint32_t i = 0; config && i < config->instance_count; i++) {
		const struct vrrp_instance *next = &vrrp_instances(config)[i];
		uint8_t theirs[LINK_ADDRESS_BYTES], ours[LINK_ADDRESS_BYTES];

		if (next->use_vmac && strcmp(next->vmac_interface, instance->vmac_interface) == 0 &&
			strcmp(next->interface, instance->interface) == 0 &&
			memcmp(mac_of(next, theirs), mac_of(instance, ours), sizeof(ours)) == 0)
			return true;
	}
	return false;
}

void vmacs_drop(struct speaker *speaker, const struct vrrp_config *next)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];
		struct netlink_call call = {0};

		if (!router->vmac || !router->vmac->index || router->vmac_wrong ||
			is_wanted(next, router->instance))
			continue;
		link_write_delete(netlink_call_begin(&speaker->orders, &call), router->vmac->index);
		order(speaker, &call, router->instance->name, "remove its macvlan");
		vmac_note(router, false);
	}
}

int vmac_send(
	struct router *router, const struct vrrp_ip *group, const uint8_t *bytes, uint32_t len)
{
	static uint8_t
		whole[FRAME_HEAD_BYTES + VRRP_PACKET_BYTES_MAX]; /* the keeper's thread alone */
	static uint16_t number;
	struct frame frame = {
		.source = router->fsm.address,
		.group = *group,
		.number = number,
		.bytes = bytes,
		.len = len,
	};

	number++;
	mac_of(router->instance, frame.mac);
	return wire_send_frame(
		router->speaker->frames, router->link->index, whole, frame_write(whole, &frame));
}
