/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - the roof: it alone opens every door.
 *
 * One program in four roles.  Started by a person it answers a question (-v, -c, -h) or becomes
 * the keeper; started by the keeper it is a planner, which reads the configuration, a balancer,
 * which forwards, or a guard, which waits for the keeper's death.  core knows the rooms above it
 * only as tables of functions; here the tables are filled, in the order of a balancer's life and of
 * a keeper's. */
#include "core/balancer.h"
#include "core/child.h"
#include "core/config/config.h"
#include "core/config/torc_appliance.h"
#include "core/handover.h"
#include "core/keeper.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/orders.h"
#include "core/planner.h"
#include "core/version.h"
#include "health/health.h"
#include "net/net.h"
#include "vrrp/vrrp.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the rooms of a balancer ---- */

static struct net *net;
static struct health *health;
static struct orders orders;

static int open_rooms(const struct balancer_start *start)
{
	struct net_options options = {
		.config = start->config,
		.board = start->board,
		.previous = start->previous,
		.routers = start->routers,
		.keeper = start->keeper,
		.orders = &orders,
		.listen_fds = start->listen_fds,
		.worker_count = start->worker_count,
		.maxconn = start->maxconn,
		.own_descriptors = start->own_descriptors,
		.pid = start->keeper_pid,
		.pin_workers = start->pin_workers,
	};
	int error;

	orders_init(&orders);
	error = health_open(&health, start->config, start->board, &orders, start->keeper_pid);
	if (error < 0) {
		log_message(LOG_LEVEL_ALERT, "cannot make the ring of the prober: %s",
			loop_explain(error));
		return error;
	}
	return net_open(&net, &options);
}

/* Clients first: they are waiting; a probe is due in a moment anyway. */
static int start_rooms(void)
{
	int error = net_start(net);

	return error < 0 ? error : health_start(health);
}

/* The prober has one life: it ends with the first call. */
static void drain_rooms(const struct board *successor)
{
	if (health)
		health_stop(health);
	net_drain(net, successor);
}

static void moved_rooms(const char *address, uint32_t idle_ms)
{
	net_moved(net, address, idle_ms);
}

static void pause_rooms(bool paused)
{
	net_pause(net, paused);
}

static bool rooms_are_idle(void)
{
	return net_is_idle(net);
}

static void close_rooms(void)
{
	if (health)
		health_stop(health);
	if (net)
		net_close(net);
	if (health)
		health_close(health);
	net = NULL;
	health = NULL;
}

static const struct balancer_rooms rooms = {
	.first_verdicts = health_first_verdicts,
	.open = open_rooms,
	.start = start_rooms,
	.drain = drain_rooms,
	.moved = moved_rooms,
	.pause = pause_rooms,
	.is_idle = rooms_are_idle,
	.close = close_rooms,
};

/* ---- the room of the keeper ---- */

static const struct keeper_rooms keeper_rooms = {
	.open = vrrp_open,
	.reload = vrrp_reload,
	.tell_serving = vrrp_tell_serving,
	.leave = vrrp_leave,
	.order = vrrp_order,
	.remember = vrrp_remember,
	.describe = vrrp_describe,
	.page = vrrp_page,
	.close = vrrp_close,
};

/* ---- questions ---- */

static int answer_condition(const struct options *options)
{
	const char *error = NULL;
	int truth = config_condition(options->condition, &error);

	if (truth < 0) {
		log_message(LOG_LEVEL_ALERT, "-cc: %s", error ? error : "not a condition");
		return 2;
	}
	return truth ? 0 : 1;
}

static int answer_print(const struct options *options)
{
	struct config_source source = {0};
	struct config config = {0};
	int code = 1;

	if (options->action == OPTIONS_APPLIANCE)
		source.machine = appliance_machine();
	if (planner_load(options, &source, &config) != PLANNER_BAD)
		code = 0;
	if (options->action == OPTIONS_APPLIANCE)
		appliance_print_facts(
			&config, code == 0 ? APPLIANCE_WHOLE : APPLIANCE_BLOCK, stdout);
	else if (code == 0)
		config_print(&config, stdout);
	config_free(&config);
	config_source_free(&source);
	return code;
}

/* The keeper does this for itself, since it also must do it once only. */
static bool enter_directory(const struct options *options)
{
	if (!options->directory || chdir(options->directory) == 0)
		return true;
	log_message(LOG_LEVEL_ALERT, "Could not change to directory %s : %s", options->directory,
		strerror(errno));
	return false;
}

static int usage(const char *program)
{
	options_print_usage(stderr, program);
	return 1;
}

static int answer(const struct options *options, char **argv)
{
	switch (options->action) {
	case OPTIONS_VERSION:
		version_print(stdout);
		return 0;
	case OPTIONS_BUILD:
		version_print_build(stdout);
		return 0;
	case OPTIONS_HELP:
		options_print_usage(stdout, argv[0]);
		return 0;
	case OPTIONS_WORDS:
		config_print_words(stdout);
		return 0;
	case OPTIONS_CONDITION:
		return answer_condition(options);
	case OPTIONS_CHECK:
	case OPTIONS_PRINT:
	case OPTIONS_APPLIANCE:
		if (options->file_count == 0)
			return usage(argv[0]);
		if (!enter_directory(options))
			return 1;
		return options->action == OPTIONS_CHECK ? planner_check(options)
							: answer_print(options);
	case OPTIONS_RUN:
		break;
	}
	if (options->file_count == 0)
		return usage(argv[0]);
	if (options->master_socket && !options->quiet && !getenv(HANDOVER_VARIABLE))
		log_message(LOG_LEVEL_WARNING, "-S is accepted, there is no master CLI; the stats "
					       "socket answers over reloads");
	return keeper_main(options, &keeper_rooms, argv);
}

/* ---- the four roles ---- */

int main(int argc, char **argv)
{
	static struct options options; /* lives as long as the process */
	struct child_self self;
	char problem[256];

	if (!child_who_am_i(&self)) {
		fprintf(stderr, "torc: TORC_ROLE is set by torc itself, for its own children\n");
		return 1;
	}
	if (!options_read(&options, argc, argv, problem, sizeof(problem))) {
		log_message(LOG_LEVEL_ALERT, "%s", problem);
		return usage(argv[0]);
	}
	if (self.role == CHILD_NONE)
		return answer(&options, argv);
	signal(SIGPIPE, SIG_IGN);
	log_set_pid((uint32_t)self.keeper);
	switch (self.role) {
	case CHILD_PLANNER:
		return planner_main(&options, self.channel);
	case CHILD_BALANCER:
		return balancer_main(&options, &rooms, self.channel);
	case CHILD_GUARD:
		return vrrp_guard_main(self.channel, self.keeper);
	case CHILD_NONE:
		break;
	}
	return 1;
}
