/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl.c - a master forwards, and a former master leaves the machine as it found it.
 *
 * What is set for the gateway, and why:
 *
 *	ip_forward          The inner network's packets pass through.  A write to it has side
 *	                    effects: the kernel sets the forwarding of every interface, and
 *	                    accept_redirects of "all" to the opposite.  Putting it back would take
 *	                    from the interfaces what somebody had given them one by one, so what
 *	                    has to survive is remembered before it (see remember_side_effects()).
 *	send_redirects      A balancer that has just lost the address still gets packets for it and
 *	                    forwards them; it must not tell hosts to go elsewhere.  The effective
 *	                    value is that of "all" or of the interface, so both are set.
 *	rp_filter           2, loose: during a hand-over a packet may come in where the way back
 *	                    does not lead.  The larger of "all" and the interface's counts, so the
 *	                    interface's is enough.
 *	nf_conntrack_*      Connections that were begun by way of the other balancer are picked up
 *	                    in their middle: sequence numbers outside of the window that was never
 *	                    seen are not held against them.
 *
 * All of it is done at transitions, with plain reads and writes that do not wait for a device.
 *
 * A value is remembered before it is changed, in memory that the caller may have mapped from a
 * file: a process killed between the two has remembered one change too many, and putting that back
 * does nothing, since the setting does not have our value. */
#include "vrrp/sysctl.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRACKED_MIN 262144 /* entries: an inner network of thousands of hosts, 80 MB when full */

