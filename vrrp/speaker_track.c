/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_track.c - what is watched, and the priorities that follow.
 *
 * Whether the balancer serves is not sampled: the keeper sees heartbeats and listeners and tells,
 * and the answer counts at once.  So do interfaces, of which the kernel tells.  Files are read once
 * a second: small, local, and without a descriptor to keep.
 *
 * An answer that changes makes every router that looks at it sum again; a sum that changes is told
 * to the router, or to its group, which advertises the least of its members'. */
#include "core/log.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct vrrp_range group_bindings(const struct router *router)
{
	int32_t group = router->instance->group;

	if (group < 0)
		return (struct vrrp_range){0};
	return vrrp_groups(router->speaker->config)[group].bindings;
}

static bool looks_at(const struct router *router, uint32_t tracker)
{
	const struct vrrp_binding *bindings = vrrp_bindings(router->speaker->config);
	struct vrrp_range ranges[] = {router->instance->bindings, group_bindings(router)};

	for (uint32_t r = 0; r < 2; r++)
		for (uint32_t i = 0; i < ranges[r].count; i++)
			if (bindings[ranges[r].first + i].tracker == tracker)
				return true;
	return false;
}

static void tell_priority(struct router *router, uint8_t before)
{
	struct vrrp_event event = {.kind = VRRP_EV_PRIORITY, .priority = router->sum.effective};

	if (before != router->sum.effective)
		log_message(LOG_LEVEL_NOTICE, "(%s) Changing effective priority from %u to %u: %s",
			router->instance->name, before, router->sum.effective, router->sum.text);
	if (router->group) {
		struct sync_group *group = router->group;

		group->sync.members[router->member].priority = router->sum.effective;
		router_settle_group(group);
		gateway_settle(router->speaker);
	} else if (router->fsm.priority != router->sum.effective) {
		router_tell(router, &event);
	}
	if (before != router->sum.effective)
		scripts_priority(router);
}

void track_sum(struct router *router)
{
	struct speaker *speaker = router->speaker;
	struct vrrp_tracked tracked = {
		.trackers = speaker->trackers,
		.watches = speaker->watches,
		.bindings = vrrp_bindings(speaker->config),
		.own = router->instance->bindings,
		.group = group_bindings(router),
	};
	uint8_t before = router->sum.effective;

	vrrp_track_sum(&router->sum, router->instance->priority, &tracked);
	tell_priority(router, before ? before : router->instance->priority);
	router_check_faults(router);
}

static void answer_changed(struct speaker *speaker, uint32_t tracker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (looks_at(&speaker->routers[i], tracker))
			track_sum(&speaker->routers[i]);
}

/* init_file: whoever watches a file wants it there from the start; a reload overwrites nothing. */
static void make_file(const struct vrrp_tracker *tracker, bool first)
{
	int flags = tracker->overwrite_file && first ? O_TRUNC : O_EXCL;
	int fd = open(tracker->path,
		O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0644);
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", tracker->file_value);

	if (fd < 0 && errno == EEXIST)
		return;
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		log_message(LOG_LEVEL_WARNING, "cannot write the tracked file %s: %s",
			tracker->path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

void track_open(struct speaker *speaker, bool first)
{
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];

		vrrp_watch_init(&speaker->watches[i], tracker);
		if (tracker->kind == VRRP_TRACK_FILE && tracker->make_file)
			make_file(tracker, first);
	}
}

void track_serving(struct speaker *speaker, bool serving)
{
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++)
		if (speaker->trackers[i].kind == VRRP_TRACK_SERVING)
			track_result(speaker, i, serving);
}

void track_backends(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];
		enum vrrp_answer before = speaker->watches[i].answer;
		int32_t up = tracker->kind == VRRP_TRACK_BACKEND
				     ? speaker->servers_up(speaker->keeper, tracker->name)
				     : -1;
		bool enough = up >= 0 && (uint32_t)up >= tracker->minimum;

		if (up < 0)
			continue; /* nobody serves: what was known holds, that is another tracker's
				   */
		track_result(speaker, i, enough);
		if (speaker->watches[i].answer == before || before == VRRP_ANSWER_UNKNOWN)
			continue;
		log_message(enough ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
			"backend %s has %d servers up, %s %u", tracker->name, up,
			enough ? "at least" : "fewer than", tracker->minimum);
	}
}

void track_link(struct speaker *speaker, const struct link *link)
{
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];

		if (tracker->kind == VRRP_TRACK_INTERFACE &&
			strcmp(tracker->name, link->name) == 0 &&
			vrrp_watch_result(&speaker->watches[i], tracker, link->running))
			answer_changed(speaker, i);
	}
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if ((speaker->routers[i].link == link || speaker->routers[i].vmac == link) &&
			speaker->routers[i].fsm.state != VRRP_INIT)
			router_check_faults(&speaker->routers[i]);
}

/* The number that a file holds.  False: there is none to be read. */
static bool read_number(const char *path, int64_t *value)
{
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len;
	char *end;

	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return false;
	text[len] = '\0';
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0;
}

void track_result(struct speaker *speaker, uint32_t tracker, bool good)
{
	if (vrrp_watch_result(&speaker->watches[tracker], &speaker->trackers[tracker], good))
		answer_changed(speaker, tracker);
}

void track_absent(struct speaker *speaker, uint32_t tracker)
{
	if (vrrp_watch_absent(&speaker->watches[tracker]))
		answer_changed(speaker, tracker);
}

void track_tick(struct speaker *speaker, uint64_t now_us)
{
	(void)now_us;
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		struct vrrp_watch *watch = &speaker->watches[i];
		int64_t value;

		if (speaker->trackers[i].kind != VRRP_TRACK_FILE)
			continue;
		if (read_number(speaker->trackers[i].path, &value) ? vrrp_watch_value(watch, value)
								   : vrrp_watch_forget(watch))
			answer_changed(speaker, i);
	}
}
