/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.c - the front door: the workers, the admin thread, and what they share.
 *
 * Made and unmade by the balancer's main thread, which afterwards only asks: drain, pause, are
 * you idle?  What is allocated here lives in one arena and nothing is added to it after
 * net_open(). */
#include "net/net.h"
#include "core/log.h"
#include "net/admin.h"
#include "net/worker.h"
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct net {
	struct arena arena;
	struct net_options options;
	struct admission admission;
	struct balance_shared *positions;
	struct load load;
	struct queue *queues;
	struct queue_inbox *inboxes;
	struct inspector *inspector;
	struct stats_context stats;
	struct admin *admin;
	uint32_t worker_count;
	struct worker *workers;
};

static void wake_worker(void *owner, uint32_t worker)
{
	struct net *net = owner;

	loop_wake(&net->workers[worker].loop);
}

static int open_queues(struct net *net)
{
	const struct config *config = net->options.config;
	uint32_t workers = net->options.worker_count;
	int error = load_open(&net->load, config);

	if (error < 0)
		return error;
	net->queues = aligned_alloc(
		_Alignof(struct queue), (config->proxy_count + 1) * sizeof(struct queue));
	net->inboxes = aligned_alloc(
		_Alignof(struct queue_inbox), (workers + 1) * sizeof(struct queue_inbox));
	if (!net->queues || !net->inboxes)
		return -ENOMEM;
	for (uint32_t i = 0; i < config->proxy_count; i++)
		queue_init(&net->queues[i], &net->arena, &config->proxies[i], &net->load);
	for (uint32_t i = 0; i < workers; i++)
		queue_inbox_init(&net->inboxes[i]);
	return 0;
}

static int open_shared(struct net *net)
{
	const struct config *config = net->options.config;
	struct inspector_options inspector = {
		.config = config,
		.board = net->options.board,
		.worker_count = net->options.worker_count,
		.wake = wake_worker,
		.owner = net,
	};
	struct rlimit files = {0};
	int error;

	net->admission.process_max = net->options.maxconn;
	net->admission.frontends =
		arena_alloc(&net->arena, config->proxy_count * sizeof(_Atomic uint32_t));
	net->admission.listeners =
		arena_alloc(&net->arena, config->listener_count * sizeof(_Atomic uint32_t));
	/* One position a cache line: arenas align to 16 bytes only. */
	net->positions = aligned_alloc(_Alignof(struct balance_shared),
		(config->proxy_count + 1) * sizeof(struct balance_shared));
	if (!net->positions)
		return -ENOMEM;
	memset(net->positions, 0, (config->proxy_count + 1) * sizeof(struct balance_shared));
	error = open_queues(net);
	if (error < 0)
		return error;
	getrlimit(RLIMIT_NOFILE, &files);
	net->stats = (struct stats_context){
		.config = config,
		.board = net->options.board,
		.previous = net->options.previous,
		.routers = net->options.routers,
		.orders = net->options.orders,
		.load = &net->load,
		.queues = net->queues,
		.keeper = net->options.keeper,
		.pid = net->options.pid,
		.maxconn = net->options.maxconn,
		.ulimit_n = (uint32_t)files.rlim_cur,
		.maxsock = (uint32_t)files.rlim_cur,
		.maxpipes = config->global.splice ? RELAY_PIPES * net->options.worker_count : 0,
	};
	return inspector_open(&net->inspector, &inspector);
}

/* The cores that this process may use, in order. */
static int core_of(uint32_t worker)
{
	cpu_set_t allowed;
	uint32_t nth;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0 || CPU_COUNT(&allowed) == 0)
		return -1;
	nth = worker % (uint32_t)CPU_COUNT(&allowed);
	for (int core = 0; core < CPU_SETSIZE; core++)
		if (CPU_ISSET((size_t)core, &allowed) && nth-- == 0)
			return core;
	return -1;
}

static int open_workers(struct net *net)
{
	struct worker_options options = {
		.config = net->options.config,
		.board = net->options.board,
		.listen_fds = net->options.listen_fds,
		.maxconn = net->options.maxconn,
		.pid = net->options.pid,
		.admission = &net->admission,
		.positions = net->positions,
		.load = &net->load,
		.queues = net->queues,
		.inboxes = net->inboxes,
		.wake = wake_worker,
		.owner = net,
		.inspector = net->inspector,
		.stats = &net->stats,
		.arena = &net->arena,
	};

	net->workers = arena_alloc(&net->arena, net->options.worker_count * sizeof(*net->workers));
	for (uint32_t i = 0; i < net->options.worker_count; i++) {
		int error;

		options.index = i;
		options.core = net->options.pin_workers ? core_of(i) : -1;
		options.own_descriptors = net->options.own_descriptors;
		error = worker_open(&net->workers[i], &options);
		if (error < 0) {
			log_message(LOG_LEVEL_ALERT, "cannot make worker %u: %s", i + 1,
				loop_explain(error));
			return error;
		}
		net->worker_count++;
	}
	return 0;
}

int net_open(struct net **out, const struct net_options *options)
{
	struct net *net = calloc(1, sizeof(*net));
	int error;

	if (!net)
		return -ENOMEM;
	net->options = *options;
	/* The admin first: it completes what the workers copy of the statistics' context. */
	if ((error = open_shared(net)) < 0 ||
		(error = admin_open(
			 &net->admin, &net->stats, options->listen_fds, net->inspector)) < 0 ||
		(error = open_workers(net)) < 0) {
		net_close(net);
		return error;
	}
	*out = net;
	return 0;
}

int net_start(struct net *net)
{
	int error = admin_start(net->admin);

	for (uint32_t i = 0; i < net->worker_count && error == 0; i++)
		error = worker_start(&net->workers[i]);
	return error;
}

void net_drain(struct net *net, const struct board *successor)
{
	admin_drain(net->admin, successor);
	for (uint32_t i = 0; i < net->worker_count; i++)
		worker_drain(&net->workers[i]);
}

void net_moved(struct net *net, const char *address, uint32_t idle_ms)
{
	struct moved_address moved = {
		.family = strchr(address, ':') ? AF_INET6 : AF_INET,
		.idle_ms = idle_ms,
	};

	if (inet_pton(moved.family, address, moved.bytes) != 1)
		return;
	for (uint32_t i = 0; i < net->worker_count; i++)
		worker_moved(&net->workers[i], &moved);
}

void net_pause(struct net *net, bool paused)
{
	for (uint32_t i = 0; i < net->worker_count; i++)
		worker_pause(&net->workers[i], paused);
}

bool net_is_idle(const struct net *net)
{
	for (uint32_t i = 0; i < net->worker_count; i++)
		if (!worker_is_idle(&net->workers[i]))
			return false;
	return true;
}

void net_close(struct net *net)
{
	for (uint32_t i = 0; i < net->worker_count; i++)
		worker_stop(&net->workers[i]);
	if (net->admin)
		admin_close(net->admin);
	for (uint32_t i = 0; i < net->worker_count; i++)
		worker_close(&net->workers[i]);
	if (net->inspector)
		inspector_close(net->inspector);
	free(net->positions);
	load_close(&net->load);
	free(net->queues);
	free(net->inboxes);
	arena_free(&net->arena);
	free(net);
}
