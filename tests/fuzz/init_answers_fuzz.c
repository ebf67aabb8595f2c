/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init_answers_fuzz.c - what torc, the kernel and a boot loader tell pid 1: whatever it is, what is
 * made of it stays within its bounds, and pages made of that within a screen.
 * Input: the bytes of any of these. */
#include "appliance/init/banner.h"
#include "appliance/init/cards.h"
#include "appliance/init/cmdline.h"
#include "appliance/init/facts.h"
#include "appliance/init/module_index.h"
#include "appliance/init/uevent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void facts(const char *bytes, size_t size)
{
	static struct facts facts;
	static struct cards_plan plan;
	static const struct card cards[2] = {{.name = "eth0", .path = "/sys/a"}, {.name = "eth1"}};

	if (!facts_read(&facts, bytes, size))
		return;
	if (facts.appliance.interface_count > APPLIANCE_INTERFACES_MAX ||
		facts.folder_count > FACTS_FOLDERS_MAX || facts.user_count > FACTS_NAMES_MAX)
		abort();
	for (uint32_t i = 0; i < facts.appliance.interface_count; i++)
		if (facts.appliance.interfaces[i].address_count > APPLIANCE_ADDRESSES_MAX)
			abort();
	cards_plan(&plan, cards, 2, &facts.appliance);
}

static void status(const char *bytes, size_t size)
{
	struct status status;
	struct banner banner = {.host_name = "h",
		.version = "v",
		.kernel = "k",
		.condition = "c",
		.source = "",
		.page = "",
		.clock = "",
		.status = &status};
	char out[BANNER_BYTES];

	status_read(&status, bytes, size);
	if (status.router_count > STATUS_ROUTERS_MAX || status.servers_up > status.servers_total)
		abort();
	if (banner_render(out, &banner) >= BANNER_BYTES)
		abort();
}

static void found(void *owner, struct span module)
{
	(void)owner;
	if (module.len > 1 << 20)
		abort();
}

static void modules(const char *bytes, size_t size)
{
	struct module_index index = {.dependencies = span_of(bytes, size),
		.aliases = span_of(bytes, size),
		.soft = span_of(bytes, size)};
	struct span files[MODULE_DEPENDENCIES_MAX], before[MODULE_SOFT_MAX];

	module_index_match(&index, "pci:v00001AF4d00001000", found, NULL);
	if (module_index_files(&index, SPAN("virtio_net"), files) > MODULE_DEPENDENCIES_MAX ||
		module_index_before(&index, SPAN("libcrc32c"), before) > MODULE_SOFT_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct uevent event;
	char *text, value[256];

	if (size > 1 << 16)
		return 0;
	facts(bytes, size);
	status(bytes, size);
	modules(bytes, size);
	uevent_read(&event, bytes, size);
	text = malloc(size + 1);
	memcpy(text, bytes, size);
	text[size] = '\0';
	if (cmdline_value(text, "torc.config", 0, value, sizeof(value)))
		cmdline_base64(value, value, sizeof(value));
	free(text);
	return 0;
}
