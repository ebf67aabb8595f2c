/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.c - the bytes of the configuration: -f's files and folders.
 *
 * Everything is read at once and kept: the check, the balancer and the one that replaces it after
 * a crash work on the same bytes, whatever an editor does to the files meanwhile.  A folder gives
 * its *.cfg files that are not hidden, in bytewise order, as HAProxy does. */
#include "core/config/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (64u << 20) /* larger than any configuration, smaller than a disk image */

/* Files found so far; the array doubles in the arena. */
struct file_list {
	struct config_file *files;
	uint32_t count, capacity;
};

static void add_file(struct arena *arena, struct file_list *list, const struct config_file *file)
{
	if (list->count == list->capacity) {
		struct config_file *larger;

		list->capacity = list->capacity ? list->capacity * 2 : 8;
		larger = arena_alloc(arena, list->capacity * sizeof(*larger));
		if (list->count)
			memcpy(larger, list->files, list->count * sizeof(*larger));
		list->files = larger;
	}
	list->files[list->count++] = *file;
}

static int refuse(struct config *config, const char *path, const char *what, int error)
{
	config_message(config, MESSAGE_ALERT, (struct place){0},
		"%s configuration file/directory %s : %s", what, path, strerror(error));
	return -1;
}

/* Reads to the end: standard input and pipes have no size. */
static int read_all(struct arena *arena, int fd, struct config_file *file)
{
	size_t room = 64 * 1024, used = 0;
	char *bytes = malloc(room), *larger;
	ssize_t got = 0;
	int error = 0;

	if (!bytes)
		return -ENOMEM;
	while (!error && (got = read(fd, bytes + used, room - used)) > 0) {
		used += (size_t)got;
		if (used < room)
			continue;
		larger = room < FILE_BYTES_MAX ? realloc(bytes, room * 2) : NULL;
		if (larger) {
			bytes = larger;
			room *= 2;
		} else {
			error = room < FILE_BYTES_MAX ? ENOMEM : EFBIG;
		}
	}
	if (got < 0)
		error = errno;
	if (!error) {
		file->bytes = arena_copy(arena, bytes, used);
		file->len = used;
	}
	free(bytes);
	return -error;
}

static int read_one(struct config_source *source, struct file_list *list, struct config *config,
	const char *path)
{
	struct config_file file = {.name = arena_copy(&source->arena, path, strlen(path))};
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return refuse(config, path, "Cannot open", errno);
	error = read_all(&source->arena, fd, &file);
	close(fd);
	if (error)
		return refuse(config, path, "Cannot read", -error);
	add_file(&source->arena, list, &file);
	return 0;
}

static int is_configuration(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".cfg") == 0;
}

/* alphasort() follows the locale. */
static int bytewise(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_folder(struct config_source *source, struct file_list *list, struct config *config,
	const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_configuration, bytewise), result = 0;

	if (count < 0)
		return refuse(config, path, "Cannot open", errno);
	for (int i = 0; i < count; i++) {
		size_t path_len = strlen(path), name_len = strlen(entries[i]->d_name);
		char *whole = arena_alloc(&source->arena, path_len + name_len + 2);
		struct stat status;

		memcpy(whole, path, path_len);
		whole[path_len] = '/';
		memcpy(whole + path_len + 1, entries[i]->d_name, name_len + 1);
		free(entries[i]);
		if (stat(whole, &status) == 0 && !S_ISREG(status.st_mode))
			continue;
		result |= read_one(source, list, config, whole);
	}
	free(entries);
	return result;
}

/* How many workers there are unless nbthread says so. */
static uint32_t allowed_cores(void)
{
	cpu_set_t allowed;

	return sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? (uint32_t)CPU_COUNT(&allowed)
								    : 1;
}

int config_read_files(struct config_source *source, struct config *config)
{
	struct file_list list = {0};
	int result = 0;

	source->nbproc_cores = allowed_cores();
	for (uint32_t i = 0; i < source->path_count; i++) {
		const char *path = source->paths[i];
		struct stat status;

		if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
			result |= read_folder(source, &list, config, path);
		else
			result |= read_one(source, &list, config, path);
	}
	source->files = list.files;
	source->file_count = list.count;
	return result;
}

void config_source_free(struct config_source *source)
{
	arena_free(&source->arena);
	source->files = NULL;
	source->file_count = 0;
	source->resolutions = NULL;
	source->attachments = NULL;
}

static bool read_attachment(
	struct reader *reader, const char *path, struct config_file *file, int *error)
{
	struct config_source *source = reader->source;
	int fd;

	if (source->machine && source->machine->read_file) {
		*error = ENOENT;
		return source->machine->read_file(&source->arena, path, file);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*error = fd < 0 ? errno : -read_all(&source->arena, fd, file);
	if (fd >= 0)
		close(fd);
	return *error == 0;
}

/* A balancer reads what the planner has checked: the bytes travel with the snapshot. */
bool reader_file(struct reader *reader, const char *path, struct config_file *file)
{
	struct config_source *source = reader->source;
	struct config_attachment *attachment;
	int error = 0;

	for (attachment = source->attachments; attachment; attachment = attachment->next) {
		if (strcmp(attachment->file.name, path) != 0)
			continue;
		*file = attachment->file;
		return true;
	}
	*file = (struct config_file){.name = arena_copy(&source->arena, path, strlen(path))};
	if (!read_attachment(reader, path, file, &error)) {
		reader_alert(reader, "cannot read file '%s': %s.", path, strerror(error));
		return false;
	}
	attachment = arena_alloc(&source->arena, sizeof(*attachment));
	attachment->file = *file;
	attachment->next = source->attachments;
	source->attachments = attachment;
	return true;
}
