/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers.c - what the files may say of virtual routers, and this program does not do.
 *
 * The language is larger than what acts.  A word whose absence would change who is master, or leave
 * a machine thinking that it was told something, is an error: better no start than half a promise.
 * What only changes how something looks is a warning.
 *
 * The planner's process. */
#include "core/routers.h"
#include "core/config/vrrp_model.h"
#include <stdio.h>

static struct place place_of(const struct vrrp_place *place)
{
	return (struct place){.file = place->file, .line = place->line};
}

static void refuse(
	struct config *config, const struct vrrp_place *place, const char *name, const char *what)
{
	config_message(config, MESSAGE_ALERT, place_of(place),
		"parsing [%s:%u] : '%s': %s is not available yet.", place->file, place->line, name,
		what);
}

static void judge_instance(struct config *config, const struct vrrp_instance *instance)
{
	const struct vrrp_place *place = &instance->place;

	if (instance->use_vmac)
		refuse(config, place, instance->name, "use_vmac");
}

void routers_refuse(struct config *config)
{
	const struct vrrp_config *routers = config->vrrp;

	if (!routers)
		return;
	for (uint32_t i = 0; i < routers->instance_count; i++)
		judge_instance(config, &vrrp_instances(routers)[i]);
}
