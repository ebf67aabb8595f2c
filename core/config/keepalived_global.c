/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_global.c - the words of global_defs.
 *
 * Most of what keepalived has words for in here is about keepalived: its processes, its buffers,
 * its firewall helpers.  Those are taken with a note.  What somebody would miss (mail, SNMP,
 * D-Bus, the daemon of LVS) is taken with a warning, so that a file that has it can be used. */
#include "core/config/keepalived_reader.h"

#define DRAFT(member)  offsetof(struct vrrp_draft, member)
#define GLOBAL(member) offsetof(struct vrrp_draft, global.member)

static void read_version(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, 2, 3, &value))
		reader->draft->version = (uint8_t)value;
}

static void read_user(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_global *global = &reader->draft->global;

	if (keepalived_user(reader, self->name, &global->script_uid, &global->script_gid))
		reader->draft->script_user_given = true;
}

static void read_security(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	(void)self;
	reader->draft->global.script_security = true;
}

/* PATH [USER [GROUP]]; `field` says which of the two. */
static void read_fifo(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_global *global = &reader->draft->global;

	if (!keepalived_text(reader, self->name,
		    self->field ? global->vrrp_notify_fifo : global->notify_fifo, VRRP_PATH_BYTES))
		return;
	if (!keepalived_at_end(reader))
		keepalived_user(reader, self->name, &global->fifo_uid, &global->fifo_gid);
}

static void read_fifo_script(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_global *global = &reader->draft->global;

	keepalived_command(reader, self->name,
		self->field ? global->vrrp_notify_fifo_script : global->notify_fifo_script,
		VRRP_PATH_BYTES, &global->fifo_script_uid, &global->fifo_script_gid);
}

static void read_group4(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_ip ip;

	if (!keepalived_ip(reader, self->name, &ip))
		return;
	if (ip.family != AF_INET || (ip.bytes[0] & 0xf0) != 0xe0)
		keepalived_alert(reader, "'%s' expects a multicast address of IPv4", self->name);
	else
		reader->draft->group4 = ip;
}

static void read_group6(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_ip ip;

	if (!keepalived_ip(reader, self->name, &ip))
		return;
	if (ip.family != AF_INET6 || ip.bytes[0] != 0xff)
		keepalived_alert(reader, "'%s' expects a multicast address of IPv6", self->name);
	else
		reader->draft->group6 = ip;
}

static void read_nice(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (!keepalived_number(reader, self->name, -20, 19, &value))
		return;
	reader->draft->global.nice = (int32_t)value;
	reader->draft->global.nice_given = true;
}

static void read_realtime(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, 1, 99, &value))
		reader->draft->global.realtime_priority = (int32_t)value;
}

static void read_dynamic(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	(void)self;
	reader->draft->global.dynamic_interfaces = true;
	keepalived_skip(reader, "allow_if_changes");
}

static void read_no_swap(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	(void)self;
	reader->draft->global.no_swap_warned = true;
	keepalived_note(reader, "'vrrp_no_swap' : torc's VRRP is never swapped out");
}

static void read_path(struct keepalived_reader *reader, const char *what, char *field)
{
	const char *word = keepalived_peek(reader);

	if (*word && *word != '/') {
		keepalived_alert(
			reader, "'%s' expects a path from the root (got '%s')", what, word);
		keepalived_give_up(reader);
		return;
	}
	keepalived_text(reader, what, field, VRRP_PATH_BYTES);
}

static void read_reload_file(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	static const char usual[] = "/run/keepalived.reload";
	char *field = reader->draft->global.reload_file;

	if (keepalived_at_end(reader))
		memcpy(field, usual, sizeof(usual));
	else
		read_path(reader, self->name, field);
}

static void read_time_file(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	read_path(reader, self->name, reader->draft->global.reload_time_file);
}

