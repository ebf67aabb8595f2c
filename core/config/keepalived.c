/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived.c - files of keepalived's language, from bytes to tables.
 *
 *   files -> text (lines) -> reader (statements, words) -> draft -> complete -> tables
 *
 * Files whose first word is torc's own are read first: config_id in one of them decides which
 * lines of the others count.  Otherwise no order is needed; what refers to something else is
 * looked up when all has been read.
 *
 * Thread: the planner's.  A balancer passes these files over. */
#include "core/config/keepalived.h"

#include "core/config/keepalived_reader.h"

#define NO_NAMESPACE "start torc in the namespace instead (ip netns exec, systemd)"

static void read_global_defs(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	if (!keepalived_open(reader, self->name))
		return;
	reader->base = reader->draft;
	keepalived_read_block(reader, self->name, IN_GLOBAL_DEFS);
}

#define BLOCK(name_, read_, field_, form_, summary_)                                               \
	{                                                                                          \
		.name = (name_), .where = AT_TOP, .shape = KEEPALIVED_BLOCK, .read = (read_),      \
		.field = (field_), .form = (form_), .summary = (summary_)                          \
	}
#define OTHER(name_, state_, shape_, why_)                                                         \
	{                                                                                          \
		.name = (name_), .where = AT_TOP, .state = KEEPALIVED_##state_,                    \
		.shape = KEEPALIVED_##shape_, .summary = (why_)                                    \
	}

static const struct keepalived_word top_rows[] = {
	BLOCK("global_defs", read_global_defs, 0, "{ ... }", "presets, and what holds for all"),
	BLOCK("vrrp_instance", keepalived_read_instance, 0, "NAME { ... }",
		"a virtual router; again in another file for torc's own words"),
	BLOCK("vrrp_sync_group", keepalived_read_group, 0, "NAME { ... }",
		"instances that are master together"),
	BLOCK("vrrp_script", keepalived_read_script, VRRP_TRACK_SCRIPT, "NAME { ... }",
		"a command whose exit status is watched"),
	BLOCK("track_file", keepalived_read_script, VRRP_TRACK_FILE, "NAME { ... }",
		"a file whose number is watched"),
	BLOCK("vrrp_track_file", keepalived_read_script, VRRP_TRACK_FILE, "NAME { ... }",
		"its older name"),
	BLOCK("vrrp_track_process", keepalived_read_script, VRRP_TRACK_PROCESS, "NAME { ... }",
		"a process that is watched"),
	BLOCK("garp_group", keepalived_read_garp_group, 0, "{ ... }",
		"how fast interfaces take gratuitous ARP"),
	BLOCK("static_ipaddress", keepalived_read_addresses, 0, "{ ADDRESS ... }",
		"addresses that are there whoever is master"),
	BLOCK("static_routes", keepalived_read_routes, 0, "{ ROUTE ... }", "such routes"),
	BLOCK("static_rules", keepalived_read_rules, 0, "{ RULE ... }", "such rules"),
	BLOCK("interface_up_down_delays", keepalived_read_delays, 0,
		"{ NAME DOWN_SECONDS [UP_SECONDS] ... }",
		"how long an interface has to be down, or up again, to count; up as down unless "
		"written"),

	OTHER("virtual_server", NEVER, BLOCK,
		"torc balances what haproxy.cfg says; keepalived's LVS part is another program"),
	OTHER("virtual_server_group", NEVER, BLOCK,
		"torc balances what haproxy.cfg says; keepalived's LVS part is another program"),
	OTHER("SSL", NEVER, BLOCK, "it belongs to keepalived's LVS part"),
	OTHER("bfd_instance", NEVER, BLOCK, "torc does not speak BFD"),
	OTHER("track_group", NOTED, BLOCK, "what is static is put back whenever it is missing"),
	OTHER("net_namespace", NEVER, LINE, NO_NAMESPACE),
	OTHER("net_namespace_ipvs", NEVER, LINE, NO_NAMESPACE),
	OTHER("namespace_with_ipsets", NOTED, LINE, "torc uses no ipsets"),
	OTHER("instance", NOTED, LINE, "the pid file's name is haproxy.cfg's matter"),
	OTHER("use_pid_dir", NOTED, LINE, "the pid file's name is haproxy.cfg's matter"),
	OTHER("child_wait_time", NOTED, LINE, "hard-stop-after in haproxy.cfg bounds the end"),
	OTHER("linkbeat_use_polling", NOTED, LINE, "the kernel reports links itself"),
	OTHER("linkbeat_interfaces", NOTED, BLOCK, "the kernel reports links itself"),
};

