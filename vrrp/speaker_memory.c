/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_memory.c - what the next program, or the next configuration, goes on from.
 *
 * The machines of the routers are copied as they are, with their names.  A reload and an upgrade
 * of the program are the same to them: whoever reads the memory finds its routers by name, and one
 * that would be another router on the wire (another interface, family, version or number) begins
 * anew.  So a reload that changes nothing changes nothing, and one that adds a router disturbs no
 * other.
 *
 * The bytes are structures of this very program.  Another version of it, with other structures,
 * says so by their size and the version in front; it then begins with nothing remembered. */
#include "core/log.h"
#include "vrrp/speaker.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEMORY_MAGIC   0x76637274u /* "trcv" */
#define MEMORY_VERSION 4u

struct memory_head {
	uint32_t magic, version;
	/* Descriptors, at this place in every version from 3 on: whoever cannot read the rest can
	 * close them. */
	int32_t gateway, fifo_fds[MEMORY_FIFOS];
	uint32_t router_bytes, watch_bytes;
	uint32_t router_count, watch_count, child_count;
	struct memory_fifo fifos[MEMORY_FIFOS];
	struct sysctl_memory settings, lasting;
};

struct memory_router {
	struct vrrp_instance instance; /* its ranges mean nothing any more */
	struct vrrp_fsm fsm;
	struct vrrp_sum sum;
	struct hop_deal deal;
	uint64_t verdicts[VRRP_VERDICTS];
	bool refused;
};

struct memory_watch {
	char name[VRRP_NAME_BYTES];
	uint32_t kind;
	struct vrrp_watch watch;
};

static struct memory_router *routers_of(const struct memory *memory)
{
	return (void *)((char *)memory->bytes + sizeof(struct memory_head));
}

static struct memory_watch *watches_of(const struct memory *memory)
{
	const struct memory_head *head = memory->bytes;

	return (void *)(routers_of(memory) + head->router_count);
}

static struct orphan *children_of(const struct memory *memory)
{
	const struct memory_head *head = memory->bytes;

	return (void *)(watches_of(memory) + head->watch_count);
}

static uint32_t list_children(const struct speaker *speaker, struct orphan *out)
{
	uint32_t count = 0;
	pid_t pid;

	if (speaker->guard.pid > 0)
		out[count++] = (struct orphan){.pid = speaker->guard.pid};
	for (uint32_t i = 0; (pid = script_fired(i)) != 0; i++)
		out[count++] = (struct orphan){.pid = pid};
	/* Nobody will hear their answers: the next program asks anew. */
	for (uint32_t i = 0; (pid = scripts_asked(speaker, i)) != 0; i++)
		out[count++] = (struct orphan){.pid = pid, .unwanted = true};
	return count;
}

bool memory_make(struct memory *memory, const struct speaker *speaker)
{
	uint32_t watch_count = speaker->config->tracker_count;
	struct memory_head *head;

	static struct orphan children[ORPHANS_MAX]; /* the keeper's thread alone */
	uint32_t child_count = list_children(speaker, children);

	*memory = (struct memory){.gateway = -1};
	memory->len = sizeof(*head) + speaker->router_count * sizeof(struct memory_router) +
		      watch_count * sizeof(struct memory_watch) + child_count * sizeof(*children);
	memory->bytes = calloc(1, memory->len);
	if (!memory->bytes)
		return false;
	head = memory->bytes;
	head->magic = MEMORY_MAGIC;
	head->version = MEMORY_VERSION;
	head->router_bytes = sizeof(struct memory_router);
	head->watch_bytes = sizeof(struct memory_watch);
	head->router_count = speaker->router_count;
	head->watch_count = watch_count;
	head->child_count = child_count;
	head->gateway = -1;
	head->settings = speaker->remains->settings;
	head->lasting = speaker->remains->lasting;
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct memory_router *to = &routers_of(memory)[i];
		const struct router *from = &speaker->routers[i];

		to->instance = *from->instance;
		to->fsm = from->fsm;
		to->sum = from->sum;
		to->deal = from->hop.deal;
		to->refused = from->refused;
		memcpy(to->verdicts, from->verdicts, sizeof(to->verdicts));
	}
	for (uint32_t i = 0; i < watch_count; i++) {
		struct memory_watch *to = &watches_of(memory)[i];

		memcpy(to->name, speaker->trackers[i].name, sizeof(to->name));
		to->kind = speaker->trackers[i].kind;
		to->watch = speaker->watches[i];
	}
	memcpy(children_of(memory), children, child_count * sizeof(*children));
	return true;
}

