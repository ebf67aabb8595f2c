/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_holdings.c - what a master holds in the kernel: addresses, routes, rules.
 *
 * Asked for and answered in one call: the kernel does the work within the system call and the
 * answer is there when it returns (22 to 45 us for an address), so waiting costs nothing and keeps
 * the order that a take-over needs.
 *
 * An address lives for SPEAKER_VALID_S and is renewed every second.  Whatever happens to this
 * process - killed with everything around it, stopped, starved - the kernel takes the address away
 * by itself.  The guard is the fast way to the same end, this is the sure one.
 *
 * What is held stands in the remains first, and is struck out last (speaker_remains.h). */
#include "core/log.h"
#include "vrrp/route.h"
#include "vrrp/rule.h"
#include "vrrp/speaker.h"
#include <assert.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LOOPBACK_INDEX 1u   /* "lo" of every network of Linux */
#define ROWS_AT_ONCE   100u /* messages of one request: well within its buffer */

/* To renew is to put what is held still: what somebody removed and nobody tracks stays away. */
enum wish { PUT, RENEW, DELETE };

/* ---- the notes for the guard ---- */

static uint32_t route_row(const struct speaker *speaker, uint32_t number)
{
	return speaker->config->address_count + number;
}

static uint32_t rule_row(const struct speaker *speaker, uint32_t number)
{
	return speaker->config->address_count + speaker->config->route_count + number;
}

static void note(struct speaker *speaker, uint32_t row, uint32_t index, bool held)
{
	struct remain *remain = &speaker->remains->rows[row];

	remain->index = index;
	atomic_store(&remain->held, held);
}

int remains_hold(struct remains *remains)
{
	pthread_mutexattr_t shared;
	int error = pthread_mutexattr_init(&shared);

	if (error)
		return -error;
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
	error = pthread_mutex_init(&remains->life, &shared);
	pthread_mutexattr_destroy(&shared);
	return error ? -error : -pthread_mutex_lock(&remains->life);
}

void remains_release(struct remains *remains)
{
	pthread_mutex_unlock(&remains->life);
}

static uint32_t hop_row(const struct speaker *speaker, uint32_t number)
{
	return rule_row(speaker, speaker->config->rule_count) + speaker->config->instance_count +
	       number;
}

void vmac_note(const struct router *router, bool held)
{
	struct speaker *speaker = router->speaker;
	uint32_t number = (uint32_t)(router - speaker->routers);

	note(speaker, rule_row(speaker, speaker->config->rule_count) + number, router->vmac->index,
		held);
}

