/* SPDX-License-Identifier: GPL-2.0-or-later */
/* print.c - the normal form: what a configuration says once everything has been resolved.
 *
 * Defaults sections are gone, every proxy says all that holds for it, every time has its unit,
 * every id is written down.  Read again, it gives the same tree and so prints itself: that is how
 * an operator sees what torc understood, and how tests see that reading loses nothing.
 * What is as the language presets it and has no value to show (a timeout that is not set) is left
 * out. */
#include "core/config/rule_reader.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* One word, quoted where the lexer would read it otherwise.  Weak quotes: only they can hold
 * every byte. */
void config_print_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_.:/@,+=%*?!()<>[]{}|&;~^-";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, out);
		return;
	}
	fputc('"', out);
	for (const unsigned char *at = (const unsigned char *)word; *at; at++) {
		if (*at == '"' || *at == '\\' || *at == '$')
			fprintf(out, "\\%c", *at);
		else if (*at == '\n' || *at == '\r' || *at == '\t')
			fprintf(out, "\\%c", *at == '\n' ? 'n' : *at == '\r' ? 'r' : 't');
		else if (*at < 0x20 || *at == 0x7f || *at == 0xa0)
			/* 0xa0: half of a no-break space, which would be read as a space. */
			fprintf(out, "\\x%02x", *at);
		else
			fputc(*at, out);
	}
	fputc('"', out);
}

static void print_string(FILE *out, const char *keyword, const char *value)
{
	if (!value)
		return;
	fprintf(out, "\t%s ", keyword);
	config_print_word(out, value);
	fputc('\n', out);
}

static void print_flag(FILE *out, const char *keyword, bool on)
{
	if (on)
		fprintf(out, "\t%s\n", keyword);
}

static void print_count(FILE *out, const char *keyword, uint64_t value)
{
	if (value)
		fprintf(out, "\t%s %" PRIu64 "\n", keyword, value);
}

static void print_time(FILE *out, const char *keyword, uint32_t ms)
{
	char text[24];

	if (ms)
		fprintf(out, "\t%s %s\n", keyword, number_print_time(text, ms));
}

/* As bind and server lines write it; a path that does not look like one gets its prefix. */
static void print_address(FILE *out, const union address *address)
{
	char text[ADDRESS_TEXT_BYTES], whole[ADDRESS_TEXT_BYTES + 8];

	address_print(text, address);
	snprintf(whole, sizeof(whole), "%s%s",
		address->any.sa_family == AF_UNIX && address->un.sun_path[0] && text[0] != '/'
			? "unix@"
			: "",
		text);
	config_print_word(out, whole);
}

static void print_network(FILE *out, const struct network *network)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(network->family, network->bytes, text, sizeof(text));
	fprintf(out, " except %s/%u", text, network->prefix_bits);
}

static void print_sample(FILE *out, const struct log_sample *sample)
{
	if (!sample)
		return;
	fputs(" sample ", out);
	for (uint32_t i = 0; i < sample->range_count; i++) {
		fprintf(out, "%s%u", i ? "," : "", sample->ranges[i].first);
		if (sample->ranges[i].last != sample->ranges[i].first)
			fprintf(out, "-%u", sample->ranges[i].last);
	}
	fprintf(out, ":%u", sample->size);
}

static void print_log(FILE *out, const struct log_target *target)
{
	fputs("\tlog ", out);
	if (target->kind == LOG_TO_FD)
		fprintf(out, "fd@%d", target->fd);
	else
		print_address(out, &target->address);
	fprintf(out, " len %u format %s", target->len_max, log_format_name(target->format));
	print_sample(out, target->sample);
	fprintf(out, " %s %s", log_facility_name(target->facility),
		log_level_name(target->level_max));
	if (target->level_min)
		fprintf(out, " %s", log_level_name(target->level_min));
	fputc('\n', out);
}

static void print_logs(FILE *out, const struct config *config, const struct proxy *proxy)
{
	if (proxy->log_target_count && proxy->log_targets == config->global.log_targets) {
		fputs("\tlog global\n", out);
		return;
	}
	for (uint32_t i = 0; i < proxy->log_target_count; i++)
		print_log(out, &proxy->log_targets[i]);
}

