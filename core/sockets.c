/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.c - listening sockets: opened once, lent to each balancer, given up last.
 *
 * One socket an address, shared by all workers' rings.  SO_REUSEPORT is not used: it would let a
 * second torc bind the same address without a word, and closing one socket of such a group resets
 * the connections that wait in it.
 *
 * A socket that is given up is shut down first.  The balancer that drains still holds a copy of
 * the descriptor, and a mere close() here would leave the socket listening with nobody to accept;
 * shutdown() takes it out of the listening state for every holder at once.  The same call is how
 * a pause refuses connections without losing the port: listen() brings the socket back.
 *
 * A unix socket is bound under a temporary name and renamed over the old one when the transaction
 * is through, so that its path always leads to somebody. */
#include "core/sockets.h"
#include "core/log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OFFERED_KEY "offered" /* no key of a listener looks like that */

enum path_end { PATH_TAKES_ITS_NAME, PATH_IS_REMOVED };

static int open_listener(struct sockets *sockets, const struct plan *plan,
	const struct plan_listener *listener, bool *offered, char *problem);
static struct held_socket *in_the_way(struct sockets *sockets, const struct plan_listener *listener,
	const struct held_socket *after);
static void displace(struct sockets *sockets, const struct plan_listener *listener);
static void settle_path(int fd, enum path_end end);

static struct held_socket *find(struct sockets *sockets, const char *key)
{
	for (uint32_t i = 0; i < sockets->count; i++)
		if (strcmp(sockets->items[i].key, key) == 0)
			return &sockets->items[i];
	return NULL;
}

static struct held_socket *add(struct sockets *sockets, int fd, const char *key, const char *text)
{
	struct held_socket *item;

	if (sockets->count == sockets->room) {
		uint32_t room = sockets->room ? 2 * sockets->room : 16;
		void *more = realloc(sockets->items, room * sizeof(*sockets->items));

		if (!more)
			abort();
		sockets->items = more;
		sockets->room = room;
	}
	item = &sockets->items[sockets->count++];
	*item = (struct held_socket){.fd = fd, .key = strdup(key), .text = strdup(text)};
	if (!item->key || !item->text)
		abort();
	return item;
}

enum parting { PARTING_CLOSE, PARTING_FORGET };

static void give_up(struct sockets *sockets, uint32_t at, enum parting parting)
{
	struct held_socket *item = &sockets->items[at];

	/* A socket that somebody else holds too goes on listening for him. */
	if (parting == PARTING_CLOSE && !item->shared)
		shutdown(item->fd, SHUT_RDWR);
	if (parting == PARTING_CLOSE)
		close(item->fd);
	free(item->key);
	free(item->text);
	*item = sockets->items[--sockets->count];
}

enum pass { PASS_PEACEFUL, PASS_DISPLACING };

/* Opens what one listener needs and is not there yet. */
static int acquire_one(struct sockets *sockets, const struct plan *plan,
	const struct plan_listener *listener, char *problem)
{
	bool offered = false;
	int fd = open_listener(sockets, plan, listener, &offered, problem);
	struct held_socket *item;

	if (fd < 0)
		return fd;
	item = add(
		sockets, fd, plan_string(plan, listener->key), plan_string(plan, listener->text));
	item->family = listener->address.any.sa_family;
	item->backlog = listener->backlog;
	item->fresh = item->wanted = true;
	item->inherited = listener->inherited_fd >= 0;
	item->shared = item->inherited || offered;
	return 0;
}

static int acquire_missing(
	struct sockets *sockets, const struct plan *plan, enum pass pass, char *problem)
{
	for (uint32_t i = 0; i < plan->head->listener_count; i++) {
		const struct plan_listener *listener = &plan->listeners[i];
		int error;

		if (find(sockets, plan_string(plan, listener->key)))
			continue;
		if (pass == PASS_PEACEFUL && in_the_way(sockets, listener, NULL))
			continue;
		error = acquire_one(sockets, plan, listener, problem);
		if (error == -EADDRINUSE && pass == PASS_DISPLACING) {
			displace(sockets, listener);
			error = acquire_one(sockets, plan, listener, problem);
		}
		if (error < 0)
			return error;
	}
	return 0;
}

static void mark_wanted(struct sockets *sockets, const struct plan *plan)
{
	for (uint32_t i = 0; i < sockets->count; i++)
		sockets->items[i].wanted = false;
	for (uint32_t i = 0; i < plan->head->listener_count; i++) {
		struct held_socket *item = find(sockets, plan_string(plan, plan->listeners[i].key));

		if (item)
			item->wanted = true;
	}
}

