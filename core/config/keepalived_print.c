/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_print.c - the normal form of the virtual routers.
 *
 * Printed from the finished tables and from nothing else: what is read again and prints the same
 * has come through whole.  Presets are written out where they have a word; parameters, includes
 * and conditions are gone.  A tracker whose script was recognised is printed as that script. */
#include "core/config/keepalived.h"

#include "core/config/vrrp_model.h"
#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/fib_rules.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6_iptunnel.h>
#include <string.h>

/* ---- words and values ---- */

/* A word of a plain line: only double quotes mean something there.  A backslash takes the meaning
 * of the quote behind it, so those at the end stand outside. */
static void print_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.:/@,+=%*?^-";
	size_t len = strlen(word), quoted = len;

	if (len && !word[strspn(word, plain)] && !strchr("@~", *word)) {
		fputs(word, out);
		return;
	}
	while (quoted && word[quoted - 1] == '\\')
		quoted--;
	fprintf(out, "\"%.*s\"%s", (int)quoted, word, word + quoted);
}

/* A word of a command.  Whatever means something to anybody who reads it is written as its number;
 * within the quotes of a whole command the escapes are read twice. */
static void print_argument(FILE *out, const char *word, bool quoted)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.:/@,+=%*?^-~()[]<>|&;";

	for (const unsigned char *at = (const unsigned char *)word; *at; at++) {
		if (strchr(plain, *at))
			fputc(*at, out);
		else if (*at == ' ' || *at == '\'' || *at == '"' || *at == '\\')
			fprintf(out,
				quoted && (*at == '"' || *at == '\\') ? "\\\\\\%c"
				: quoted			      ? "\\\\%c"
								      : "\\%c",
				*at);
		else
			fprintf(out, quoted ? "\\\\%03o" : "\\%03o", *at);
	}
}

/* A whole command in one pair of quotes, as it stands behind `notify` and `script`: the escapes
 * are read twice. */
static void print_command(FILE *out, const char *command)
{
	const char *gap = "";

	fputc('"', out);
	for (const char *word = vrrp_command_first(command); word; word = vrrp_command_next(word)) {
		fputs(gap, out);
		print_argument(out, word, true);
		gap = " ";
	}
	fputc('"', out);
}

static void print_seconds(FILE *out, const char *word, uint64_t us)
{
	char text[32];
	size_t len;

	snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
	len = strlen(text);
	while (text[len - 1] == '0')
		len--;
	len -= text[len - 1] == '.';
	fprintf(out, "\t%s %.*s\n", word, (int)len, text);
}

static void print_flag(FILE *out, const char *word, bool on)
{
	if (on)
		fprintf(out, "\t%s\n", word);
}

static void print_ip(FILE *out, const char *word, const struct vrrp_ip *ip)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(ip->family, ip->bytes, text, sizeof(text));
	fprintf(out, "%s%s", word, text);
}

static void print_prefix(FILE *out, const char *word, const struct vrrp_ip *ip, uint8_t bits)
{
	if (ip->family == AF_UNSPEC) {
		fprintf(out, "%sdefault", word);
		return;
	}
	print_ip(out, word, ip);
	fprintf(out, "/%u", bits);
}

static void print_user(FILE *out, int64_t uid, int64_t gid)
{
	/* Numbers are names, too, to those who look them up. */
	if (uid >= 0)
		fprintf(out, " %" PRId64 " %s%" PRId64, uid, gid & VRRP_WITH_GROUPS ? ":" : "",
			gid & ~VRRP_WITH_GROUPS);
	fputc('\n', out);
}

/* ---- global_defs ---- */