static void print_interval(FILE *out, const char *keyword, uint32_t ms)
{
	char text[24];

	if (ms)
		fprintf(out, " %s %s", keyword, number_print_time(text, ms));
}

static void print_listener(FILE *out, const char *keyword, const struct listener *listener)
{
	fprintf(out, "\t%s ", keyword);
	if (listener->inherited_fd >= 0)
		fprintf(out, "fd@%d", listener->inherited_fd);
	else
		print_address(out, &listener->address);
	fprintf(out, " id %u", listener->id);
	if (listener->name) {
		fputs(" name ", out);
		config_print_word(out, listener->name);
	}
	if (listener->interface) {
		fputs(" interface ", out);
		config_print_word(out, listener->interface);
	}
	fputs(listener->v4v6 ? " v4v6" : "", out);
	fputs(listener->v6only ? " v6only" : "", out);
	fputs(listener->transparent ? " transparent" : "", out);
	fputs(listener->accept_proxy ? " accept-proxy" : "", out);
	fputs(listener->defer_accept ? " defer-accept" : "", out);
	fputs(listener->fast_open ? " tfo" : "", out);
	if (listener->segment_bytes)
		fprintf(out, " mss %u", listener->segment_bytes);
	print_interval(out, "tcp-ut", listener->user_timeout_ms);
	if (listener->backlog)
		fprintf(out, " backlog %u", listener->backlog);
	if (listener->maxconn)
		fprintf(out, " maxconn %u", listener->maxconn);
	if (listener->mode)
		fprintf(out, " mode %o", listener->mode);
	if (listener->uid >= 0)
		fprintf(out, " uid %" PRId64, listener->uid);
	if (listener->gid >= 0)
		fprintf(out, " gid %" PRId64, listener->gid);
	if (listener->stats_socket) {
		static const char *const levels[] = {"user", "operator", "admin"};

		fprintf(out, " level %s", levels[listener->stats_socket->level]);
		fputs(listener->stats_socket->expose_fd ? " expose-fd listeners" : "", out);
	}
	fputc('\n', out);
}

static void print_global(FILE *out, const struct global *global)
{
	char text[24];

	fputs("global\n", out);
	for (uint32_t i = 0; i < global->log_target_count; i++)
		print_log(out, &global->log_targets[i]);
	print_string(out, "log-tag", global->log_tag);
	if (global->log_send_hostname && !*global->log_send_hostname)
		fputs("\tlog-send-hostname\n", out);
	else
		print_string(out, "log-send-hostname", global->log_send_hostname);
	print_flag(out, "pp2-never-send-local", global->pp2_never_send_local);
	print_string(out, "chroot", global->chroot);
	print_string(out, "user", global->user);
	print_string(out, "group", global->group);
	if (global->uid >= 0)
		fprintf(out, "\tuid %" PRId64 "\n", global->uid);
	if (global->gid >= 0)
		fprintf(out, "\tgid %" PRId64 "\n", global->gid);
	print_string(out, "pidfile", global->pidfile);
	print_flag(out, "daemon", global->daemon);
	print_flag(out, "master-worker", global->master_worker);
	print_string(out, "node", global->node);
	print_string(out, "description", global->description);
	for (const struct stats_socket *socket = global->stats_sockets; socket;
		socket = socket->next)
		print_listener(out, "stats socket", socket->listener);
	/* 0 says something here: endless, not the preset. */
	fprintf(out, "\tstats timeout %s\n", number_print_time(text, global->stats_timeout_ms));
	print_count(out, "stats maxconn", global->stats_maxconn);
	print_count(out, "maxconn", global->maxconn);
	print_count(out, "nbthread", global->nbthread);
	print_count(out, "ulimit-n", global->ulimit_n);
	print_time(out, "hard-stop-after", global->hard_stop_after_ms);
	print_time(out, "grace", global->grace_ms);
	print_count(out, "spread-checks", global->spread_checks_percent);
	print_time(out, "max-spread-checks", global->max_spread_checks_ms);
	print_flag(out, "nosplice", !global->splice);
	print_flag(out, "zero-warning", global->zero_warning);
	print_count(out, "tune.bufsize", global->bufsize);
	print_count(out, "tune.maxrewrite", global->maxrewrite);
	print_count(out, "tune.http.maxhdr", global->maxhdr);
	print_count(out, "tune.http.logurilen", global->logurilen);
	print_string(out, "ca-base", global->ca_base);
	print_string(out, "crt-base", global->crt_base);
	print_string(out, "ssl-default-bind-ciphers", global->ssl_bind_ciphers);
	/* Several words, each plain: see read_bind_options(). */
	if (global->ssl_bind_options)
		fprintf(out, "\tssl-default-bind-options %s\n", global->ssl_bind_options);
}

