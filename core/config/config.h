/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.h - the front door of the configuration: files in, one finished tree out.
 *
 * Reading is done by the planner and by the balancer, never by the keeper (see
 * core/keeper.h): a slow resolver or a crash in here delays nobody.  What was read once is kept
 * as a snapshot, so that a balancer that replaces a crashed one runs what was checked, whatever
 * has happened to the files since.
 *
 * Thread: any one at a time.  Errors: every function below reports through the tree's messages;
 * all errors of a run are collected, the cause and not its consequences. */
#ifndef TORC_CORE_CONFIG_CONFIG_H
#define TORC_CORE_CONFIG_CONFIG_H

#include "core/config/model.h"
#include "core/program.h"
#include <stdarg.h>
#include <stdio.h>

/* The bytes of one file, as read.  `name` is what messages call it. */
struct config_file {
	const char *name;
	const char *bytes;
	size_t len;
};

/* What a configuration asks the machine it is read on.  Tests hand in one of their own, so that
 * a golden file reads the same everywhere; NULL members and a NULL pointer mean the real one. */
struct config_machine {
	/* An address for a name, without a port; of this family, AF_UNSPEC any. */
	bool (*look_up)(const char *host, sa_family_t family, union address *address);
	/* The number of a user or group, -1 when there is none of that name. */
	int64_t (*user_id)(const char *name);
	int64_t (*group_id)(const char *name);
	bool (*folder_exists)(const char *path);
	/* The rest is asked by keepalived's language.  The name of the network interface number
	 * `index`, counted from 0 without gaps; false: no more. */
	bool (*interface_name)(uint32_t index, char name[16]);
	/* The files that a pattern of glob(7) matches, sorted.  Returns how many. */
	uint32_t (*match_files)(
		struct arena *arena, const char *pattern, const char *const **paths);
	/* Reads a file whole; false: errno says why it cannot be read. */
	bool (*read_file)(struct arena *arena, const char *path, struct config_file *file);
	/* As program_find() and program_check_owner(); NULL: programs are not looked for. */
	int (*find_program)(char path[PROGRAM_PATH_BYTES], const char *name);
	int (*check_owner)(const char *path, char element[PROGRAM_PATH_BYTES]);
};

struct config_source {
	const char *const *paths; /* -f: files and folders, in order */
	uint32_t path_count;
	struct config_file *files; /* filled by config_read_files or config_snapshot_open */
	uint32_t file_count;
	struct arena arena;
	/* Names that were looked up, so that the next reader of a snapshot need not. */
	struct config_resolution {
		const char *host_name; /* "ipv4@name" where the family was asked for */
		union address address; /* without a port; AF_UNSPEC: not found */
		struct config_resolution *next;
	} * resolutions;
	/* Files that the configuration names, as they were when it was checked. */
	struct config_attachment {
		struct config_file file;
		struct config_attachment *next;
	} * attachments;
	uint32_t nbproc_cores; /* cores this process may use, for nbthread's default */
	bool ipv4_only;	       /* -4: names have IPv4 addresses only; set by the caller */
	const struct config_machine *machine;
	const char *config_id; /* what keepalived's @id lines compare with; NULL: the host's name */
	bool proxies_only;     /* for a balancer: keepalived's language is passed over */
};

/* Reads the files and folders (*.cfg, not hidden, sorted bytewise).  0, or -1 with the reason
 * as a message of `config`. */
int config_read_files(struct config_source *source, struct config *config);

/* Writes the source into a sealed memfd and reads it back in another process.  The fd or 0, or
 * -errno. */
int config_snapshot_write(const struct config_source *source);
int config_snapshot_open(struct config_source *source, int fd);
void config_source_free(struct config_source *source);

/* Parses every file and completes the tree.  Returns the number of alerts (0: usable).  Not
 * having any listener is no alert: see config_has_listener(). */
uint32_t config_load(struct config *config, struct config_source *source);
bool config_has_listener(const struct config *config);
/* fullconn of the backends that do not say theirs: 10 % of the connections that may come there at a
 * time, rounded up.  Once more when the process's own limit is known. */
void config_derive_fullconn(struct config *config, uint32_t process_maxconn);
void config_free(struct config *config);

/* "[WARNING]  (123) : config : parsing [f:29] : ..." one line each, as HAProxy prints them, and
 * "Error(s) found in configuration file : f" behind those of a file with alerts.  The verdict on
 * the whole ("Fatal errors found", "Warnings were found.") is the caller's.  Quiet: nothing. */
void config_print_messages(const struct config *config, FILE *out, bool quiet);
/* The normal form: every effective setting with its unit, parses back to itself. */
void config_print(const struct config *config, FILE *out);

/* "roundrobin", "hdr": an algorithm without its arguments. */
const char *config_balance_name(enum balance_algorithm algorithm);

/* A boolean expression of .if and -cc: 1 true, 0 false, -1 error (text in *error). */
int config_condition(const char *expression, const char **error);

/* The words that are accepted though their feature has not landed; NULL-terminated.  Tests hold
 * this list, later work shortens it. */
extern const char *const config_words_not_acting[];

/* Writes docs/CONFIGURATION.md's table of words from the keyword tables. */
void config_print_words(FILE *out);

/* The message is formatted into the tree's arena. */
void config_message(struct config *config, enum message_kind kind, struct place place,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void config_message_list(struct config *config, enum message_kind kind, struct place place,
	const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));
/* A formatted text that lives in the arena. */
const char *config_format_list(struct arena *arena, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

#endif