const struct keepalived_table keepalived_top_words = {
	"Outside of blocks", top_rows, KEEPALIVED_COUNT(top_rows)};

const struct keepalived_table *const keepalived_tables[] = {
	&keepalived_top_words,
	&keepalived_global_words,
	&keepalived_script_words,
	&keepalived_instance_words,
	&keepalived_group_words,
	&keepalived_garp_words,
	&torc_file_words,
	&torc_appliance_words,
	NULL,
};

/* ---- which files ---- */

static const struct keepalived_word *top_word(struct span word)
{
	for (uint32_t i = 0; keepalived_tables[i]; i++) {
		const struct keepalived_table *table = keepalived_tables[i];

		for (uint32_t j = 0; j < table->count; j++) {
			if (table->rows[j].where & AT_TOP &&
				span_equal(span_of_string(table->rows[j].name), word))
				return &table->rows[j];
		}
	}
	return NULL;
}

/* A word of the language, what only this language begins a line with, or a brace behind it. */
bool keepalived_is_language(const struct config_file *file)
{
	bool opens;
	struct span word = keepalived_first_word(span_of(file->bytes, file->len), &opens);

	if (!word.len)
		return false;
	if (top_word(word) || opens || strchr("@$~", *word.at))
		return true;
	return word.len >= 7 && memcmp(word.at, "include", 7) == 0;
}

static bool is_torc_file(const struct config_file *file)
{
	bool opens;
	const struct keepalived_word *row =
		top_word(keepalived_first_word(span_of(file->bytes, file->len), &opens));

	return row && row->where & IN_TORC_FILE;
}

/* ---- reading ---- */

static void read_file(struct keepalived_reader *reader, const struct config_file *file)
{
	reader->alerts = 0;
	reader->looked = false;
	reader->rest = NULL;
	reader->title = "";
	reader->block = "";
	reader->text.gave_up = false;
	reader->ends_early = false;
	reader->text.top = NULL;
	reader->text.frame_count = reader->text.include_depth = 0;
	reader->text.include_check = 0;
	keepalived_text_open(&reader->text, file);
	keepalived_read_block(reader, "", AT_TOP);
}

/* A torc.conf that speaks of the machine only makes no routers. */
static bool says_routers(const struct vrrp_draft *draft)
{
	return draft->instances || draft->groups || draft->nats.count ||
	       draft->static_addresses.count || draft->static_routes.count ||
	       draft->static_rules.count;
}

void keepalived_load(struct config *config, struct config_source *source)
{
	struct keepalived_reader *reader = arena_alloc(&config->arena, sizeof(*reader));
	uint32_t alerts = config->alert_count;
	bool any = false;

	reader->config = config;
	reader->source = source;
	reader->arena = &config->arena;
	reader->alerts_before = alerts;
	reader->others_failed = alerts != 0;
	reader->title = reader->block = "";
	reader->statement = arena_alloc(reader->arena, KEEPALIVED_LINE_BYTES);
	reader->out = arena_alloc(reader->arena, 2 * KEEPALIVED_LINE_BYTES + 2);
	reader->draft = arena_alloc(reader->arena, sizeof(*reader->draft));
	vrrp_draft_init(reader->draft);
	keepalived_text_init(&reader->text, config, source);
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < source->file_count; i++) {
			const struct config_file *file = &source->files[i];

			if (!keepalived_is_language(file) || is_torc_file(file) != (pass == 0))
				continue;
			read_file(reader, file);
			any = true;
		}
	}
	if (!any)
		return;
	reader->title = "";
	reader->place = (struct place){0};
	keepalived_complete(reader);
	if (config->alert_count != alerts)
		return;
	keepalived_advise(reader);
	if (!config->appliance || says_routers(reader->draft))
		config->vrrp = keepalived_make_tables(reader);
}