static void print_timeouts(FILE *out, const struct proxy *proxy)
{
	const struct timeouts *timeouts = &proxy->timeouts;

	if (proxy->is_frontend) {
		print_time(out, "timeout client", timeouts->client_ms);
		print_time(out, "timeout client-fin", timeouts->client_fin_ms);
	}
	print_time(out, "timeout http-request", timeouts->http_request_ms);
	print_time(out, "timeout http-keep-alive", timeouts->http_keep_alive_ms);
	print_time(out, "timeout tarpit", timeouts->tarpit_ms);
	if (proxy->is_backend) {
		print_time(out, "timeout queue", timeouts->queue_ms);
		print_time(out, "timeout connect", timeouts->connect_ms);
		print_time(out, "timeout server", timeouts->server_ms);
		print_time(out, "timeout server-fin", timeouts->server_fin_ms);
		print_time(out, "timeout tunnel", timeouts->tunnel_ms);
		print_time(out, "timeout check", timeouts->check_ms);
	}
}

static void print_forwardfor(FILE *out, const struct forwardfor *forwardfor)
{
	if (!forwardfor->on)
		return;
	fputs("\toption forwardfor", out);
	if (forwardfor->except.family)
		print_network(out, &forwardfor->except);
	if (forwardfor->header) {
		fputs(" header ", out);
		config_print_word(out, forwardfor->header);
	}
	fputs(forwardfor->if_none ? " if-none\n" : "\n", out);
}

static void print_httpchk(FILE *out, const struct httpchk *check)
{
	const char *const words[] = {check->method, check->uri, check->version, check->host};

	fputs("\toption httpchk", out);
	for (uint32_t i = 0; i < KEYWORD_COUNT(words); i++) {
		if (!words[i])
			continue;
		fputc(' ', out);
		config_print_word(out, words[i]);
	}
	fputc('\n', out);
}

static void print_keepalive(FILE *out, const char *word, const struct tcp_keepalive *keepalive)
{
	if (keepalive->on)
		fprintf(out, "\toption %s\n", word);
	if (keepalive->count)
		fprintf(out, "\t%s-cnt %u\n", word, keepalive->count);
	if (keepalive->idle_s)
		fprintf(out, "\t%s-idle %us\n", word, keepalive->idle_s);
	if (keepalive->interval_s)
		fprintf(out, "\t%s-intvl %us\n", word, keepalive->interval_s);
}

