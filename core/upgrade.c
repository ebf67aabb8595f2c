/* SPDX-License-Identifier: GPL-2.0-or-later */
/* upgrade.c - one program hands the service to the next, inside one process.
 *
 * SIGUSR2 asks for it.  The program on disk has already planned, so it runs here and has told
 * which notes it can read; then it is executed in our place.  Exec keeps the process id, the
 * children, blocked signals that wait, and every descriptor that is not closed on exec.  It ends
 * our ring and everything in memory, so what must be known is written down first (handover.h).
 *
 * The next program finds the note's descriptor in its environment, watches the balancers that it
 * did not start, and goes on with the reload where the one before has left off: with the plan in
 * hand.  Should that fail, the balancer that serves still serves, under a new keeper. */
#include "core/clock.h"
#include "core/keeper_state.h"
#include "core/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static void keep_over_exec(int fd, bool keep)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/* Everything that the next program must find open. */
static void keep_all(const struct keeper *keeper, bool keep)
{
	const struct reload *reload = &keeper->reload;

	for (uint32_t i = 0; i < keeper->sockets.count; i++)
		keep_over_exec(keeper->sockets.items[i].fd, keep);
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		const struct generation *generation = &keeper->generations[i];

		if (generation->state != GENERATION_SERVING &&
			generation->state != GENERATION_DRAINING)
			continue;
		keep_over_exec(generation->child.pidfd, keep);
		keep_over_exec(generation->child.channel, keep);
		if (generation->has_board)
			keep_over_exec(generation->board.fd, keep);
	}
	keep_over_exec(keeper->service.snapshot, keep);
	keep_over_exec(reload->answer.plan, keep);
	keep_over_exec(reload->answer.snapshot, keep);
}

static void note_generations(const struct keeper *keeper, struct handover *handover)
{
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		const struct generation *generation = &keeper->generations[i];

		if (generation->state != GENERATION_SERVING &&
			generation->state != GENERATION_DRAINING)
			continue;
		handover->balancers[handover->balancer_count++] = (struct handover_balancer){
			.generation = generation->number,
			.pid = generation->child.pid,
			.pidfd = generation->child.pidfd,
			.channel = generation->child.channel,
			.board = generation->has_board ? generation->board.fd : -1,
			.serving = generation->state == GENERATION_SERVING,
			.stop_at_ms = generation->stop_at_ms,
		};
	}
}

/* The notes in a memory file: its descriptor, which stays open over exec, or -errno. */
static int write_notes(const struct keeper *keeper, int routers)
{
	const struct reload *reload = &keeper->reload;
	struct handover_balancer balancers[GENERATION_SLOTS];
	struct handover_socket *sockets = calloc(keeper->sockets.count + 1u, sizeof(*sockets));
	struct handover handover = {
		.generation = keeper->last_number,
		.silent = keeper->silent,
		.paused = keeper->paused,
		.heartbeat_stale_ms = keeper->service.heartbeat.stale_ms,
		.heartbeat_replace_ms = keeper->service.heartbeat.replace_ms,
		.hard_stop_after_ms = keeper->service.hard_stop_after_ms,
		.grace_ms = keeper->service.grace_ms,
		.snapshot = keeper->service.snapshot,
		.routers = routers,
		.plan = reload->answer.plan,
		.next_snapshot = reload->answer.snapshot,
		.pidfile = keeper->pidfile,
		.sockets = sockets,
		.socket_count = keeper->sockets.count,
		.listen_fds = keeper->service.listen_fds,
		.listen_count = keeper->service.listen_count,
		.balancers = balancers,
	};
	int fd = memfd_create("torc-handover", 0);
	FILE *out = fd >= 0 ? fdopen(dup(fd), "w") : NULL;
	int error = 0;

	if (!sockets || !out) {
		error = -errno;
		goto out;
	}
	for (uint32_t i = 0; i < keeper->sockets.count; i++)
		sockets[i] = (struct handover_socket){
			.fd = keeper->sockets.items[i].fd,
			.backlog = keeper->sockets.items[i].backlog,
			.inherited = keeper->sockets.items[i].inherited,
			.key = keeper->sockets.items[i].key,
			.text = keeper->sockets.items[i].text,
		};
	note_generations(keeper, &handover);
	handover_write(&handover, out);
	if (fflush(out) != 0 || ferror(out))
		error = -EIO;
out:
	if (out)
		fclose(out);
	free(sockets);
	if (error < 0 && fd >= 0)
		close(fd);
	return error < 0 ? error : fd;
}

