/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.c - the statistics for people: one table a proxy, one row a frontend, server, backend.
 *
 * The columns, their order and the colours' meaning are HAProxy's: whoever has read that page for
 * years finds everything where it was.  What is behind a number (response codes, times, rates)
 * opens when the pointer rests on it.
 *
 * All text that comes from the configuration or from a server is escaped; names are cut to a
 * length that lets every part of the page fit the smallest buffer.  Pure; any thread. */
#include "net/stats/page.h"
#include <stdio.h>

#define NAME_SHOWN_BYTES 200

static void write_frontend(struct text *out, const struct stats_row *row);
static void write_listener(struct text *out, const struct stats_row *row);
static void write_server(struct text *out, const struct stats_row *row);
static void write_backend(struct text *out, const struct stats_row *row);
static void write_process(struct text *out, const struct stats_view *view);
static void write_legend(struct text *out);
static void write_options(struct text *out, const struct stats_request *request);

/* ---- small pieces ---- */

static void write_name(struct text *out, const char *name)
{
	char shown[NAME_SHOWN_BYTES + 1];

	snprintf(shown, sizeof(shown), "%s", name);
	text_html(out, shown);
}

/* "1234567" in groups that the eye sees and a copied text does not. */
static void write_grouped(struct text *out, uint64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	int first = len % 3 ? len % 3 : 3;

	text_bytes(out, digits, (size_t)first);
	for (int at = first; at < len; at += 3)
		text_format(out, "<i>%.3s</i>", digits + at);
}

/* "3d4h", "1h5m", "6m20s", "19s": the two largest units. */
static void write_duration(struct text *out, uint64_t seconds)
{
	unsigned long long s = seconds;

	if (s >= 86400)
		text_format(out, "%llud%lluh", s / 86400, s / 3600 % 24);
	else if (s >= 3600)
		text_format(out, "%lluh%llum", s / 3600, s / 60 % 60);
	else if (s >= 60)
		text_format(out, "%llum%llus", s / 60, s % 60);
	else
		text_format(out, "%llus", s);
}

static uint64_t cell(const struct stats_row *row, enum stats_column column)
{
	return row->cells[column].number;
}

static void write_empty(struct text *out, int columns)
{
	if (columns == 1)
		text_string(out, "<td></td>");
	else
		text_format(out, "<td colspan=%d></td>", columns);
}

/* A number, or an empty cell. */
static void write_cell(struct text *out, const struct stats_row *row, enum stats_column column)
{
	text_string(out, "<td>");
	if (row->cells[column].filled)
		write_grouped(out, cell(row, column));
	text_string(out, "</td>");
}

/* A limit, or a dash where there is none. */
static void write_limit(struct text *out, const struct stats_row *row, enum stats_column column)
{
	text_string(out, "<td>");
	if (row->cells[column].filled && cell(row, column))
		write_grouped(out, cell(row, column));
	else
		text_string(out, "-");
	text_string(out, "</td>");
}

/* A number with more behind it: between open_tips() and close_tips() stand lines of text. */
static void open_tips(struct text *out, uint64_t number)
{
	text_string(out, "<td class=has>");
	write_grouped(out, number);
	text_string(out, "<div class=tips>");
}

static void close_tips(struct text *out)
{
	text_string(out, "</div></td>");
}

static void write_anchor(struct text *out, const struct stats_row *row, const char *name)
{
	text_string(out, "<td class=ac><a id=\"");
	write_name(out, row->proxy->name);
	text_bytes(out, "/", 1);
	write_name(out, name);
	text_string(out, "\" href=\"#");
	write_name(out, row->proxy->name);
	text_bytes(out, "/", 1);
	write_name(out, name);
	text_string(out, "\">");
	write_name(out, name);
	text_string(out, "</a>");
	if (row->cells[STATS_ADDR].filled) {
		text_string(out, " <small>");
		text_html(out, row->cells[STATS_ADDR].text);
		text_string(out, "</small>");
	}
	text_string(out, "</td>");
}

/* ---- the head ---- */

