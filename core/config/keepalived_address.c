/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_address.c - addresses that come and go with the master, and those that stay.
 *
 * One address a line, in the words of `ip address add`.  The order of the file is kept: it is the
 * order in the advertisements, which routers of the same virtual router compare. */
#include "core/config/keepalived_reader.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

static struct draft_rows *rows_at_hand(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	if (!reader->instance)
		return &reader->draft->static_addresses;
	return self->field ? &reader->instance->excluded : &reader->instance->addresses;
}

bool keepalived_scope(struct keepalived_reader *reader, uint8_t *scope)
{
	static const struct {
		const char *name;
		uint8_t scope;
	} scopes[] = {{"global", RT_SCOPE_UNIVERSE}, {"site", RT_SCOPE_SITE},
		{"link", RT_SCOPE_LINK}, {"host", RT_SCOPE_HOST}, {"nowhere", RT_SCOPE_NOWHERE}};
	const char *word = keepalived_peek(reader);
	uint32_t number;
	int64_t value;

	for (uint32_t i = 0; i < KEEPALIVED_COUNT(scopes); i++) {
		if (strcmp(word, scopes[i].name) == 0) {
			*scope = scopes[i].scope;
			keepalived_take(reader);
			return true;
		}
	}
	if (*word && (*word < '0' || *word > '9') &&
		keepalived_iproute_number(reader, "rt_scopes", word, &number) && number <= 255) {
		keepalived_take(reader);
		*scope = (uint8_t)number;
		return true;
	}
	if (*word < '0' || *word > '9') {
		keepalived_alert(reader,
			"'scope' expects global, site, link, host, nowhere or a number (got '%s')",
			word);
		keepalived_give_up(reader);
		return false;
	}
	if (!keepalived_number(reader, "scope", 0, 255, &value))
		return false;
	*scope = (uint8_t)value;
	return true;
}

/* `-` and `+`: the host bits of the address, cleared or set. */
static bool read_broadcast(struct keepalived_reader *reader, struct vrrp_address *row)
{
	bool ones = keepalived_skip(reader, "+");
	uint32_t host, address;

	if (row->ip.family != AF_INET) {
		keepalived_alert(reader, "'brd' : only IPv4 has broadcast addresses");
		return false;
	}
	if (!ones && !keepalived_skip(reader, "-"))
		return keepalived_ip(reader, "brd", &row->broadcast);
	if (row->prefix_bits > 30) {
		keepalived_alert(reader, "'brd' : a prefix of %u bits has no broadcast address",
			row->prefix_bits);
		return false;
	}
	memcpy(&address, row->ip.bytes, sizeof(address));
	host = htonl(UINT32_MAX >> row->prefix_bits);
	address = ones ? address | host : address & ~host;
	row->broadcast.family = AF_INET;
	memcpy(row->broadcast.bytes, &address, sizeof(address));
	return true;
}

/* An address with preferred_lft 0 is used by nobody who did not ask for it. */
static bool read_preferred(struct keepalived_reader *reader, struct vrrp_address *row)
{
	int64_t seconds;

	row->deprecated = false;
	if (keepalived_skip(reader, "forever"))
		return true;
	if (!keepalived_number(reader, "preferred_lft", 0, UINT32_MAX, &seconds))
		return false;
	row->deprecated = seconds == 0;
	if (seconds > 0)
		keepalived_warn(reader,
			"'preferred_lft %lld' : an address is renewed for as long as it is held, "
			"so "
			"this is forever",
			(long long)seconds);
	return true;
}

static bool read_peer(struct keepalived_reader *reader, struct vrrp_address *row)
{
	const char *word = keepalived_take(reader);
	uint8_t bits;

	if (!keepalived_parse_prefix(word, &row->peer, &bits) ||
		row->peer.family != row->ip.family) {
		keepalived_alert(
			reader, "'peer' expects an address of the same family (got '%s')", word);
		return false;
	}
	if (bits != UINT8_MAX)
		row->prefix_bits = bits;
	return true;
}

static bool read_flag(struct keepalived_reader *reader, struct vrrp_address *row)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {{"-nodad", &row->no_dad}, {"nodad", &row->no_dad}, {"home", &row->home},
		{"noprefixroute", &row->no_prefix_route}, {"no_track", &row->no_track},
		{"mngtmpaddr", &row->manages_temporary}, {"autojoin", &row->joins_group}};
	const char *word = keepalived_take(reader);

	for (uint32_t i = 0; i < KEEPALIVED_COUNT(flags); i++) {
		if (strcmp(word, flags[i].name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	}
	if (strcmp(word, "use_vmac") == 0) {
		keepalived_warn(reader,
			"'use_vmac' of an address does nothing: it is put on its interface, and "
			"neighbours are told by gratuitous ARP");
		return true;
	}
	keepalived_alert(reader,
		"unknown word '%s' behind an address: expected dev, brd, scope, label, "
		"peer, preferred_lft, home, -nodad, mngtmpaddr, autojoin, noprefixroute or "
		"no_track",
		word);
	return false;
}

static bool read_options(struct keepalived_reader *reader, struct vrrp_address *row)
{
	bool fine = true;

	while (fine && !keepalived_at_end(reader)) {
		if (keepalived_skip(reader, "dev"))
			fine = keepalived_interface(reader, "dev", row->interface);
		else if (keepalived_skip(reader, "brd") || keepalived_skip(reader, "broadcast"))
			fine = read_broadcast(reader, row);
		else if (keepalived_skip(reader, "scope"))
			fine = keepalived_scope(reader, &row->scope);
		else if (keepalived_skip(reader, "label"))
			fine = keepalived_text(reader, "label", row->label, sizeof(row->label));
		else if (keepalived_skip(reader, "peer"))
			fine = read_peer(reader, row);
		else if (keepalived_skip(reader, "track_group"))
			keepalived_take(reader); /* see the word of the top */
		else if (keepalived_skip(reader, "preferred_lft"))
			fine = read_preferred(reader, row);
		else
			fine = read_flag(reader, row);
	}
	return fine;
}

static bool read_address(struct keepalived_reader *reader, struct vrrp_address *row)
{
	const char *word = keepalived_take(reader);

	if (!keepalived_parse_prefix(word, &row->ip, &row->prefix_bits)) {
		keepalived_alert(reader, "'%s' is no IP address, as in 10.0.0.1/24", word);
		return false;
	}
	/* keepalived's rule: without a prefix an address is a host's own, and one of IPv6 is not
	 * chosen as a source then. */
	if (row->prefix_bits == UINT8_MAX)
		row->prefix_bits = row->ip.family == AF_INET ? 32 : 128;
	row->deprecated = row->ip.family == AF_INET6 && row->prefix_bits == 128;
	return read_options(reader, row);
}

/* virtual_ipaddress, virtual_ipaddress_excluded, static_ipaddress */
void keepalived_read_addresses(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct draft_rows *rows = rows_at_hand(reader, self);
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct vrrp_address row = {0}, *kept;

		if (!read_address(reader, &row))
			continue;
		if (reader->draft->address_count == VRRP_ADDRESSES_MAX) {
			keepalived_alert(reader, "more than %u addresses in all files together",
				VRRP_ADDRESSES_MAX);
			continue;
		}
		reader->draft->address_count++;
		kept = draft_rows_add(reader->arena, rows, sizeof(*kept));
		*kept = row;
	}
	reader->block = block;
}