int sockets_acquire(struct sockets *sockets, const struct plan *plan, int *fds, char *problem)
{
	int error;

	mark_wanted(sockets, plan);
	/* Those last that take an address from a socket of ours which still serves: when another
	 * one cannot be had, nothing was disturbed. */
	error = acquire_missing(sockets, plan, PASS_PEACEFUL, problem);
	if (error == 0)
		error = acquire_missing(sockets, plan, PASS_DISPLACING, problem);
	if (error < 0) {
		sockets_abandon(sockets);
		return error;
	}
	for (uint32_t i = 0; i < plan->head->listener_count; i++) {
		const struct plan_listener *listener = &plan->listeners[i];
		struct held_socket *item = find(sockets, plan_string(plan, listener->key));

		if (item->backlog != listener->backlog && listener->inherited_fd < 0)
			listen(item->fd, (int)listener->backlog); /* only its length changes */
		item->backlog = listener->backlog;
		fds[i] = item->fd;
	}
	return 0;
}

/* What -x brought and nobody wanted. */
static void drop_offers(struct sockets *sockets)
{
	for (uint32_t i = sockets->count; i-- > 0;)
		if (strcmp(sockets->items[i].key, OFFERED_KEY) == 0)
			give_up(sockets, i, PARTING_CLOSE);
}

void sockets_commit(struct sockets *sockets)
{
	drop_offers(sockets);
	for (uint32_t i = sockets->count; i-- > 0;) {
		struct held_socket *item = &sockets->items[i];

		if (item->fresh && item->family == AF_UNIX)
			settle_path(item->fd, PATH_TAKES_ITS_NAME);
		item->fresh = false;
		item->shared = item->inherited;
		if (!item->wanted)
			give_up(sockets, i, PARTING_CLOSE);
	}
}

void sockets_abandon(struct sockets *sockets)
{
	for (uint32_t i = sockets->count; i-- > 0;) {
		struct held_socket *item = &sockets->items[i];

		if (!item->fresh)
			continue;
		if (item->family == AF_UNIX)
			settle_path(item->fd, PATH_IS_REMOVED);
		give_up(sockets, i, item->inherited ? PARTING_FORGET : PARTING_CLOSE);
	}
	for (uint32_t i = 0; i < sockets->count; i++) {
		struct held_socket *item = &sockets->items[i];

		item->wanted = true;
		if (item->displaced && listen(item->fd, (int)item->backlog) == 0) {
			item->displaced = false;
			sockets->disturbed = true;
		}
	}
}

void sockets_adopt(
	struct sockets *sockets, int fd, const char *key, const char *text, uint32_t backlog)
{
	union address address = {0};
	socklen_t len = sizeof(address);
	struct held_socket *item = add(sockets, fd, key, text);

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	getsockname(fd, &address.any, &len);
	item->family = address.any.sa_family;
	item->backlog = backlog;
	item->wanted = true;
}

void sockets_offer(struct sockets *sockets, int fd)
{
	sockets_adopt(sockets, fd, OFFERED_KEY, "", 0);
	sockets->items[sockets->count - 1].shared = true;
}

void sockets_pause(struct sockets *sockets)
{
	for (uint32_t i = 0; i < sockets->count; i++)
		if (sockets->items[i].family != AF_UNIX)
			shutdown(sockets->items[i].fd, SHUT_RD);
}

void sockets_resume(struct sockets *sockets)
{
	for (uint32_t i = 0; i < sockets->count; i++)
		if (sockets->items[i].family != AF_UNIX)
			listen(sockets->items[i].fd, (int)sockets->items[i].backlog);
}

void sockets_close(struct sockets *sockets)
{
	while (sockets->count > 0)
		give_up(sockets, sockets->count - 1, PARTING_CLOSE);
	free(sockets->items);
	*sockets = (struct sockets){0};
}

/* ---- opening one ---- */

static int explain(const struct plan *plan, const struct plan_listener *listener, const char *what,
	int error, char *problem)
{
	const char *hint = "";

	if (listener->address.any.sa_family == AF_UNIX && error == -ENOENT)
		hint = "; create its folder first";
	snprintf(problem, SOCKETS_PROBLEM_BYTES, "Starting frontend %s: %s (%s) [%s]%s",
		plan_string(plan, listener->owner), what, strerror(-error),
		plan_string(plan, listener->text), hint);
	return error;
}

static bool is_listening(int fd)
{
	int answer = 0;
	socklen_t len = sizeof(answer);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &answer, &len) == 0 && answer != 0;
}

