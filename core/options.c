/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c - the command line.
 *
 * Scripts and service files that were written for HAProxy must find every flag that they use, so
 * the table below knows all of them: those that act, and those that have nothing to switch here
 * (a poller that torc does not have, say), which are accepted and listed by -h as such.
 *
 * HAProxy's own rules differ from getopt's: letters cannot be combined ("-db" is one word), a few
 * words carry their value in the same argument ("-dMtag"), and -sf takes as many numbers as
 * follow.  Hence a small reader of our own, driven by one table. */
#include "core/options.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum word_kind {
	WORD_PLAIN,    /* the word alone */
	WORD_VALUE,    /* takes the next argument */
	WORD_ATTACHED, /* whatever is attached to the word is its value */
	WORD_PIDS,     /* takes every number that follows */
};

struct word {
	const char *text;
	enum word_kind kind;
	bool (*act)(struct options *options, const char *value);
	const char *value_name, *help;
};

static const struct word words[];
static const struct word *find_word(const char *text);
static bool read_pids(
	struct options *options, const struct word *word, int argc, char **argv, int *at);

bool options_read(
	struct options *options, int argc, char **argv, char *problem, size_t problem_bytes)
{
	size_t room = (size_t)(argc > 0 ? argc : 1);

	*options = (struct options){0};
	options->files = calloc(room, sizeof(*options->files));
	options->old_pids = calloc(room, sizeof(*options->old_pids));
	if (!options->files || !options->old_pids) {
		snprintf(problem, problem_bytes, "out of memory");
		return false;
	}
	for (int i = 1; i < argc; i++) {
		const struct word *word;
		const char *value = NULL;

		if (strcmp(argv[i], "--") == 0) {
			while (++i < argc)
				options->files[options->file_count++] = argv[i];
			break;
		}
		word = find_word(argv[i]);
		if (!word) {
			snprintf(problem, problem_bytes, "unknown option '%s'", argv[i]);
			return false;
		}
		if (word->kind == WORD_PIDS) {
			if (!read_pids(options, word, argc, argv, &i)) {
				snprintf(problem, problem_bytes,
					"'%s' expects process ids, found '%s'", word->text,
					argv[i]);
				return false;
			}
			continue;
		}
		if (word->kind == WORD_ATTACHED)
			value = argv[i] + strlen(word->text);
		if (word->kind == WORD_VALUE) {
			if (i + 1 >= argc) {
				snprintf(problem, problem_bytes, "'%s' expects %s", argv[i],
					word->value_name);
				return false;
			}
			value = argv[++i];
		}
		if (word->act && !word->act(options, value)) {
			snprintf(problem, problem_bytes, "'%s' expects %s, found '%s'", word->text,
				word->value_name ? word->value_name : "no value",
				value ? value : "");
			return false;
		}
	}
	return true;
}

void options_apply(const struct options *options, struct config *config)
{
	struct global *global = &config->global;

	if (options->maxconn)
		global->maxconn = options->maxconn;
	if (options->no_splice)
		global->splice = false;
	if (options->pidfile)
		global->pidfile = options->pidfile;
	if (options->master)
		global->master_worker = true;
	/* HAProxy's management guide, 3: -d and -db win over -D and over the file; with -Ws the
	 * service manager is told about the start, nothing is sent to the background. */
	if (options->mode == OPTIONS_MODE_FOREGROUND)
		global->daemon = false;
	else if (options->mode == OPTIONS_MODE_DAEMON)
		global->daemon = true;
	for (uint32_t i = 0; options->proxy_maxconn && i < config->proxy_count; i++)
		if (config->proxies[i].maxconn == 0)
			config->proxies[i].maxconn = options->proxy_maxconn;
}

/* The longest word wins: "-dMx" is -dM with a value, "-db" is not -d with one. */
static const struct word *find_word(const char *text)
{
	const struct word *found = NULL;

	for (const struct word *word = words; word->text; word++) {
		size_t len = strlen(word->text);

		if (strcmp(text, word->text) == 0)
			return word;
		if (word->kind == WORD_ATTACHED && strncmp(text, word->text, len) == 0 &&
			(!found || len > strlen(found->text)))
			found = word;
	}
	return found;
}

static bool read_number(const char *text, uint32_t limit, uint32_t *number)
{
	unsigned long value;
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value > limit)
		return false;
	*number = (uint32_t)value;
	return true;
}

static bool read_pids(
	struct options *options, const struct word *word, int argc, char **argv, int *at)
{
	options->old_signal = strcmp(word->text, "-sf") == 0 ? SIGUSR1 : SIGTERM;
	/* `-sf $(cat pidfile)` with an empty file is a first start, no error. */
	while (*at + 1 < argc && argv[*at + 1][0] != '-') {
		uint32_t pid;

		(*at)++;
		if (!read_number(argv[*at], 4194304, &pid) || pid == 0)
			return false;
		options->old_pids[options->old_pid_count++] = (pid_t)pid;
	}
	return true;
}