bool upgrade_execute(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	char number[16];
	int notes, routers;

	if (reload->answer.handover_version < HANDOVER_VERSION) {
		log_message(LOG_LEVEL_WARNING,
			"%s is too old to take over (it reads notes of version %u, ours are %u): "
			"this "
			"program goes on with the reload",
			keeper->image_path, reload->answer.handover_version, HANDOVER_VERSION);
		return false;
	}
	/* A balancer on its way would be lost between the two. */
	if (generation_coming(keeper) || generation_in(keeper, GENERATION_DYING))
		return false;
	routers = keeper->rooms->remember();
	notes = write_notes(keeper, routers);
	if (notes < 0) {
		if (routers >= 0)
			close(routers);
		log_message(LOG_LEVEL_WARNING, "cannot write the notes for the next program: %s",
			strerror(-notes));
		return false;
	}
	snprintf(number, sizeof(number), "%d", notes);
	setenv(HANDOVER_VARIABLE, number, 1);
	keep_all(keeper, true);
	generation_reap(keeper);
	/* The signals that arrive from here on stay pending: they are blocked, and exec keeps that.
	 */
	syscall(SYS_execveat, reload->image, "", keeper->argv, environ, AT_EMPTY_PATH);
	log_message(LOG_LEVEL_WARNING,
		"cannot execute %s: %s: this program goes on with the reload", keeper->image_path,
		strerror(errno));
	keep_all(keeper, false);
	unsetenv(HANDOVER_VARIABLE);
	close(notes);
	if (routers >= 0)
		close(routers);
	return false;
}

/* ---- as the next program ---- */

static bool read_notes(int fd, struct handover *handover, struct arena *arena)
{
	size_t len;
	char *text = service_map(fd, &len);
	bool good;

	if (!text)
		return false;
	good = handover_read(handover, text, len, arena);
	munmap(text, len);
	return good;
}

static void adopt(struct keeper *keeper, const struct handover *handover)
{
	struct service *service = &keeper->service;

	keeper->last_number = handover->generation;
	keeper->silent = handover->silent;
	keeper->paused = handover->paused;
	keeper->pidfile = handover->pidfile ? strdup(handover->pidfile) : NULL;
	for (uint32_t i = 0; i < handover->socket_count; i++) {
		const struct handover_socket *socket = &handover->sockets[i];

		sockets_adopt(
			&keeper->sockets, socket->fd, socket->key, socket->text, socket->backlog);
		keeper->sockets.items[i].inherited = keeper->sockets.items[i].shared =
			socket->inherited;
	}
	*service = (struct service){.snapshot = handover->snapshot};
	service->listen_count = handover->listen_count;
	service->listen_fds = calloc(handover->listen_count + 1u, sizeof(*service->listen_fds));
	if (!service->listen_fds)
		abort();
	memcpy(service->listen_fds, handover->listen_fds,
		handover->listen_count * sizeof(*service->listen_fds));
	service->heartbeat = (struct heartbeat_limits){
		.stale_ms = handover->heartbeat_stale_ms,
		.replace_ms = handover->heartbeat_replace_ms,
	};
	service->hard_stop_after_ms = handover->hard_stop_after_ms;
	service->grace_ms = handover->grace_ms;
	keep_over_exec(service->snapshot, false);
	for (uint32_t i = 0; i < handover->balancer_count; i++) {
		const struct handover_balancer *balancer = &handover->balancers[i];

		keep_over_exec(balancer->pidfd, false);
		keep_over_exec(balancer->channel, false);
		keep_over_exec(balancer->board, false);
		generation_adopt(keeper, balancer);
	}
}

/* Before everything else: the peers listen for us.  The machines of the virtual routers go on under
 * the new files, whatever becomes of the rest of the reload. */
static void take_routers_over(struct keeper *keeper, const struct handover *handover)
{
	struct routers_start routers = keeper_routers_of(keeper, &keeper->service);
	struct plan plan;
	size_t len;
	void *bytes = handover->plan >= 0 ? service_map(handover->plan, &len) : NULL;

	keep_over_exec(handover->routers, false);
	routers.memory = handover->routers;
	if (bytes && plan_read(&plan, bytes, len))
		routers.config = plan.routers;
	keeper->rooms->open(&routers);
	if (bytes)
		munmap(bytes, len);
}

bool upgrade_take_over(struct keeper *keeper, const char *note)
{
	struct planner_answer answer;
	struct arena arena = {0};
	struct handover handover;
	int fd = atoi(note);

	if (!read_notes(fd, &handover, &arena)) {
		log_message(LOG_LEVEL_ALERT, "the notes of the program before are damaged");
		arena_free(&arena);
		return false;
	}
	close(fd);
	adopt(keeper, &handover);
	log_to_stderr(!keeper->silent);
	take_routers_over(keeper, &handover);
	keeper->announced = true;
	keeper->phase = KEEPER_RUNNING;
	keep_over_exec(handover.plan, false);
	keep_over_exec(handover.next_snapshot, false);
	answer = (struct planner_answer){
		.status = handover.plan >= 0 && handover.next_snapshot >= 0 ? PLANNER_GOOD
									    : PLANNER_BAD,
		.plan = handover.plan,
		.snapshot = handover.next_snapshot,
	};
	arena_free(&arena);
	generation_replace(keeper); /* none served at the moment of the exec */
	reload_go_on(keeper, &answer);
	return true;
}