static void print_global(FILE *out, const struct vrrp_global *global)
{
	fputs("global_defs {\n", out);
	if (*global->router_id) {
		fputs("\trouter_id ", out);
		print_word(out, global->router_id);
		fputc('\n', out);
	}
	if (global->script_uid >= 0) {
		fputs("\tscript_user", out);
		print_user(out, global->script_uid, global->script_gid);
	}
	print_flag(out, "enable_script_security", global->script_security);
	print_flag(out, "set_supplementary_groups", global->with_groups);
	print_flag(out, "dynamic_interfaces", global->dynamic_interfaces);
	print_flag(out, "log_unknown_vrids", global->log_unknown_ids);
	print_flag(out, "fifo_write_vrrp_states_on_reload", global->fifo_states_on_reload);
	if (global->realtime_priority)
		fprintf(out, "\tvrrp_rt_priority %d\n", global->realtime_priority);
	if (global->nice_given)
		fprintf(out, "\tvrrp_priority %d\n", global->nice);
	if (global->boot_delay_us)
		print_seconds(out, "vrrp_delay_after_boot", global->boot_delay_us);
	if (global->startup_delay_us)
		print_seconds(out, "vrrp_startup_delay", global->startup_delay_us);
	if (*global->reload_file) {
		fputs("\treload_file ", out);
		print_word(out, global->reload_file);
		fputc('\n', out);
	}
	if (*global->reload_time_file) {
		fputs("\treload_time_file ", out);
		print_word(out, global->reload_time_file);
		fputc('\n', out);
	}
	print_flag(out, "reload_repeat", global->reload_repeat);
	if (strcmp(global->vmac_prefix, "vrrp") != 0) {
		fputs("\tvmac_prefix ", out);
		print_word(out, global->vmac_prefix);
		fputc('\n', out);
	}
}

static void print_fifos(FILE *out, const struct vrrp_global *global)
{
	const char *const fifos[] = {global->notify_fifo, global->vrrp_notify_fifo};
	const char *const scripts[] = {global->notify_fifo_script, global->vrrp_notify_fifo_script};

	for (uint32_t i = 0; i < 2; i++) {
		const char *prefix = i ? "vrrp_" : "";

		if (*fifos[i]) {
			fprintf(out, "\t%snotify_fifo ", prefix);
			print_word(out, fifos[i]);
			print_user(out, global->fifo_uid, global->fifo_gid);
		}
		if (*scripts[i]) {
			fprintf(out, "\t%snotify_fifo_script ", prefix);
			print_command(out, scripts[i]);
			print_user(out, global->fifo_script_uid, global->fifo_script_gid);
		}
	}
}

/* ---- trackers ---- */

static void print_script(FILE *out, const struct vrrp_tracker *row)
{
	fputs("vrrp_script ", out);
	print_word(out, row->name);
	fputs(" {\n\tscript ", out);
	print_command(out, row->command);
	fputc('\n', out);
	print_seconds(out, "interval", row->interval_us);
	print_seconds(out, "timeout", row->timeout_us);
	fprintf(out, "\trise %u\n\tfall %u\n", row->rise, row->fall);
	fprintf(out, "\tweight %d%s\n", row->weight, row->reverse ? " reverse" : "");
	print_flag(out, "init_fail", row->init_fail);
	if (row->uid >= 0) {
		fputs("\tuser", out);
		print_user(out, row->uid, row->gid);
	}
	fputs("}\n", out);
}

static void print_track_file(FILE *out, const struct vrrp_tracker *row)
{
	fputs("track_file ", out);
	print_word(out, row->name);
	fputs(" {\n\tfile ", out);
	print_word(out, row->path);
	fprintf(out, "\n\tweight %d%s\n", row->weight, row->reverse ? " reverse" : "");
	if (row->make_file)
		fprintf(out, "\tinit_file %d%s\n", row->file_value,
			row->overwrite_file ? " overwrite" : "");
	fputs("}\n", out);
}

static void print_process(FILE *out, const struct vrrp_tracker *row)
{
	static const char *const matches[] = {[VRRP_MATCH_EXACT] = "",
		[VRRP_MATCH_PARTIAL] = " partial",
		[VRRP_MATCH_INITIAL] = " initial"};

	fputs("vrrp_track_process ", out);
	print_word(out, row->name);
	fputs(" {\n\tprocess", out);
	for (const char *word = vrrp_command_first(row->command); word;
		word = vrrp_command_next(word)) {
		fputc(' ', out);
		print_argument(out, word, false);
	}
	fputc('\n', out);
	if (row->match_given)
		fprintf(out, "\tparam_match%s\n", matches[row->match]);
	fprintf(out, "\tweight %d%s\n\tquorum %u\n", row->weight, row->reverse ? " reverse" : "",
		row->minimum);
	if (row->maximum != UINT32_MAX)
		fprintf(out, "\tquorum_max %u\n", row->maximum);
	print_seconds(out, "fork_delay", row->up_delay_us);
	print_seconds(out, "terminate_delay", row->down_delay_us);
	print_flag(out, "full_command", row->full_command);
	fputs("}\n", out);
}