static bool act_file(struct options *options, const char *value)
{
	options->files[options->file_count++] = value;
	return true;
}

/* The actions that end early; the first one given wins, so that `-v -f x` still tells the
 * version. */
static bool choose(struct options *options, enum options_action action)
{
	if (options->action == OPTIONS_RUN)
		options->action = action;
	return true;
}

static bool act_check(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_CHECK);
}

static bool act_condition(struct options *options, const char *value)
{
	options->condition = value;
	return choose(options, OPTIONS_CONDITION);
}

static bool act_version(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_VERSION);
}

static bool act_build(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_BUILD);
}

static bool act_help(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_HELP);
}

static bool act_print(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_PRINT);
}

static bool act_words(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_WORDS);
}

static bool act_appliance(struct options *options, const char *value)
{
	(void)value;
	return choose(options, OPTIONS_APPLIANCE);
}

static bool act_quiet(struct options *options, const char *value)
{
	(void)value;
	options->quiet = true;
	return true;
}

static bool act_verbose(struct options *options, const char *value)
{
	(void)value;
	options->verbose = true;
	return true;
}

static bool act_daemon(struct options *options, const char *value)
{
	(void)value;
	if (options->mode == OPTIONS_MODE_FILE)
		options->mode = OPTIONS_MODE_DAEMON;
	return true;
}

static bool act_foreground(struct options *options, const char *value)
{
	(void)value;
	options->mode = OPTIONS_MODE_FOREGROUND;
	return true;
}

static bool act_debug(struct options *options, const char *value)
{
	options->debug = true;
	return act_foreground(options, value);
}

static bool act_master(struct options *options, const char *value)
{
	(void)value;
	options->master = true;
	return true;
}

static bool act_master_notify(struct options *options, const char *value)
{
	options->master = true;
	options->notify = true;
	return act_foreground(options, value);
}

static bool act_master_socket(struct options *options, const char *value)
{
	(void)value;
	options->master_socket = true;
	return true;
}

static bool act_pidfile(struct options *options, const char *value)
{
	options->pidfile = value;
	return true;
}

static bool act_old_socket(struct options *options, const char *value)
{
	options->old_socket = value;
	return true;
}

static bool act_directory(struct options *options, const char *value)
{
	options->directory = value;
	return true;
}

static bool act_local_peer(struct options *options, const char *value)
{
	options->local_peer = value;
	return true;
}

static bool act_maxconn(struct options *options, const char *value)
{
	return read_number(value, INT32_MAX, &options->maxconn) && options->maxconn > 0;
}

static bool act_proxy_maxconn(struct options *options, const char *value)
{
	return read_number(value, INT32_MAX, &options->proxy_maxconn);
}

static bool act_memory(struct options *options, const char *value)
{
	return read_number(value, INT32_MAX, &options->memory_mb);
}

static bool act_ipv4(struct options *options, const char *value)
{
	(void)value;
	options->ipv4_only = true;
	return true;
}

static bool act_zero_warning(struct options *options, const char *value)
{
	(void)value;
	options->zero_warning = true;
	return true;
}

static bool act_diagnostics(struct options *options, const char *value)
{
	(void)value;
	options->diagnostics = true;
	return true;
}

static bool act_ignore_resolution(struct options *options, const char *value)
{
	(void)value;
	options->ignore_resolution = true;
	return true;
}

static bool act_no_splice(struct options *options, const char *value)
{
	(void)value;
	options->no_splice = true;
	return true;
}