void page_write_head(struct text *text, uint32_t part, const struct stats_request *request,
	const struct stats_view *view)
{
	const struct proxy *proxy = request->proxy;
	const struct stats_uri *stats = proxy ? &proxy->stats : NULL;

	switch (part) {
	case 0:
		text_string(text, "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
				  "<title>Statistics Report for torc</title>\n"
				  "<meta name=viewport content=\"width=device-width\">"
				  "<link rel=icon href=\"data:,\">\n<style>\n");
		text_string(text, page_style_light);
		break;
	case 1:
		text_string(text, page_style_tables);
		text_string(text, "</style></head>\n");
		break;
	case 2:
		text_string(text, "<body><h1>torc");
		if (stats && stats->show_version)
			text_string(text, " version " TORC_VERSION);
		text_format(text, "</h1>\n<h2>Statistics Report for pid %u", view->context->pid);
		if (stats && stats->node) {
			text_string(text, " on ");
			write_name(text, stats->node);
		}
		if (stats && stats->description) {
			text_string(text, ": ");
			write_name(text, stats->description);
		}
		text_string(text, "</h2>\n");
		break;
	default:
		text_string(text, "<div class=top>\n");
		write_process(text, view);
		write_legend(text);
		write_options(text, request);
		text_string(text, "</div>\n");
	}
}

static uint64_t open_connections(const struct stats_view *view, struct worker_cell *sum)
{
	stats_sum_workers(view->context, sum);
	return board_get(&sum->connections_now);
}

static void write_process(struct text *out, const struct stats_view *view)
{
	const struct stats_context *context = view->context;
	const struct board_header *header = context->board->header;
	uint64_t started_s = header->first_started_wall_s, now_s = view->wall_ms / 1000;
	unsigned long long up = now_s > started_s ? now_s - started_s : 0;
	struct worker_cell sum;
	uint64_t connections = open_connections(view, &sum);

	text_format(out,
		"<p><b>pid = </b>%u (process #1, nbproc = 1, nbthread = %u)<br>\n"
		"<b>uptime = </b>%llud %lluh%02llum%02llus<br>\n"
		"<b>system limits:</b> memmax = unlimited; ulimit-n = %u<br>\n"
		"<b>maxsock = </b>%u; <b>maxconn = </b>%u; <b>maxpipes = </b>%u<br>\n",
		context->pid, context->board->worker_count, up / 86400, up / 3600 % 24,
		up / 60 % 60, up % 60, context->ulimit_n, context->maxsock, context->maxconn,
		context->maxpipes);
	text_format(out, "current conns = %llu; current pipes = %llu/%llu; conn rate = %llu/sec",
		(unsigned long long)connections, (unsigned long long)board_get(&sum.pipes_used),
		(unsigned long long)board_get(&sum.pipes_free),
		(unsigned long long)stats_connection_rate(context, view->now_ms));
	if (context->pulse) {
		/* Kilobits, as people say the speed of a line. */
		unsigned long long kbps = board_get(&context->pulse->bytes_out_rate) * 8 / 1000;

		text_format(out, "; bit rate = %llu.%03llu Mbps<br>\nidle = %llu %%", kbps / 1000,
			kbps % 1000, (unsigned long long)board_get(&context->pulse->idle_percent));
	}
	text_string(out, "</p>\n");
}

static void write_legend(struct text *out)
{
	text_string(out,
		"<div><table class=lgd>"
		"<tr><td class=active_up><td>active UP<td class=backup_up><td>backup UP\n"
		"<tr><td class=active_going_down><td>active UP, going down"
		"<td class=backup_going_down><td>backup UP, going down\n"
		"<tr><td class=active_going_up><td>active DOWN, going up"
		"<td class=backup_going_up><td>backup DOWN, going up\n"
		"<tr><td class=active_down><td>active or backup DOWN"
		"<td class=active_no_check><td>not checked\n"
		"<tr><td class=maintain><td colspan=3>active or backup DOWN for maintenance "
		"(MAINT)\n"
		"<tr><td class=active_draining><td colspan=3>"
		"active or backup SOFT STOPPED for maintenance\n"
		"</table>Note: \"NOLB\"/\"DRAIN\" = UP with load-balancing disabled.</div>\n");
}