static void print_options(FILE *out, const struct proxy *proxy)
{
	static const char *const modes[] = {
		[CONNECTION_UNSET] = "http-keep-alive",
		[CONNECTION_KEEP_ALIVE] = "http-keep-alive",
		[CONNECTION_SERVER_CLOSE] = "http-server-close",
		[CONNECTION_CLOSE] = "httpclose",
	};

	fprintf(out, "\toption %s\n", modes[proxy->connection_mode]);
	print_forwardfor(out, &proxy->forwardfor);
	print_flag(out, "option independent-streams", proxy->independent_streams);
	print_flag(out, "option nolinger", proxy->no_linger);
	if (proxy->is_frontend) {
		print_flag(out, "option httplog", proxy->log_httplog);
		print_flag(out, "option tcplog", proxy->log_tcplog);
		print_string(out, "log-format", format_text(proxy->log_format));
		print_string(out, "log-format-sd", format_text(proxy->log_format_sd));
		print_string(out, "error-log-format", format_text(proxy->error_log_format));
		print_string(out, "unique-id-format", format_text(proxy->unique_id_format));
		print_string(out, "unique-id-header", proxy->unique_id_header);
		print_flag(out, "option dontlognull", proxy->log_dontlognull);
		print_flag(out, "option dontlog-normal", proxy->log_dontlog_normal);
		print_flag(out, "option log-separate-errors", proxy->log_separate_errors);
		print_flag(out, "option logasap", proxy->log_asap);
		print_flag(out, "option socket-stats", proxy->socket_stats);
		print_flag(out, "option http-ignore-probes", proxy->http_ignore_probes);
		print_keepalive(out, "clitcpka", &proxy->client_keepalive);
		print_flag(out, "option accept-invalid-http-request", proxy->lax_requests);
		if (proxy->max_session_srv_conns != PROXY_OWN_CONNECTIONS)
			fprintf(out, "\tmax-session-srv-conns %" PRIu32 "\n",
				proxy->max_session_srv_conns);
	}
	print_flag(out, "no option via", proxy->omit_via);
	if (!proxy->is_backend)
		return;
	if (proxy->redispatch == -1)
		fputs("\toption redispatch\n", out);
	else if (proxy->redispatch)
		fprintf(out, "\toption redispatch %" PRId32 "\n", proxy->redispatch);
	fprintf(out, "\tretries %" PRIu32 "\n", proxy->retries);
	if (proxy->retry_on != (RETRY_ON_SAID | RETRY_ON_CONN_FAILURE))
		retry_on_print(out, proxy->retry_on);
	if (proxy->http_reuse != HTTP_REUSE_SAFE)
		fprintf(out, "\thttp-reuse %s\n", reuse_mode_name(proxy->http_reuse));
	print_keepalive(out, "srvtcpka", &proxy->server_keepalive);
	print_flag(out, "option abortonclose", proxy->abort_on_close);
	print_flag(out, "option accept-invalid-http-response", proxy->lax_responses);
	print_flag(out, "option allbackups", proxy->all_backups);
	print_flag(out, "option http-pretend-keepalive", proxy->pretend_keepalive);
	print_flag(out, "option log-health-checks", proxy->log_health_checks);
	if (proxy->check_kind == CHECK_HTTP) {
		print_httpchk(out, &proxy->httpchk);
		http_check_print(out, &proxy->httpchk);
	}
}

static void print_stats(FILE *out, const struct stats_uri *stats)
{
	if (!stats->enabled)
		return;
	fputs("\tstats enable\n", out);
	fprintf(out, "\tstats %s-version\n", stats->show_version ? "show" : "hide");
	print_string(out, "stats uri", stats->uri);
	print_string(out, "stats realm", stats->realm);
	for (const struct stats_user *user = stats->users; user; user = user->next) {
		/* Quotes may begin in the middle of a word. */
		fputs("\tstats auth ", out);
		config_print_word(out, user->user);
		fputc(':', out);
		config_print_word(out, user->password);
		fputc('\n', out);
	}
	if (stats->refresh_s)
		fprintf(out, "\tstats refresh %us\n", stats->refresh_s);
	for (const struct stats_scope *scope = stats->scopes; scope; scope = scope->next)
		print_string(out, "stats scope", scope->proxy);
	print_flag(out, "stats show-legends", stats->show_legends);
	if (stats->node && !*stats->node)
		fputs("\tstats show-node\n", out);
	else
		print_string(out, "stats show-node", stats->node);
	print_string(out, "stats show-desc", stats->description);
}

/* A name as written, a number as understood. */
static void print_server_address(FILE *out, const struct server *server)
{
	union address address = server->address;
	char text[ADDRESS_TEXT_BYTES], *end;

	if (server->host_name) {
		config_print_word(out, server->address_text);
		return;
	}
	if (!server->port_from_client) {
		print_address(out, &address);
		return;
	}
	/* "10.0.0.1:0" ends with a port that is none. */
	address_print(text, &address);
	end = strrchr(text, ':');
	if (end)
		*end = '\0';
	fputs(text, out);
	if (server->port_offset)
		fprintf(out, ":%+" PRId32, server->port_offset);
}

