/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mode.c - what `mode` makes of the other words: some speak of HTTP and have nothing to say in
 * mode tcp.
 *
 * They are no errors, since a defaults section is shared by proxies of both modes; each is named
 * once and does nothing. */
#include "core/config/complete.h"
#include "core/config/rule_reader.h"

#define WARN(place, ...) config_message(reader->config, MESSAGE_WARNING, place, __VA_ARGS__)
#define ALERT(...)	 config_message(reader->config, MESSAGE_ALERT, proxy->place, __VA_ARGS__)

static const struct place nowhere;

static void ignore_option(struct reader *reader, const struct proxy *proxy, const char *option)
{
	WARN(nowhere, "'option %s' ignored for %s '%s' as it requires HTTP mode.", option,
		check_title(proxy), proxy->name);
}

/* The log line falls back to what both modes have. */
static void fall_back_to_tcplog(struct reader *reader, struct proxy *proxy)
{
	WARN(proxy->log_place,
		"'option httplog' not usable with %s '%s' (needs 'mode http'). Falling back to "
		"'option tcplog'.",
		check_title(proxy), proxy->name);
	proxy->log_httplog = false;
	proxy->log_tcplog = true;
}

/* Only the client's address is there to balance by. */
static void fall_back_to_roundrobin(struct reader *reader, struct proxy *proxy)
{
	WARN(nowhere,
		"Layer 7 hash not possible for %s '%s' (needs 'mode http'). Falling back to "
		"round robin.",
		check_title(proxy), proxy->name);
	proxy->balancing.algorithm = BALANCE_ROUNDROBIN;
}

static void in_mode_tcp(struct reader *reader, struct proxy *proxy)
{
	if (proxy->is_frontend && proxy->log_httplog)
		fall_back_to_tcplog(reader, proxy);
	if (proxy->stats.enabled) {
		WARN(nowhere, "'stats' statement ignored for %s '%s' as it requires HTTP mode.",
			check_title(proxy), proxy->name);
		proxy->stats.enabled = false;
	}
	if (proxy->forwardfor.on) {
		ignore_option(reader, proxy, "forwardfor");
		proxy->forwardfor.on = false;
	}
	if (proxy->is_backend && balance_is_by_key(proxy->balancing.algorithm) &&
		proxy->balancing.algorithm != BALANCE_SOURCE &&
		proxy->balancing.algorithm != BALANCE_HASH)
		fall_back_to_roundrobin(reader, proxy);
	if (proxy->is_frontend && proxy->http_ignore_probes) {
		ignore_option(reader, proxy, "http-ignore-probes");
		proxy->http_ignore_probes = false;
	}
}

void mode_check_route(struct reader *reader, const struct proxy *proxy, const struct proxy *backend)
{
	if (proxy->mode == backend->mode)
		return;
	if (proxy->mode == PROXY_MODE_HTTP)
		ALERT("http %s '%s' (%s:%u) tries to use incompatible tcp %s '%s' (%s:%u) as its "
		      "default backend (see 'mode').",
			check_title(proxy), proxy->name, proxy->place.file, proxy->place.line,
			check_title(backend), backend->name, backend->place.file,
			backend->place.line);
	else
		ALERT("tcp %s '%s' leads to http %s '%s' (%s:%u): HAProxy makes such a connection "
		      "HTTP on its way, torc does not yet. Give both the same 'mode'; a frontend "
		      "in "
		      "mode http serves the same clients.",
			check_title(proxy), proxy->name, check_title(backend), backend->name,
			backend->place.file, backend->place.line);
}

void mode_complete(struct reader *reader, struct proxy *proxy)
{
	if (proxy->mode != PROXY_MODE_TCP || proxy->disabled)
		return;
	in_mode_tcp(reader, proxy);
	log_format_check(reader, proxy);
}