/* The page's own address with the options that are to stay and the one that is to change. */
struct link {
	const char *form; /* ";csv", or "" */
	bool hide_down, no_refresh;
};

static const char *base_uri(const struct stats_request *request)
{
	const char *uri = request->proxy ? request->proxy->stats.uri : "";

	return uri ? uri : "/haproxy?stats";
}

static void write_link(
	struct text *out, const struct stats_request *request, struct link link, const char *words)
{
	text_string(out, "<li><a href=\"");
	write_name(out, base_uri(request));
	text_string(out, link.form);
	text_string(out, link.hide_down ? ";up" : "");
	text_string(out, request->hide_maint ? ";no-maint" : "");
	text_string(out, link.no_refresh ? ";norefresh" : "");
	if (request->scope[0])
		text_format(out, "%sscope=%s", strchr(base_uri(request), '?') ? "&amp;" : "?",
			request->scope);
	text_format(out, "\">%s</a>\n", words);
}

/* A form replaces the query of its page, so where the uri is one ("/haproxy?stats") its words are
 * sent along as a field without a value. */
static void write_scope_form(struct text *out, const struct stats_request *request)
{
	const char *uri = base_uri(request), *query = strchr(uri, '?');
	char path[NAME_SHOWN_BYTES];

	snprintf(path, sizeof(path), "%.*s", (int)(query ? query - uri : (long)strlen(uri)), uri);
	text_string(out, "<li><form method=get action=\"");
	text_html(out, path);
	text_string(out, request->hide_down && !query ? ";up" : "");
	text_string(out, request->no_refresh && !query ? ";norefresh" : "");
	text_string(out, "\">");
	if (query) {
		text_string(out, "<input type=hidden name=\"");
		write_name(out, query + 1);
		text_string(out, "\" value=\"\">");
	}
	text_format(out, "Scope: <input name=scope value=\"%s\" size=8 maxlength=63></form>\n",
		request->scope);
}

static void write_options(struct text *out, const struct stats_request *request)
{
	bool up = request->hide_down, still = request->no_refresh;

	text_string(out, "<ul><li><b>Display option:</b>\n");
	write_scope_form(out, request);
	write_link(out, request, (struct link){"", !up, still},
		up ? "Show all servers" : "Hide 'DOWN' servers");
	if (request->proxy && request->proxy->stats.refresh_s)
		write_link(out, request, (struct link){"", up, !still},
			still ? "Enable refresh" : "Disable refresh");
	write_link(out, request, (struct link){"", up, still}, "Refresh now");
	write_link(out, request, (struct link){";csv", up, true}, "CSV export");
	write_link(out, request, (struct link){";json", up, true}, "JSON export");
	text_string(out, "</ul>\n");
}

/* ---- a proxy's table ---- */

void page_open_proxy(
	struct text *text, const struct stats_request *request, const struct proxy *proxy)
{
	text_string(text, "<h3 class=px id=\"");
	write_name(text, proxy->name);
	text_string(text, "\"><a href=\"#");
	write_name(text, proxy->name);
	text_string(text, "\">");
	write_name(text, proxy->name);
	text_string(text, "</a></h3>");
	if (request->full)
		text_format(text, "<span class=desc>cap: %s, mode: %s, id: %u</span>",
			!proxy->is_backend    ? "frontend"
			: !proxy->is_frontend ? "backend"
					      : "listen",
			proxy->mode == PROXY_MODE_HTTP ? "http" : "tcp", proxy->id);
	if (proxy->description) {
		text_string(text, "<span class=desc>");
		write_name(text, proxy->description);
		text_string(text, "</span>");
	}
	text_string(text,
		"\n<table class=tbl>\n"
		"<tr class=titre><th rowspan=2></th><th colspan=3>Queue</th>"
		"<th colspan=3>Session rate</th><th colspan=6>Sessions</th><th colspan=2>Bytes</th>"
		"<th colspan=2>Denied</th><th colspan=3>Errors</th><th colspan=2>Warnings</th>"
		"<th colspan=9>Server</th></tr>\n"
		"<tr class=titre><th>Cur</th><th>Max</th><th>Limit</th>"
		"<th>Cur</th><th>Max</th><th>Limit</th>"
		"<th>Cur</th><th>Max</th><th>Limit</th><th>Total</th><th>LbTot</th><th>Last</th>"
		"<th>In</th><th>Out</th><th>Req</th><th>Resp</th><th>Req</th><th>Conn</"
		"th><th>Resp</th>"
		"<th>Retr</th><th>Redis</th><th>Status</th><th>LastChk</th><th>Wght</th><th>Act</"
		"th>"
		"<th>Bck</th><th>Chk</th><th>Dwn</th><th>Dwntme</th><th>Thrtle</th></tr>\n");
}

