/* SPDX-License-Identifier: GPL-2.0-or-later */
/* model.h - the configuration as one finished tree.
 *
 * Built by the readers of the two languages in one thread, completed by config_check()
 * (inheritance resolved, names resolved, cells numbered, advice given), read-only from then on.
 * Everything lives in the tree's arena.  Strings are NUL-terminated; NULL means "not set".
 * Times are milliseconds; 0 means "not set" (endless, or a default named beside the field).
 *
 * The tree speaks the words of haproxy.cfg; docs/CONFIGURATION.md says what each word does. */
#ifndef TORC_CORE_CONFIG_MODEL_H
#define TORC_CORE_CONFIG_MODEL_H

#include "core/mem.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Where a word stood: for messages, at check time and later. */
struct place {
	const char *file;
	uint32_t line;
};

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* An IPv4 or IPv6 network, as in `except 127.0.0.0/8`. */
struct network {
	sa_family_t family;
	uint8_t prefix_bits;
	uint8_t bytes[16]; /* network order, host bits zero */
};

enum log_target_kind { LOG_TO_UDP, LOG_TO_UNIX, LOG_TO_FD };

enum log_format_kind {
	LOG_FORMAT_LOCAL,
	LOG_FORMAT_RFC3164,
	LOG_FORMAT_RFC5424,
	LOG_FORMAT_PRIORITY,
	LOG_FORMAT_SHORT,
	LOG_FORMAT_TIMED,
	LOG_FORMAT_ISO,
	LOG_FORMAT_RAW,
};

/* `sample 2-3,8:11`: of every 11 lines the second, the third and the eighth. */
struct log_sample {
	uint32_t size;
	uint32_t range_count;
	struct {
		uint32_t first, last;
	} * ranges; /* in order, apart from each other */
};

struct log_target {
	enum log_target_kind kind;
	union address address; /* UDP and unix */
	socklen_t address_len;
	int fd; /* LOG_TO_FD */
	enum log_format_kind format;
	uint16_t len_max;		 /* of a line with its line feed; 1024 unless set */
	uint8_t facility;		 /* 0..23 */
	uint8_t level_max;		 /* send when severity <= level_max (enum log_level) */
	uint8_t level_min;		 /* a more severe line is sent as this one */
	const struct log_sample *sample; /* NULL: every line */
	struct place place;
};

/* One socket to listen on: `bind`, and `stats socket` in the global section.  A port range or a
 * comma list becomes several of these. */
struct listener {
	union address address;
	socklen_t address_len;
	int inherited_fd; /* fd@N, else -1 */
	const char *text; /* as written: "192.168.25.203:80" */
	const char *name; /* `name`, else NULL */
	const char *interface;
	const char *key; /* canonical form of all that makes the socket: two generations
			  * share a socket when their keys are equal */
	bool v6only, v4v6, transparent, accept_proxy;
	bool defer_accept, fast_open;
	uint32_t segment_bytes;	  /* mss; 0: the kernel's */
	uint32_t user_timeout_ms; /* tcp-ut; 0: the kernel's */
	uint32_t backlog;	  /* 0: the frontend's maxconn */
	uint32_t maxconn;	  /* 0: no limit of its own */
	uint32_t mode;		  /* unix: permission bits, 0 not set */
	int64_t uid, gid;	  /* unix: owner, -1 not set */
	uint32_t id;		  /* shown as sid; 1.. within the proxy */
	uint32_t cell;		  /* index of its traffic cells on the board */
	uint32_t index;		  /* position in config.listeners; also in the keeper's plan */
	struct proxy *proxy;	  /* NULL for a stats socket */
	struct stats_socket *stats_socket; /* NULL for a bind */
	struct place place;
};

enum stats_level { STATS_LEVEL_USER, STATS_LEVEL_OPERATOR, STATS_LEVEL_ADMIN };

struct stats_socket {
	struct listener *listener;
	enum stats_level level;
	bool expose_fd;
	struct stats_socket *next;
};

