/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot_fuzz.c - a snapshot that somebody else wrote is refused, or read within its bounds;
 * what was read writes itself again.
 * Input: the bytes of the memory file. */
#include "core/config/config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sealed(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		abort();
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_source source = {0}, again = {0};
	int fd = sealed(data, size), copy;

	if (config_snapshot_open(&source, fd) == 0) {
		copy = config_snapshot_write(&source);
		if (copy < 0 || config_snapshot_open(&again, copy) < 0 ||
			again.file_count != source.file_count)
			abort();
		close(copy);
		config_source_free(&again);
		config_source_free(&source);
	}
	close(fd);
	return 0;
}