int holdings_open(struct speaker *speaker)
{
	const struct vrrp_config *config = speaker->config;
	uint32_t count = hop_row(speaker, config->address_count);
	size_t bytes = sizeof(struct remains) + count * sizeof(struct remain);
	int fd = memfd_create("torc-remains", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct remains *remains;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return -errno;
	remains = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (remains == MAP_FAILED)
		return -errno;
	remains->magic = REMAINS_MAGIC;
	remains->count = count;
	for (uint32_t i = 0; i < config->address_count; i++) {
		remains->rows[i].kind = REMAIN_ADDRESS;
		remains->rows[i].address = speaker->addresses[i];
	}
	for (uint32_t i = 0; i < config->route_count; i++) {
		remains->rows[route_row(speaker, i)].kind = REMAIN_ROUTE;
		remains->rows[route_row(speaker, i)].route = vrrp_routes(config)[i];
	}
	for (uint32_t i = 0; i < config->rule_count; i++) {
		remains->rows[rule_row(speaker, i)].kind = REMAIN_RULE;
		remains->rows[rule_row(speaker, i)].rule = vrrp_rules(config)[i];
	}
	for (uint32_t i = 0; i < config->instance_count; i++)
		remains->rows[rule_row(speaker, config->rule_count + i)].kind = REMAIN_LINK;
	for (uint32_t i = 0; i < config->address_count; i++) {
		remains->rows[hop_row(speaker, i)].kind = REMAIN_HOP;
		remains->rows[hop_row(speaker, i)].route = route_to_own(&speaker->addresses[i].ip);
	}
	speaker->remains = remains;
	speaker->remains_fd = fd;
	return remains_hold(remains);
}

/* ---- asking ---- */

/* Tells the first failure that matters.  Returns it, else 0. */
static int ask(struct speaker *speaker, struct netlink_call *call, const char *what,
	const struct vrrp_instance *instance, int harmless)
{
	int32_t result = netlink_call(&speaker->orders, call);

	if (result == 0 || result == harmless)
		return 0;
	log_message(LOG_LEVEL_ERR, "(%s) cannot %s: %s", instance ? instance->name : "static", what,
		call->answer.text);
	return result;
}

/* One request for these rows, all of whose interfaces are there. */
static int ask_rows(struct speaker *speaker, const uint32_t *rows, uint32_t count, enum wish wish,
	uint32_t valid_s, const struct vrrp_instance *instance)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);

	for (uint32_t i = 0; i < count; i++) {
		const struct vrrp_address *address = &speaker->addresses[rows[i]];
		uint32_t index = links_index(speaker, address->interface);

		if (wish != DELETE && valid_s != VIP_FOREVER)
			note(speaker, rows[i], index, true);
		if (wish != DELETE)
			vip_write_put(writer, address, index, valid_s);
		else
			vip_write_delete(writer, address, index);
	}
	return ask(speaker, &call, wish != DELETE ? "add addresses" : "remove addresses", instance,
		wish != DELETE ? 0 : -EADDRNOTAVAIL);
}

static int ask_addresses(struct speaker *speaker, const struct vrrp_range *range, enum wish wish,
	uint32_t valid_s, const struct vrrp_instance *instance)
{
	uint32_t rows[ROWS_AT_ONCE], count = 0;
	int error = 0;

	for (uint32_t row = range->first; row < range->first + range->count; row++) {
		bool there = links_index(speaker, speaker->addresses[row].interface) != 0;
		bool given_up = wish == RENEW && !speaker->held[row];

		speaker->held[row] = wish != DELETE && !given_up;
		if (there && !given_up)
			rows[count++] = row;
		else if (wish != DELETE && !given_up)
			error = -ENODEV;
		if (count == ROWS_AT_ONCE || (count && row + 1 == range->first + range->count)) {
			int failed = ask_rows(speaker, rows, count, wish, valid_s, instance);

			error = failed < 0 ? failed : error;
			count = 0;
		}
	}
	if (wish == DELETE)
		for (uint32_t i = 0; i < range->count; i++)
			note(speaker, range->first + i, 0, false);
	return error;
}

static int ask_routes(struct speaker *speaker, const struct vrrp_range *range, enum wish wish,
	const struct vrrp_instance *instance)
{
	int error = 0;

	for (uint32_t i = 0; i < range->count; i++) {
		uint32_t row = route_row(speaker, range->first + i);
		struct remain *remain = &speaker->remains->rows[row];
		struct netlink_call call = {0};
		struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);
		int failed;

		if (wish == PUT) {
			ways_find_links(speaker, remain);
			note(speaker, row, remain->index, true);
			route_write_add(writer, &remain->route, remain->index);
		} else {
			ways_find_links(speaker, remain);
			route_write_delete(writer, &remain->route, remain->index);
		}
		failed = ask(speaker, &call, wish == PUT ? "add a route" : "remove a route",
			instance, wish == PUT ? -EEXIST : -ESRCH);
		error = failed < 0 ? failed : error;
		speaker->ways_missing |= wish == PUT && failed < 0;
		if (wish == DELETE)
			note(speaker, row, 0, false);
	}
	return error;
}