/* include_check [+|-]what ...: all of them when nothing is said. */
static void read_include_check(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	static const struct {
		const char *name;
		uint32_t bits;
	} checks[] = {{"readable", KEEPALIVED_INCLUDE_READABLE},
		{"match", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_MATCH},
		{"wildcard_match", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_WILDCARD},
		{"brace_match", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_BRACE}};
	const char *first = keepalived_peek(reader);
	uint32_t result = reader->text.include_check;

	if (!*first)
		result = KEEPALIVED_INCLUDE_ALL;
	else if (*first != '+' && *first != '-')
		result = 0;
	while (!keepalived_at_end(reader)) {
		const char *word = keepalived_take(reader), *name = word;
		uint32_t bits = 0;

		name += *name == '+' || *name == '-';
		for (uint32_t i = 0; i < KEEPALIVED_COUNT(checks); i++) {
			if (strcmp(name, checks[i].name) == 0)
				bits = checks[i].bits;
		}
		if (!bits) {
			keepalived_alert(reader,
				"'%s' expects readable, match, wildcard_match or brace_match (got "
				"'%s')",
				self->name, name);
			return;
		}
		/* To take `match` away leaves what it rests upon. */
		if (*word == '-' && bits != KEEPALIVED_INCLUDE_READABLE)
			bits &= ~(uint32_t)KEEPALIVED_INCLUDE_READABLE;
		result = *word == '-' ? result & ~bits : result | bits;
	}
	reader->text.include_check = result;
}

/* ---- the table ---- */

#define ACTS(name_, read_, ...)                                                                    \
	{                                                                                          \
		.name = (name_), .where = IN_GLOBAL_DEFS, .read = (read_), __VA_ARGS__             \
	}
#define OTHER(name_, state_, why_)                                                                 \
	{                                                                                          \
		.name = (name_), .where = IN_GLOBAL_DEFS, .state = KEEPALIVED_##state_,            \
		.summary = (why_)                                                                  \
	}
#define NOTED(name_, why_)    OTHER(name_, NOTED, why_)
#define IGNORED(name_, why_)  OTHER(name_, IGNORED, why_)
#define FIELD(member)	      .field = GLOBAL(member)
#define PRESET(member)	      .field = DRAFT(member)
#define RANGE(low, top)	      .min = (low), .max = (top)
#define TEXT(form_, summary_) .form = (form_), .summary = (summary_)

#define NO_MAIL	  "torc sends no mail; notify scripts can"
#define NO_SNMP	  "torc has no SNMP agent; the stats socket and page say it"
#define NO_DBUS	  "torc does not speak D-Bus"
#define NO_LVS	  "torc is no part of LVS"
#define ONE_ROOM  "torc has no such process of its own"
#define OWN_RULES "torc makes its own nf_tables rules where it needs some"
#define OWN_PRIO  "torc's VRRP runs at raised priority by itself"
#define OWN_BUFS  "torc sizes its buffers itself"