struct global {
	struct log_target *log_targets;
	uint32_t log_target_count;
	const char *log_tag;	       /* NULL: "haproxy" */
	const char *log_send_hostname; /* NULL: none; "" the machine's name */
	const char *chroot;
	const char *user, *group; /* as written */
	int64_t uid, gid;	  /* -1 not set; looked up at start where a name was given */
	const char *pidfile;
	bool daemon, master_worker;
	const char *node, *description;
	bool zero_warning;	   /* a file with warnings is refused */
	bool pp2_never_send_local; /* probes of send-proxy-v2 name our own address */
	bool spoofs; /* some `source` says usesrc: addresses that are not this machine's */
	struct stats_socket *stats_sockets;
	uint32_t stats_timeout_ms; /* 10000 unless set */
	uint32_t stats_maxconn;	   /* 10 */
	uint32_t maxconn;	   /* 0: derived from the descriptor limit at start */
	uint32_t nbthread;	   /* 0: one per core that the process may use */
	uint32_t ulimit_n;
	uint32_t hard_stop_after_ms; /* 0: endless */
	uint32_t grace_ms;
	uint32_t spread_checks_percent;
	uint32_t max_spread_checks_ms;
	uint32_t bufsize;    /* tune.bufsize, 16384: the longest head */
	uint32_t maxrewrite; /* tune.maxrewrite, 1024: part of bufsize kept for our fields */
	uint32_t maxhdr;     /* tune.http.maxhdr, 101: field lines in a head */
	uint32_t logurilen;  /* tune.http.logurilen, 1024 */
	uint32_t heartbeat_stale_ms;	/* 1000 */
	uint32_t heartbeat_replace_ms;	/* 3000 */
	bool splice;			/* false: -dS or nosplice; bodies go by copy */
	const char *ca_base, *crt_base; /* accepted, not acting yet */
	const char *ssl_bind_ciphers, *ssl_bind_options; /* accepted, not acting yet */
};

/* Settings are inherited from a defaults section word by word; `tri` remembers whether a
 * section said yes, said no (`no option`), or nothing. */
enum tri { TRI_UNSET, TRI_OFF, TRI_ON };

enum proxy_mode { PROXY_MODE_TCP, PROXY_MODE_HTTP };

enum balance_algorithm {
	BALANCE_ROUNDROBIN,
	BALANCE_STATIC_RR,
	BALANCE_LEASTCONN,
	BALANCE_FIRST,
	BALANCE_RANDOM,
	/* From here on a key of the client or of the request decides. */
	BALANCE_SOURCE,
	BALANCE_URI,
	BALANCE_URL_PARAM,
	BALANCE_HDR,
	BALANCE_HASH,
};

static inline bool balance_is_by_key(enum balance_algorithm algorithm)
{
	return algorithm >= BALANCE_SOURCE;
}

enum hash_function { HASH_SDBM, HASH_DJB2, HASH_WT6, HASH_CRC32, HASH_NONE };

struct expression;

/* `balance`, `hash-type` and `hash-balance-factor`. */
struct balancing {
	enum balance_algorithm algorithm;
	const char *name; /* of the header or of the parameter; hash: the expression, as written */
	const struct expression *expression; /* hash: core/config/rule_model.h */
	bool domain_only;		     /* hdr: use_domain_only */
	bool check_post;		     /* url_param: the body of a POST is looked at, too */
	bool whole, path_only;		     /* uri: with its query, without scheme and authority */
	uint32_t uri_len;		     /* uri: bytes that count; 0: all */
	uint32_t uri_depth; /* uri: slashes at which it ends, one more than written; 0: none */
	uint32_t draws;	    /* random: 2 unless set */
	bool consistent;    /* hash-type: else map-based */
	bool avalanche;
	enum hash_function function;
	uint32_t factor; /* hash-balance-factor, percent; 0: no bound */
};

/* option forwardfor.  A frontend's and its backend's are two objects: the field is added when at
 * least one is set and the client's address matches neither `except`; the name is the backend's
 * if it has the option. */
struct forwardfor {
	bool on;
	bool if_none;
	const char *header;    /* NULL: X-Forwarded-For */
	struct network except; /* family 0: none */
};

enum check_kind { CHECK_TCP, CHECK_HTTP };

enum expect_kind { EXPECT_STATUS, EXPECT_RSTATUS, EXPECT_STRING, EXPECT_RSTRING };

struct regex;

/* One `http-check expect`: all of a backend's have to hold. */
struct check_expect {
	enum expect_kind kind;
	bool negated;
	const char *comment;	   /* told when it fails; NULL: none */
	const char *pattern;	   /* as written */
	const struct regex *regex; /* of the r-kinds */
	struct status_range {	   /* EXPECT_STATUS */
		uint16_t first, last;
		struct status_range *next;
	} * ranges;
	struct check_expect *next;
};

/* What an HTTP check says and wants to hear: `option httpchk` and `http-check`, the latter's
 * `send` over the former's words. */
struct httpchk {
	const char *method;  /* NULL: OPTIONS */
	const char *uri;     /* NULL: / */
	const char *version; /* NULL: HTTP/1.0; may hold the "\r\nHost:" trick */
	const char *host;
	const char *fields; /* whole lines with their ends, or NULL */
	const char *body;
	struct check_expect *expects; /* NULL: 2xx or 3xx */
};

