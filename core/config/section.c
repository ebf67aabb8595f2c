/* SPDX-License-Identifier: GPL-2.0-or-later */
/* section.c - the heads of proxy sections, and who inherits from whom.
 *
 * A section starts as a copy of the defaults section before it, or of the one that it names with
 * `from`; a setting that is given again replaces the copy's.  A head with an error still opens a
 * section, so that the lines below are read for errors of their own, but it is left out of the
 * tree. */
#include "core/config/rule_reader.h"

#include <ctype.h>
#include <string.h>

struct section_kind {
	const char *word;
	const char *title; /* as messages call a proxy of that kind */
	uint16_t where;
};

static const struct section_kind kinds[] = {
	{"defaults", "defaults", IN_DEFAULTS},
	{"frontend", "frontend", IN_FRONTEND},
	{"backend", "backend", IN_BACKEND},
	{"listen", "proxy", IN_PROXY},
};

static const struct section_kind *find_kind(const char *word)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(kinds); i++) {
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	}
	return NULL;
}

bool section_is_proxy(const char *word)
{
	return find_kind(word) != NULL;
}

/* What a section says when neither it nor its defaults say anything. */
static void fill_presets(struct section_draft *section)
{
	struct proxy *proxy = &section->proxy;

	proxy->mode = PROXY_MODE_TCP;
	proxy->retries = 3;
	proxy->max_session_srv_conns = PROXY_OWN_CONNECTIONS;
	proxy->check_kind = CHECK_TCP;
	section->default_server = (struct server){
		.weight = 1,
		.rise = 2,
		.fall = 3,
		.inter_ms = 2000,
		.pool_max_conn = -1,
		.pool_purge_delay_ms = SERVER_POOL_PURGE_MS,
	};
}

static struct section_draft *make_section(
	struct reader *reader, const struct section_kind *kind, const struct section_draft *base)
{
	struct section_draft *section = arena_alloc(reader->arena, sizeof(*section));

	if (base) {
		section->proxy = base->proxy;
		section->default_server = base->default_server;
		section->mode_given = base->mode_given;
	} else {
		fill_presets(section);
	}
	section->proxy.rules = rules_make(reader, base ? base->proxy.rules : NULL);
	log_list_init(&section->logs);
	for (const struct log_draft *log = base ? base->logs.first : NULL; log; log = log->next)
		log_list_append(reader, &section->logs, log);
	section->listeners_tail = &section->listeners;
	section->servers_tail = &section->servers;
	section->title = kind->title;
	section->where = kind->where;
	section->proxy.place = reader->place;
	section->proxy.name = "";
	section->proxy.is_frontend = (kind->where & IN_FRONTEND) != 0;
	section->proxy.is_backend = (kind->where & IN_BACKEND) != 0;
	return section;
}

static bool good_name(struct reader *reader, const char *kind, const char *name)
{
	for (const char *at = name; *at; at++) {
		if (!isalnum((unsigned char)*at) && !strchr("_-.:", *at)) {
			reader_alert(reader, "character '%c' is not permitted in '%s' name '%s'.",
				*at, kind, name);
			return false;
		}
	}
	return true;
}

/* Frontends among each other and backends among each other have names of their own; a listen is
 * both. */
static bool claim_name(struct reader *reader, struct section_draft *section)
{
	const struct proxy *proxy = &section->proxy;
	struct section_draft *other = NULL;

	if (section->where & IN_FRONTEND)
		other = names_find(&reader->frontends, proxy->name);
	if (!other && section->where & IN_BACKEND)
		other = names_find(&reader->backends, proxy->name);
	if (other) {
		reader_alert(reader, "%s '%s' has the same name as %s '%s' declared at %s:%u.",
			section->title, proxy->name, other->title, other->proxy.name,
			other->proxy.place.file, other->proxy.place.line);
		return false;
	}
	if (section->where & IN_FRONTEND)
		names_add(&reader->frontends, reader->arena, proxy->name, section);
	if (section->where & IN_BACKEND)
		names_add(&reader->backends, reader->arena, proxy->name, section);
	return true;
}