/* "Is the balancer alive?" was asked by a command or by a process. */
static bool was_process(const struct vrrp_tracker *row)
{
	return row->kind == VRRP_TRACK_PROCESS ||
	       (row->kind == VRRP_TRACK_SERVING &&
		       !vrrp_command_next(vrrp_command_first(row->command)));
}

static void print_trackers(FILE *out, const struct vrrp_config *config)
{
	const struct vrrp_tracker *trackers = vrrp_trackers(config);

	for (uint32_t i = 0; i < config->tracker_count; i++) {
		if (trackers[i].kind == VRRP_TRACK_FILE)
			print_track_file(out, &trackers[i]);
		else if (was_process(&trackers[i]))
			print_process(out, &trackers[i]);
		else if (trackers[i].kind == VRRP_TRACK_SCRIPT ||
			 trackers[i].kind == VRRP_TRACK_SERVING)
			print_script(out, &trackers[i]);
	}
}

static void print_binding(
	FILE *out, const struct vrrp_config *config, const struct vrrp_binding *binding)
{
	const struct vrrp_tracker *tracker = &vrrp_trackers(config)[binding->tracker];
	const char *reverse = binding->reverse ? " reverse" : " noreverse";

	if (tracker->kind == VRRP_TRACK_BACKEND) {
		fputs("\ttrack_backend ", out);
		print_word(out, tracker->name);
		fprintf(out, " min %u", tracker->minimum);
	} else {
		fputs("\t\t", out);
		print_word(out, tracker->name);
	}
	fprintf(out, " weight %d%s\n", binding->weight, reverse);
}

static void print_bindings(FILE *out, const struct vrrp_config *config, struct vrrp_range range)
{
	static const struct {
		const char *word;
		enum vrrp_tracker_kind kind;
	} blocks[] = {{"track_script", VRRP_TRACK_SCRIPT}, {"track_process", VRRP_TRACK_PROCESS},
		{"track_file", VRRP_TRACK_FILE}, {"track_interface", VRRP_TRACK_INTERFACE},
		{"track_backend", VRRP_TRACK_BACKEND}};
	const struct vrrp_binding *bindings = vrrp_bindings(config) + range.first;

	for (uint32_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		bool open = false, block = blocks[i].kind != VRRP_TRACK_BACKEND;

		for (uint32_t j = 0; j < range.count; j++) {
			const struct vrrp_tracker *tracker =
				&vrrp_trackers(config)[bindings[j].tracker];
			uint32_t kind = tracker->kind;

			if (kind == VRRP_TRACK_SERVING)
				kind = was_process(tracker) ? VRRP_TRACK_PROCESS
							    : VRRP_TRACK_SCRIPT;
			if (kind != blocks[i].kind)
				continue;
			if (!open && block)
				fprintf(out, "\t%s {\n", blocks[i].word);
			open = true;
			print_binding(out, config, &bindings[j]);
		}
		if (open && block)
			fputs("\t}\n", out);
	}
}

/* ---- addresses, routes, rules ---- */

static void print_scope(FILE *out, uint8_t scope)
{
	fprintf(out, " scope %u", scope);
}

static void print_address(FILE *out, const struct vrrp_address *row)
{
	print_prefix(out, "\t\t", &row->ip, row->prefix_bits);
	fputs(" dev ", out);
	print_word(out, row->interface);
	if (row->peer.family != AF_UNSPEC)
		print_ip(out, " peer ", &row->peer);
	if (row->broadcast.family != AF_UNSPEC)
		print_ip(out, " brd ", &row->broadcast);
	if (row->scope != RT_SCOPE_UNIVERSE)
		print_scope(out, row->scope);
	if (*row->label) {
		fputs(" label ", out);
		print_word(out, row->label);
	}
	if (row->deprecated)
		fputs(" preferred_lft 0", out);
	else if (row->ip.family == AF_INET6)
		fputs(" preferred_lft forever", out);
	fprintf(out, "%s%s%s%s%s%s\n", row->no_dad ? " -nodad" : "", row->home ? " home" : "",
		row->no_prefix_route ? " noprefixroute" : "", row->no_track ? " no_track" : "",
		row->manages_temporary ? " mngtmpaddr" : "", row->joins_group ? " autojoin" : "");
}