struct stats_uri {
	bool enabled;
	bool show_version; /* hidden unless `stats show-version`; `stats hide-version` */
	const char *uri;   /* NULL: /haproxy?stats */
	const char *realm; /* NULL: HAProxy Statistics */
	struct stats_user {
		const char *user, *password;
		struct stats_user *next;
	} * users;
	uint32_t refresh_s;
	const char *description; /* show-desc */
	const char *node;	 /* show-node */
	bool show_legends;
	struct stats_scope {
		const char *proxy; /* "." is the proxy itself */
		struct stats_scope *next;
	} * scopes;
};

struct timeouts {
	uint32_t http_request_ms, http_keep_alive_ms, queue_ms, connect_ms, client_ms, server_ms;
	uint32_t check_ms, tunnel_ms, client_fin_ms, server_fin_ms, tarpit_ms;
};

enum connection_mode { /* HAProxy's CLO > SCL > KAL over frontend and backend */
	CONNECTION_UNSET,
	CONNECTION_KEEP_ALIVE,
	CONNECTION_SERVER_CLOSE,
	CONNECTION_CLOSE,
};

/* option clitcpka, srvtcpka and their numbers; 0: the kernel's. */
struct tcp_keepalive {
	bool on;
	uint32_t count, idle_s, interval_s;
};

/* Where connections to a server come from: `source`. */
enum source_use { SOURCE_OWN, SOURCE_ADDRESS, SOURCE_CLIENT_IP, SOURCE_CLIENT };

struct source {
	union address address;		/* family AF_UNSPEC: the kernel's choice */
	uint16_t port_first, port_last; /* 0: the kernel's choice */
	const char *interface;		/* NULL: any */
	enum source_use use;		/* usesrc: whose address the server sees */
	union address spoofed;		/* SOURCE_ADDRESS */
};

#define SERVER_POOL_PURGE_MS  5000u /* pool-purge-delay, unless set */
#define PROXY_OWN_CONNECTIONS 5u    /* max-session-srv-conns, unless set */

/* Whose connections may a request be sent over?  "First" is the first request of a client's
 * connection, which its sender may not want to repeat. */
enum http_reuse {
	HTTP_REUSE_UNSET,
	HTTP_REUSE_NEVER,      /* those of its own client connection */
	HTTP_REUSE_SAFE,       /* a first one: over a new one; later ones: over any */
	HTTP_REUSE_AGGRESSIVE, /* a first one: over one that was used again before */
	HTTP_REUSE_ALWAYS,
};

/* retry-on: after which failures a request is sent again, as bits. */
#define RETRY_ON_SAID		  1u
#define RETRY_ON_CONN_FAILURE	  2u
#define RETRY_ON_EMPTY_RESPONSE	  4u
#define RETRY_ON_JUNK_RESPONSE	  8u
#define RETRY_ON_RESPONSE_TIMEOUT 16u
#define RETRY_ON_FIRST_STATUS	  32u /* of the statuses' bits, in their order */

/* The bit of a status, 0 when there is none for it. */
uint32_t retry_on_status(uint16_t status);

struct server {
	const char *name;
	uint32_t id;		  /* shown as sid; 1.. within the backend */
	uint32_t index;		  /* position in proxy.servers */
	uint32_t cell;		  /* traffic cells on the board */
	uint32_t verdict;	  /* index of its verdict cell on the board */
	const char *address_text; /* as written */
	const char *init_addr;	  /* how it is looked up, as written; NULL: last,libc */
	const char *host_name;	  /* set when the address was a name */
	union address address;	  /* with the port; family AF_UNSPEC: name not resolved */
	socklen_t address_len;
	bool port_from_client; /* no port, or an offset: the port that the client asked for */
	int32_t port_offset;   /* is added to it (`:+8000`); address holds port 0 then */
	uint32_t weight;       /* 0..256, 1 unless set */
	bool backup, disabled, check;
	uint32_t rise, fall;		     /* 2, 3 */
	uint32_t inter_ms;		     /* 2000 */
	uint32_t fastinter_ms, downinter_ms; /* 0: inter */
	uint16_t check_port;		     /* 0: the server's */
	union address check_address;	     /* family AF_UNSPEC: the server's */
	socklen_t check_address_len;
	bool shutdown_on_marked_down; /* on-marked-down shutdown-sessions */
	uint32_t maxconn, minconn;   /* places: minconn <= maxconn, equal: a fixed limit; 0: none */
	uint32_t maxqueue;	     /* sessions in its own line; 0: any number */
	const struct source *source; /* its own or the backend's; NULL: the kernel's choice */
	uint8_t send_proxy;	     /* version of the PROXY header that comes first; 0 */
	bool send_crc32c;	     /* with a checksum, in version 2 */
	bool check_send_proxy;
	uint32_t user_timeout_ms;     /* tcp-ut; 0: the kernel's */
	int32_t pool_max_conn;	      /* idle connections kept; -1: no limit, 0: none */
	int32_t pool_low_conn;	      /* 0 */
	uint32_t pool_purge_delay_ms; /* 5000; 0: none is kept */
	struct proxy *proxy;
	struct place place;
};

