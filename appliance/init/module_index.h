/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_index.h - which kernel modules belong to a device, and in which order they are loaded.
 * Source: modules.dep(5); depmod's modules.alias ("alias PATTERN MODULE").
 * Pure:   the two files are the caller's bytes, which have to live as long as the index. */
#ifndef TORC_APPLIANCE_INIT_MODULE_INDEX_H
#define TORC_APPLIANCE_INIT_MODULE_INDEX_H

#include "core/span.h"

#define MODULE_DEPENDENCIES_MAX 64

struct module_index {
	struct span dependencies; /* modules.dep */
	struct span aliases;	  /* modules.alias: "alias PATTERN MODULE", sorted by bytes */
	struct span soft;	  /* modules.softdep; may be empty */
};

/* Calls `found` with the name of each module whose pattern matches the device's modalias. */
void module_index_match(const struct module_index *index, const char *modalias,
	void (*found)(void *owner, struct span module), void *owner);

/* The files of a module in the order in which they are loaded, the module itself last: paths as
 * modules.dep has them.  `name` has no folder and no suffix; - and _ are the same.  Returns how
 * many, 0 when there is no such module, or when it has too many. */
uint32_t module_index_files(const struct module_index *index, struct span name,
	struct span files[MODULE_DEPENDENCIES_MAX]);

/* What a module wants loaded before it without needing it to link ("softdep NAME pre: A B"): names
 * or aliases.  Returns how many, at most MODULE_SOFT_MAX. */
#define MODULE_SOFT_MAX 8
uint32_t module_index_before(
	const struct module_index *index, struct span name, struct span before[MODULE_SOFT_MAX]);

/* The module's name in a path: "virtio_net" of "kernel/drivers/net/virtio_net.ko". */
struct span module_name_of_path(struct span path);
/* Whether the first answer can do without what is in this path: it brings neither disks nor network
 * cards, nor anything that they hang on. */
bool module_can_wait(struct span path);
/* - and _ are one. */
bool module_names_equal(struct span a, struct span b);

/* Patterns as depmod writes them: * ? [0-9a]. */
bool module_pattern_matches(struct span pattern, const char *text);

#endif