/* A file that stays open over exec. */
int memory_seal(const struct memory *memory)
{
	int fd = memfd_create("torc-routers", 0);
	struct memory_head *head = memory->bytes;

	head->gateway = memory->gateway;
	memcpy(head->fifos, memory->fifos, sizeof(head->fifos));
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++)
		head->fifo_fds[i] = memory->fifos[i].fd;
	if (fd >= 0 && write(fd, memory->bytes, memory->len) != (ssize_t)memory->len) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool is_sound(const struct memory *memory)
{
	const struct memory_head *head = memory->bytes;
	size_t rest = memory->len - sizeof(*head);

	if (head->magic != MEMORY_MAGIC || head->version != MEMORY_VERSION ||
		head->router_bytes != sizeof(struct memory_router) ||
		head->watch_bytes != sizeof(struct memory_watch) ||
		head->router_count > VRRP_INSTANCES_MAX || head->watch_count > VRRP_TRACKERS_MAX ||
		head->child_count > ORPHANS_MAX || !sysctl_memory_is_sound(&head->settings) ||
		!sysctl_memory_is_sound(&head->lasting))
		return false;
	return rest == head->router_count * sizeof(struct memory_router) +
			       head->watch_count * sizeof(struct memory_watch) +
			       head->child_count * sizeof(struct orphan);
}

bool memory_map(struct memory *memory, int fd)
{
	struct stat status;

	const struct memory_head *head;

	*memory = (struct memory){.gateway = -1, .mapped = true};
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++)
		memory->fifos[i].fd = -1;
	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(struct memory_head))
		return false;
	memory->len = (size_t)status.st_size;
	memory->bytes = mmap(NULL, memory->len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (memory->bytes == MAP_FAILED) {
		memory->bytes = NULL;
		return false;
	}
	head = memory->bytes;
	if (head->magic == MEMORY_MAGIC && head->version >= 3)
		memory->gateway = head->gateway;
	if (is_sound(memory)) {
		memcpy(memory->fifos, head->fifos, sizeof(head->fifos));
		return true;
	}
	for (uint32_t i = 0; head->magic == MEMORY_MAGIC && head->version >= 3 && i < MEMORY_FIFOS;
		i++)
		if (head->fifo_fds[i] > 2)
			close(head->fifo_fds[i]);
	log_message(LOG_LEVEL_WARNING, "the virtual routers of the program before are of another "
				       "version: they begin anew");
	memory_drop(memory);
	return false;
}

void memory_drop(struct memory *memory)
{
	if (memory->mapped && memory->bytes)
		munmap(memory->bytes, memory->len);
	else
		free(memory->bytes);
	memory->bytes = NULL;
}

/* ---- recalling ---- */

bool memory_is_same(const struct vrrp_instance *before, const struct vrrp_instance *after)
{
	return strcmp(before->name, after->name) == 0 &&
	       strcmp(before->interface, after->interface) == 0 &&
	       strcmp(before->vrf, after->vrf) == 0 && before->family == after->family &&
	       before->version == after->version && before->router_id == after->router_id &&
	       before->use_vmac == after->use_vmac &&
	       before->vmac_xmit_base == after->vmac_xmit_base &&
	       strcmp(before->vmac_interface, after->vmac_interface) == 0 &&
	       memcmp(before->vmac_mac, after->vmac_mac, sizeof(after->vmac_mac)) == 0 &&
	       (before->group >= 0) == (after->group >= 0) &&
	       (before->priority == VRRP_PRIORITY_OWNER) ==
		       (after->priority == VRRP_PRIORITY_OWNER);
}

bool memory_recall(const struct memory *memory, struct router *router)
{
	const struct memory_head *head = memory->bytes;

	for (uint32_t i = 0; head && i < head->router_count; i++) {
		const struct memory_router *from = &routers_of(memory)[i];
		struct vrrp_options options = router->fsm.options;

		if (!memory_is_same(&from->instance, router->instance) ||
			from->fsm.state == VRRP_INIT)
			continue;
		router->fsm = from->fsm;
		router->fsm.options = options;
		if (router->group && router->fsm.held)
			router->group->sync.released = true;
		router->sum = from->sum;
		router->hop.deal = from->deal;
		router->refused = from->refused;
		memcpy(router->verdicts, from->verdicts, sizeof(router->verdicts));
		return true;
	}
	return false;
}

static const struct memory_watch *find_watch(
	const struct memory *memory, const struct vrrp_tracker *tracker)
{
	const struct memory_head *head = memory->bytes;

	for (uint32_t i = 0; i < head->watch_count; i++) {
		const struct memory_watch *from = &watches_of(memory)[i];

		if (from->kind == tracker->kind &&
			strncmp(from->name, tracker->name, sizeof(from->name)) == 0)
			return from;
	}
	return NULL;
}

/* What was not watched before the reload is well until it answers, as in keepalived: a master must
 * not let go because it looks at one thing more.  The others are known at once anyway. */
void memory_recall_watches(const struct memory *memory, struct speaker *speaker)
{
	const struct memory_head *head = memory->bytes;

	if (!head)
		return;
	speaker->remains->settings = head->settings;
	speaker->remains->lasting = head->lasting;
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];
		const struct memory_watch *from = find_watch(memory, tracker);

		if (from)
			speaker->watches[i] = from->watch;
		else if (tracker->kind == VRRP_TRACK_SCRIPT && !tracker->init_fail)
			speaker->watches[i].answer = VRRP_ANSWER_GOOD;
	}
}

void memory_adopt_children(const struct memory *memory)
{
	const struct memory_head *head = memory->bytes;

	for (uint32_t i = 0; head && i < head->child_count; i++)
		orphans_adopt(&children_of(memory)[i]);
}