/* fd@N: whoever started us has opened it, and may go on listening when we are gone. */
static int open_inherited(
	const struct plan *plan, const struct plan_listener *listener, char *problem)
{
	union address address = {0};
	socklen_t len = sizeof(address);
	int fd = listener->inherited_fd;

	if (getsockname(fd, &address.any, &len) < 0)
		return explain(
			plan, listener, "cannot use the inherited descriptor", -errno, problem);
	if (!is_listening(fd))
		return explain(
			plan, listener, "the inherited socket does not listen", -EINVAL, problem);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return fd;
}

static bool same_address(const union address *a, const union address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	switch (a->any.sa_family) {
	case AF_INET:
		return a->in.sin_port == b->in.sin_port &&
		       a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	case AF_INET6:
		return a->in6.sin6_port == b->in6.sin6_port &&
		       memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr)) == 0;
	case AF_UNIX:
		return strncmp(a->un.sun_path, b->un.sun_path, sizeof(a->un.sun_path)) == 0;
	default:
		return false;
	}
}

/* A socket of another process, handed over by -x, that has this very address. */
static int take_offered(struct sockets *sockets, const struct plan_listener *listener)
{
	for (uint32_t i = 0; i < sockets->count; i++) {
		struct held_socket *item = &sockets->items[i];
		union address address = {0};
		socklen_t len = sizeof(address);
		int fd;

		if (strcmp(item->key, OFFERED_KEY) != 0 ||
			getsockname(item->fd, &address.any, &len) < 0 ||
			!same_address(&address, &listener->address))
			continue;
		fd = fcntl(item->fd, F_DUPFD_CLOEXEC, 3);
		give_up(sockets, i, PARTING_CLOSE);
		return fd;
	}
	return -1;
}

static void set_on(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value));
}