void page_close_proxy(struct text *text)
{
	text_string(text, "</table>\n");
}

void page_write_tail(struct text *text)
{
	text_string(text, "</body></html>\n");
}

void page_write_row(struct text *text, const struct stats_row *row)
{
	switch (row->type) {
	case STATS_TYPE_FRONTEND:
		write_frontend(text, row);
		break;
	case STATS_TYPE_LISTENER:
		write_listener(text, row);
		break;
	case STATS_TYPE_SERVER:
		write_server(text, row);
		break;
	case STATS_TYPE_BACKEND:
		write_backend(text, row);
		break;
	}
}

/* ---- groups of cells that rows share ---- */

static void write_responses(struct text *out, const struct stats_row *row)
{
	static const char *const classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

	for (int i = 0; i < 6; i++)
		text_format(out, "\n- %s responses: %llu", classes[i],
			(unsigned long long)cell(row, (enum stats_column)(STATS_HRSP_1XX + i)));
}

static void write_times(struct text *out, const struct stats_row *row)
{
	static const char *const names[] = {"Queue", "Connect", "Response", "Total"};

	text_string(out, "\nMax / avg over the last 1024 requests, ms");
	for (int i = 0; i < 4; i++)
		text_format(out, "\n- %s time: %llu / %llu", names[i],
			(unsigned long long)cell(row, (enum stats_column)(STATS_QTIME_MAX + i)),
			(unsigned long long)cell(row, (enum stats_column)(STATS_QTIME + i)));
}

/* Total, LbTot, Last of the side that connects. */
static void write_server_totals(struct text *out, const struct stats_row *row)
{
	bool http = row->cells[STATS_REQ_TOT].filled;
	int32_t last = (int32_t)cell(row, STATS_LASTSESS);

	open_tips(out, cell(row, STATS_STOT));
	text_format(out, "Cum. sessions: %llu\nNew connections: %llu\nReused connections: %llu",
		(unsigned long long)cell(row, STATS_STOT),
		(unsigned long long)cell(row, STATS_CONNECT),
		(unsigned long long)cell(row, STATS_REUSE));
	if (http) {
		text_format(out, "\nCum. HTTP requests: %llu",
			(unsigned long long)cell(row, STATS_REQ_TOT));
		write_responses(out, row);
	}
	write_times(out, row);
	close_tips(out);
	write_cell(out, row, STATS_LBTOT);
	text_string(out, "<td>");
	if (last < 0)
		text_string(out, "?");
	else
		write_duration(out, (uint64_t)last);
	text_string(out, "</td>");
}

/* Errors Req, Conn, Resp, then Warnings Retr, Redis of the side that connects. */
static void write_server_errors(struct text *out, const struct stats_row *row)
{
	write_empty(out, 1);
	write_cell(out, row, STATS_ECON);
	open_tips(out, cell(row, STATS_ERESP));
	text_format(out, "Connection resets during transfers: %llu client, %llu server",
		(unsigned long long)cell(row, STATS_CLI_ABRT),
		(unsigned long long)cell(row, STATS_SRV_ABRT));
	close_tips(out);
	write_cell(out, row, STATS_WRETR);
	write_cell(out, row, STATS_WREDIS);
}

static void write_cells(struct text *out, const struct stats_row *row, enum stats_column first,
	enum stats_column last)
{
	for (int i = (int)first; i <= (int)last; i++)
		write_cell(out, row, (enum stats_column)i);
}

/* ---- rows ---- */