static const struct word words[] = {
	{"-f", WORD_VALUE, act_file, "a file or a folder",
		"reads this file, or the *.cfg files of this folder; may be repeated"},
	{"-c", WORD_PLAIN, act_check, NULL,
		"checks the files and ends: 0 good, 1 not, 2 no listener"},
	{"-cc", WORD_VALUE, act_condition, "a condition",
		"evaluates a condition as in .if: 0 true, 1 false, 2 error"},
	{"-V", WORD_PLAIN, act_verbose, NULL, "says so when the files are valid"},
	{"-q", WORD_PLAIN, act_quiet, NULL, "says nothing but errors"},
	{"-v", WORD_PLAIN, act_version, NULL, "tells the version"},
	{"-vv", WORD_PLAIN, act_build, NULL, "tells how it was built and what the kernel offers"},
	{"-h", WORD_PLAIN, act_help, NULL, "this text"},
	{"--print", WORD_PLAIN, act_print, NULL,
		"prints the normal form of the files: every setting with its unit"},
	{"--words", WORD_PLAIN, act_words, NULL, "prints the table of all words of the language"},
	{"--appliance", WORD_PLAIN, act_appliance, NULL,
		"prints what the files ask of the machine, for pid 1 of the appliance"},
	{"-D", WORD_PLAIN, act_daemon, NULL, "goes to the background once it has started"},
	{"-db", WORD_PLAIN, act_foreground, NULL,
		"stays in the foreground, whatever the file says"},
	{"-d", WORD_PLAIN, act_debug, NULL, "as -db"},
	{"-W", WORD_PLAIN, act_master, NULL,
		"master-worker: torc always is; the exit code of a stop becomes 0"},
	{"-Ws", WORD_PLAIN, act_master_notify, NULL, "as -W in the foreground, for systemd"},
	{"-p", WORD_VALUE, act_pidfile, "a file", "writes the process id here"},
	{"-sf", WORD_PIDS, NULL, "process ids",
		"after a good start lets these processes finish (SIGUSR1)"},
	{"-st", WORD_PIDS, NULL, "process ids",
		"after a good start ends these processes (SIGTERM)"},
	{"-x", WORD_VALUE, act_old_socket, "a socket",
		"takes the listening sockets over from the process behind this stats socket"},
	{"-C", WORD_VALUE, act_directory, "a folder", "changes to this folder first"},
	{"-n", WORD_VALUE, act_maxconn, "a number",
		"connections of the process; wins over the file"},
	{"-N", WORD_VALUE, act_proxy_maxconn, "a number",
		"connections of a frontend that does not say"},
	{"-4", WORD_PLAIN, act_ipv4, NULL, "names are looked up as IPv4 only"},
	{"-dW", WORD_PLAIN, act_zero_warning, NULL, "refuses to start when there are warnings"},
	{"-dD", WORD_PLAIN, act_diagnostics, NULL, "prints diagnostics besides warnings"},
	{"-dr", WORD_PLAIN, act_ignore_resolution, NULL,
		"starts though a server's name is not known (torc always does)"},
	{"-dS", WORD_PLAIN, act_no_splice, NULL, "bodies go by copy, never by splice"},
	/* Nothing to switch here. */
	{"-S", WORD_VALUE, act_master_socket, "an address", NULL},
	{"-L", WORD_VALUE, act_local_peer, "a name", NULL},
	{"-m", WORD_VALUE, act_memory, "a number of megabytes", NULL},
	{"-dR", WORD_PLAIN, NULL, NULL, NULL},
	{"-dV", WORD_PLAIN, NULL, NULL, NULL},
	{"-dG", WORD_PLAIN, NULL, NULL, NULL},
	{"-dF", WORD_PLAIN, NULL, NULL, NULL},
	{"-dZ", WORD_PLAIN, NULL, NULL, NULL},
	{"-dI", WORD_PLAIN, NULL, NULL, NULL},
	{"-dL", WORD_PLAIN, NULL, NULL, NULL},
	{"-de", WORD_PLAIN, NULL, NULL, NULL},
	{"-dp", WORD_PLAIN, NULL, NULL, NULL},
	{"-dk", WORD_PLAIN, NULL, NULL, NULL},
	{"-dv", WORD_PLAIN, NULL, NULL, NULL},
	{"-dt", WORD_ATTACHED, NULL, NULL, NULL},
	{"-dM", WORD_ATTACHED, NULL, NULL, NULL},
	{"-dK", WORD_ATTACHED, NULL, NULL, NULL},
	{"-dC", WORD_ATTACHED, NULL, NULL, NULL},
	/* Other spellings. */
	{"--help", WORD_PLAIN, act_help, NULL, NULL},
	{"--version", WORD_PLAIN, act_version, NULL, NULL},
	{NULL, WORD_PLAIN, NULL, NULL, NULL},
};

void options_print_usage(FILE *out, const char *program)
{
	const char *separator = "";

	fprintf(out, "Usage: %s -f <file or folder>... [options] [-- <file>...]\n", program);
	for (const struct word *word = words; word->text; word++) {
		char left[48];

		if (!word->help)
			continue;
		snprintf(left, sizeof(left), "%s%s%s%s", word->text, word->value_name ? " <" : "",
			word->value_name ? word->value_name : "", word->value_name ? ">" : "");
		fprintf(out, "  %-26s %s\n", left, word->help);
	}
	fprintf(out, "Accepted for the sake of scripts, with nothing to switch here:\n  ");
	for (const struct word *word = words; word->text; word++) {
		if (word->help || word->text[1] == '-')
			continue;
		fprintf(out, "%s%s", separator, word->text);
		separator = " ";
	}
	fprintf(out, "\n");
}