const struct sysctl_wish sysctl_gateway[] = {
	{"net/ipv4/ip_forward", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/all/send_redirects", SYSCTL_EXACTLY, 0},
	{NULL, SYSCTL_EXACTLY, 0},
};

const struct sysctl_wish sysctl_gateway_interface[] = {
	{"net/ipv4/conf/%s/forwarding", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/%s/send_redirects", SYSCTL_EXACTLY, 0},
	{"net/ipv4/conf/%s/rp_filter", SYSCTL_EXACTLY, 2},
	{NULL, SYSCTL_EXACTLY, 0},
};

const struct sysctl_wish sysctl_forward_ipv6[] = {
	{"net/ipv6/conf/all/forwarding", SYSCTL_EXACTLY, 1},
	{NULL, SYSCTL_EXACTLY, 0},
};

const struct sysctl_wish sysctl_tracking[] = {
	{"net/netfilter/nf_conntrack_tcp_be_liberal", SYSCTL_EXACTLY, 1},
	{"net/netfilter/nf_conntrack_tcp_loose", SYSCTL_EXACTLY, 1},
	{"net/netfilter/nf_conntrack_max", SYSCTL_AT_LEAST, TRACKED_MIN},
	{NULL, SYSCTL_EXACTLY, 0},
};

/* A virtual router's own interface answers for its own addresses only, and what comes in there
 * may leave by its parent. */
const struct sysctl_wish sysctl_vmac[] = {
	{"net/ipv4/conf/%s/arp_ignore", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/%s/accept_local", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/%s/rp_filter", SYSCTL_EXACTLY, 2},
	{NULL, SYSCTL_EXACTLY, 0},
};

/* The parent must not answer for the virtual address with its own MAC, nor name it when it asks for
 * a neighbour: answers from the virtual address leave by the parent. */
const struct sysctl_wish sysctl_vmac_parent[] = {
	{"net/ipv4/conf/%s/arp_announce", SYSCTL_EXACTLY, 2},
	{"net/ipv4/conf/%s/arp_ignore", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/%s/arp_filter", SYSCTL_EXACTLY, 1},
	{"net/ipv4/conf/%s/rp_filter", SYSCTL_EXACTLY, 2},
	{NULL, SYSCTL_EXACTLY, 0},
};

const struct sysctl_wish sysctl_promote[] = {
	{"net/ipv4/conf/%s/promote_secondaries", SYSCTL_EXACTLY, 1},
	{NULL, SYSCTL_EXACTLY, 0},
};

/* What still comes from the address that has moved must not say that it is here: neither an answer
 * to somebody who looks for it, nor a question for a neighbour. */
const struct sysctl_wish sysctl_hop[] = {
	{"net/ipv4/conf/%s/arp_ignore", SYSCTL_AT_LEAST, 1},
	{"net/ipv4/conf/%s/arp_announce", SYSCTL_AT_LEAST, 2},
	{NULL, SYSCTL_EXACTLY, 0},
};

static int fulfil(struct sysctl_memory *memory, const struct sysctl_wish *wish, const char *path);
static int remember(
	struct sysctl_memory *memory, const char *path, const char *before, const char *after);
static int remember_side_effects(struct sysctl_memory *memory, const char *path);
static int remember_forwarding(struct sysctl_memory *memory, const char *folder);
static int name_path(char *path, const char *form, const char *interface);
static bool satisfies(const struct sysctl_wish *wish, const char *value);
static struct sysctl_change *recall(struct sysctl_memory *memory, const char *path);
static bool is_text(const char *text, uint32_t capacity);
static int read_value(const char *path, char *value);
static int write_value(const char *path, const char *value);
static int open_setting(const char *path, int flags);

int sysctl_apply(struct sysctl_memory *memory, const struct sysctl_wish *wishes,
	const char *interface, char *failed)
{
	int result = 0;

	for (; wishes->path; wishes++) {
		char path[SYSCTL_PATH_BYTES];
		int error = name_path(path, wishes->path, interface);

		if (error == 0)
			error = fulfil(memory, wishes, path);
		if (error && result == 0) {
			result = error;
			snprintf(failed, SYSCTL_PATH_BYTES, "%s", path[0] ? path : wishes->path);
		}
	}
	return result;
}

int sysctl_restore(struct sysctl_memory *memory)
{
	int result = 0;

	while (memory->count > 0) {
		const struct sysctl_change *change = &memory->changes[memory->count - 1];
		char now[SYSCTL_VALUE_BYTES];
		int error = read_value(change->path, now);

		/* What was remembered without being changed only has to survive. */
		if (error == 0 && (strcmp(now, change->after) == 0 ||
					  strcmp(change->before, change->after) == 0))
			error = write_value(change->path, change->before);
		if (error && error != -ENOENT && result == 0)
			result = error;
		memory->count--;
	}
	return result;
}

void sysctl_local_ports(uint16_t *first, uint16_t *last)
{
	char value[SYSCTL_VALUE_BYTES];

	if (read_value("net/ipv4/ip_local_port_range", value) < 0 ||
		sscanf(value, "%" SCNu16 " %" SCNu16, first, last) != 2 || *first > *last)
		*first = *last = 0;
}

bool sysctl_memory_is_sound(const struct sysctl_memory *memory)
{
	if (memory->count > SYSCTL_CHANGES_MAX)
		return false;
	for (uint32_t i = 0; i < memory->count; i++) {
		const struct sysctl_change *change = &memory->changes[i];

		if (!is_text(change->path, SYSCTL_PATH_BYTES) ||
			!is_text(change->before, SYSCTL_VALUE_BYTES) ||
			!is_text(change->after, SYSCTL_VALUE_BYTES))
			return false;
		if (strncmp(change->path, "net/", 4) != 0 || strstr(change->path, ".."))
			return false;
	}
	return true;
}

static int fulfil(struct sysctl_memory *memory, const struct sysctl_wish *wish, const char *path)
{
	struct sysctl_change *change = recall(memory, path);
	char now[SYSCTL_VALUE_BYTES], wanted[SYSCTL_VALUE_BYTES];
	int error = read_value(path, now);

	if (error || satisfies(wish, now))
		return error;
	snprintf(wanted, sizeof(wanted), "%u", wish->value);
	/* Somebody changed it after us: what it was before us is still what it goes back to. */
	if (change)
		return write_value(path, wanted);
	error = remember_side_effects(memory, path);
	if (error == 0)
		error = remember(memory, path, now, wanted);
	if (error == 0) {
		error = write_value(path, wanted);
		memory->count -= error != 0;
	}
	return error;
}

static int remember(
	struct sysctl_memory *memory, const char *path, const char *before, const char *after)
{
	struct sysctl_change *change = &memory->changes[memory->count];

	if (memory->count == SYSCTL_CHANGES_MAX)
		return -ENOSPC;
	memcpy(change->path, path, SYSCTL_PATH_BYTES);
	memcpy(change->before, before, SYSCTL_VALUE_BYTES);
	memcpy(change->after, after, SYSCTL_VALUE_BYTES);
	/* Whoever reads this memory after our death finds the change complete or not at all. */
	__atomic_store_n(&memory->count, memory->count + 1, __ATOMIC_RELEASE);
	return 0;
}

/* What a change of `path` changes besides.  Standing before it in the memory, it is put back after
 * it. */
static int remember_side_effects(struct sysctl_memory *memory, const char *path)
{
	static const char redirects[SYSCTL_PATH_BYTES] = "net/ipv4/conf/all/accept_redirects";
	char now[SYSCTL_VALUE_BYTES];
	int error;

	if (strcmp(path, "net/ipv6/conf/all/forwarding") == 0)
		return remember_forwarding(memory, "net/ipv6/conf");
	if (strcmp(path, "net/ipv4/ip_forward") != 0)
		return 0;
	error = read_value(redirects, now);
	if (error == 0)
		error = remember(memory, redirects, now, now);
	return error ? error : remember_forwarding(memory, "net/ipv4/conf");
}

/* The interfaces that forward already.  getdents64() and not opendir(), which allocates. */
static int remember_forwarding(struct sysctl_memory *memory, const char *folder)
{
	_Alignas(struct dirent64) char entries[2048];
	int fd = open_setting(folder, O_RDONLY | O_DIRECTORY), error = 0;
	ssize_t len = 0;

	if (fd < 0)
		return fd;
	while (error == 0 && (len = getdents64(fd, entries, sizeof(entries))) > 0)
		for (ssize_t at = 0; at < len && error == 0;) {
			const struct dirent64 *entry = (const void *)(entries + at);
			char path[SYSCTL_PATH_BYTES] = "", now[SYSCTL_VALUE_BYTES];
			int wanted = snprintf(
				path, sizeof(path), "%s/%.16s/forwarding", folder, entry->d_name);

			at += entry->d_reclen;
			/* "all" is the setting itself. */
			if (entry->d_name[0] == '.' || strcmp(entry->d_name, "all") == 0 ||
				wanted >= (int)sizeof(path))
				continue;
			if (read_value(path, now) == 0 && strcmp(now, "1") == 0)
				error = remember(memory, path, now, now);
		}
	close(fd);
	return error ? error : len < 0 ? (int)-EIO : 0;
}

/* The form's "%s" is replaced; an interface's name may hold dots, but no slash. */
static int name_path(char *path, const char *form, const char *interface)
{
	const char *place = strstr(form, "%s");
	int len;

	memset(path, 0, SYSCTL_PATH_BYTES);
	if (!place)
		len = snprintf(path, SYSCTL_PATH_BYTES, "%s", form);
	else if (!interface || !interface[0] || strchr(interface, '/') ||
		 strcmp(interface, "..") == 0 || strcmp(interface, ".") == 0)
		return -EINVAL;
	else
		len = snprintf(path, SYSCTL_PATH_BYTES, "%.*s%s%s", (int)(place - form), form,
			interface, place + 2);
	return len < SYSCTL_PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static bool satisfies(const struct sysctl_wish *wish, const char *value)
{
	long now = strtol(value, NULL, 10);

	return wish->rule == SYSCTL_AT_LEAST ? now >= (long)wish->value : now == (long)wish->value;
}

static struct sysctl_change *recall(struct sysctl_memory *memory, const char *path)
{
	for (uint32_t i = 0; i < memory->count; i++)
		if (strcmp(memory->changes[i].path, path) == 0)
			return &memory->changes[i];
	return NULL;
}

static bool is_text(const char *text, uint32_t capacity)
{
	return text[0] != '\0' && memchr(text, '\0', capacity) != NULL;
}

static int read_value(const char *path, char *value)
{
	int fd = open_setting(path, O_RDONLY);
	ssize_t len;

	memset(value, 0, SYSCTL_VALUE_BYTES);
	if (fd < 0)
		return fd;
	len = read(fd, value, SYSCTL_VALUE_BYTES - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len < 0)
		return (int)len;
	value[strcspn(value, "\n")] = '\0';
	return value[0] ? 0 : -ENODATA;
}

static int write_value(const char *path, const char *value)
{
	int fd = open_setting(path, O_WRONLY);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = write(fd, value, strlen(value));
	if (len < 0)
		len = -errno;
	close(fd);
	return len < 0 ? (int)len : 0;
}

static int open_setting(const char *path, int flags)
{
	char whole[sizeof("/proc/sys/") + SYSCTL_PATH_BYTES];
	int fd;

	snprintf(whole, sizeof(whole), "/proc/sys/%s", path);
	fd = open(whole, flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}
