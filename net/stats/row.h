/* SPDX-License-Identifier: GPL-2.0-or-later */
/* row.h - one row of the statistics: a frontend, a listener, a backend or a server in 103 cells.
 * Source: the CSV columns of HAProxy 2.6, in their order (management.txt 9.1).
 * Pure but for the board's words it reads.  Strings in a row live in the row itself or in the
 * configuration.
 *
 * Every form of output (page, csv, typed, json) writes the same row, so that they cannot
 * disagree. */
#ifndef TORC_NET_STATS_ROW_H
#define TORC_NET_STATS_ROW_H

#include "net/stats/stats.h"

/* The columns: name, kind of the value, its tags (origin, nature, scope: one letter each), and the
 * tags in a backend's row where they differ. */
#define STATS_COLUMNS(X)                                                                           \
	X(PXNAME, "pxname", TEXT, "KNS")                                                           \
	X(SVNAME, "svname", TEXT, "KNS")                                                           \
	X(QCUR, "qcur", U32, "MGP")                                                                \
	X(QMAX, "qmax", U32, "MMP")                                                                \
	X(SCUR, "scur", U32, "MGP")                                                                \
	X(SMAX, "smax", U32, "MMP")                                                                \
	X(SLIM, "slim", U32, "CLP")                                                                \
	X(STOT, "stot", U64, "MCP")                                                                \
	X(BIN, "bin", U64, "MCP")                                                                  \
	X(BOUT, "bout", U64, "MCP")                                                                \
	X(DREQ, "dreq", U64, "MCP")                                                                \
	X(DRESP, "dresp", U64, "MCP")                                                              \
	X(EREQ, "ereq", U64, "MCP")                                                                \
	X(ECON, "econ", U64, "MCP")                                                                \
	X(ERESP, "eresp", U64, "MCP")                                                              \
	X(WRETR, "wretr", U64, "MCP")                                                              \
	X(WREDIS, "wredis", U64, "MCP")                                                            \
	X(STATUS, "status", TEXT, "SGP")                                                           \
	X(WEIGHT, "weight", U32, "MaP")                                                            \
	X(ACT, "act", U32, "SGP")                                                                  \
	X(BCK, "bck", U32, "SGP")                                                                  \
	X(CHKFAIL, "chkfail", U64, "MCP")                                                          \
	X(CHKDOWN, "chkdown", U64, "MCP")                                                          \
	X(LASTCHG, "lastchg", U32, "MAP")                                                          \
	X(DOWNTIME, "downtime", U32, "MCP")                                                        \
	X(QLIMIT, "qlimit", U32, "CLS")                                                            \
	X(PID, "pid", U32, "KGP")                                                                  \
	X(IID, "iid", U32, "KGS")                                                                  \
	X(SID, "sid", U32, "KGS")                                                                  \
	X(THROTTLE, "throttle", U32, "MaP")                                                        \
	X(LBTOT, "lbtot", U64, "MCP")                                                              \
	X(TRACKED, "tracked", TEXT, "CNS")                                                         \
	X(TYPE, "type", U32, "CGS")                                                                \
	X(RATE, "rate", U32, "MRP")                                                                \
	X(RATE_LIM, "rate_lim", U32, "CLP")                                                        \
	X(RATE_MAX, "rate_max", U32, "MMP")                                                        \
	X(CHECK_STATUS, "check_status", TEXT, "MOP")                                               \
	X(CHECK_CODE, "check_code", U32, "MOP")                                                    \
	X(CHECK_DURATION, "check_duration", U64, "MDP")                                            \
	X(HRSP_1XX, "hrsp_1xx", U64, "MCP")                                                        \
	X(HRSP_2XX, "hrsp_2xx", U64, "MCP")                                                        \
	X(HRSP_3XX, "hrsp_3xx", U64, "MCP")                                                        \
	X(HRSP_4XX, "hrsp_4xx", U64, "MCP")                                                        \
	X(HRSP_5XX, "hrsp_5xx", U64, "MCP")                                                        \
	X(HRSP_OTHER, "hrsp_other", U64, "MCP")                                                    \
	X(HANAFAIL, "hanafail", U64, "MCP")                                                        \
	X(REQ_RATE, "req_rate", U32, "MRP")                                                        \
	X(REQ_RATE_MAX, "req_rate_max", U32, "MMP")                                                \
	X(REQ_TOT, "req_tot", U64, "MCP")                                                          \
	X(CLI_ABRT, "cli_abrt", U64, "MCP")                                                        \
	X(SRV_ABRT, "srv_abrt", U64, "MCP")                                                        \
	X(COMP_IN, "comp_in", U64, "MCP")                                                          \
	X(COMP_OUT, "comp_out", U64, "MCP")                                                        \
	X(COMP_BYP, "comp_byp", U64, "MCP")                                                        \
	X(COMP_RSP, "comp_rsp", U64, "MCP")                                                        \
	X(LASTSESS, "lastsess", S32, "MAP")                                                        \
	X(LAST_CHK, "last_chk", TEXT, "MOP")                                                       \
	X(LAST_AGT, "last_agt", TEXT, "MOP")                                                       \
	X(QTIME, "qtime", U32, "MaP")                                                              \
	X(CTIME, "ctime", U32, "MaP")                                                              \
	X(RTIME, "rtime", U32, "MaP")                                                              \
	X(TTIME, "ttime", U32, "MaP")                                                              \
	X(AGENT_STATUS, "agent_status", TEXT, "MOP")                                               \
	X(AGENT_CODE, "agent_code", U32, "MOP")                                                    \
	X(AGENT_DURATION, "agent_duration", U64, "MDP")                                            \
	X(CHECK_DESC, "check_desc", TEXT, "MOP")                                                   \
	X(AGENT_DESC, "agent_desc", TEXT, "MOP")                                                   \
	X(CHECK_RISE, "check_rise", U32, "CGS")                                                    \
	X(CHECK_FALL, "check_fall", U32, "CGS")                                                    \
	X(CHECK_HEALTH, "check_health", U32, "CGS")                                                \
	X(AGENT_RISE, "agent_rise", U32, "CGS")                                                    \
	X(AGENT_FALL, "agent_fall", U32, "CGS")                                                    \
	X(AGENT_HEALTH, "agent_health", U32, "CGS")                                                \
	X(ADDR, "addr", TEXT, "CGS")                                                               \
	X(COOKIE, "cookie", TEXT, "CNS")                                                           \
	X(MODE, "mode", TEXT, "CGS")                                                               \
	X(ALGO, "algo", TEXT, "CGS")                                                               \
	X(CONN_RATE, "conn_rate", U32, "MRP")                                                      \
	X(CONN_RATE_MAX, "conn_rate_max", U32, "MMP")                                              \
	X(CONN_TOT, "conn_tot", U64, "MCP")                                                        \
	X(INTERCEPTED, "intercepted", U64, "MCP")                                                  \
	X(DCON, "dcon", U64, "MCP")                                                                \
	X(DSES, "dses", U64, "MCP")                                                                \
	X(WREW, "wrew", U64, "MCP")                                                                \
	X(CONNECT, "connect", U64, "MCP")                                                          \
	X(REUSE, "reuse", U64, "MCP")                                                              \
	X(CACHE_LOOKUPS, "cache_lookups", U64, "MCP")                                              \
	X(CACHE_HITS, "cache_hits", U64, "MCP")                                                    \
	X(SRV_ICUR, "srv_icur", U32, "MGP")                                                        \
	X(SRV_ILIM, "src_ilim", U32, "CLP")                                                        \
	X(QTIME_MAX, "qtime_max", U32, "MMP")                                                      \
	X(CTIME_MAX, "ctime_max", U32, "MMP")                                                      \
	X(RTIME_MAX, "rtime_max", U32, "MMP")                                                      \
	X(TTIME_MAX, "ttime_max", U32, "MMP")                                                      \
	X(EINT, "eint", U64, "MCP")                                                                \
	X(IDLE_CONN_CUR, "idle_conn_cur", U32, "MGP")                                              \
	X(SAFE_CONN_CUR, "safe_conn_cur", U32, "MGP")                                              \
	X(USED_CONN_CUR, "used_conn_cur", U32, "MGP")                                              \
	X(NEED_CONN_EST, "need_conn_est", U32, "MGP")                                              \
	X(UWEIGHT, "uweight", U32, "MaP")                                                          \
	X(AGG_SRV_STATUS, "agg_server_status", U32, "MGP")                                         \
	X(AGG_SRV_CHECK_STATUS, "agg_server_check_status", U32, "MGP")                             \
	X(AGG_CHECK_STATUS, "agg_check_status", U32, "MGP")