static int ask_rules(struct speaker *speaker, const struct vrrp_range *range, enum wish wish,
	const struct vrrp_instance *instance)
{
	int error = 0;

	for (uint32_t i = 0; i < range->count; i++) {
		const struct vrrp_rule *rule = &vrrp_rules(speaker->config)[range->first + i];
		struct netlink_call call = {0};
		struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);
		int failed;

		if (wish == PUT) {
			note(speaker, rule_row(speaker, range->first + i), 0, true);
			rule_write_add(writer, rule);
		} else {
			rule_write_delete(writer, rule);
		}
		failed = ask(speaker, &call, wish == PUT ? "add a rule" : "remove a rule", instance,
			wish == PUT ? -EEXIST : -ENOENT);
		error = failed < 0 ? failed : error;
		speaker->ways_missing |= wish == PUT && failed < 0;
		if (wish == DELETE)
			note(speaker, rule_row(speaker, range->first + i), 0, false);
	}
	return error;
}

/* One address's route of a hop; it need not be there when it goes. */
int holdings_hop(struct speaker *speaker, uint32_t row, bool wanted)
{
	const struct vrrp_route route = route_to_own(&speaker->addresses[row].ip);
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);
	int32_t result;

	if (wanted) {
		note(speaker, hop_row(speaker, row), LOOPBACK_INDEX, true);
		route_write_add(writer, &route, LOOPBACK_INDEX);
	} else {
		route_write_delete(writer, &route, LOOPBACK_INDEX);
	}
	result = netlink_call(&speaker->orders, &call);
	if (!wanted)
		note(speaker, hop_row(speaker, row), 0, false);
	return result == -EEXIST || result == -ESRCH ? 0 : result;
}

/* ---- a router's own ---- */

/* The addresses decide: without them the router cannot be master; a route that is refused is a
 * line on the log. */
int holdings_add(struct router *router)
{
	struct speaker *speaker = router->speaker;
	const struct vrrp_instance *instance = router->instance;
	int error = ask_addresses(speaker, &instance->addresses, PUT, SPEAKER_VALID_S, instance);
	int excluded = ask_addresses(speaker, &instance->excluded, PUT, SPEAKER_VALID_S, instance);

	ask_routes(speaker, &instance->routes, PUT, instance);
	ask_rules(speaker, &instance->rules, PUT, instance);
	return error < 0 ? error : excluded;
}

void holdings_remove(struct router *router)
{
	struct speaker *speaker = router->speaker;
	const struct vrrp_instance *instance = router->instance;

	ask_rules(speaker, &instance->rules, DELETE, instance);
	ask_routes(speaker, &instance->routes, DELETE, instance);
	ask_addresses(speaker, &instance->addresses, DELETE, 0, instance);
	ask_addresses(speaker, &instance->excluded, DELETE, 0, instance);
}

void holdings_drop_address(struct speaker *speaker, uint32_t row)
{
	struct vrrp_range range = {row, 1};

	ask_addresses(speaker, &range, DELETE, 0, NULL);
}

void holdings_drop_route(struct speaker *speaker, uint32_t row)
{
	struct vrrp_range range = {row, 1};

	ask_routes(speaker, &range, DELETE, NULL);
}

void holdings_drop_rule(struct speaker *speaker, uint32_t row)
{
	struct vrrp_range range = {row, 1};

	ask_rules(speaker, &range, DELETE, NULL);
}

void holdings_renew(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];
		const struct vrrp_instance *instance = router->instance;

		if (!router_holds(router))
			continue;
		ask_addresses(speaker, &instance->addresses, RENEW, SPEAKER_VALID_S, instance);
		ask_addresses(speaker, &instance->excluded, RENEW, SPEAKER_VALID_S, instance);
	}
}

void holdings_static(struct speaker *speaker, bool wanted)
{
	const struct vrrp_config *config = speaker->config;
	enum wish wish = wanted ? PUT : DELETE;

	ask_addresses(speaker, &config->static_addresses, wish, VIP_FOREVER, NULL);
	ask_routes(speaker, &config->static_routes, wish, NULL);
	ask_rules(speaker, &config->static_rules, wish, NULL);
}

/* ---- what the kernel has ---- */

