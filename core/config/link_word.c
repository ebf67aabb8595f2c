/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link_word.c - the words about the way to a server: where connections come from (`source`), what
 * they say before anything else (`send-proxy`), how the kernel treats them.
 *
 *   source <address>[:<port>[-<port>]] [usesrc <address>|client|clientip] [interface <name>]
 *
 * in a backend for all its servers, on a server line for that one. */
#include "core/config/reader.h"
#include "core/config/remedy.h"

#include <string.h>

static void complain(struct reader *reader, const char *what)
{
	reader_alert(reader, "'source' : %s", what);
	reader_give_up(reader);
}

/* An address of this machine, or the one to look like; a name is looked up. */
static bool read_address(struct reader *reader, struct address_text *text, union address *address)
{
	const char *word = reader_address(reader, reader_next(reader)), *fault, *host;

	fault = address_read(text, word);
	if (!fault && text->kind != ADDRESS_IP && text->kind != ADDRESS_NAME)
		fault = "an IP address expected";
	if (!fault && text->port_sign > ADDRESS_PORT_PLAIN)
		fault = "a plain port expected";
	if (fault) {
		complain(reader, reader_format(reader, "%s in '%s'", fault, word));
		return false;
	}
	*address = text->address;
	if (text->kind == ADDRESS_IP)
		return true;
	host = arena_copy(reader->arena, text->host.at, text->host.len);
	if (reader_resolve(reader, host, text->family, address))
		return true;
	complain(reader, reader_format(reader, "could not resolve address '%s'", host));
	return false;
}

static bool read_use(struct reader *reader, struct source *source)
{
	const char *word = reader_peek(reader);
	struct address_text text;

	if (!*word) {
		complain(reader, "'usesrc' expects <addr>[:<port>], 'client' or 'clientip'");
		return false;
	}
	if (strncmp(word, "hdr_ip", 6) == 0) {
		complain(reader, "'usesrc hdr_ip' is known, but not available yet; 'usesrc "
				 "clientip' takes the address that a PROXY header tells "
				 "('accept-proxy')");
		return false;
	}
	if (reader_skip(reader, "client")) {
		source->use = SOURCE_CLIENT;
	} else if (reader_skip(reader, "clientip")) {
		source->use = SOURCE_CLIENT_IP;
	} else {
		source->use = SOURCE_ADDRESS;
		if (!read_address(reader, &text, &source->spoofed))
			return false;
		address_set_port(&source->spoofed, text.port_first);
	}
	reader->config->global.spoofs = true;
	return true;
}

/* The words behind `source`; NULL: complained about. */
static const struct source *read_source(struct reader *reader)
{
	struct source *source = arena_alloc(reader->arena, sizeof(*source));
	struct address_text text;

	if (reader_at_end(reader)) {
		complain(reader, "expects <addr>[:<port>], and optionally 'usesrc' <addr>, and "
				 "'interface' <name> as argument.");
		return NULL;
	}
	if (!read_address(reader, &text, &source->address))
		return NULL;
	if (text.any) /* whatever the kernel chooses */
		source->address = (union address){.any.sa_family = AF_UNSPEC};
	source->port_first = text.port_first;
	source->port_last = text.port_last;
	while (true) {
		if (reader_skip(reader, "usesrc")) {
			if (!read_use(reader, source))
				return NULL;
		} else if (reader_skip(reader, "interface")) {
			if (reader_at_end(reader)) {
				complain(reader, "'interface' : missing interface name");
				return NULL;
			}
			source->interface = reader_keep(reader, reader_next(reader));
		} else {
			return source;
		}
	}
}

void source_read(struct reader *reader, const struct keyword *self)
{
	const struct source *source;

	(void)self;
	source = read_source(reader);
	if (!source)
		return;
	if (source->port_first != source->port_last) {
		complain(reader, "port ranges are possible on a server line only");
		return;
	}
	reader->section->proxy.source = source;
}

void server_source_read(struct reader *reader, const struct keyword *self)
{
	const struct source *source;

	(void)self;
	source = read_source(reader);
	if (source)
		reader->server->source = source;
}

void server_usesrc_read(struct reader *reader, const struct keyword *self)
{
	reader_alert(reader, "'%s' : '%s' is only allowed after a 'source' statement.",
		reader->line_name, self->name);
	reader_give_up(reader);
}

void send_proxy_read(struct reader *reader, const struct keyword *self)
{
	uint8_t version = strstr(self->name, "-v2") ? 2 : 1;

	if (strncmp(self->name, "no-", 3) != 0)
		reader->server->send_proxy = version;
	else if (reader->server->send_proxy == version)
		reader->server->send_proxy = 0;
}

/* `proxy-v2-options crc32c,..`: records behind the addresses. */
void proxy_options_read(struct reader *reader, const struct keyword *self)
{
	static const char *const later[] = {
		"ssl", "cert-cn", "cert-key", "cert-sig", "ssl-cipher", "authority", "unique-id"};
	const char *word = reader_next(reader);

	(void)self;
	while (true) {
		size_t len = strcspn(word, ",");
		const char *option = arena_copy(reader->arena, word, len);
		bool known = strcmp(option, "crc32c") == 0;

		for (uint32_t i = 0; i < KEYWORD_COUNT(later) && !known; i++) {
			if (strcmp(option, later[i]) != 0)
				continue;
			reader_alert(reader,
				"'%s' : 'proxy-v2-options' : '%s' is known, but not available yet",
				reader->line_name, option);
			return;
		}
		if (!known) {
			reader_alert(reader,
				"'%s' : 'proxy-v2-options' : unknown option '%s'; torc knows "
				"'crc32c'.",
				reader->line_name, option);
			return;
		}
		reader->server->send_crc32c = true;
		if (!word[len])
			return;
		word += len + 1;
	}
}

void server_user_timeout_read(struct reader *reader, const struct keyword *self)
{
	reader_time(reader, self->name, NUMBER_MILLISECONDS, &reader->server->user_timeout_ms);
}

/* `proto h1`, `check-proto h1`, `ws h1|auto`: what is spoken anyway. */
void proto_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	if (!*word) {
		reader_alert(
			reader, "'%s' : '%s' expects a protocol.", reader->line_name, self->name);
	} else if (strcmp(word, "h1") != 0 && strcmp(word, "auto") != 0) {
		remedy_alert(reader,
			reader_format(
				reader, "'%s' : '%s %s'", reader->line_name, self->name, word),
			self->name);
		reader_give_up(reader);
	}
}