enum stats_column {
#define X(column, name, kind, tags) STATS_##column,
	STATS_COLUMNS(X)
#undef X
		STATS_COLUMN_COUNT
};

_Static_assert(STATS_COLUMN_COUNT == 103, "HAProxy 2.6 has the columns 0 to 102");

enum stats_kind { STATS_KIND_TEXT, STATS_KIND_U32, STATS_KIND_U64, STATS_KIND_S32 };

/* The value of column `type`. */
enum stats_type { STATS_TYPE_FRONTEND, STATS_TYPE_BACKEND, STATS_TYPE_SERVER, STATS_TYPE_LISTENER };

/* How a server's row is painted; HAProxy's classes after "active_" and "backup_". */
enum stats_paint {
	STATS_PAINT_DOWN,
	STATS_PAINT_GOING_UP,
	STATS_PAINT_GOING_DOWN,
	STATS_PAINT_UP,
	STATS_PAINT_NOLB,
	STATS_PAINT_DRAINING,
	STATS_PAINT_NO_CHECK,
	STATS_PAINT_MAINTAIN, /* one class for both */
};

struct stats_cell {
	bool filled;
	union {
		uint64_t number; /* S32: sign-extended */
		const char *text;
	};
};

struct stats_row {
	enum stats_type type;
	const struct proxy *proxy;
	const struct server *server;	 /* of a server's row */
	const struct listener *listener; /* of a listener's row */
	enum stats_paint paint;
	bool down, maintenance; /* what `up` and `no-maint` hide */
	uint32_t down_servers;
	struct stats_cell cells[STATS_COLUMN_COUNT];

