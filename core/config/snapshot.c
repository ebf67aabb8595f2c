/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot.c - what was read, handed to another process.
 *
 * The planner checks the files; the balancer, and every balancer that replaces one after a crash,
 * must run what was checked.  So the bytes of the files and the answers of the resolver are put
 * into a sealed memfd: nobody can change it any more, and it passes over a socket.
 *
 *   "torc-cfg"  version  cores  ipv4 only  files  resolutions  attachments
 *                                                              8 bytes and six u32
 *   a file:        length of the name, name, length, bytes    lengths u32, no padding
 *   an attachment: the same
 *   a resolution:  length of the name, name, family u32, 16 bytes of address
 *
 * Numbers are the machine's own: a snapshot never leaves it.  A reader trusts no length in it;
 * the process that wrote it may have been a different release of this program. */
#include "core/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOT_VERSION     2u
#define SNAPSHOT_BYTES_MAX   (1ull << 30)
#define SNAPSHOT_ADDRESS_LEN 16

static const char magic[8] = {'t', 'o', 'r', 'c', '-', 'c', 'f', 'g'};

struct writer {
	FILE *out;
	bool failed;
};

static void write_bytes(struct writer *writer, const void *bytes, size_t len)
{
	writer->failed |= len && fwrite(bytes, len, 1, writer->out) != 1;
}

static void write_number(struct writer *writer, uint32_t number)
{
	write_bytes(writer, &number, sizeof(number));
}

static void write_block(struct writer *writer, const char *bytes, size_t len)
{
	writer->failed |= len > UINT32_MAX;
	write_number(writer, (uint32_t)len);
	write_bytes(writer, bytes, len);
}

static void write_resolution(struct writer *writer, const struct config_resolution *resolution)
{
	char bytes[SNAPSHOT_ADDRESS_LEN] = {0};
	const union address *address = &resolution->address;

	if (address->any.sa_family == AF_INET)
		memcpy(bytes, &address->in.sin_addr, sizeof(address->in.sin_addr));
	else if (address->any.sa_family == AF_INET6)
		memcpy(bytes, &address->in6.sin6_addr, sizeof(address->in6.sin6_addr));
	write_block(writer, resolution->host_name, strlen(resolution->host_name));
	write_number(writer, address->any.sa_family);
	write_bytes(writer, bytes, sizeof(bytes));
}

static void write_all(struct writer *writer, const struct config_source *source)
{
	uint32_t resolutions = 0, attachments = 0;

	for (const struct config_attachment *at = source->attachments; at; at = at->next)
		attachments++;
	for (const struct config_resolution *at = source->resolutions; at; at = at->next)
		resolutions++;
	write_bytes(writer, magic, sizeof(magic));
	write_number(writer, SNAPSHOT_VERSION);
	write_number(writer, source->nbproc_cores);
	write_number(writer, source->ipv4_only);
	write_number(writer, source->file_count);
	write_number(writer, resolutions);
	write_number(writer, attachments);
	for (uint32_t i = 0; i < source->file_count; i++) {
		const struct config_file *file = &source->files[i];

		write_block(writer, file->name, strlen(file->name));
		write_block(writer, file->bytes, file->len);
	}
	for (const struct config_resolution *at = source->resolutions; at; at = at->next)
		write_resolution(writer, at);
	for (const struct config_attachment *at = source->attachments; at; at = at->next) {
		write_block(writer, at->file.name, strlen(at->file.name));
		write_block(writer, at->file.bytes, at->file.len);
	}
}

int config_snapshot_write(const struct config_source *source)
{
	struct writer writer = {0};
	int fd = memfd_create("torc-configuration", MFD_CLOEXEC | MFD_ALLOW_SEALING), error, copy;

	if (fd < 0)
		return -errno;
	/* stdio closes what it writes to; the snapshot itself stays open. */
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	writer.out = copy < 0 ? NULL : fdopen(copy, "w");
	if (!writer.out) {
		error = errno;
		if (copy >= 0)
			close(copy);
		goto fail;
	}
	errno = EFBIG;
	write_all(&writer, source);
	writer.failed |= fflush(writer.out) != 0;
	error = errno;
	fclose(writer.out);
	if (writer.failed)
		goto fail;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0) {
		error = errno;
		goto fail;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
fail:
	close(fd);
	return -error;
}

/* A cursor that never passes its end: once something is missing, everything after it is. */
struct parcel {
	const char *at, *end;
	bool torn;
};

