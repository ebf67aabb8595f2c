/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_instance.c - the words of a vrrp_instance.
 *
 * A virtual router may be spoken of in two files: keepalived's own, which keepalived must still be
 * able to read, and torc's, which adds what keepalived has no word for.  So a block of the same
 * name may come again as long as it holds nothing but torc's words; in which order does not
 * matter.  keepalived's words in a second block are the mistake that keepalived reports, too. */
#include "core/config/keepalived_reader.h"

#define AT(member)    offsetof(struct instance_draft, row.member)
#define DRAFT(member) offsetof(struct instance_draft, member)

/* ---- the block ---- */

static void init_instance(struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;

	row->priority = 100;
	row->advert_us = 1000000;
	row->ttl = 255;
	row->group = -1;
	keepalived_notify_init(&row->notify);
	instance->garp = (struct garp_draft){UNSET_TIME, UNSET_TIME, UNSET_TIME, UNSET_COUNT,
		UNSET_COUNT, UNSET_COUNT, UNSET_TIME, false};
	instance->switches = (struct switch_draft){UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, UNSET};
	instance->down_adverts = UNSET_COUNT;
	instance->accept = UNSET;
}

static struct instance_draft *find_or_add(struct keepalived_reader *reader, const char *name)
{
	struct vrrp_draft *draft = reader->draft;
	struct instance_draft *instance = names_find(&draft->instance_names, name);

	if (instance)
		return instance;
	if (draft->instance_count == VRRP_INSTANCES_MAX) {
		keepalived_alert(reader, "more than %u virtual routers", VRRP_INSTANCES_MAX);
		return NULL;
	}
	instance = arena_alloc(reader->arena, sizeof(*instance));
	init_instance(instance);
	memcpy(instance->row.name, name, strlen(name) + 1);
	instance->first = reader->place;
	names_add(&draft->instance_names, reader->arena, instance->row.name, instance);
	*draft->instances_tail = instance;
	draft->instances_tail = &instance->next;
	draft->instance_count++;
	return instance;
}

void keepalived_read_instance(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *name = keepalived_take(reader), *title = reader->title;
	struct instance_draft *instance = NULL;
	uint32_t alerts = reader->alerts;

	if (!*name || !keepalived_at_end(reader))
		keepalived_alert(reader, "'%s' expects a name, one word", self->name);
	else if (strlen(name) >= VRRP_NAME_BYTES)
		keepalived_alert(reader, "'%s' : the name is too long, limit: %u", self->name,
			VRRP_NAME_BYTES - 1);
	else
		instance = find_or_add(reader, name);
	if (!instance) {
		keepalived_give_up(reader);
		keepalived_skip_block(reader);
		return;
	}
	reader->block_place = reader->place;
	reader->block_refused = false;
	if (!keepalived_open(reader, self->name)) {
		instance->place = reader->block_place;
		instance->faulty = true;
		return;
	}
	reader->instance = instance;
	reader->base = instance;
	reader->title = keepalived_format(reader, "(%s) ", name);
	keepalived_read_block(reader, self->name, IN_INSTANCE);
	instance->faulty |= reader->alerts != alerts;
	reader->title = title;
	reader->instance = NULL;
	/* An empty block defines the router, too. */
	if (!instance->place.file && !instance->has_torc_words)
		instance->place = reader->block_place;
}

/* Called before each word of the block: false when it is not for this one. */
bool keepalived_instance_takes(struct keepalived_reader *reader, const struct keepalived_word *word)
{
	struct instance_draft *instance = reader->instance;
	struct place here = reader->block_place;

	if (word->where & IN_TORC_FILE) {
		instance->has_torc_words = true;
		return true;
	}
	if (!instance->place.file)
		instance->place = here;
	if (instance->place.file == here.file && instance->place.line == here.line)
		return true;
	/* Once for the block: the cause, not its consequences. */
	if (!reader->block_refused)
		keepalived_alert(reader,
			"vrrp_instance is there already, at %s:%u: a second block of the name "
			"takes torc's own words only, not '%s'",
			instance->place.file, instance->place.line, word->name);
	reader->block_refused = true;
	return false;
}