static void write_rates(struct text *out, const char *what, uint64_t connections, uint64_t sessions,
	uint64_t requests)
{
	open_tips(out, sessions);
	text_format(out,
		"%s connection rate: %llu/s\n%s session rate: %llu/s\n%s request rate: %llu/s",
		what, (unsigned long long)connections, what, (unsigned long long)sessions, what,
		(unsigned long long)requests);
	close_tips(out);
}

static void write_frontend(struct text *out, const struct stats_row *row)
{
	text_string(out, "<tr class=frontend>");
	write_anchor(out, row, "Frontend");
	write_empty(out, 3);
	write_rates(out, "Current", cell(row, STATS_CONN_RATE), cell(row, STATS_RATE),
		cell(row, STATS_REQ_RATE));
	write_rates(out, "Max", cell(row, STATS_CONN_RATE_MAX), cell(row, STATS_RATE_MAX),
		cell(row, STATS_REQ_RATE_MAX));
	write_limit(out, row, STATS_RATE_LIM);
	write_cell(out, row, STATS_SCUR);
	write_cell(out, row, STATS_SMAX);
	write_limit(out, row, STATS_SLIM);
	open_tips(out, cell(row, STATS_STOT));
	text_format(out, "Cum. connections: %llu\nCum. sessions: %llu",
		(unsigned long long)cell(row, STATS_CONN_TOT),
		(unsigned long long)cell(row, STATS_STOT));
	if (row->cells[STATS_HRSP_1XX].filled) {
		text_format(out, "\nCum. HTTP requests: %llu",
			(unsigned long long)cell(row, STATS_REQ_TOT));
		write_responses(out, row);
		text_format(out, "\nIntercepted requests: %llu",
			(unsigned long long)cell(row, STATS_INTERCEPTED));
	}
	text_format(out, "\nInternal errors: %llu", (unsigned long long)cell(row, STATS_EINT));
	close_tips(out);
	write_empty(out, 1);
	write_empty(out, 1);
	write_cells(out, row, STATS_BIN, STATS_EREQ);
	for (int i = 0; i < 4; i++)
		write_empty(out, 1);
	text_format(out, "<td class=ac>%s</td>", row->cells[STATS_STATUS].text);
	write_empty(out, 8);
	text_string(out, "</tr>\n");
}

static void write_listener(struct text *out, const struct stats_row *row)
{
	text_string(out, "<tr class=socket>");
	write_anchor(out, row, row->cells[STATS_SVNAME].text);
	write_empty(out, 3);
	write_empty(out, 3);
	write_cell(out, row, STATS_SCUR);
	write_cell(out, row, STATS_SMAX);
	write_limit(out, row, STATS_SLIM);
	write_cell(out, row, STATS_STOT);
	write_empty(out, 1);
	write_empty(out, 1);
	write_cells(out, row, STATS_BIN, STATS_EREQ);
	for (int i = 0; i < 4; i++)
		write_empty(out, 1);
	text_format(out, "<td class=ac>%s</td>", row->cells[STATS_STATUS].text);
	write_empty(out, 8);
	text_string(out, "</tr>\n");
}

static const char *paint_class(const struct stats_row *row)
{
	static const char *const active[] = {"active_down", "active_going_up", "active_going_down",
		"active_up", "active_nolb", "active_draining", "active_no_check", "maintain"};
	static const char *const backup[] = {"backup_down", "backup_going_up", "backup_going_down",
		"backup_up", "backup_nolb", "backup_draining", "backup_no_check", "maintain"};

	return row->server->backup ? backup[row->paint] : active[row->paint];
}

static void write_queue_and_sessions(struct text *out, const struct stats_row *row)
{
	write_cell(out, row, STATS_QCUR);
	write_cell(out, row, STATS_QMAX);
	if (row->type == STATS_TYPE_SERVER)
		write_limit(out, row, STATS_QLIMIT);
	else
		write_empty(out, 1);
	write_cell(out, row, STATS_RATE);
	write_cell(out, row, STATS_RATE_MAX);
	write_empty(out, 1);
	if (row->type == STATS_TYPE_SERVER) {
		open_tips(out, cell(row, STATS_SCUR));
		text_format(out, "Current active sessions: %llu\nIdle connections: %llu",
			(unsigned long long)cell(row, STATS_SCUR),
			(unsigned long long)cell(row, STATS_IDLE_CONN_CUR));
		close_tips(out);
	} else {
		write_cell(out, row, STATS_SCUR);
	}
	write_cell(out, row, STATS_SMAX);
	write_limit(out, row, STATS_SLIM);
}