static const char *take_bytes(struct parcel *parcel, size_t len)
{
	const char *bytes = parcel->at;

	if (parcel->torn || len > (size_t)(parcel->end - parcel->at)) {
		parcel->torn = true;
		return NULL;
	}
	parcel->at += len;
	return bytes;
}

static uint32_t take_number(struct parcel *parcel)
{
	const char *bytes = take_bytes(parcel, sizeof(uint32_t));
	uint32_t number = 0;

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

/* A length and as many bytes, copied; NULL when the parcel is torn. */
static const char *take_block(struct parcel *parcel, struct arena *arena, size_t *len)
{
	const char *bytes;

	*len = take_number(parcel);
	bytes = take_bytes(parcel, *len);
	return bytes ? arena_copy(arena, bytes, *len) : NULL;
}

static void take_resolution(struct parcel *parcel, struct config_source *source)
{
	struct config_resolution *resolution = arena_alloc(&source->arena, sizeof(*resolution));
	union address *address = &resolution->address;
	const char *bytes;
	size_t len;
	uint32_t family;

	resolution->host_name = take_block(parcel, &source->arena, &len);
	family = take_number(parcel);
	bytes = take_bytes(parcel, SNAPSHOT_ADDRESS_LEN);
	if (!bytes || strlen(resolution->host_name) != len ||
		(family != AF_INET && family != AF_INET6 && family != AF_UNSPEC)) {
		parcel->torn = true;
		return;
	}
	address->any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		memcpy(&address->in.sin_addr, bytes, sizeof(address->in.sin_addr));
	else if (family == AF_INET6)
		memcpy(&address->in6.sin6_addr, bytes, sizeof(address->in6.sin6_addr));
	resolution->next = source->resolutions;
	source->resolutions = resolution;
}

static void take_attachment(struct parcel *parcel, struct config_source *source)
{
	struct config_attachment *attachment = arena_alloc(&source->arena, sizeof(*attachment));
	size_t len;

	attachment->file.name = take_block(parcel, &source->arena, &len);
	attachment->file.bytes = take_block(parcel, &source->arena, &attachment->file.len);
	if (parcel->torn)
		return;
	attachment->next = source->attachments;
	source->attachments = attachment;
}

static int take_all(struct parcel *parcel, struct config_source *source)
{
	const char *start = take_bytes(parcel, sizeof(magic));
	uint32_t files, resolutions, attachments;
	size_t len;

	if (!start || memcmp(start, magic, sizeof(magic)) != 0 ||
		take_number(parcel) != SNAPSHOT_VERSION)
		return -EPROTO;
	source->nbproc_cores = take_number(parcel);
	source->ipv4_only = take_number(parcel) != 0;
	files = take_number(parcel);
	resolutions = take_number(parcel);
	attachments = take_number(parcel);
	/* Each file takes at least its two lengths: the count is believable, or torn. */
	if (parcel->torn || files > (size_t)(parcel->end - parcel->at) / 8)
		return -EPROTO;
	source->files = arena_alloc(&source->arena, files * sizeof(source->files[0]));
	for (uint32_t i = 0; i < files && !parcel->torn; i++) {
		struct config_file *file = &source->files[i];

		file->name = take_block(parcel, &source->arena, &len);
		file->bytes = take_block(parcel, &source->arena, &file->len);
		source->file_count += !parcel->torn;
	}
	for (uint32_t i = 0; i < resolutions && !parcel->torn; i++)
		take_resolution(parcel, source);
	for (uint32_t i = 0; i < attachments && !parcel->torn; i++)
		take_attachment(parcel, source);
	return parcel->torn || parcel->at != parcel->end ? -EPROTO : 0;
}

int config_snapshot_open(struct config_source *source, int fd)
{
	struct parcel parcel = {0};
	struct stat status;
	char *bytes;
	int result;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (status.st_size <= 0 || (uint64_t)status.st_size > SNAPSHOT_BYTES_MAX)
		return -EPROTO;
	/* A file that somebody could still cut short would end this process with SIGBUS. */
	if ((fcntl(fd, F_GET_SEALS) & (F_SEAL_SHRINK | F_SEAL_WRITE)) !=
		(F_SEAL_SHRINK | F_SEAL_WRITE))
		return -EPERM;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	parcel.at = bytes;
	parcel.end = bytes + status.st_size;
	result = take_all(&parcel, source);
	source->proxies_only = true;
	munmap(bytes, (size_t)status.st_size);
	if (result < 0)
		config_source_free(source);
	return result;
}