	/* The texts that were made for this row. */
	struct verdict verdict;
	char status[64], check_status[16], address[128], listener_name[32];
};

/* What a row is made of beside its own object. */
struct stats_view {
	const struct stats_context *context;
	bool full;   /* columns addr, cookie and algo */
	bool hiding; /* backends say how many servers are left: "UP (1/3)" */
	uint64_t now_ms, wall_ms;
};

void stats_row_frontend(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy);
void stats_row_listener(
	struct stats_row *row, const struct stats_view *view, const struct listener *listener);
void stats_row_server(
	struct stats_row *row, const struct stats_view *view, const struct server *server);
void stats_row_backend(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy);

/* Has servers, and none that balancing may choose. */
bool stats_backend_is_down(const struct board *board, const struct proxy *proxy);

/* Of a column. */
const char *stats_column_name(enum stats_column column);
enum stats_kind stats_column_kind(enum stats_column column);
const char *stats_column_tags(enum stats_column column, enum stats_type type);

/* An address as people write it, "127.0.0.1:80", "[::1]:80", "unix:/run/x", without the port when
 * that is not wanted. */
enum stats_port { STATS_WITH_PORT, STATS_WITHOUT_PORT };
void stats_address(char *out, size_t capacity, const union address *address, enum stats_port port);

#endif
