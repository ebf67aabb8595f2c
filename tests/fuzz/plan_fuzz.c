/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan as arbitrary bytes: the keeper is privileged and a planner may have gone wrong.  Every
 * string of a plan that is believed must end inside it. */
#include "core/plan.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(const struct plan *plan, plan_text text)
{
	const char *string = plan_string(plan, text);

	if (string && strlen(string) >= plan->head->texts_bytes)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Aligned as a mapping is, and without a byte to spare. */
	char *bytes = malloc(size ? size : 1);
	struct plan plan;

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	if (plan_read(&plan, bytes, size)) {
		touch(&plan, plan.head->pidfile);
		touch(&plan, plan.head->log_tag);
		touch(&plan, plan.head->host_name);
		for (uint32_t i = 0; i < plan.head->listener_count; i++) {
			touch(&plan, plan.listeners[i].key);
			touch(&plan, plan.listeners[i].text);
			touch(&plan, plan.listeners[i].owner);
			touch(&plan, plan.listeners[i].interface);
		}
		for (uint32_t i = 0; i < plan.head->message_count; i++)
			touch(&plan, plan.messages[i].text);
	}
	free(bytes);
	return 0;
}