/* ---- words with readers of their own ---- */

static void read_state(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct instance_draft *instance = reader->instance;
	const char *word = keepalived_take(reader);
	bool master = strcmp(word, "MASTER") == 0;

	if (!master && strcmp(word, "BACKUP") != 0) {
		keepalived_alert(
			reader, "'%s' expects MASTER or BACKUP (got '%s')", self->name, word);
		return;
	}
	instance->row.wants_master = master;
}

static void read_interface(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	keepalived_interface(reader, self->name, reader->instance->row.interface);
}

/* Five or six octets; with five the router's number is the last one, which is known at the end. */
static bool read_mac(struct keepalived_reader *reader, const char *name, const char *word)
{
	struct instance_draft *instance = reader->instance;
	unsigned octets[6];
	char more;
	int count = sscanf(word, "%2x:%2x:%2x:%2x:%2x:%2x%c", &octets[0], &octets[1], &octets[2],
		&octets[3], &octets[4], &octets[5], &more);

	if (count < 5 || count > 6 || octets[0] & 1u) {
		keepalived_alert(reader,
			"'%s' : a MAC address has six octets, or five and the router's number, and "
			"is no group's (got '%s')",
			name, word);
		keepalived_give_up(reader);
		return false;
	}
	for (int i = 0; i < count; i++)
		instance->row.vmac_mac[i] = (uint8_t)octets[i];
	instance->row.vmac_mac_given = true;
	instance->mac_lacks_number = count == 5;
	return true;
}

static bool read_interface_group(struct keepalived_reader *reader, uint32_t *group)
{
	const char *word = keepalived_peek(reader);
	int64_t number;

	if (*word && (*word < '0' || *word > '9') &&
		keepalived_iproute_number(reader, "group", word, group)) {
		keepalived_take(reader);
		return true;
	}
	if (!keepalived_number(reader, "group", 0, UINT32_MAX, &number))
		return false;
	*group = (uint32_t)number;
	return true;
}

static void read_vmac(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_instance *row = &reader->instance->row;

	row->use_vmac = true;
	while (!keepalived_at_end(reader)) {
		if (keepalived_skip(reader, "netlink_notify_msg"))
			continue; /* torc asks the kernel itself */
		if (keepalived_skip(reader, "group")) {
			if (!read_interface_group(reader, &row->vmac_group))
				return;
			continue;
		}
		if (strchr(keepalived_peek(reader), ':')) {
			if (!read_mac(reader, self->name, keepalived_take(reader)))
				return;
			continue;
		}
		if (*row->vmac_interface) {
			keepalived_alert(reader, "'%s' expects a name and a MAC address (got '%s')",
				self->name, keepalived_peek(reader));
			keepalived_give_up(reader);
			return;
		}
		keepalived_skip(reader, "name");
		keepalived_interface(reader, self->name, row->vmac_interface);
	}
}

static void read_version(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, 2, 3, &value))
		reader->instance->version = (uint8_t)value;
}

static void read_advert(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	uint64_t us;

	if (keepalived_seconds(reader, self->name, self->min, self->max, &us))
		reader->instance->row.advert_us = us;
}

static void read_source(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	keepalived_host(reader, self->name, &reader->instance->row.source);
}

static void read_group_address(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_ip ip;

	if (!keepalived_ip(reader, self->name, &ip))
		return;
	if (ip.family == AF_INET ? (ip.bytes[0] & 0xf0) != 0xe0
				 : ip.bytes[0] != 0xff || (ip.bytes[1] & 0x0f) != 2)
		keepalived_alert(reader,
			"'%s' expects a multicast address, in IPv6 one of the "
			"link (ff02::12)",
			self->name);
	else
		reader->instance->row.group_address = ip;
}

static void read_accept(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	reader->instance->accept = (int8_t)self->field;
}