static const struct keepalived_word global_rows[] = {
	ACTS("router_id", keepalived_read_text, FIELD(router_id), .max = VRRP_NAME_BYTES,
		TEXT("NAME", "the name of this machine in logs and statistics")),
	ACTS("lvs_id", keepalived_read_text, FIELD(router_id), .max = VRRP_NAME_BYTES,
		TEXT("NAME", "its oldest name")),
	ACTS("vrrp_version", read_version, TEXT("2|3", "where an instance says nothing, 2")),
	ACTS("script_user", read_user,
		TEXT("USER [GROUP]",
			"who runs scripts; unless written keepalived_script if there is one, "
			"else root")),
	ACTS("enable_script_security", read_security,
		TEXT("", "what root would run is not run where others may change it or a folder "
			 "above it")),
	ACTS("set_supplementary_groups", keepalived_read_flag, FIELD(with_groups),
		TEXT("", "scripts get all groups of their user; else a ':' before the group asks "
			 "for them")),
	ACTS("vrrp_garp_master_delay", keepalived_read_seconds, PRESET(garp.delay_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "preset of garp_master_delay, 5")),
	ACTS("vrrp_garp_master_repeat", keepalived_read_count, PRESET(garp.repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "preset of garp_master_repeat, 5")),
	ACTS("vrrp_garp_master_refresh", keepalived_read_seconds, PRESET(garp.refresh_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "preset of garp_master_refresh, 0")),
	ACTS("vrrp_garp_master_refresh_repeat", keepalived_read_count, PRESET(garp.refresh_repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "preset of garp_master_refresh_repeat, 1")),
	ACTS("vrrp_garp_lower_prio_delay", keepalived_read_seconds, PRESET(garp.lower_delay_us),
		RANGE(0, KEEPALIVED_SECONDS(86400)),
		TEXT("SECONDS", "preset of garp_lower_prio_delay")),
	ACTS("vrrp_garp_lower_prio_repeat", keepalived_read_count, PRESET(garp.lower_repeat),
		RANGE(0, INT32_MAX), TEXT("COUNT", "preset of garp_lower_prio_repeat")),
	ACTS("vrrp_garp_interval", keepalived_read_seconds, PRESET(garp_interval_us),
		RANGE(0, KEEPALIVED_SECONDS(1)),
		TEXT("SECONDS", "between two gratuitous ARP on an interface, 0")),
	ACTS("vrrp_gna_interval", keepalived_read_seconds, PRESET(gna_interval_us),
		RANGE(0, KEEPALIVED_SECONDS(1)),
		TEXT("SECONDS", "between two unsolicited neighbour advertisements, 0")),
	ACTS("vrrp_min_garp", keepalived_read_switch, PRESET(min_garp),
		TEXT("[BOOL]", "one gratuitous ARP and no second round")),
	ACTS("vrrp_down_timer_adverts", keepalived_read_count, PRESET(down_adverts), RANGE(1, 100),
		TEXT("1..100", "preset of down_timer_adverts, 3")),
	ACTS("vrrp_lower_prio_no_advert", keepalived_read_switch,
		PRESET(switches.lower_prio_no_advert),
		TEXT("[BOOL]", "preset of lower_prio_no_advert")),
	ACTS("vrrp_higher_prio_send_advert", keepalived_read_switch,
		PRESET(switches.higher_prio_send_advert),
		TEXT("[BOOL]", "preset of higher_prio_send_advert")),
	ACTS("vrrp_skip_check_adv_addr", keepalived_read_on, PRESET(switches.skip_check_adv_addr),
		TEXT("", "preset of skip_check_adv_addr")),
	ACTS("vrrp_check_unicast_src", keepalived_read_on, PRESET(switches.check_unicast_source),
		TEXT("", "preset of check_unicast_src")),
	ACTS("vrrp_strict", keepalived_read_on, PRESET(switches.strict),
		TEXT("", "preset of strict_mode")),
	ACTS("vrrp_notify_priority_changes", keepalived_read_switch,
		PRESET(switches.priority_changes),
		TEXT("[BOOL]", "preset of notify_priority_changes")),
	ACTS("vrrp_mcast_group4", read_group4, TEXT("ADDRESS", "another group than 224.0.0.18")),
	ACTS("vrrp_mcast_group6", read_group6, TEXT("ADDRESS", "another group than ff02::12")),
	ACTS("v3_checksum_as_v2", keepalived_read_switch, PRESET(switches.plain_checksum),
		TEXT("[BOOL]", "version 3 by IPv4: the checksum of RFC 9568, in all instances")),
	ACTS("default_interface", keepalived_read_text, PRESET(default_interface),
		.max = IF_NAMESIZE,
		TEXT("NAME", "of static addresses and routes that name none, eth0")),
	ACTS("dynamic_interfaces", read_dynamic,
		TEXT("[allow_if_changes]", "an interface may be missing at the start")),
	ACTS("vrrp_startup_delay", keepalived_read_seconds, FIELD(startup_delay_us),
		RANGE(0, KEEPALIVED_SECONDS(3600)),
		TEXT("SECONDS", "instances begin so much later")),
	ACTS("vrrp_delay_after_boot", keepalived_read_seconds, FIELD(boot_delay_us),
		RANGE(0, KEEPALIVED_SECONDS(3600)),
		TEXT("SECONDS", "instances begin when the machine has been up for so long")),
	ACTS("vrrp_garp_extra_if", keepalived_read_extra, PRESET(garp),
		TEXT("[all] SECONDS", "preset of garp_extra_if")),
	ACTS("vrrp_vmac_garp_intvl", keepalived_read_extra, PRESET(garp),
		TEXT("[all] SECONDS", "its older name")),
	ACTS("vrrp_rt_priority", read_realtime,
		TEXT("1..99", "real-time scheduling at this priority; 1 unless said")),
	ACTS("vrrp_priority", read_nice,
		TEXT("-20..19", "the nice value of VRRP, instead of real-time scheduling")),
	ACTS("vrrp_no_swap", read_no_swap, TEXT("", "always so")),
	ACTS("log_unknown_vrids", keepalived_read_flag, FIELD(log_unknown_ids),
		TEXT("", "adverts of other virtual routers are logged")),
	ACTS("notify_fifo", read_fifo, .field = 0,
		TEXT("PATH [USER [GROUP]]", "a FIFO that hears of every change")),
	ACTS("notify_fifo_script", read_fifo_script, .field = 0,
		TEXT("COMMAND [USER [GROUP]]", "is started and reads that FIFO")),
	ACTS("vrrp_notify_fifo", read_fifo, .field = 1,
		TEXT("PATH [USER [GROUP]]", "a second one, of VRRP alone")),
	ACTS("vrrp_notify_fifo_script", read_fifo_script, .field = 1,
		TEXT("COMMAND [USER [GROUP]]", "reads the second one")),
	ACTS("fifo_write_vrrp_states_on_reload", keepalived_read_flag, FIELD(fifo_states_on_reload),
		TEXT("", "a reload tells the FIFO all states")),
	ACTS("vmac_prefix", keepalived_read_text, FIELD(vmac_prefix), .max = IF_NAMESIZE - 4,
		TEXT("NAME", "how macvlans begin that have no name, vrrp")),
	ACTS("reload_file", read_reload_file,
		TEXT("[PATH]", "is there while the files are read: whoever writes them waits until "
			       "it is gone; /run/keepalived.reload unless written")),
	ACTS("reload_time_file", read_time_file,
		TEXT("PATH", "a file with the time of a reload, [[YY]YY-MM-DD ]HH:MM:SS[Z]; it is "
			     "deleted then")),
	ACTS("reload_repeat", keepalived_read_flag, FIELD(reload_repeat),
		TEXT("", "it is kept, and a time without a date is one of every day")),
	ACTS("iproute_etc_dir", keepalived_read_text, PRESET(iproute_etc), .max = VRRP_PATH_BYTES,
		TEXT("PATH", "where names of tables, protocols and realms are looked up, "
			     "/etc/iproute2; before they are met")),
	ACTS("iproute_usr_dir", keepalived_read_text, PRESET(iproute_usr), .max = VRRP_PATH_BYTES,
		TEXT("PATH", "and then, /usr/share/iproute2")),
	ACTS("include_check", read_include_check,
		TEXT("[+|-]readable|match|wildcard_match|brace_match ...",
			"which includes that find nothing are errors")),

	{.name = "notification_email",
		.where = IN_GLOBAL_DEFS,
		.state = KEEPALIVED_IGNORED,
		.shape = KEEPALIVED_BLOCK,
		.summary = NO_MAIL},
	IGNORED("notification_email_from", NO_MAIL),
	IGNORED("smtp_server", NO_MAIL),
	IGNORED("smtp_helo_name", NO_MAIL),
	IGNORED("smtp_connect_timeout", NO_MAIL),
	IGNORED("smtp_alert", NO_MAIL),
	IGNORED("smtp_alert_vrrp", NO_MAIL),
	IGNORED("smtp_alert_checker", NO_MAIL),
	IGNORED("no_email_faults", NO_MAIL),
	IGNORED("no_checker_emails", NO_MAIL),
	IGNORED("snmp_socket", NO_SNMP),
	IGNORED("enable_snmp_vrrp", NO_SNMP),
	IGNORED("enable_snmp_keepalived", NO_SNMP),
	IGNORED("enable_snmp_checker", NO_SNMP),
	IGNORED("enable_snmp_rfc", NO_SNMP),
	IGNORED("enable_snmp_rfcv2", NO_SNMP),
	IGNORED("enable_snmp_rfcv3", NO_SNMP),
	IGNORED("enable_traps", NO_SNMP),
	IGNORED("enable_dbus", NO_DBUS),
	IGNORED("dbus_service_name", NO_DBUS),
	IGNORED("dbus_no_interface_name", NO_DBUS),
	IGNORED("snmp_vs_stats_update_interval", NO_SNMP),
	IGNORED("snmp_rs_stats_update_interval", NO_SNMP),
	IGNORED("lvs_sync_daemon", NO_LVS),
	IGNORED("lvs_timeouts", NO_LVS),
	IGNORED("lvs_flush", NO_LVS),
	IGNORED("lvs_flush_on_stop", NO_LVS),
	IGNORED("lvs_flush_onstop", NO_LVS),
	IGNORED("lvs_notify_fifo", NO_LVS),
	IGNORED("lvs_notify_fifo_script", NO_LVS),
	IGNORED("lvs_netlink_cmd_rcv_bufs", NO_LVS),
	IGNORED("lvs_netlink_cmd_rcv_bufs_force", NO_LVS),
	IGNORED("lvs_netlink_monitor_rcv_bufs", NO_LVS),
	IGNORED("lvs_netlink_monitor_rcv_bufs_force", NO_LVS),
	IGNORED("checker_log_all_failures", NO_LVS),
	IGNORED("rs_init_notifies", NO_LVS),
	IGNORED("nftables_ipvs", NO_LVS),
	IGNORED("nftables_ipvs_priority", NO_LVS),
	IGNORED("nftables_ipvs_start_fwmark", NO_LVS),
	IGNORED("startup_script", "let the service manager run it before torc"),
	IGNORED("startup_script_timeout", "let the service manager run it before torc"),
	IGNORED("shutdown_script", "let the service manager run it behind torc"),
	IGNORED("shutdown_script_timeout", "let the service manager run it behind torc"),

	NOTED("process_names", ONE_ROOM),
	NOTED("process_name", "torc has one name; process_name outside of global_defs gives it"),
	NOTED("vrrp_process_name", ONE_ROOM),
	NOTED("checker_process_name", ONE_ROOM),
	NOTED("lvs_process_name", ONE_ROOM),
	NOTED("bfd_process_name", ONE_ROOM),
	NOTED("checker_priority", ONE_ROOM),
	NOTED("checker_no_swap", ONE_ROOM),
	NOTED("checker_rt_priority", ONE_ROOM),
	NOTED("checker_cpu_affinity", ONE_ROOM),
	NOTED("checker_rlimit_rttime", ONE_ROOM),
	NOTED("checker_rlimit_rtime", ONE_ROOM),
	NOTED("bfd_priority", ONE_ROOM),
	NOTED("bfd_no_swap", ONE_ROOM),
	NOTED("bfd_rt_priority", ONE_ROOM),
	NOTED("bfd_cpu_affinity", ONE_ROOM),
	NOTED("bfd_rlimit_rttime", ONE_ROOM),
	NOTED("bfd_rlimit_rtime", ONE_ROOM),
	NOTED("max_auto_priority", OWN_PRIO),
	NOTED("min_auto_priority_delay", OWN_PRIO),
	NOTED("vrrp_cpu_affinity", OWN_PRIO),
	NOTED("vrrp_rlimit_rttime", OWN_PRIO),
	NOTED("vrrp_rlimit_rtime", OWN_PRIO),
	NOTED("vrrp_iptables", OWN_RULES),
	NOTED("vrrp_ipsets", OWN_RULES),
	NOTED("nftables", OWN_RULES),
	NOTED("nftables_priority", OWN_RULES),
	NOTED("nftables_counters", OWN_RULES),
	NOTED("nftables_ifindex", OWN_RULES),
	NOTED("disable_local_igmp", OWN_RULES),
	NOTED("vrrp_netlink_cmd_rcv_bufs", OWN_BUFS),
	NOTED("vrrp_netlink_cmd_rcv_bufs_force", OWN_BUFS),
	NOTED("vrrp_netlink_monitor_rcv_bufs", OWN_BUFS),
	NOTED("vrrp_netlink_monitor_rcv_bufs_force", OWN_BUFS),
	NOTED("process_monitor_rcv_bufs", OWN_BUFS),
	NOTED("process_monitor_rcv_bufs_force", OWN_BUFS),
	NOTED("vrrp_rx_bufs_policy", OWN_BUFS),
	NOTED("vrrp_rx_bufs_multiplier", OWN_BUFS),
	NOTED("umask", "torc sets the modes of what it makes itself"),
	NOTED("vmac_addr_prefix", "addresses of other interfaces get no macvlan"),
	NOTED("random_seed", "nothing in a configuration is left to chance"),
	NOTED("reload_check_config", "a reload always checks first"),
	NOTED("config_save_dir", "a reload changes nothing when the files have errors"),
	NOTED("tmp_config_directory", "the files are kept in memory"),
	NOTED("data_use_instance", "the stats socket says what keepalived writes to files"),
	NOTED("state_file_location", "the stats socket says what keepalived writes to files"),
	NOTED("stats_file_location", "the stats socket says what keepalived writes to files"),
	NOTED("json_file_location", "the stats socket says what keepalived writes to files"),
	NOTED("json_version", "`show vrrp json` has a form of its own"),
	NOTED("use_symlink_paths", "paths are used as they are written"),
	NOTED("linkbeat_use_polling", "the kernel reports links itself"),
};

const struct keepalived_table keepalived_global_words = {
	"`global_defs`", global_rows, KEEPALIVED_COUNT(global_rows)};