static void claim_defaults(struct reader *reader, struct section_draft *section)
{
	struct section_draft *first;

	reader->last_defaults = section;
	if (!*section->proxy.name)
		return;
	first = names_add(&reader->defaults, reader->arena, section->proxy.name, section);
	if (first && !first->namesake.file)
		first->namesake = section->proxy.place;
}

/* The section named by `from`, else the last defaults section; *fine is false when it was named
 * and is not to be had. */
static struct section_draft *find_base(struct reader *reader, const struct section_kind *kind,
	const char *name, const char *from, bool *fine)
{
	struct section_draft *base;

	*fine = true;
	if (!from)
		/* A defaults section starts afresh unless it names another. */
		return kind->where & IN_DEFAULTS ? NULL : reader->last_defaults;
	base = names_find(&reader->defaults, from);
	if (!base)
		reader_alert(reader, "defaults section '%s' not found for %s '%s'.", from,
			kind->title, name);
	else if (base->namesake.file)
		reader_alert(reader,
			"ambiguous defaults section name '%s' referenced by %s '%s' exists at "
			"least at %s:%u and %s:%u.",
			from, kind->title, name, base->proxy.place.file, base->proxy.place.line,
			base->namesake.file, base->namesake.line);
	else
		return base;
	*fine = false;
	return base;
}

/* `backend NAME ADDRESS`: HAProxy 1.5 took the line and ignored the address; binding it would
 * collide with the frontend that it was copied from. */
static bool ignore_backend_address(
	struct reader *reader, const struct section_kind *kind, const char *name)
{
	struct address_text address;
	const char *word = reader_peek(reader);

	if (kind->where != IN_BACKEND || address_read(&address, word) != NULL ||
		address.port_sign == ADDRESS_PORT_ABSENT)
		return false;
	reader_next(reader);
	reader_warn(reader,
		"address '%s' of backend '%s' is ignored: a backend does not listen, the 'bind' "
		"of a frontend does. Please remove it from this line.",
		word, name);
	return true;
}

void section_open(struct reader *reader, const char *word)
{
	const struct section_kind *kind = find_kind(word);
	const char *name = "", *from = NULL;
	struct section_draft *section, *base;
	bool fine = true, base_fine;

	if (!reader_at_end(reader) &&
		!(kind->where & IN_DEFAULTS && strcmp(reader_peek(reader), "from") == 0))
		name = reader_keep(reader, reader_next(reader));
	if (!*name && !(kind->where & IN_DEFAULTS)) {
		reader_alert(reader, "'%s' expects an <id> as argument.", word);
		fine = false;
	}
	fine &= good_name(reader, word, name);
	if (fine && !reader_at_end(reader))
		ignore_backend_address(reader, kind, name);
	if (reader_skip(reader, "from")) {
		from = reader_keep(reader, reader_next(reader));
		if (!*from) {
			reader_alert(reader,
				"'%s' : 'from' expects the name of a defaults "
				"section.",
				word);
			from = NULL;
			fine = false;
		}
	}
	if (fine && !reader_at_end(reader)) {
		reader_alert(reader, "'%s' cannot handle unexpected argument '%s'.%s", word,
			reader_peek(reader),
			kind->where & IN_FRONTEND ? " Use 'bind' to listen on an address." : "");
		fine = false;
	}
	base = find_base(reader, kind, name, from, &base_fine);
	section = make_section(reader, kind, base);
	section->proxy.name = name;
	section->orphan = !base_fine;
	reader->section = section;
	reader->where = kind->where;
	if (base)
		named_defaults_inherit(reader, base);
	if (kind->where & IN_DEFAULTS) {
		claim_defaults(reader, section);
		return;
	}
	/* The name is taken even where the rest of the line is wrong: others may refer to it. */
	if (*name && claim_name(reader, section) && fine) {
		*reader->sections_tail = section;
		reader->sections_tail = &section->next;
	}
	if (!reader->stats_socket_count)
		reader->proxies_before_stats++;
}

void section_line(struct reader *reader, const char *word)
{
	if (reader->where & IN_GLOBAL)
		keyword_read(reader, &global_words, word, IN_GLOBAL);
	else
		keyword_read(reader, &proxy_words, word, reader->where);
	if (!reader_at_end(reader)) {
		reader_alert(reader, "'%s' cannot handle unexpected argument '%s'.", word,
			reader_peek(reader));
		reader_give_up(reader);
	}
}