static void read_preempt(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	reader->instance->row.no_preempt = self->field;
}

static bool read_hops(struct keepalived_reader *reader, struct vrrp_peer *peer)
{
	struct instance_draft *instance = reader->instance;
	int64_t hops;

	while (!keepalived_at_end(reader)) {
		bool least = keepalived_skip(reader, "min_ttl");

		if (!least && !keepalived_skip(reader, "max_ttl")) {
			keepalived_alert(reader,
				"'unicast_peer' expects one address a line, and min_ttl or max_ttl "
				"behind it (got '%s')",
				keepalived_peek(reader));
			return false;
		}
		if (!keepalived_number(reader, least ? "min_ttl" : "max_ttl", 0, 255, &hops))
			return false;
		*(least ? &peer->least_hops : &peer->most_hops) = (uint8_t)hops;
		instance->switches.check_unicast_source = 1;
	}
	return true;
}

static void read_peers(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct instance_draft *instance = reader->instance;
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	instance->row.unicast = true;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct vrrp_peer peer = {.most_hops = 255}, *row;

		if (!keepalived_host(reader, self->name, &peer.ip) || !read_hops(reader, &peer))
			continue;
		if (instance->peers.count == VRRP_INSTANCES_MAX) {
			keepalived_alert(reader, "more than %u peers", VRRP_INSTANCES_MAX);
			continue;
		}
		row = draft_rows_add(reader->arena, &instance->peers, sizeof(*row));
		*row = peer;
	}
	reader->block = block;
}

static void read_authentication(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	if (keepalived_open(reader, self->name))
		keepalived_read_block(reader, self->name, IN_AUTHENTICATION);
}

static void read_auth_type(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *word = keepalived_take(reader);

	if (strcmp(word, "PASS") == 0)
		reader->instance->row.auth_type = 1;
	else if (strcmp(word, "AH") == 0)
		keepalived_alert(reader,
			"'%s AH' is not available: IPsec headers left the protocol with RFC 3768",
			self->name);
	else
		keepalived_alert(reader, "'%s' expects PASS (got '%s')", self->name, word);
}

static void read_auth_pass(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct instance_draft *instance = reader->instance;
	const char *word = keepalived_take(reader);
	size_t len = strlen(word);

	if (!len) {
		keepalived_alert(reader, "'%s' expects a password", self->name);
		return;
	}
	if (len > VRRP_AUTH_BYTES) {
		keepalived_warn(reader, "'%s' : only the first %u characters are sent and compared",
			self->name, VRRP_AUTH_BYTES);
		len = VRRP_AUTH_BYTES;
	}
	memset(instance->row.auth_data, 0, VRRP_AUTH_BYTES);
	memcpy(instance->row.auth_data, word, len);
	instance->auth_pass_given = true;
}

/* ---- the table ---- */

#define ACTS(name_, shape_, read_, ...)                                                            \
	{                                                                                          \
		.name = (name_), .where = IN_INSTANCE, .state = KEEPALIVED_ACTS,                   \
		.shape = KEEPALIVED_##shape_, .read = (read_), __VA_ARGS__                         \
	}
#define OTHER(name_, state_, shape_, why_)                                                         \
	{                                                                                          \
		.name = (name_), .where = IN_INSTANCE, .state = KEEPALIVED_##state_,               \
		.shape = KEEPALIVED_##shape_, .summary = (why_)                                    \
	}
#define FIELD(member)	      .field = AT(member)
#define UNREAD(member)	      .field = DRAFT(member)
#define RANGE(low, top)	      .min = (low), .max = (top)
#define TEXT(form_, summary_) .form = (form_), .summary = (summary_)

