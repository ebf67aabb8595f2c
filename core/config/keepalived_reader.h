/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_reader.h - what the readers of keepalived's words share: the statement at hand, a
 * cursor on its words, and the tables of words that drive everything.
 *
 * A statement is a line, or the part of one before a brace.  The reader of a word finds the cursor
 * behind it, takes its arguments, and fills the draft; the reader of a block finds it before the
 * opening brace.  Words that nobody took are complained about in one place.
 * Thread: the one that reads the configuration. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_READER_H
#define TORC_CORE_CONFIG_KEEPALIVED_READER_H

#include "core/config/keepalived_draft.h"
#include "core/config/keepalived_split.h"
#include "core/config/keepalived_text.h"

/* Where a word may stand. */
enum {
	AT_TOP = 1,
	IN_GLOBAL_DEFS = 2,
	IN_SCRIPT = 4,
	IN_TRACK_FILE = 8,
	IN_PROCESS = 16,
	IN_GROUP = 32,
	IN_INSTANCE = 64,
	IN_AUTHENTICATION = 128,
	IN_GARP_GROUP = 256,
	IN_NAT = 512,
	IN_TORC_FILE = 1024, /* beside: torc's own word */
	IN_APPLIANCE = 2048,
	IN_APPLIANCE_INTERFACE = 4096,
};

enum keepalived_state {
	KEEPALIVED_ACTS,
	KEEPALIVED_NOTED,   /* taken with a note: torc does not need it */
	KEEPALIVED_IGNORED, /* taken with a warning: nothing here does this */
	KEEPALIVED_LATER,   /* known, an error until its feature is there */
	KEEPALIVED_NEVER,   /* known, an error: another program's work */
};

enum keepalived_shape {
	KEEPALIVED_LINE,
	KEEPALIVED_BLOCK, /* braces with words of a table, or lines of values, in them */
};

struct keepalived_reader;

struct keepalived_word {
	const char *name;
	uint32_t where;
	uint8_t state; /* enum keepalived_state */
	uint8_t shape; /* enum keepalived_shape */
	void (*read)(struct keepalived_reader *reader, const struct keepalived_word *self);
	uint32_t field;	     /* offset in the draft at hand, where rows share a reader */
	int64_t min, max;    /* of a number; times in microseconds; texts: bytes of the field */
	const char *form;    /* the arguments, as manuals write them; may be NULL */
	const char *summary; /* what it does, or why it does not; may be NULL */
};

struct keepalived_table {
	const char *title; /* for the manual: "`vrrp_instance`" */
	const struct keepalived_word *rows;
	uint32_t count;
};

/* All tables, in the order of the manual; ends with NULL. */
extern const struct keepalived_table *const keepalived_tables[];

extern const struct keepalived_table keepalived_top_words;	/* keepalived.c */
extern const struct keepalived_table keepalived_global_words;	/* keepalived_global.c */
extern const struct keepalived_table keepalived_script_words;	/* keepalived_track.c */
extern const struct keepalived_table keepalived_instance_words; /* keepalived_instance.c */
extern const struct keepalived_table keepalived_group_words;	/* keepalived_group.c */
extern const struct keepalived_table keepalived_garp_words;	/* keepalived_group.c */
extern const struct keepalived_table torc_file_words;		/* torc_file.c */
extern const struct keepalived_table torc_appliance_words;	/* torc_appliance.c */

enum keepalived_piece { KEEPALIVED_WORDS, KEEPALIVED_OPEN, KEEPALIVED_CLOSE, KEEPALIVED_END };

/* Who said what @id lines compare with; the later ones here win. */
enum keepalived_id_source { KEEPALIVED_ID_PRESET, KEEPALIVED_ID_OF_HOST, KEEPALIVED_ID_WRITTEN };

struct keepalived_reader {
	struct config *config;
	struct config_source *source;
	struct arena *arena;
	struct keepalived_text text;
	struct vrrp_draft *draft;

	struct place place; /* of the statement at hand */
	struct keepalived_words words;
	uint32_t at;	 /* the cursor: next word to take */
	char *statement; /* as written, for commands */
	char *out;	 /* room of the words */

	bool looked; /* `ahead` is the next piece */
	enum keepalived_piece ahead;
	struct place ahead_place;
	char *ahead_text; /* of KEEPALIVED_WORDS */
	char *rest;	  /* of the text's line, behind a brace; NULL: take the next line */

	struct place block_place; /* of the vrrp_instance at hand */
	bool block_refused;	  /* it was said that it cannot be a second one */
	void *base;		  /* the draft that `field` counts from */
	const char *block;	  /* the word of the block at hand, "" at the top */
	const char *title;	  /* "(VI_1) " before messages, or "" */
	uint32_t where;
	struct instance_draft *instance; /* at hand, else NULL */
	struct group_draft *group;
	struct tracker_draft *tracker;
	bool ends_early;       /* a block ended before the statement that is ahead */
	const char *last_text; /* of the message before */
	struct place last_place;
	uint32_t suggestions;	/* nearest words looked for: a broken file needs no more */
	uint32_t alerts;	/* of this file */
	uint32_t alerts_before; /* of the tree, before these files */
	enum keepalived_id_source id_source;
	bool others_failed; /* files of the other language have errors */
};

/* Reads statements up to the end of the block (of the file at the top). */
void keepalived_read_block(struct keepalived_reader *reader, const char *block, uint32_t where);
/* Takes the opening brace that must come now; false: complained about. */
bool keepalived_open(struct keepalived_reader *reader, const char *word);
/* The next statement of a block of values; false: the block is over. */
bool keepalived_next_value(struct keepalived_reader *reader);
/* Passes over the block that begins now, if one does. */
void keepalived_skip_block(struct keepalived_reader *reader);
/* Looks whether a brace comes now. */
bool keepalived_opens(struct keepalived_reader *reader);