/* The row of the configuration that this address is, or address_count. */
static uint32_t find(const struct speaker *speaker, const struct vip_row *row)
{
	uint32_t count = speaker->config->address_count;

	for (uint32_t i = 0; i < count; i++) {
		const struct vrrp_address *address = &speaker->addresses[i];

		if (vip_row_is(row, address,
			    links_index((struct speaker *)(uintptr_t)speaker, address->interface)))
			return i;
	}
	return count;
}

bool holdings_is_virtual(const struct speaker *speaker, const struct vip_row *row)
{
	return row->protocol == VIP_PROTOCOL || find(speaker, row) < speaker->config->address_count;
}

/* Only on interfaces that our files name: elsewhere another torc may be at home. */
static bool is_ours_by_mark(const struct speaker *speaker, const struct vip_row *row)
{
	if (row->protocol != VIP_PROTOCOL)
		return false;
	for (uint32_t i = 0; i < speaker->link_count; i++)
		if (speaker->links[i].index == row->index)
			return true;
	return false;
}

/* Left by a program that died before it could tidy up: marked as ours, or (by a keepalived perhaps,
 * or a kernel that keeps no marks) a bare virtual address.  One with a prefix may be the owner's.
 */
void holdings_sweep(struct speaker *speaker, const struct vip_row *row)
{
	uint32_t number = find(speaker, row);
	bool known = number < speaker->config->address_count;
	bool bare = row->prefix_bits == 8 * vrrp_ip_bytes(row->family);
	struct vrrp_address stranger = {
		.ip = row->ip, .peer = row->peer, .prefix_bits = row->prefix_bits};
	struct netlink_call call = {0};

	if (known && speaker->held[number])
		return;
	if (!is_ours_by_mark(speaker, row) && !(known && bare))
		return;
	if (row->protocol != VIP_PROTOCOL)
		log_message(LOG_LEVEL_WARNING,
			"a virtual address is on %s already: removed, the election will tell",
			speaker->addresses[number].interface);
	vip_write_delete(netlink_call_begin(&speaker->orders, &call),
		known ? &speaker->addresses[number] : &stranger, row->index);
	netlink_call(&speaker->orders, &call);
}

static bool is_static(const struct speaker *speaker, uint32_t number)
{
	const struct vrrp_range *range = &speaker->config->static_addresses;

	return number >= range->first && number - range->first < range->count;
}

struct search {
	struct netlink_call call;
	const struct vrrp_address *address;
	uint32_t index;
	bool found;
};

static void searched(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct search *search = container_of(
		container_of(request, struct netlink_call, request), struct search, call);
	struct vip_row row;

	search->found |=
		vip_read(&row, message) && vip_row_is(&row, search->address, search->index);
}

/* An address that is not tracked stays away until the next transition to master, unless what we
 * hear of is older than that. */
static void give_up(struct speaker *speaker, uint32_t number, uint32_t index)
{
	struct search search = {.address = &speaker->addresses[number], .index = index};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &search.call);

	search.call.request.row = searched;
	vip_write_dump(writer, search.address->ip.family, index);
	if (netlink_call(&speaker->orders, &search.call) < 0 || search.found)
		return;
	speaker->held[number] = false;
	note(speaker, number, 0, false);
	log_message(LOG_LEVEL_NOTICE,
		"somebody removed a virtual address from %s that is not tracked: it stays away "
		"until the next transition to master",
		search.address->interface);
}

void holdings_gone(struct speaker *speaker, const struct vip_row *row)
{
	uint32_t number = find(speaker, row);
	struct netlink_call call = {0};
	const struct vrrp_address *address;

	if (number == speaker->config->address_count || !speaker->held[number])
		return;
	address = &speaker->addresses[number];
	speaker->ways_missing = true; /* routes from it went, too */
	if (address->no_track) {
		give_up(speaker, number, row->index);
		return;
	}
	log_message(LOG_LEVEL_WARNING, "somebody removed a virtual address from %s: put back",
		address->interface);
	vip_write_put(netlink_call_begin(&speaker->orders, &call), address, row->index,
		is_static(speaker, number) ? VIP_FOREVER : SPEAKER_VALID_S);
	netlink_call(&speaker->orders, &call);
}
