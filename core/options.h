/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h - the command line: HAProxy's words, and a few of our own.
 *
 * Source: HAProxy's management guide, chapter 3; letters are not combined and a word that takes a
 * value takes the next argument.  Pure: no file, no clock; the text of an error comes back.
 * Owns:   the two lists, allocated for as long as the process lives.  Thread: any one. */
#ifndef TORC_CORE_OPTIONS_H
#define TORC_CORE_OPTIONS_H

#include "core/config/model.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK,	   /* -c */
	OPTIONS_CONDITION, /* -cc */
	OPTIONS_VERSION,   /* -v */
	OPTIONS_BUILD,	   /* -vv */
	OPTIONS_HELP,	   /* -h, --help */
	OPTIONS_PRINT,	   /* --print */
	OPTIONS_WORDS,	   /* --words */
	OPTIONS_APPLIANCE, /* --appliance */
};

enum options_mode {
	OPTIONS_MODE_FILE,	 /* whatever the file says */
	OPTIONS_MODE_FOREGROUND, /* -d, -db, -Ws */
	OPTIONS_MODE_DAEMON,	 /* -D */
};

struct options {
	enum options_action action;
	enum options_mode mode;
	const char **files; /* -f, and what follows -- */
	uint32_t file_count;
	const char *condition;	/* -cc */
	const char *pidfile;	/* -p */
	const char *directory;	/* -C */
	const char *old_socket; /* -x */
	const char *local_peer; /* -L */
	pid_t *old_pids;	/* -sf, -st */
	uint32_t old_pid_count;
	int old_signal;		/* SIGUSR1 or SIGTERM; 0 none */
	uint32_t maxconn;	/* -n; 0 not given */
	uint32_t proxy_maxconn; /* -N */
	uint32_t memory_mb;	/* -m */
	bool quiet, verbose;	/* -q, -V */
	bool master;		/* -W, -Ws */
	bool notify;		/* -Ws */
	bool debug;		/* -d */
	bool zero_warning;	/* -dW */
	bool diagnostics;	/* -dD */
	bool ignore_resolution; /* -dr */
	bool ipv4_only;		/* -4 */
	bool no_splice;		/* -dS */
	bool master_socket;	/* -S was given: there is no master CLI */
};

/* Reads argv[1..].  True, or false with the reason in `problem`. */
bool options_read(
	struct options *options, int argc, char **argv, char *problem, size_t problem_bytes);
/* What the command line overrides in the files' tree. */
void options_apply(const struct options *options, struct config *config);
void options_print_usage(FILE *out, const char *program);

#endif
