/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seed.c - configurations on disks, and in the kernel's command line.
 *
 * A volume is mounted read-only, its files are copied into memory, and it is let go: nothing that
 * runs later depends on a medium that may be pulled.
 *
 * On the command line, for recovery, torc.config=NAME:BASE64 is a whole file (NAME: haproxy.cfg,
 * keepalived.conf or torc.conf), torc.config=ignore has disks passed over, and the words of
 * cmdline.h describe the machine where there is no torc.conf. */
#include "appliance/init/seed.h"

#include "appliance/init/cmdline.h"
#include "appliance/init/files.h"
#include "appliance/init/modules.h"
#include "appliance/init/tell.h"
#include "appliance/init/volume.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_POINT	   "/run/torc/seed"
#define FILE_BYTES_MAX	   (16u << 20) /* a map or a bundle of certificates; all lies in memory */
#define CERTS_MAX	   256
#define CMDLINE_FILE_BYTES CMDLINE_BYTES

const char *const seed_file_names[SEED_FILES] = {
	[SEED_HAPROXY] = "haproxy.cfg",
	[SEED_KEEPALIVED] = "keepalived.conf",
	[SEED_TORC] = "torc.conf",
};

void seed_path(enum seed_file file, char path[64])
{
	snprintf(path, 64, SEED_FOLDER "/%s", seed_file_names[file]);
}

bool seed_has(enum seed_file file)
{
	char path[64];

	seed_path(file, path);
	return access(path, R_OK) == 0;
}

/* ---- disks ---- */

static bool look_at(struct seed_volume *volume, const char *device)
{
	static uint8_t head[VOLUME_HEAD_BYTES];
	char path[PATH_MAX];
	struct stat status;
	ssize_t got = 0;
	int fd;

	/* Volumes are compared as bytes. */
	memset(volume, 0, sizeof(*volume));
	if (snprintf(volume->device, sizeof(volume->device), "%s", device) >=
		(int)sizeof(volume->device))
		return false;
	snprintf(path, sizeof(path), "/dev/%s", device);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	/* Reading an empty drive takes long, and the kernel complains. */
	if (strncmp(device, "sr", 2) == 0 &&
		ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT) != CDS_DISC_OK) {
		close(fd);
		return false;
	}
	for (size_t used = 0; used < sizeof(head); used += (size_t)got) {
		got = pread(fd, head + used, sizeof(head) - used, (off_t)used);
		if (got > 0)
			continue;
		memset(head + used, 0, sizeof(head) - used);
		break;
	}
	close(fd);
	volume->kind = volume_read(volume->label, head, sizeof(head));
	snprintf(path, sizeof(path), "/sys/class/block/%s/partition", device);
	volume->rank = volume_rank(volume->label, stat(path, &status) == 0);
	return volume->kind != VOLUME_NONE && volume->rank != VOLUME_NO_SEED;
}

static int by_rank(const void *a, const void *b)
{
	const struct seed_volume *first = a, *second = b;

	if (first->rank != second->rank)
		return first->rank < second->rank ? -1 : 1;
	return strcmp(first->device, second->device);
}

uint32_t seed_find(struct seed_volume volumes[SEED_VOLUMES_MAX])
{
	DIR *folder = opendir("/sys/class/block");
	struct dirent *entry;
	uint32_t count = 0;

	if (!folder)
		return 0;
	while ((entry = readdir(folder)) && count < SEED_VOLUMES_MAX) {
		if (entry->d_name[0] == '.' || strncmp(entry->d_name, "loop", 4) == 0 ||
			strncmp(entry->d_name, "ram", 3) == 0)
			continue;
		count += look_at(&volumes[count], entry->d_name);
	}
	closedir(folder);
	qsort(volumes, count, sizeof(*volumes), by_rank);
	return count;
}

