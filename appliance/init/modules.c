/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules.c - loading modules without modprobe.
 *
 * At the start the whole of /sys is walked and every device's modalias matched; from then on, also
 * of those that a driver has just brought, the kernel tells (uevent.h).  What the first answer can
 * do without is put off until torc runs, since it waits for the other machine's word then and
 * leaves the processor alone.  Modules lie in the initramfs compressed, each by itself; not every
 * kernel can unpack them (finit_module's flag for it is younger than 6.1's configuration in
 * Debian), so that is done here. */
#include "appliance/init/modules.h"

#include "appliance/init/files.h"
#include "appliance/init/module_index.h"
#include "appliance/init/packed.h"
#include "appliance/init/tell.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* /sys/devices is some ten folders deep on a large machine. */
#define DEPTH_MAX 24
/* What was asked for already, as hashes: a machine has many devices of a few kinds. */
#define TRIED_MAX 512
/* Kinds of drivers that were put off: what does not fit is loaded at once. */
#define LATE_MAX 64

static struct {
	struct module_index index;
	char folder[128];
	uint64_t tried[TRIED_MAX], files[TRIED_MAX];
	uint32_t tried_count, file_count, loaded;
	struct span late[LATE_MAX];
	uint32_t late_count, late_next;
	bool ready, in_before, late_is_over;
} modules;

bool modules_open(void)
{
	struct utsname name;
	char path[192];
	size_t len;
	char *bytes;

	uname(&name);
	snprintf(modules.folder, sizeof(modules.folder), "/lib/modules/%s", name.release);
	snprintf(path, sizeof(path), "%s/modules.dep", modules.folder);
	bytes = files_load(path, &len);
	modules.index.dependencies = span_of(bytes, len);
	snprintf(path, sizeof(path), "%s/modules.alias", modules.folder);
	bytes = bytes ? files_load(path, &len) : NULL;
	modules.index.aliases = span_of(bytes, len);
	modules.ready = bytes != NULL;
	snprintf(path, sizeof(path), "%s/modules.softdep", modules.folder);
	bytes = files_load(path, &len);
	modules.index.soft = span_of(bytes, len);
	if (!modules.ready)
		tell(LOG_ERR, "no list of modules in %s: only what is built into the kernel works",
			modules.folder);
	return modules.ready;
}

/* Adds the text to a list of those seen, unless it is there. */
static bool is_new(uint64_t seen[TRIED_MAX], uint32_t *count, struct span text)
{
	uint64_t hash = 0xcbf29ce484222325ull; /* FNV-1a */

	for (uint32_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * 0x100000001b3ull;
	for (uint32_t i = 0; i < *count; i++) {
		if (seen[i] == hash)
			return false;
	}
	if (*count < TRIED_MAX)
		seen[(*count)++] = hash;
	return true;
}

/* 1: loaded now, 0: was there, or -errno. */
static int load_file(struct span file)
{
	char path[PATH_MAX];
	void *image;
	size_t len;
	int error;

	if (snprintf(path, sizeof(path), "%s/%.*s", modules.folder, (int)file.len, file.at) >=
		(int)sizeof(path))
		return -ENAMETOOLONG;
	error = packed_load(path, &image, &len);
	/* What an image leaves out on purpose is as good as a device without a driver. */
	if (error)
		return error == -ENOENT ? -ENODEV : error;
	error = syscall(SYS_init_module, image, len, "") < 0 ? errno : 0;
	packed_drop(image, len);
	if (error == EEXIST)
		return 0;
	return error ? -error : 1;
}

static bool load_span(struct span name);

static void load_found(void *owner, struct span name)
{
	(void)owner;
	load_span(name);
}

/* What the module is of no use without, such as the sum that a library asks the kernel for by its
 * name.  What such a module wants itself is not asked: that could go in circles. */
static void load_before(struct span module)
{
	struct span before[MODULE_SOFT_MAX];
	uint32_t count = module_index_before(&modules.index, module, before);
	char alias[64];

	for (uint32_t i = 0; i < count; i++) {
		if (before[i].len >= sizeof(alias) || load_span(before[i]))
			continue;
		memcpy(alias, before[i].at, before[i].len);
		alias[before[i].len] = '\0';
		module_index_match(&modules.index, alias, load_found, NULL);
	}
}

static bool load_span(struct span name)
{
	struct span files[MODULE_DEPENDENCIES_MAX];
	uint32_t count = modules.ready ? module_index_files(&modules.index, name, files) : 0;

	for (uint32_t i = 0; i < count; i++) {
		int result;

		/* Once for good: what failed would fail again. */
		if (!is_new(modules.files, &modules.file_count, files[i]))
			continue;
		if (!modules.in_before) {
			modules.in_before = true;
			load_before(module_name_of_path(files[i]));
			modules.in_before = false;
		}
		result = load_file(files[i]);
		modules.loaded += result > 0;
		/* A driver whose device is not there says so; that is no news. */
		if (result >= 0 || result == -ENODEV)
			continue;
		tell(LOG_WARNING, "module %.*s: %s", (int)files[i].len, files[i].at,
			strerror(-result));
		return false;
	}
	return count > 0;
}

static bool put_off(struct span name)
{
	struct span files[MODULE_DEPENDENCIES_MAX];
	uint32_t count;

	if (modules.late_is_over || modules.late_count == LATE_MAX)
		return false;
	count = module_index_files(&modules.index, name, files);
	if (!count || !module_can_wait(files[count - 1]))
		return false;
	modules.late[modules.late_count++] = name;
	return true;
}

static void load_driver(void *owner, struct span name)
{
	(void)owner;
	if (!put_off(name))
		load_span(name);
}

void modules_load_later(const char *name)
{
	load_driver(NULL, span_of_string(name));
}

bool modules_load_next(void)
{
	if (modules.late_next == modules.late_count) {
		modules.late_is_over = true;
		return false;
	}
	load_span(modules.late[modules.late_next++]);
	return true;
}

bool modules_load(const char *name)
{
	return load_span(span_of_string(name));
}

void modules_load_for(const char *modalias)
{
	if (modules.ready && *modalias &&
		is_new(modules.tried, &modules.tried_count, span_of_string(modalias)))
		module_index_match(&modules.index, modalias, load_driver, NULL);
}

static void walk(const char *path, uint32_t depth)
{
	DIR *folder = depth < DEPTH_MAX ? opendir(path) : NULL;
	char below[PATH_MAX], modalias[512];
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || snprintf(below, sizeof(below), "%s/%s", path,
						       entry->d_name) >= (int)sizeof(below))
			continue;
		if (entry->d_type == DT_DIR)
			walk(below, depth + 1);
		else if (strcmp(entry->d_name, "modalias") == 0 &&
			 files_read(below, modalias, sizeof(modalias)) > 0)
			modules_load_for(modalias);
	}
	closedir(folder);
}

void modules_load_for_devices(void)
{
	uint64_t began = tell_now_ms();

	if (modules.ready)
		walk("/sys/devices", 0);
	tell(LOG_NOTICE, "%u modules are loaded, %u kinds of devices, %u ms", modules.loaded,
		modules.tried_count, (uint32_t)(tell_now_ms() - began));
}
