/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload_file.c - keepalived's reload_file: "the files are being read".
 *
 * Whoever writes the configuration makes this file, asks for a reload, and waits until the file is
 * gone.  It is empty while the files are read, so that a file with something in it is a reload that
 * has not begun.  The path is that of the configuration that runs; the first start, which knows it
 * only when it has read everything, takes the file away. */
#include "core/config/vrrp_model.h"
#include "core/keeper_state.h"
#include "core/log.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *path_of(const struct keeper *keeper)
{
	const struct vrrp_config *routers = keeper->service.plan.routers;

	return routers && *routers->global.reload_file ? routers->global.reload_file : NULL;
}

void reload_file_begin(const struct keeper *keeper)
{
	const char *path = path_of(keeper);
	int fd;

	if (!path)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		log_message(LOG_LEVEL_WARNING, "cannot make %s: %s", path, strerror(errno));
	else
		close(fd);
}

void reload_file_end(const struct keeper *keeper)
{
	const char *path = path_of(keeper);

	if (path && unlink(path) < 0 && errno != ENOENT)
		log_message(LOG_LEVEL_WARNING, "cannot delete %s: %s", path, strerror(errno));
}