static void print_addresses(
	FILE *out, const char *word, const struct vrrp_config *config, struct vrrp_range range)
{
	if (!range.count)
		return;
	fprintf(out, "%s {\n", word);
	for (uint32_t i = 0; i < range.count; i++)
		print_address(out, &vrrp_addresses(config)[range.first + i]);
	fputs(*word == '\t' ? "\t}\n" : "}\n", out);
}

/* As they are written: the kernel keeps eighths and quarters of some. */
static void print_metrics(FILE *out, const struct vrrp_route *row)
{
	static const char *const names[VRRP_METRICS] = {[RTAX_MTU] = "mtu",
		[RTAX_WINDOW] = "window",
		[RTAX_RTT] = "rtt",
		[RTAX_RTTVAR] = "rttvar",
		[RTAX_SSTHRESH] = "ssthresh",
		[RTAX_CWND] = "cwnd",
		[RTAX_ADVMSS] = "advmss",
		[RTAX_REORDERING] = "reordering",
		[RTAX_HOPLIMIT] = "hoplimit",
		[RTAX_INITCWND] = "initcwnd",
		[RTAX_RTO_MIN] = "rto_min",
		[RTAX_INITRWND] = "initrwnd",
		[RTAX_QUICKACK] = "quickack",
		[RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie"};

	for (uint32_t i = 0; i < VRRP_METRICS; i++) {
		uint32_t times = i == RTAX_RTT ? 8 : i == RTAX_RTTVAR ? 4 : 1;

		if (names[i] && row->metrics[i])
			fprintf(out, " %s%s %u", names[i],
				row->metrics[RTAX_LOCK] >> i & 1 ? " lock" : "",
				row->metrics[i] / times);
	}
	if (row->metrics[RTAX_FEATURES] & RTAX_FEATURE_ECN)
		fputs(" features ecn", out);
}

static void print_encap(FILE *out, const struct vrrp_route *row, uint8_t number)
{
	static const char *const modes[] = {[SEG6_IPTUN_MODE_INLINE] = "inline",
		[SEG6_IPTUN_MODE_ENCAP] = "encap",
		[SEG6_IPTUN_MODE_L2ENCAP] = "l2encap"};
	const struct vrrp_encap *encap = &row->encaps[number ? number - 1 : 0];
	bool six = encap->type == LWTUNNEL_ENCAP_IP6;
	char text[INET6_ADDRSTRLEN] = "";

	if (!number)
		return;
	if (encap->type == LWTUNNEL_ENCAP_MPLS) {
		for (uint32_t i = 0; i < encap->count; i++)
			fprintf(out, "%s%u", i ? "/" : " encap mpls ", encap->labels[i]);
		if (encap->hops)
			fprintf(out, " ttl %u", encap->hops);
		return;
	}
	if (encap->type == LWTUNNEL_ENCAP_SEG6) {
		fprintf(out, " encap seg6 mode %s segs ", modes[encap->mode]);
		for (uint32_t i = 0; i < encap->count; i++)
			fprintf(out, "%s%s", i ? "," : "",
				inet_ntop(AF_INET6, encap->segments[i], text, sizeof(text)));
		return;
	}
	fputs(six ? " encap ip6" : " encap ip", out);
	if (encap->id)
		fprintf(out, " id %" PRIu64, encap->id);
	if (encap->to.family != AF_UNSPEC)
		print_ip(out, " dst ", &encap->to);
	if (encap->from.family != AF_UNSPEC)
		print_ip(out, " src ", &encap->from);
	if (encap->tos)
		fprintf(out, " %s %u", six ? "tc" : "tos", encap->tos);
	if (encap->hops)
		fprintf(out, " %s %u", six ? "hoplimit" : "ttl", encap->hops);
	if (encap->flags)
		fprintf(out, " flags %u", encap->flags);
}

static void print_hops(FILE *out, const struct vrrp_route *row)
{
	for (uint32_t i = 0; i < row->hop_count; i++) {
		const struct vrrp_hop *hop = &row->hops[i];

		fputs(" nexthop", out);
		if (hop->via.family != AF_UNSPEC)
			print_ip(out, hop->via.family == row->family ? " via " : " via inet6 ",
				&hop->via);
		if (*hop->interface) {
			fputs(" dev ", out);
			print_word(out, hop->interface);
		}
		fprintf(out, " weight %u%s", hop->weight, hop->on_link ? " onlink" : "");
		if (hop->realms)
			fprintf(out, " realms %u/%u", hop->realms >> 16, hop->realms & 0xffffu);
		print_encap(out, row, hop->encap);
	}
}

static void print_route(FILE *out, const struct vrrp_route *row)
{
	static const char *const adding[] = {
		[VRRP_ADD] = " add", [VRRP_PREPEND] = "", [VRRP_APPEND] = " append"};
	static const char *const types[] = {[RTN_UNICAST] = "unicast",
		[RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast",
		[RTN_ANYCAST] = "anycast",
		[RTN_MULTICAST] = "multicast",
		[RTN_BLACKHOLE] = "blackhole",
		[RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",
		[RTN_THROW] = "throw"};

	fprintf(out, "\t\t%s %s", types[row->type], row->family == AF_INET6 ? "inet6 " : "");
	print_prefix(out, "to ", &row->to, row->to_bits);
	if (row->from.family != AF_UNSPEC)
		print_prefix(out, " from ", &row->from, row->from_bits);
	if (row->via.family != AF_UNSPEC)
		print_ip(out, " via ", &row->via);
	if (*row->interface) {
		fputs(" dev ", out);
		print_word(out, row->interface);
	}
	if (row->source.family != AF_UNSPEC)
		print_ip(out, " src ", &row->source);
	if (row->table)
		fprintf(out, " table %u", row->table);
	if (row->metric)
		fprintf(out, " metric %u", row->metric);
	if (row->scope_given)
		print_scope(out, row->scope);
	fprintf(out, " protocol %u", row->protocol);
	if (row->tos)
		fprintf(out, " tos %u", row->tos);
	if (row->realms)
		fprintf(out, " realms %u/%u", row->realms >> 16, row->realms & 0xffffu);
	print_metrics(out, row);
	if (*row->congestion) {
		fprintf(out, " congctl%s ",
			row->metrics[RTAX_LOCK] >> RTAX_CC_ALGO & 1 ? " lock" : "");
		print_word(out, row->congestion);
	}
	if (row->preference)
		fputs(row->preference == 3 ? " pref low" : " pref high", out);
	print_encap(out, row, row->encap);
	fprintf(out, "%s%s%s", row->on_link ? " onlink" : "", row->no_track ? " no_track" : "",
		adding[row->adding]);
	print_hops(out, row);
	fputc('\n', out);
}

static void print_routes(
	FILE *out, const char *word, const struct vrrp_config *config, struct vrrp_range range)
{
	if (!range.count)
		return;
	fprintf(out, "%s {\n", word);
	for (uint32_t i = 0; i < range.count; i++)
		print_route(out, &vrrp_routes(config)[range.first + i]);
	fputs(*word == '\t' ? "\t}\n" : "}\n", out);
}

static void print_selectors(FILE *out, const struct vrrp_rule *row)
{
	static const char *const actions[FR_ACT_MAX + 1] = {[FR_ACT_NOP] = " nop",
		[FR_ACT_BLACKHOLE] = " blackhole",
		[FR_ACT_UNREACHABLE] = " unreachable",
		[FR_ACT_PROHIBIT] = " prohibit"};

	if (row->action == FR_ACT_GOTO)
		fprintf(out, " goto %u", row->target);
	else if (row->action)
		fputs(actions[row->action], out);
	fputs(row->inverted ? " not" : "", out);
	fputs(row->l3mdev ? " l3mdev" : "", out);
	if (row->tos)
		fprintf(out, " tos %u", row->tos);
	if (row->realms)
		fprintf(out, " realms %u/%u", row->realms >> 16, row->realms & 0xffffu);
	if (row->tunnel)
		fprintf(out, " tun_id %" PRIu64, row->tunnel);
	if (row->uid_given)
		fprintf(out, " uidrange %u-%u", row->uid_first, row->uid_last);
	if (row->ip_protocol)
		fprintf(out, " ip_proto %u", row->ip_protocol);
	if (row->source_first)
		fprintf(out, " sport %u-%u", row->source_first, row->source_last);
	if (row->target_first)
		fprintf(out, " dport %u-%u", row->target_first, row->target_last);
	if (row->suppress_prefix)
		fprintf(out, " suppress_prefixlength %u", row->suppress_prefix - 1);
	if (row->suppress_group)
		fprintf(out, " suppress_ifgroup %u", row->suppress_group - 1);
	if (row->protocol)
		fprintf(out, " protocol %u", row->protocol);
}

static void print_rule(FILE *out, const struct vrrp_rule *row)
{
	fprintf(out, "\t\t%s", row->family == AF_INET6 ? "inet6" : "inet");
	if (row->from.family != AF_UNSPEC)
		print_prefix(out, " from ", &row->from, row->from_bits);
	if (row->to.family != AF_UNSPEC)
		print_prefix(out, " to ", &row->to, row->to_bits);
	if (*row->in_interface) {
		fputs(" iif ", out);
		print_word(out, row->in_interface);
	}
	if (*row->out_interface) {
		fputs(" oif ", out);
		print_word(out, row->out_interface);
	}
	if (row->mark_given)
		fprintf(out, " fwmark %u/%u", row->mark, row->mask);
	print_selectors(out, row);
	if (row->table)
		fprintf(out, " table %u", row->table);
	fprintf(out, " preference %u%s\n", row->priority, row->no_track ? " no_track" : "");
}

static void print_rules(
	FILE *out, const char *word, const struct vrrp_config *config, struct vrrp_range range)
{
	if (!range.count)
		return;
	fprintf(out, "%s {\n", word);
	for (uint32_t i = 0; i < range.count; i++)
		print_rule(out, &vrrp_rules(config)[range.first + i]);
	fputs(*word == '\t' ? "\t}\n" : "}\n", out);
}

/* ---- instances and groups ---- */

static void print_notify(FILE *out, const struct vrrp_notify *notify)
{
	static const char *const words[VRRP_NOTIFY_KINDS] = {
		[VRRP_NOTIFY_MASTER] = "notify_master",
		[VRRP_NOTIFY_BACKUP] = "notify_backup",
		[VRRP_NOTIFY_FAULT] = "notify_fault",
		[VRRP_NOTIFY_STOP] = "notify_stop",
		[VRRP_NOTIFY_ANY] = "notify",
		[VRRP_NOTIFY_LOWER] = "notify_master_rx_lower_pri",
		[VRRP_NOTIFY_DELETED] = "notify_deleted",
	};

	for (uint32_t i = 0; i < VRRP_NOTIFY_KINDS; i++) {
		if (!*notify->command[i])
			continue;
		fprintf(out, "\t%s ", words[i]);
		print_command(out, notify->command[i]);
		print_user(out, notify->uid[i], notify->gid[i]);
	}
	print_flag(out, "notify_deleted",
		notify->says_deleted && !*notify->command[VRRP_NOTIFY_DELETED]);
	print_flag(out, "notify_priority_changes", notify->priority_changes);
}

static void print_timing(FILE *out, const struct vrrp_instance *row)
{
	print_seconds(out, "advert_int", row->advert_us);
	fprintf(out, "\tdown_timer_adverts %u\n", row->down_adverts);
	print_flag(out, "nopreempt", row->no_preempt);
	if (row->preempt_delay_us)
		print_seconds(out, "preempt_delay", row->preempt_delay_us);
	print_seconds(out, "garp_master_delay", row->garp_delay_us);
	fprintf(out, "\tgarp_master_repeat %u\n", row->garp_repeat);
	print_seconds(out, "garp_master_refresh", row->garp_refresh_us);
	fprintf(out, "\tgarp_master_refresh_repeat %u\n", row->garp_refresh_repeat);
	print_seconds(out, "garp_lower_prio_delay", row->garp_lower_delay_us);
	fprintf(out, "\tgarp_lower_prio_repeat %u\n", row->garp_lower_repeat);
	if (row->garp_extra_us)
		print_seconds(out, row->garp_extra_all ? "garp_extra_if all" : "garp_extra_if",
			row->garp_extra_us);
}

static void print_authentication(FILE *out, const struct vrrp_instance *row)
{
	char password[VRRP_AUTH_BYTES + 1] = "";

	memcpy(password, row->auth_data, VRRP_AUTH_BYTES);
	fputs("\tauthentication {\n\t\tauth_type PASS\n\t\tauth_pass ", out);
	print_word(out, password);
	fputs("\n\t}\n", out);
}

static void print_manners(FILE *out, const struct vrrp_instance *row)
{
	fprintf(out, "\t%s\n", row->accept ? "accept" : "no_accept");
	print_flag(out, "strict_mode", row->strict);
	fprintf(out, "\tlower_prio_no_advert %s\n", row->lower_prio_no_advert ? "on" : "off");
	print_flag(out, "higher_prio_send_advert", row->higher_prio_send_advert);
	print_flag(out, "skip_check_adv_addr", row->skip_check_adv_addr);
	print_flag(out, "check_unicast_src", row->check_unicast_source);
	print_flag(out, "v3_checksum_as_v2", row->checksum_without_pseudo_header);
	print_flag(out, "dont_track_primary", row->dont_track_primary);
	print_flag(out, "track_src_ip", row->track_source);
	print_flag(out, "promote_secondaries", row->promote_secondaries);
	if (row->use_vmac) {
		fputs("\tuse_vmac ", out);
		print_word(out, row->vmac_interface);
		for (uint32_t i = 0; row->vmac_mac_given && i < sizeof(row->vmac_mac); i++)
			fprintf(out, "%c%02x", i ? ':' : ' ', row->vmac_mac[i]);
		if (row->vmac_group)
			fprintf(out, " group %u", row->vmac_group);
		fputc('\n', out);
	}
	print_flag(out, "vmac_xmit_base", row->vmac_xmit_base);
	if (row->auth_type)
		print_authentication(out, row);
}

static void print_peer(FILE *out, const struct vrrp_peer *peer)
{
	print_ip(out, "\t\t", &peer->ip);
	if (peer->least_hops > 0)
		fprintf(out, " min_ttl %u", peer->least_hops);
	if (peer->most_hops < 255)
		fprintf(out, " max_ttl %u", peer->most_hops);
}

static void print_ends(FILE *out, const struct vrrp_config *config, const struct vrrp_instance *row)
{
	if (row->source.family != AF_UNSPEC) {
		print_ip(out, "\tmcast_src_ip ", &row->source);
		fputc('\n', out);
	}
	if (row->group_address.family != AF_UNSPEC) {
		print_ip(out, "\tmcast_dst_ip ", &row->group_address);
		fputc('\n', out);
	}
	print_flag(out, "unicast_fault_no_peer", row->fault_without_peer);
	if (!row->unicast)
		return;
	fprintf(out, "\tunicast_ttl %u\n\tunicast_peer {\n", row->ttl);
	for (uint32_t i = 0; i < row->peers.count; i++) {
		print_peer(out, &vrrp_peers(config)[row->peers.first + i]);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
}

static void print_instance(
	FILE *out, const struct vrrp_config *config, const struct vrrp_instance *row)
{
	fputs("\nvrrp_instance ", out);
	print_word(out, row->name);
	fputs(" {\n", out);
	fprintf(out, "\tstate %s\n", row->wants_master ? "MASTER" : "BACKUP");
	if (*row->interface) {
		fputs("\tinterface ", out);
		print_word(out, row->interface);
		fputc('\n', out);
	}
	if (*row->vrf) {
		fputs("\tvrf ", out);
		print_word(out, row->vrf);
		fputc('\n', out);
	}
	fprintf(out, "\tvirtual_router_id %u\n\tpriority %u\n\tversion %u\n", row->router_id,
		row->priority, row->version);
	print_flag(out, "native_ipv6", row->family == AF_INET6 && !row->addresses.count);
	print_timing(out, row);
	print_manners(out, row);
	print_ends(out, config, row);
	print_addresses(out, "\tvirtual_ipaddress", config, row->addresses);
	print_addresses(out, "\tvirtual_ipaddress_excluded", config, row->excluded);
	print_routes(out, "\tvirtual_routes", config, row->routes);
	print_rules(out, "\tvirtual_rules", config, row->rules);
	print_bindings(out, config, row->bindings);
	print_notify(out, &row->notify);
	fputs("}\n", out);
}

static void print_group(FILE *out, const struct vrrp_config *config, uint32_t index)
{
	const struct vrrp_group *row = &vrrp_groups(config)[index];

	fputs("\nvrrp_sync_group ", out);
	print_word(out, row->name);
	fputs(" {\n\tgroup {\n", out);
	for (uint32_t i = 0; i < config->instance_count; i++) {
		const struct vrrp_instance *instance = &vrrp_instances(config)[i];

		if (instance->group != (int32_t)index)
			continue;
		fputs("\t\t", out);
		print_word(out, instance->name);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
	print_bindings(out, config, row->bindings);
	print_notify(out, &row->notify);
	fputs("}\n", out);
}

/* ---- torc's own ---- */

static void print_nat(FILE *out, const struct vrrp_nat *row)
{
	fputs("\nnat {\n", out);
	print_prefix(out, "\tfrom ", &row->from, row->from_bits);
	fputs("\n\tout ", out);
	print_word(out, row->out_interface);
	if (row->source.family == AF_UNSPEC)
		fputs("\n\tmasquerade\n", out);
	else {
		print_ip(out, "\n\tsource ", &row->source);
		fputc('\n', out);
	}
	if (*row->instance) {
		fputs("\tinstance ", out);
		print_word(out, row->instance);
		fputc('\n', out);
	}
	fputs("}\n", out);
}

/* Intervals between gratuitous ARP belong to interfaces. */
static void print_garp_groups(FILE *out, const struct vrrp_config *config)
{
	const struct vrrp_instance *instances = vrrp_instances(config);

	for (uint32_t i = 0; i < config->instance_count; i++) {
		const struct vrrp_instance *row = &instances[i];
		bool first = row->garp_interval_us || row->gna_interval_us;

		for (uint32_t j = 0; j < i; j++)
			first &= strcmp(instances[j].interface, row->interface) != 0;
		if (!first || !*row->interface)
			continue;
		fputs("\ngarp_group {\n\tinterface ", out);
		print_word(out, row->interface);
		fputc('\n', out);
		print_seconds(out, "garp_interval", row->garp_interval_us);
		print_seconds(out, "gna_interval", row->gna_interval_us);
		fputs("}\n", out);
	}
}

static void print_delays(FILE *out, const struct vrrp_config *config)
{
	const struct vrrp_delay *delays = vrrp_delays(config);

	if (config->delay_count)
		fputs("interface_up_down_delays {\n", out);
	for (uint32_t i = 0; i < config->delay_count; i++) {
		fputc('\t', out);
		print_word(out, delays[i].interface);
		fprintf(out, " %" PRIu64 ".%06" PRIu64 " %" PRIu64 ".%06" PRIu64 "\n",
			delays[i].down_us / 1000000, delays[i].down_us % 1000000,
			delays[i].up_us / 1000000, delays[i].up_us % 1000000);
	}
	if (config->delay_count)
		fputs("}\n", out);
}

void keepalived_print(const struct vrrp_config *config, FILE *out)
{
	print_global(out, &config->global);
	print_fifos(out, &config->global);
	fputs("}\n", out);
	if (*config->global.process_name) {
		fputs("process_name ", out);
		print_word(out, config->global.process_name);
		fputc('\n', out);
	}
	print_trackers(out, config);
	print_addresses(out, "static_ipaddress", config, config->static_addresses);
	print_routes(out, "static_routes", config, config->static_routes);
	print_rules(out, "static_rules", config, config->static_rules);
	print_delays(out, config);
	print_garp_groups(out, config);
	for (uint32_t i = 0; i < config->instance_count; i++)
		print_instance(out, config, &vrrp_instances(config)[i]);
	for (uint32_t i = 0; i < config->group_count; i++)
		print_group(out, config, i);
	for (uint32_t i = 0; i < config->nat_count; i++)
		print_nat(out, &vrrp_nats(config)[i]);
}