static const char *configure_inet(
	int fd, const struct plan *plan, const struct plan_listener *listener)
{
	const char *interface = plan_string(plan, listener->interface);
	bool v6 = listener->address.any.sa_family == AF_INET6;
	int one = 1;

	set_on(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* An address that is not on this host yet (the standby's virtual one) can be bound without
	 * net.ipv4.ip_nonlocal_bind. */
	set_on(fd, IPPROTO_IP, IP_FREEBIND, 1);
	if (v6)
		set_on(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
	/* Accepted sockets inherit it: one call here instead of one a connection. */
	set_on(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (v6 && listener->flags & (PLAN_LISTENER_V6ONLY | PLAN_LISTENER_V4V6))
		set_on(fd, IPPROTO_IPV6, IPV6_V6ONLY,
			(listener->flags & PLAN_LISTENER_V6ONLY) != 0);
	if (listener->flags & PLAN_LISTENER_TRANSPARENT &&
		(v6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &one, sizeof(one))
		    : setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, sizeof(one))) < 0)
		return "cannot make listening socket transparent";
	if (interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
				 (socklen_t)strlen(interface)) < 0)
		return "cannot bind listener to device";
	return NULL;
}

static int open_inet(const struct plan *plan, const struct plan_listener *listener, char *problem)
{
	int fd = socket(
		listener->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const char *what;
	int error;

	if (fd < 0)
		return explain(plan, listener, "cannot create listening socket", -errno, problem);
	what = configure_inet(fd, plan, listener);
	if (!what && bind(fd, &listener->address.any, listener->address_len) < 0)
		what = "cannot bind socket";
	/* With SO_REUSEADDR two sockets may be bound to one address as long as none listens. */
	if (!what && listen(fd, (int)listener->backlog) < 0)
		what = errno == EADDRINUSE ? "cannot bind socket" : "cannot listen to socket";
	if (!what)
		return fd;
	error = -errno;
	close(fd);
	return explain(plan, listener, what, error, problem);
}

/* What the name of a unix socket ends in until its transaction is through. */
static int temporary_ending(char ending[32])
{
	return snprintf(ending, 32, ".%d.new", (int)getpid());
}

static bool temporary_name(struct sockaddr_un *temporary, const struct sockaddr_un *wanted)
{
	char ending[32];
	int len;

	temporary_ending(ending);
	len = snprintf(
		temporary->sun_path, sizeof(temporary->sun_path), "%s%s", wanted->sun_path, ending);
	temporary->sun_family = AF_UNIX;
	return len > 0 && (size_t)len < sizeof(temporary->sun_path);
}

/* The socket itself knows under which name it was bound. */
static void settle_path(int fd, enum path_end end)
{
	struct sockaddr_un bound = {0};
	char ending[32], wanted[sizeof(bound.sun_path) + 1];
	socklen_t len = sizeof(bound) - 1;
	size_t tail = (size_t)temporary_ending(ending), path;

	if (getsockname(fd, (struct sockaddr *)&bound, &len) < 0)
		return;
	path = strlen(bound.sun_path); /* 0: an abstract one */
	if (path <= tail || strcmp(bound.sun_path + path - tail, ending) != 0)
		return;
	memcpy(wanted, bound.sun_path, path - tail);
	wanted[path - tail] = '\0';
	if (end == PATH_IS_REMOVED)
		unlink(bound.sun_path);
	else if (rename(bound.sun_path, wanted) < 0)
		log_message(
			LOG_LEVEL_ALERT, "cannot rename %s: %s", bound.sun_path, strerror(errno));
}

static int prepare_path(int fd, const struct plan_listener *listener, const char *path)
{
	if (listener->mode && chmod(path, listener->mode) < 0)
		return -errno;
	if ((listener->uid >= 0 || listener->gid >= 0) &&
		chown(path, (uid_t)listener->uid, (gid_t)listener->gid) < 0)
		return -errno;
	return listen(fd, (int)listener->backlog) < 0 ? -errno : 0;
}

static int bind_path(int fd, const struct plan_listener *listener)
{
	const struct sockaddr_un *wanted = &listener->address.un;
	struct sockaddr_un name = {0};
	int error;

	if (!temporary_name(&name, wanted))
		name = *wanted; /* too long for a second name: there will be a short gap */
	unlink(name.sun_path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -errno;
	error = prepare_path(fd, listener, name.sun_path);
	if (error < 0)
		unlink(name.sun_path);
	return error;
}

static int open_unix(const struct plan *plan, const struct plan_listener *listener, char *problem)
{
	bool abstract = listener->address.un.sun_path[0] == '\0';
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = 0;

	if (fd < 0)
		return explain(plan, listener, "cannot create UNIX socket", -errno, problem);
	if (!abstract)
		error = bind_path(fd, listener);
	else if (bind(fd, &listener->address.any, listener->address_len) < 0 ||
		 listen(fd, (int)listener->backlog) < 0)
		error = -errno;
	if (error == 0)
		return fd;
	close(fd);
	return explain(plan, listener, "cannot bind UNIX socket", error, problem);
}

/* One of our older sockets, of another key and no longer wanted, that holds this port: an
 * interface was added, say.  `after` NULL: the first one. */
static struct held_socket *in_the_way(struct sockets *sockets, const struct plan_listener *listener,
	const struct held_socket *after)
{
	bool port_matters =
		listener->inherited_fd < 0 && listener->address.any.sa_family != AF_UNIX;

	for (uint32_t i = after ? (uint32_t)(after - sockets->items) + 1 : 0;
		port_matters && i < sockets->count; i++) {
		struct held_socket *item = &sockets->items[i];
		union address address = {0};
		socklen_t len = sizeof(address);

		/* The port stands at the same place in both families. */
		if (!item->wanted && !item->displaced && item->family != AF_UNIX &&
			strcmp(item->key, OFFERED_KEY) != 0 &&
			getsockname(item->fd, &address.any, &len) == 0 &&
			address.in.sin_port == listener->address.in.sin_port)
			return item;
	}
	return NULL;
}

/* They stop listening; sockets_abandon() would bring them back. */
static void displace(struct sockets *sockets, const struct plan_listener *listener)
{
	struct held_socket *item = NULL;

	while ((item = in_the_way(sockets, listener, item)))
		item->displaced = shutdown(item->fd, SHUT_RD) == 0;
}

static int open_listener(struct sockets *sockets, const struct plan *plan,
	const struct plan_listener *listener, bool *offered, char *problem)
{
	int fd;

	if (listener->inherited_fd >= 0)
		return open_inherited(plan, listener, problem);
	fd = take_offered(sockets, listener);
	*offered = fd >= 0;
	if (*offered)
		return fd;
	switch (listener->address.any.sa_family) {
	case AF_INET:
	case AF_INET6:
		return open_inet(plan, listener, problem);
	case AF_UNIX:
		return open_unix(plan, listener, problem);
	default:
		return explain(plan, listener, "cannot bind socket", -EAFNOSUPPORT, problem);
	}
}

/* ---- what else was inherited ---- */

static bool plan_names(const struct plan *plan, int fd)
{
	for (uint32_t i = 0; i < plan->head->listener_count; i++)
		if (plan->listeners[i].inherited_fd == fd)
			return true;
	for (uint32_t i = 0; i < plan->head->log_target_count; i++)
		if (plan->log_targets[i].kind == LOG_TO_FD && plan->log_targets[i].fd == fd)
			return true;
	return false;
}

void sockets_close_neighbours(const struct plan *plan)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);

		if (fd < 3 || fd == dirfd(folder) || !is_listening(fd) || plan_names(plan, fd))
			continue;
		close(fd);
	}
	closedir(folder);
}