static void print_source(FILE *out, const struct source *source)
{
	union address address = source->address;
	char text[ADDRESS_TEXT_BYTES], *end;

	if (address.any.sa_family == AF_UNSPEC) {
		fputs("source 0.0.0.0", out);
	} else {
		address_set_port(&address, 0);
		address_print(text, &address);
		end = strrchr(text, ':');
		if (end)
			*end = '\0';
		fprintf(out, "source %s", text);
	}
	if (source->port_first)
		fprintf(out, ":%u", source->port_first);
	if (source->port_last != source->port_first)
		fprintf(out, "-%u", source->port_last);
	if (source->use == SOURCE_ADDRESS)
		fprintf(out, " usesrc %s", address_print(text, &source->spoofed));
	else if (source->use != SOURCE_OWN)
		fputs(source->use == SOURCE_CLIENT ? " usesrc client" : " usesrc clientip", out);
	if (source->interface)
		fprintf(out, " interface %s", source->interface);
}

/* What is said of the connections to a server. */
static void print_link(FILE *out, const struct server *server)
{
	if (server->source && server->source != server->proxy->source) {
		fputc(' ', out);
		print_source(out, server->source);
	}
	if (server->send_proxy)
		fputs(server->send_proxy == 2 ? " send-proxy-v2" : " send-proxy", out);
	fputs(server->send_crc32c ? " proxy-v2-options crc32c" : "", out);
	fputs(server->check_send_proxy ? " check-send-proxy" : "", out);
	print_interval(out, "tcp-ut", server->user_timeout_ms);
}

static void print_server(FILE *out, const struct server *server)
{
	char text[ADDRESS_TEXT_BYTES], *end;

	fprintf(out, "\tserver %s ", server->name);
	print_server_address(out, server);
	fprintf(out, " id %u weight %u", server->id, server->weight);
	if (server->init_addr && server->host_name)
		fprintf(out, " init-addr %s", server->init_addr);
	if (server->minconn != server->maxconn)
		fprintf(out, " minconn %u", server->minconn);
	if (server->maxconn)
		fprintf(out, " maxconn %u", server->maxconn);
	if (server->maxqueue)
		fprintf(out, " maxqueue %u", server->maxqueue);
	fputs(server->check ? " check" : "", out);
	print_interval(out, "inter", server->inter_ms);
	print_interval(out, "fastinter", server->fastinter_ms);
	print_interval(out, "downinter", server->downinter_ms);
	fprintf(out, " rise %u fall %u", server->rise, server->fall);
	if (server->check_port)
		fprintf(out, " port %u", server->check_port);
	if (server->check_address.any.sa_family != AF_UNSPEC) {
		address_print(text, &server->check_address);
		end = strrchr(text, ':');
		if (end)
			*end = '\0';
		fprintf(out, " addr %s", text);
	}
	fputs(server->backup ? " backup" : "", out);
	fputs(server->disabled ? " disabled" : "", out);
	if (server->pool_max_conn >= 0)
		fprintf(out, " pool-max-conn %d", server->pool_max_conn);
	if (server->pool_low_conn)
		fprintf(out, " pool-low-conn %d", server->pool_low_conn);
	if (server->pool_purge_delay_ms == 0)
		fputs(" pool-purge-delay 0", out);
	else if (server->pool_purge_delay_ms != SERVER_POOL_PURGE_MS)
		print_interval(out, "pool-purge-delay", server->pool_purge_delay_ms);
	fputs(server->shutdown_on_marked_down ? " on-marked-down shutdown-sessions" : "", out);
	print_link(out, server);
	fputc('\n', out);
}