/* Messages at the statement at hand. */
void keepalived_alert(struct keepalived_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void keepalived_warn(struct keepalived_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void keepalived_note(struct keepalived_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *keepalived_format(struct keepalived_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "; did you mean 'priority' maybe ?", or "". */
const char *keepalived_suggest(struct keepalived_reader *reader, const char *near);

/* The next word, or "" at the end of the statement. */
const char *keepalived_take(struct keepalived_reader *reader);
const char *keepalived_peek(const struct keepalived_reader *reader);
bool keepalived_skip(struct keepalived_reader *reader, const char *word);
bool keepalived_at_end(const struct keepalived_reader *reader);
void keepalived_give_up(struct keepalived_reader *reader);
const char *keepalived_keep(struct keepalived_reader *reader, const char *text);
/* The words of the statement read as those of a command; the cursor stays behind the first. */
bool keepalived_resplit(struct keepalived_reader *reader);

/* Take the next word as a value; false: complained about in the name of `what`. */
bool keepalived_number(struct keepalived_reader *reader, const char *what, int64_t min, int64_t max,
	int64_t *value);
bool keepalived_seconds(struct keepalived_reader *reader, const char *what, int64_t min_us,
	int64_t max_us, uint64_t *us);
bool keepalived_truth(struct keepalived_reader *reader, const char *what, bool *value);
bool keepalived_ip(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip);
/* The address of a host; a prefix behind it, as people copy it from their interfaces, is passed
 * over with a warning. */
bool keepalived_host(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip);
/* A word that fits a field of `bytes` with its NUL. */
bool keepalived_text(struct keepalived_reader *reader, const char *what, char *field, size_t bytes);
bool keepalived_interface(
	struct keepalived_reader *reader, const char *what, char field[IF_NAMESIZE]);

/* What @id lines compare with from here on; of a host's name the part up to its first dot. */
void keepalived_set_id(
	struct keepalived_reader *reader, const char *id, enum keepalived_id_source source);

/* "10.0.0.0/16": true when it is an address; *bits is 255 where none were written. */
bool keepalived_parse_prefix(const char *text, struct vrrp_ip *ip, uint8_t *bits);
bool keepalived_parse_ip(const char *text, struct vrrp_ip *ip);
/* "0.01", "255": as the manual writes times. */
const char *keepalived_seconds_text(struct keepalived_reader *reader, int64_t us);
/* A decimal number of seconds, to the microsecond. */
bool keepalived_parse_seconds(const char *text, uint64_t *us);

/* Is this a word for the block of the instance at hand?  Else it was complained about. */
bool keepalived_instance_takes(
	struct keepalived_reader *reader, const struct keepalived_word *word);

/* Readers that rows share: what `field` says of `base`. */
void keepalived_read_flag(struct keepalived_reader *reader, const struct keepalived_word *self);
/* A tri-state of the draft that takes no argument: being there means yes. */
void keepalived_read_on(struct keepalived_reader *reader, const struct keepalived_word *self);
/* A tri-state of the draft (int8_t): no argument means yes. */
void keepalived_read_switch(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_extra(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_count(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_byte(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_seconds(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_text(struct keepalived_reader *reader, const struct keepalived_word *self);

/* Blocks and lines with readers of their own. */
void keepalived_notify_init(struct vrrp_notify *notify);
void keepalived_read_notify(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_notify_deleted(
	struct keepalived_reader *reader, const struct keepalived_word *self);
/* A command into a field of words; the user behind it, if any.  False: complained about. */
bool keepalived_command(struct keepalived_reader *reader, const char *what, char *field,
	size_t bytes, int64_t *uid, int64_t *gid);
bool keepalived_user(
	struct keepalived_reader *reader, const char *what, int64_t *uid, int64_t *gid);
/* Does this command ask whether the balancer lives? */
bool keepalived_asks_serving(const char *command);
/* Has any of its words the name of HAProxy in it? */
bool keepalived_names_balancer(const char *command);

void keepalived_read_command_line(
	struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_process_line(
	struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_bindings(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_backend(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_addresses(
	struct keepalived_reader *reader, const struct keepalived_word *self);
/* `scope` of an address or route: RT_SCOPE_*. */
bool keepalived_scope(struct keepalived_reader *reader, uint8_t *scope);
/* "TO" or "FROM/TO", each a number or a name of iproute2's. */
bool keepalived_realms(struct keepalived_reader *reader, uint32_t *realms);
/* keepalived_hops.c.  All: false, complained about. */
bool keepalived_read_hop(struct keepalived_reader *reader, struct vrrp_route *row);
/* `or`, behind `via ADDRESS`. */
bool keepalived_read_alternative(struct keepalived_reader *reader, struct vrrp_route *row);
bool keepalived_complete_hops(struct keepalived_reader *reader, struct vrrp_route *row);
bool keepalived_read_encap(
	struct keepalived_reader *reader, struct vrrp_route *row, uint8_t *number);
/* What a file of iproute2's ("rt_tables") calls by this name; false: nothing. */
bool keepalived_iproute_number(
	struct keepalived_reader *reader, const char *kind, const char *name, uint32_t *number);
void keepalived_read_routes(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_rules(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_script(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_group(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_garp_group(
	struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_delays(struct keepalived_reader *reader, const struct keepalived_word *self);
void keepalived_read_instance(struct keepalived_reader *reader, const struct keepalived_word *self);

#define KEEPALIVED_SECONDS(seconds) ((int64_t)(seconds)*1000000)

#define KEEPALIVED_COUNT(rows) ((uint32_t)(sizeof(rows) / sizeof((rows)[0])))

#endif
