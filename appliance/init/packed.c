/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packed.c - unpacking one file when it is wanted.
 *
 * A machine needs thirty of the four hundred modules that the image carries.  The kernel unpacks an
 * initramfs whole before pid 1 starts, so that a compressed archive of plain modules costs every
 * boot the time of all of them, and their room as long as the machine runs.
 *
 * The memory comes from the kernel directly and goes back to it: a driver of a large network card
 * has megabytes. */
#include "appliance/init/packed.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define PACKED_BYTES_MAX (64u << 20) /* ten times the largest module there is */

static void *room(size_t len)
{
	void *bytes = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return bytes == MAP_FAILED ? NULL : bytes;
}

static int unpack(const void *packed, size_t packed_len, void **bytes, size_t *len)
{
	unsigned long long told = ZSTD_getFrameContentSize(packed, packed_len);

	if (told == ZSTD_CONTENTSIZE_ERROR || told == ZSTD_CONTENTSIZE_UNKNOWN || told == 0)
		return -EBADMSG;
	if (told > PACKED_BYTES_MAX)
		return -EFBIG;
	*len = (size_t)told;
	*bytes = room(*len);
	if (!*bytes)
		return -ENOMEM;
	if (ZSTD_decompress(*bytes, *len, packed, packed_len) == *len)
		return 0;
	packed_drop(*bytes, *len);
	return -EBADMSG;
}

int packed_load(const char *path, void **bytes, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	struct stat status;
	void *packed;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || status.st_size <= 0) {
		close(fd);
		return -EBADMSG;
	}
	packed = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (packed == MAP_FAILED)
		return -errno;
	error = unpack(packed, (size_t)status.st_size, bytes, len);
	munmap(packed, (size_t)status.st_size);
	return error;
}

void packed_drop(void *bytes, size_t len)
{
	munmap(bytes, len);
}