static void print_balance_arguments(FILE *out, const struct balancing *balancing)
{
	switch (balancing->algorithm) {
	case BALANCE_RANDOM:
		fprintf(out, "(%" PRIu32 ")", balancing->draws);
		break;
	case BALANCE_URI:
		fputs(balancing->whole ? " whole" : "", out);
		fputs(balancing->path_only ? " path-only" : "", out);
		if (balancing->uri_len)
			fprintf(out, " len %" PRIu32, balancing->uri_len);
		if (balancing->uri_depth)
			fprintf(out, " depth %" PRIu32, balancing->uri_depth - 1);
		break;
	case BALANCE_URL_PARAM:
		fputc(' ', out);
		config_print_word(out, balancing->name);
		fputs(balancing->check_post ? " check_post" : "", out);
		break;
	case BALANCE_HASH:
		fputc(' ', out);
		config_print_word(out, balancing->name);
		break;
	case BALANCE_HDR:
		/* Quotes may begin in the middle of a word. */
		fputc('(', out);
		config_print_word(out, balancing->name);
		fputs(balancing->domain_only ? ") use_domain_only" : ")", out);
		break;
	case BALANCE_ROUNDROBIN:
	case BALANCE_STATIC_RR:
	case BALANCE_LEASTCONN:
	case BALANCE_FIRST:
	case BALANCE_SOURCE:
		break;
	}
}

static void print_balancing(FILE *out, const struct balancing *balancing)
{
	fprintf(out, "\tbalance %s", config_balance_name(balancing->algorithm));
	print_balance_arguments(out, balancing);
	fputc('\n', out);
	if (balancing->consistent || balancing->avalanche || balancing->function != HASH_SDBM)
		fprintf(out, "\thash-type %s %s%s\n",
			balancing->consistent ? "consistent" : "map-based",
			hash_function_name(balancing->function),
			balancing->avalanche ? " avalanche" : "");
	print_count(out, "hash-balance-factor", balancing->factor);
}

/* Lines of rules say the same again, word by word: their order is their meaning. */
static void print_rule_lines(FILE *out, const struct rule_line *line, bool frontend)
{
	for (; line; line = line->next) {
		/* Of a defaults section everybody inherits it. */
		if (!frontend && strcmp(line->words[0], "monitor-uri") == 0)
			continue;
		for (uint32_t i = 0; i < line->count; i++) {
			fputc(i ? ' ' : '\t', out);
			config_print_word(out, line->words[i]);
		}
		fputc('\n', out);
	}
}

static void print_sections(FILE *out, const struct rule_section *section)
{
	for (; section; section = section->next) {
		fprintf(out, "\n%s ", section->keyword);
		config_print_word(out, section->name);
		fputc('\n', out);
		print_rule_lines(out, section->lines, true);
	}
}

static void print_proxy(FILE *out, const struct config *config, const struct proxy *proxy)
{
	const char *kind = "backend";

	if (proxy->is_frontend)
		kind = proxy->is_backend ? "listen" : "frontend";
	fprintf(out, "\n%s %s\n\tid %u\n", kind, proxy->name, proxy->id);
	print_flag(out, "disabled", proxy->disabled);
	print_string(out, "description", proxy->description);
	fprintf(out, "\tmode %s\n", proxy->mode == PROXY_MODE_HTTP ? "http" : "tcp");
	print_logs(out, config, proxy);
	print_string(out, "log-tag", proxy->log_tag);
	print_options(out, proxy);
	print_timeouts(out, proxy);
	print_stats(out, &proxy->stats);
	print_rule_lines(out, proxy->rules->lines, proxy->is_frontend);
	if (proxy->is_frontend) {
		print_count(out, "maxconn", proxy->maxconn);
		print_count(out, "backlog", proxy->backlog);
		for (uint32_t i = 0; i < proxy->listener_count; i++)
			print_listener(out, "bind", proxy->listeners[i]);
		print_string(out, "default_backend", proxy->default_backend_name);
	}
	if (proxy->is_backend) {
		print_balancing(out, &proxy->balancing);
		if (proxy->source) {
			fputc('\t', out);
			print_source(out, proxy->source);
			fputc('\n', out);
		}
		print_count(out, "fullconn", proxy->fullconn);
		for (uint32_t i = 0; i < proxy->server_count; i++)
			print_server(out, &proxy->servers[i]);
	}
}

void config_print(const struct config *config, FILE *out)
{
	print_global(out, &config->global);
	print_sections(out, config->sections);
	for (uint32_t i = 0; i < config->proxy_count; i++)
		print_proxy(out, config, &config->proxies[i]);
}