static const struct keepalived_word instance_rows[] = {
	ACTS("state", LINE, read_state,
		TEXT("MASTER|BACKUP", "where it wishes to start; the election goes by priority")),
	ACTS("interface", LINE, read_interface,
		TEXT("NAME", "where adverts are sent and heard, and addresses put")),
	ACTS("vrf", LINE, keepalived_read_text, FIELD(vrf), .max = IF_NAMESIZE,
		TEXT("NAME", "unicast without an interface: the VRF that its peers are in")),
	ACTS("virtual_router_id", LINE, keepalived_read_byte, FIELD(router_id), RANGE(1, 255),
		TEXT("1..255", "the number of the virtual router on its network")),
	ACTS("priority", LINE, keepalived_read_byte, FIELD(priority), RANGE(1, 255),
		TEXT("1..255", "100 unless written; 255 owns the address")),
	ACTS("advert_int", LINE, read_advert, RANGE(10000, KEEPALIVED_SECONDS(255)),
		TEXT("SECONDS", "0.01 to 255, 1 unless written; whole seconds in version 2, up to "
				"40.95 in version 3")),
	ACTS("version", LINE, read_version,
		TEXT("2|3", "of the protocol; vrrp_version unless written, 3 with IPv6")),
	ACTS("virtual_ipaddress", BLOCK, keepalived_read_addresses, .field = 0,
		TEXT("{ ADDRESS[/BITS] [dev NAME] [brd ADDRESS] [label NAME] [scope SCOPE] [peer "
		     "ADDRESS] [preferred_lft 0|forever] [home] [-nodad] [noprefixroute] "
		     "[no_track] ... }",
			"the addresses of the master, advertised in this order")),
	ACTS("virtual_ipaddress_excluded", BLOCK, keepalived_read_addresses, .field = 1,
		TEXT("{ ADDRESS ... }", "more of them, not advertised")),
	ACTS("virtual_routes", BLOCK, keepalived_read_routes,
		TEXT("{ ROUTE ... }", "routes of the master, in the words of ip route")),
	ACTS("virtual_rules", BLOCK, keepalived_read_rules,
		TEXT("{ RULE ... }", "rules of the master, in the words of ip rule")),
	ACTS("promote_secondaries", LINE, keepalived_read_flag, FIELD(promote_secondaries),
		TEXT("", "taking one address of a network away leaves the others")),
	ACTS("nopreempt", LINE, read_preempt, .field = 1,
		TEXT("", "leaves a master of lower priority alone; not with state MASTER")),
	ACTS("preempt", LINE, read_preempt, .field = 0, TEXT("", "the opposite, the preset")),
	ACTS("preempt_delay", LINE, keepalived_read_seconds, FIELD(preempt_delay_us),
		RANGE(0, KEEPALIVED_SECONDS(1000)),
		TEXT("SECONDS", "0 to 1000: waits before it takes over from a lower one")),
	ACTS("accept", LINE, read_accept, .field = 1,
		TEXT("", "takes what is sent to the addresses, the preset")),
	ACTS("no_accept", LINE, read_accept, .field = 0,
		TEXT("", "drops what is sent to the addresses, unless it owns them")),
	ACTS("track_script", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_SCRIPT,
		.max = 253,
		TEXT("{ NAME [weight -253..253 [reverse|noreverse]] ... }",
			"looks at a vrrp_script")),
	ACTS("track_interface", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_INTERFACE,
		.max = 253,
		TEXT("{ NAME [weight -253..253 [reverse]] ... }",
			"looks at an interface beside its own")),
	ACTS("track_file", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_FILE, .max = 254,
		TEXT("{ NAME [weight -254..254 [reverse|noreverse]] ... }",
			"looks at a track_file")),
	ACTS("track_process", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_PROCESS,
		.max = 254,
		TEXT("{ NAME [weight -254..254 [reverse|noreverse]] ... }",
			"looks at a vrrp_track_process")),
	ACTS("dont_track_primary", LINE, keepalived_read_flag, FIELD(dont_track_primary),
		TEXT("", "its own interface may be down")),
	ACTS("track_src_ip", LINE, keepalived_read_flag, FIELD(track_source),
		TEXT("", "FAULT while the source address is not there")),
	ACTS("mcast_src_ip", LINE, read_source, TEXT("ADDRESS", "the source of its adverts")),
	ACTS("unicast_src_ip", LINE, read_source, TEXT("ADDRESS", "the source of its adverts")),
	ACTS("mcast_dst_ip", LINE, read_group_address,
		TEXT("ADDRESS", "another multicast group than 224.0.0.18 or ff02::12")),
	ACTS("unicast_peer", BLOCK, read_peers,
		TEXT("{ ADDRESS [min_ttl 0..255] [max_ttl 0..255] ... }",
			"adverts go to these addresses instead of the group")),
	ACTS("unicast_ttl", LINE, keepalived_read_byte, FIELD(ttl), RANGE(0, 255),
		TEXT("0..255", "255 unless written")),
	ACTS("unicast_fault_no_peer", LINE, keepalived_read_flag, FIELD(fault_without_peer),
		TEXT("", "FAULT when unicast is meant and no peer is named")),
	ACTS("check_unicast_src", LINE, keepalived_read_on, UNREAD(switches.check_unicast_source),
		TEXT("", "drops adverts of others than the peers")),
	ACTS("authentication", BLOCK, read_authentication,
		TEXT("{ auth_type PASS auth_pass WORD }",
			"eight characters in clear: keeps apart, does not protect")),
	{.name = "auth_type",
		.where = IN_AUTHENTICATION,
		.read = read_auth_type,
		TEXT("PASS", "AH is an error")},
	{.name = "auth_pass",
		.where = IN_AUTHENTICATION,
		.read = read_auth_pass,
		TEXT("WORD", "eight characters")},
	ACTS("use_vmac", LINE, read_vmac,
		TEXT("[[name] NAME] [MAC] [group GROUP]",
			"a macvlan with the virtual router's own MAC address")),
	ACTS("vmac_xmit_base", LINE, keepalived_read_flag, FIELD(vmac_xmit_base),
		TEXT("", "adverts leave by the interface itself")),
	ACTS("native_ipv6", LINE, keepalived_read_flag, UNREAD(native_ipv6),
		TEXT("", "adverts by IPv6, whatever the addresses are")),
	ACTS("garp_master_delay", LINE, keepalived_read_seconds, UNREAD(garp.delay_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "from becoming master to the second round of gratuitous ARP, 5")),
	ACTS("garp_master_repeat", LINE, keepalived_read_count, UNREAD(garp.repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "how many a round, 5")),
	ACTS("garp_master_refresh", LINE, keepalived_read_seconds, UNREAD(garp.refresh_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "again every so often while master, 0: not")),
	ACTS("garp_master_refresh_repeat", LINE, keepalived_read_count, UNREAD(garp.refresh_repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "how many then, 1")),
	ACTS("garp_lower_prio_delay", LINE, keepalived_read_seconds, UNREAD(garp.lower_delay_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "the second round after a lower master was heard; "
				"garp_master_delay")),
	ACTS("garp_lower_prio_repeat", LINE, keepalived_read_count, UNREAD(garp.lower_repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "how many then; garp_master_repeat")),
	ACTS("garp_extra_if", LINE, keepalived_read_extra, UNREAD(garp),
		TEXT("[all] SECONDS", "again every so often for addresses on other interfaces, "
				      "with all on its own, "
				      "too; 0: not")),
	ACTS("vmac_garp_intvl", LINE, keepalived_read_extra, UNREAD(garp),
		TEXT("[all] SECONDS", "its older name")),
	ACTS("no_virtual_ipaddress", LINE, keepalived_read_flag, UNREAD(no_addresses),
		TEXT("", "there are no addresses, and that is meant")),
	ACTS("down_timer_adverts", LINE, keepalived_read_count, UNREAD(down_adverts), RANGE(1, 100),
		TEXT("1..100", "how many adverts may be missed, 3")),
	ACTS("lower_prio_no_advert", LINE, keepalived_read_switch,
		UNREAD(switches.lower_prio_no_advert),
		TEXT("[BOOL]", "says nothing to a master of lower priority")),
	ACTS("higher_prio_send_advert", LINE, keepalived_read_switch,
		UNREAD(switches.higher_prio_send_advert),
		TEXT("[BOOL]", "one more advert before giving way")),
	ACTS("skip_check_adv_addr", LINE, keepalived_read_switch,
		UNREAD(switches.skip_check_adv_addr),
		TEXT("[BOOL]", "address lists of the same master are compared once")),
	ACTS("strict_mode", LINE, keepalived_read_switch, UNREAD(switches.strict),
		TEXT("[BOOL]", "what the RFC does not have is refused")),
	ACTS("v3_checksum_as_v2", LINE, keepalived_read_switch, UNREAD(switches.plain_checksum),
		TEXT("[BOOL]",
			"version 3 by IPv4: the checksum of RFC 9568, without a pseudo-header")),
	ACTS("notify", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_ANY,
		TEXT("COMMAND [USER [GROUP]]",
			"at every change, with INSTANCE, name, state and priority behind its own "
			"arguments")),
	ACTS("notify_master", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_MASTER,
		TEXT("COMMAND [USER [GROUP]]", "on becoming master")),
	ACTS("notify_backup", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_BACKUP,
		TEXT("COMMAND [USER [GROUP]]", "on becoming backup")),
	ACTS("notify_fault", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_FAULT,
		TEXT("COMMAND [USER [GROUP]]", "on a fault")),
	ACTS("notify_stop", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_STOP,
		TEXT("COMMAND [USER [GROUP]]", "on the end")),
	ACTS("notify_deleted", LINE, keepalived_read_notify_deleted, .field = VRRP_NOTIFY_DELETED,
		TEXT("[COMMAND [USER [GROUP]]]", "a reload took it away: says DELETED")),
	ACTS("notify_master_rx_lower_pri", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_LOWER,
		TEXT("COMMAND [USER [GROUP]]", "a master of lower priority was heard")),
	ACTS("notify_priority_changes", LINE, keepalived_read_switch,
		UNREAD(switches.priority_changes),
		TEXT("[BOOL]", "the FIFO hears of priorities, too")),
	{.name = "track_backend",
		.where = IN_INSTANCE | IN_GROUP | IN_TORC_FILE,
		.read = keepalived_read_backend,
		TEXT("NAME [min COUNT] [weight -253..253 [reverse]]",
			"torc's own: looks at a backend of haproxy.cfg; well while so many of its "
			"servers are up, 1 unless written")},

	OTHER("smtp_alert", IGNORED, LINE, "torc sends no mail; notify scripts can"),
	OTHER("lvs_sync_daemon_interface", IGNORED, LINE, "torc does not speak to IPVS"),
	OTHER("debug", NOTED, LINE, "it never had one in keepalived"),
	OTHER("kernel_rx_buf_size", NOTED, LINE, "adverts are read as they come"),
	OTHER("linkbeat_use_polling", NOTED, LINE, "the kernel reports links itself"),
	OTHER("old_unicast_checksum", NOTED, LINE,
		"version 3 checksums with and without pseudo-header are both taken"),
	OTHER("timer_expired_backup", NOTED, LINE,
		"a master that was late yields by itself when somebody may have taken over"),
	OTHER("use_vmac_addr", IGNORED, LINE,
		"addresses of other interfaces are put there, and neighbours are told by "
		"gratuitous "
		"ARP"),
	OTHER("use_ipvlan", IGNORED, LINE,
		"an ipvlan has the MAC address of its interface, so addresses and adverts use the "
		"interface itself"),
	OTHER("track_bfd", NEVER, BLOCK, "torc does not speak BFD"),
	OTHER("auth_hmac", NEVER, BLOCK,
		"peers that enforce it would not hear us: 'mode permissive' there, or leave it out "
		"on both"),
};

const struct keepalived_table keepalived_instance_words = {
	"`vrrp_instance`", instance_rows, KEEPALIVED_COUNT(instance_rows)};
