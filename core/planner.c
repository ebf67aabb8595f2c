/* SPDX-License-Identifier: GPL-2.0-or-later */
/* planner.c - reading the configuration in a process that may fail.
 *
 * A file of a hundred thousand lines, a resolver that does not answer, or a parser that crashes
 * must not touch the process that owns the addresses.  So a child reads, resolves, checks and
 * prints, and what it found goes to the keeper as a record of fixed shape.
 *
 * Messages are printed here, at the moment they are found, in HAProxy's form; they are in the
 * plan too, so that the keeper can log those of a reload, when nobody watches standard error. */
#include "core/planner.h"
#include "core/handover.h"
#include "core/log.h"
#include "core/plan.h"
#include "core/privilege.h"
#include "core/routers.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static const char zero_warning_text[] =
	"config : Some warnings were found and 'zero-warning' is set. Aborting.";

enum planner_status planner_load(
	const struct options *options, struct config_source *source, struct config *config)
{
	bool readable;

	source->paths = options->files;
	source->path_count = options->file_count;
	source->ipv4_only = options->ipv4_only;
	config->show_diagnostics = options->diagnostics;
	readable = config_read_files(source, config) == 0;
	if (readable)
		config_load(config, source);
	if (config->alert_count == 0)
		options_apply(options, config);
	config_print_messages(config, stderr, options->quiet);
	if (!readable || config->alert_count > 0) {
		log_message(LOG_LEVEL_ALERT, "config : Fatal errors found in configuration.");
		return PLANNER_BAD;
	}
	if ((options->zero_warning || config->global.zero_warning) && config->warning_count > 0) {
		log_message(LOG_LEVEL_ALERT, "%s", zero_warning_text);
		return PLANNER_BAD;
	}
	return config_has_listener(config) ? PLANNER_GOOD : PLANNER_NO_LISTENER;
}

static int judge(const struct options *options, struct config_source *source, struct config *config)
{
	char problem[PRIVILEGE_PROBLEM_BYTES];
	struct privilege privilege;
	enum planner_status status = planner_load(options, source, config);

	if (status == PLANNER_BAD)
		return 1;
	/* Nothing that makes the files wrong, but a start would fail. */
	if (privilege_find(&privilege, &config->global, problem) > 0 && !options->quiet)
		log_message(LOG_LEVEL_WARNING, "config : %s", problem);
	if (status == PLANNER_NO_LISTENER) {
		if (!options->quiet)
			printf("Configuration file has no error but will not start (no listener) "
			       "=> "
			       "exit(2).\n");
		return 2;
	}
	if (config->warning_count > 0 && !options->quiet)
		printf("Warnings were found.\n");
	if (options->verbose)
		printf("Configuration file is valid\n");
	return 0;
}

int planner_check(const struct options *options)
{
	struct config_source source = {0};
	struct config config = {0};
	int code = judge(options, &source, &config);

	config_free(&config);
	config_source_free(&source);
	return code;
}

/* A sealed memory file of these bytes: the descriptor or -errno. */
static int seal_bytes(const char *name, struct span bytes)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	uint32_t done = 0;

	if (fd < 0)
		return -errno;
	while (done < bytes.len) {
		ssize_t written = write(fd, bytes.at + done, bytes.len - done);

		if (written < 0) {
			int error = -errno;

			close(fd);
			return error;
		}
		done += (uint32_t)written;
	}
	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* What the keeper gets: the plan always, since it holds the messages; the snapshot only of files
 * that can be run.  Returns how many descriptors there are. */
static uint32_t make_files(
	const struct config_source *source, const struct config *config, bool usable, int fds[2])
{
	struct arena arena = {0};

	fds[0] = seal_bytes("torc-plan", plan_write(config, usable, &arena));
	arena_free(&arena);
	if (fds[0] < 0)
		return 0;
	if (!usable)
		return 1;
	fds[1] = config_snapshot_write(source);
	return fds[1] < 0 ? 1 : 2;
}

static int plan_and_send(const struct options *options, struct config_source *source,
	struct config *config, int channel)
{
	struct channel_message message = {.type = CHANNEL_PLANNED, .version = HANDOVER_VERSION};
	struct privilege privilege;
	char problem[PRIVILEGE_PROBLEM_BYTES] = "";
	enum planner_status status = planner_load(options, source, config);
	uint32_t count;
	int fds[2];

	if (status == PLANNER_GOOD && privilege_find(&privilege, &config->global, problem) > 0) {
		log_message(LOG_LEVEL_ALERT, "%s", problem);
		status = PLANNER_BAD;
	}
	if (status == PLANNER_NO_LISTENER)
		log_message(LOG_LEVEL_ALERT,
			"[torc.main()] No enabled listener found (check for 'bind' directives) ! "
			"Exiting.");
	count = make_files(source, config, status == PLANNER_GOOD, fds);
	if (status == PLANNER_GOOD && count < 2) {
		log_message(LOG_LEVEL_ALERT, "cannot keep the configuration in memory");
		status = PLANNER_BAD;
	}
	message.status = (uint32_t)status;
	message.text = problem;
	message.text_len = (uint32_t)strlen(problem);
	return channel_send(channel, &message, fds, count, CHANNEL_BLOCK) < 0;
}

int planner_main(const struct options *options, int channel)
{
	struct config_source source = {0};
	struct config config = {0};
	int code = plan_and_send(options, &source, &config, channel);

	config_free(&config);
	config_source_free(&source);
	return code;
}

/* ---- the keeper's half ---- */

/* Only what can no longer change may be mapped and believed. */
static int take_sealed(struct channel_inbox *inbox, uint32_t at)
{
	int fd = channel_take(inbox, at);

	if (fd < 0)
		return -1;
	if ((fcntl(fd, F_GET_SEALS) & SEALS) == SEALS)
		return fd;
	close(fd);
	return -1;
}

bool planner_take_answer(struct planner_answer *answer, struct channel_inbox *inbox,
	const struct channel_message *message)
{
	*answer = (struct planner_answer){.status = PLANNER_BAD, .plan = -1, .snapshot = -1};
	if (message->type != CHANNEL_PLANNED) {
		channel_drop(inbox);
		return false;
	}
	answer->plan = take_sealed(inbox, 0);
	answer->snapshot = take_sealed(inbox, 1);
	channel_drop(inbox);
	answer->handover_version = message->version;
	snprintf(answer->text, sizeof(answer->text), "%.*s", (int)message->text_len, message->text);
	if (message->status <= PLANNER_NO_LISTENER)
		answer->status = (enum planner_status)message->status;
	if (answer->status == PLANNER_GOOD && (answer->plan < 0 || answer->snapshot < 0))
		answer->status = PLANNER_BAD;
	return true;
}

void planner_drop_answer(struct planner_answer *answer)
{
	if (answer->plan >= 0)
		close(answer->plan);
	if (answer->snapshot >= 0)
		close(answer->snapshot);
	answer->plan = answer->snapshot = -1;
}