static uint32_t copy_certificates(const char *from)
{
	DIR *folder = opendir(from);
	char source[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	uint32_t count = 0;

	if (!folder)
		return 0;
	files_make_folder(SEED_FOLDER "/certs", 0700);
	while ((entry = readdir(folder))) {
		struct stat status;
		int error;

		if (entry->d_name[0] == '.' || snprintf(source, sizeof(source), "%s/%s", from,
						       entry->d_name) >= (int)sizeof(source))
			continue;
		snprintf(target, sizeof(target), SEED_FOLDER "/certs/%s", entry->d_name);
		if (stat(source, &status) < 0 || !S_ISREG(status.st_mode))
			continue;
		error = count == CERTS_MAX ? -E2BIG : files_copy(source, target, FILE_BYTES_MAX);
		if (error)
			tell(LOG_ERR, "certs/%s: %s", entry->d_name, strerror(-error));
		count += !error;
	}
	closedir(folder);
	return count;
}

/* The names are looked for in any case: a FAT or a plain ISO 9660 writes capital letters. */
static int copy_files(void)
{
	DIR *folder = opendir(MOUNT_POINT);
	struct dirent *entry;
	int count = 0;

	if (!folder)
		return -errno;
	while ((entry = readdir(folder))) {
		char source[PATH_MAX], target[64];

		snprintf(source, sizeof(source), MOUNT_POINT "/%s", entry->d_name);
		if (strcasecmp(entry->d_name, "certs") == 0)
			copy_certificates(source);
		for (uint32_t i = 0; i < SEED_FILES; i++) {
			int error;

			if (strcasecmp(entry->d_name, seed_file_names[i]) != 0)
				continue;
			seed_path(i, target);
			error = files_copy(source, target, FILE_BYTES_MAX);
			if (error)
				tell(LOG_ERR, "%s: %s", seed_file_names[i], strerror(-error));
			count += !error;
		}
	}
	closedir(folder);
	return count;
}

/* The kernel has no modprobe to ask for them.  FAT names are in the code page of the PC. */
static void load_file_system(bool iso)
{
	static const char *const fat[] = {"nls_cp437", "nls_ascii", "nls_iso8859_1", "vfat"};

	for (size_t i = 0; !iso && i < sizeof(fat) / sizeof(fat[0]); i++)
		modules_load(fat[i]);
	if (iso)
		modules_load("isofs");
}

int seed_take_volume(const struct seed_volume *volume)
{
	bool iso = volume->kind == VOLUME_ISO9660;
	char path[80];
	int count;

	load_file_system(iso);
	files_empty_folder(SEED_FOLDER);
	files_make_folder(MOUNT_POINT, 0700);
	snprintf(path, sizeof(path), "/dev/%s", volume->device);
	if (mount(path, MOUNT_POINT, iso ? "iso9660" : "vfat",
		    MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		    iso ? NULL : "shortname=mixed") < 0) {
		tell(LOG_ERR, "%s (%s): %s", volume->device, volume->label, strerror(errno));
		return -errno;
	}
	count = copy_files();
	if (umount(MOUNT_POINT) < 0)
		tell(LOG_WARNING, "%s stays mounted: %s", volume->device, strerror(errno));
	return count;
}

/* ---- the command line ---- */

static int take_files(const char *cmdline)
{
	char value[CMDLINE_BYTES], bytes[CMDLINE_FILE_BYTES], path[64];
	int count = 0;

	for (uint32_t nth = 0; cmdline_value(cmdline, "torc.config", nth, value, sizeof(value));
		nth++) {
		for (uint32_t i = 0; i < SEED_FILES; i++) {
			size_t len = strlen(seed_file_names[i]);
			int decoded;

			if (strncmp(value, seed_file_names[i], len) != 0 || value[len] != ':')
				continue;
			decoded = cmdline_base64(value + len + 1, bytes, sizeof(bytes));
			seed_path(i, path);
			if (decoded < 0 || files_write(path, bytes, (size_t)decoded, 0600) < 0)
				tell(LOG_ERR, "torc.config=%s: is no base64", seed_file_names[i]);
			else
				count++;
		}
	}
	return count;
}

void seed_add_machine(const char *cmdline)
{
	char *text = NULL, path[64];
	size_t len;
	FILE *out;

	if (seed_has(SEED_TORC))
		return;
	out = open_memstream(&text, &len);
	if (!out)
		return;
	if (cmdline_write_machine(cmdline, out) && fflush(out) == 0) {
		seed_path(SEED_TORC, path);
		files_write(path, text, len, 0600);
	}
	fclose(out);
	free(text);
}

int seed_take_cmdline(const char *cmdline)
{
	int count;

	files_empty_folder(SEED_FOLDER);
	count = take_files(cmdline);
	seed_add_machine(cmdline);
	return count + (count == 0 && seed_has(SEED_TORC));
}