struct format; /* core/config/rule_model.h */

/* frontend, backend, listen; defaults sections are resolved away.  A `listen` is one of these
 * with both sides. */
struct proxy {
	const char *name;
	struct place place;
	bool is_frontend, is_backend; /* capabilities: both for `listen` */
	uint32_t id;		      /* shown as iid; 2.. when a stats socket exists, as HAProxy */
	uint32_t index;		      /* position in config.proxies */
	uint32_t frontend_cell, backend_cell; /* traffic cells; meaningful for its capabilities */
	bool disabled;
	enum proxy_mode mode;
	const char *description;

	struct log_target *log_targets; /* resolved: `log global` shares the global array */
	uint32_t log_target_count;
	bool socket_stats; /* a row for each listener in statistics */
	bool log_httplog, log_tcplog, log_dontlognull, log_dontlog_normal, log_separate_errors,
		log_asap;
	const char *log_tag;		       /* NULL: the global one */
	struct place log_place;		       /* where the line's format was said */
	const struct format *log_format;       /* NULL: httplog, tcplog, or neither */
	const struct format *log_format_sd;    /* structured data, rfc5424; NULL: none */
	const struct format *error_log_format; /* of connections that brought no request; NULL */
	const struct format *unique_id_format; /* %ID; NULL: none */
	const char *unique_id_header;	       /* the field that tells it to servers; NULL: none */

	struct timeouts timeouts;
	uint32_t maxconn;  /* frontend; 0: the process's */
	uint32_t fullconn; /* backend; derived when not set */
	bool fullconn_derived;
	uint32_t backlog;
	enum connection_mode connection_mode; /* resolved: keep-alive unless set */
	struct forwardfor forwardfor;
	int32_t redispatch;		/* 0 off, -1 only on the last retry, N every Nth */
	uint32_t retries;		/* 3 */
	bool abort_on_close;		/* option abortonclose */
	enum http_reuse http_reuse;	/* resolved: safe unless set */
	uint32_t retry_on;		/* RETRY_ON_* bits; resolved: conn-failure unless set */
	uint32_t max_session_srv_conns; /* 5: kept by one client's connection for itself */
	bool http_ignore_probes;
	bool pretend_keepalive, log_health_checks;
	bool omit_via;			  /* no option via */
	bool lax_requests, lax_responses; /* option accept-invalid-http-request, -response */
	bool independent_streams;	  /* a side's time-out listens to that side only */
	bool no_linger;			  /* option nolinger: connections end with a reset */
	struct tcp_keepalive client_keepalive, server_keepalive;

	/* frontend */
	struct listener **listeners;
	uint32_t listener_count;
	struct proxy *default_backend; /* NULL: none, or a listen's own servers */
	const char *default_backend_name;

	/* backend */
	struct server *servers;
	uint32_t server_count;
	struct balancing balancing;
	enum check_kind check_kind;
	struct httpchk httpchk;
	bool all_backups;	     /* option allbackups */
	const struct source *source; /* of all servers without their own */
	uint32_t frontends_using;    /* how many frontends may route here */

	struct stats_uri stats;

	struct rules *rules; /* core/config/rule_model.h */
};

/* What -c found.  Messages are kept in order; text is without the "[WARNING] (pid) :" head but
 * with "config : parsing [file:line] : ". */
enum message_kind { MESSAGE_NOTICE, MESSAGE_WARNING, MESSAGE_ALERT, MESSAGE_DIAG };

struct message {
	enum message_kind kind;
	struct place place;
	const char *text;
	struct message *next;
};

struct config {
	struct arena arena;
	struct global global;
	struct proxy *proxies;
	uint32_t proxy_count;
	struct listener *listeners; /* every socket: binds in file order, then stats sockets */
	uint32_t listener_count;
	uint32_t server_count; /* = verdict cells */
	uint32_t cell_count;   /* = traffic cells per worker */
	struct message *messages, *last_message;
	uint32_t warning_count, alert_count;
	bool show_diagnostics;	       /* -dD: MESSAGE_DIAG is printed as well; set by the caller */
	uint64_t fingerprint;	       /* of the text that was read: shown, compared on reload */
	struct names *backend_names;   /* to struct proxy: for `use_backend` by a format */
	struct rule_section *sections; /* userlist, http-errors: for the normal form */
	struct config_regex *regexes;  /* what config_free() has to give back by itself */
	uint32_t capture_bytes;	       /* of a session: the most that a frontend captures */
	/* What keepalived's language says (core/config/vrrp_model.h), NULL: no file speaks it. */
	struct vrrp_config *vrrp;
	/* The block `appliance` (core/config/torc_appliance.h), NULL: there is none. */
	const struct appliance *appliance;
};

#endif