/* "19s UP", since when and what. */
static void write_status(struct text *out, const struct stats_row *row)
{
	text_string(out, "<td class=ac>");
	write_duration(out, cell(row, STATS_LASTCHG));
	text_bytes(out, " ", 1);
	text_html(out, row->cells[STATS_STATUS].text);
	text_string(out, "</td>");
}

/* "L7OK/200 in 1ms", behind it what that means and what the probe saw. */
static void write_last_check(struct text *out, const struct stats_row *row)
{
	if (!row->cells[STATS_CHECK_STATUS].filled) {
		write_empty(out, 1);
		return;
	}
	text_string(out, "<td class=\"ac has\">");
	text_html(out, row->cells[STATS_CHECK_STATUS].text);
	if (row->cells[STATS_CHECK_CODE].filled)
		text_format(out, "/%u", (uint32_t)cell(row, STATS_CHECK_CODE));
	if (row->cells[STATS_CHECK_DURATION].filled)
		text_format(out, " in %llums", (unsigned long long)cell(row, STATS_CHECK_DURATION));
	text_string(out, "<div class=tips>");
	text_html(out, row->cells[STATS_CHECK_DESC].text);
	if (row->cells[STATS_LAST_CHK].filled) {
		text_string(out, ": ");
		text_html(out, row->cells[STATS_LAST_CHK].text);
	}
	close_tips(out);
}

static void write_server(struct text *out, const struct stats_row *row)
{
	text_format(out, "<tr class=%s>", paint_class(row));
	write_anchor(out, row, row->server->name);
	write_queue_and_sessions(out, row);
	write_server_totals(out, row);
	write_cells(out, row, STATS_BIN, STATS_DRESP);
	write_server_errors(out, row);
	write_status(out, row);
	write_last_check(out, row);
	text_format(out, "<td class=ac>%u/%u</td><td class=ac>%s</td><td class=ac>%s</td>",
		(uint32_t)cell(row, STATS_WEIGHT), (uint32_t)cell(row, STATS_UWEIGHT),
		cell(row, STATS_ACT) ? "Y" : "-", cell(row, STATS_BCK) ? "Y" : "-");
	if (row->cells[STATS_CHKFAIL].filled) {
		open_tips(out, cell(row, STATS_CHKFAIL));
		text_string(out, "Failed Health Checks");
		close_tips(out);
		write_cell(out, row, STATS_CHKDOWN);
		text_string(out, "<td>");
		write_duration(out, cell(row, STATS_DOWNTIME));
		text_string(out, "</td>");
	} else {
		write_empty(out, 3);
	}
	text_string(out, "<td class=ac>-</td></tr>\n");
}

static void write_backend(struct text *out, const struct stats_row *row)
{
	text_string(out, "<tr class=backend>");
	write_anchor(out, row, "Backend");
	write_queue_and_sessions(out, row);
	write_server_totals(out, row);
	write_cells(out, row, STATS_BIN, STATS_DRESP);
	write_server_errors(out, row);
	write_status(out, row);
	write_empty(out, 1);
	text_format(out,
		"<td class=ac>%u/%u</td><td class=ac>%u</td><td "
		"class=ac>%u</td><td></td><td>%llu</td>",
		(uint32_t)cell(row, STATS_WEIGHT), (uint32_t)cell(row, STATS_UWEIGHT),
		(uint32_t)cell(row, STATS_ACT), (uint32_t)cell(row, STATS_BCK),
		(unsigned long long)cell(row, STATS_CHKDOWN));
	text_string(out, "<td>");
	if (row->cells[STATS_DOWNTIME].filled)
		write_duration(out, cell(row, STATS_DOWNTIME));
	text_string(out, "</td><td></td></tr>\n");
}
