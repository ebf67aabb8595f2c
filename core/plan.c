/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan.c - the keeper's excerpt of a configuration, written and read back.
 *
 * One block of bytes: a head, three tables, all texts behind one another, each with its NUL, and
 * the tables of the virtual routers (core/config/vrrp_model.h), which check themselves. Offset 0 of
 * the texts is an empty string and stands for "not set".  The tables are the C structures
 * themselves, since both sides are the same program (the version says so); reading is checking
 * bounds, then pointing. */
#include "core/plan.h"
#include "core/config/vrrp_model.h"
#include "core/log.h"
#include <assert.h>
#include <string.h>

#define MAGIC	      0x74726370u /* "trcp" */
#define BYTES_MAX     (64u << 20)
#define ALIGNMENT     8u
#define BACKLOG_LEAST 1024u

struct writer {
	char *bytes;
	uint32_t texts_at, texts_used;
};

static uint32_t aligned(size_t bytes)
{
	assert(bytes < BYTES_MAX);
	return (uint32_t)((bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *owner_of(const struct listener *listener)
{
	return listener->proxy ? listener->proxy->name : "GLOBAL";
}

static plan_text put(struct writer *writer, const char *text)
{
	size_t bytes = text_bytes(text);
	plan_text at = writer->texts_used;

	if (bytes == 0)
		return 0;
	memcpy(writer->bytes + writer->texts_at + at, text, bytes);
	writer->texts_used += (uint32_t)bytes;
	return at;
}

/* A queue as long as the connections that may wait in it; the kernel cuts it to somaxconn. */
static uint32_t backlog_of(const struct config *config, const struct listener *listener)
{
	uint32_t backlog = listener->backlog;

	if (!backlog && listener->proxy)
		backlog = listener->proxy->backlog ? listener->proxy->backlog
						   : listener->proxy->maxconn;
	if (!backlog)
		backlog = config->global.maxconn;
	return backlog > BACKLOG_LEAST ? backlog : BACKLOG_LEAST;
}

static void write_listener(struct writer *writer, const struct config *config,
	const struct listener *from, struct plan_listener *to)
{
	assert(from->address_len <= sizeof(to->address));
	memcpy(&to->address, &from->address, sizeof(to->address));
	to->address_len = (uint32_t)from->address_len;
	to->inherited_fd = from->inherited_fd;
	to->backlog = backlog_of(config, from);
	to->flags = (from->v6only ? PLAN_LISTENER_V6ONLY : 0u) |
		    (from->v4v6 ? PLAN_LISTENER_V4V6 : 0u) |
		    (from->transparent ? PLAN_LISTENER_TRANSPARENT : 0u);
	to->mode = from->mode;
	to->uid = from->uid;
	to->gid = from->gid;
	to->key = put(writer, from->key);
	to->text = put(writer, from->text);
	to->owner = put(writer, owner_of(from));
	to->interface = put(writer, from->interface);
}

static size_t measure_texts(const struct config *config, uint32_t listener_count)
{
	size_t bytes = 1; /* the empty string */

	bytes += text_bytes(config->global.pidfile) + text_bytes(config->global.log_tag) +
		 text_bytes(config->global.log_send_hostname);
	for (uint32_t i = 0; i < listener_count; i++) {
		const struct listener *listener = &config->listeners[i];

		bytes += text_bytes(listener->key) + text_bytes(listener->text) +
			 text_bytes(owner_of(listener)) + text_bytes(listener->interface);
	}
	for (const struct message *message = config->messages; message; message = message->next)
		bytes += text_bytes(message->text);
	return bytes;
}

struct span plan_write(const struct config *config, bool usable, struct arena *arena)
{
	const struct global *global = &config->global;
	struct plan_head head = {.magic = MAGIC, .version = PLAN_VERSION};
	struct plan_listener *listeners;
	struct log_target *targets;
	struct plan_message *messages;
	struct writer writer = {0};

	head.listener_count = usable ? config->listener_count : 0;
	head.log_target_count = usable ? global->log_target_count : 0;
	for (const struct message *message = config->messages; message; message = message->next)
		head.message_count++;
	head.listeners_at = aligned(sizeof(head));
	head.log_targets_at = aligned(head.listeners_at + head.listener_count * sizeof(*listeners));
	head.messages_at = aligned(head.log_targets_at + head.log_target_count * sizeof(*targets));
	head.texts_at = aligned(head.messages_at + head.message_count * sizeof(*messages));
	head.texts_bytes = (uint32_t)measure_texts(config, head.listener_count);
	head.routers_at = aligned(head.texts_at + head.texts_bytes);
	head.routers_bytes = usable && config->vrrp ? config->vrrp->bytes : 0;
	head.bytes = aligned(head.routers_at + head.routers_bytes);

	writer.bytes = arena_alloc(arena, head.bytes);
	writer.texts_at = head.texts_at;
	writer.texts_used = 1;
	listeners = (void *)(writer.bytes + head.listeners_at);
	targets = (void *)(writer.bytes + head.log_targets_at);
	messages = (void *)(writer.bytes + head.messages_at);
	for (uint32_t i = 0; i < head.listener_count; i++)
		write_listener(&writer, config, &config->listeners[i], &listeners[i]);
	for (uint32_t i = 0; i < head.log_target_count; i++) {
		targets[i] = global->log_targets[i];
		targets[i].place = (struct place){0}; /* an address of this process */
	}
	for (const struct message *message = config->messages; message; message = message->next)
		*messages++ = (struct plan_message){
			.kind = (uint32_t)message->kind, .text = put(&writer, message->text)};
	head.daemon = global->daemon;
	head.master_worker = global->master_worker;
	head.hard_stop_after_ms = global->hard_stop_after_ms;
	head.grace_ms = global->grace_ms;
	head.heartbeat_stale_ms = global->heartbeat_stale_ms;
	head.heartbeat_replace_ms = global->heartbeat_replace_ms;
	head.pidfile = put(&writer, global->pidfile);
	head.log_tag = put(&writer, global->log_tag);
	head.host_name = put(&writer, global->log_send_hostname);
	if (head.routers_bytes)
		memcpy(writer.bytes + head.routers_at, config->vrrp, head.routers_bytes);
	assert(writer.texts_used == head.texts_bytes);
	memcpy(writer.bytes, &head, sizeof(head));
	return span_of(writer.bytes, head.bytes);
}

/* Whether `count` items of `item_bytes` starting at `at` lie inside the plan. */
static bool table_fits(const struct plan_head *head, uint32_t at, uint32_t count, size_t item_bytes)
{
	return at % ALIGNMENT == 0 && at >= sizeof(*head) && at <= head->bytes &&
	       count <= (head->bytes - at) / item_bytes;
}

static bool text_fits(const struct plan *plan, plan_text text)
{
	return text < plan->head->texts_bytes;
}

static bool listener_sound(const struct plan *plan, const struct plan_listener *listener)
{
	return listener->address_len <= sizeof(listener->address) && listener->inherited_fd >= -1 &&
	       listener->key != 0 && listener->owner != 0 && listener->text != 0 &&
	       text_fits(plan, listener->key) && text_fits(plan, listener->text) &&
	       text_fits(plan, listener->owner) && text_fits(plan, listener->interface);
}

static bool log_target_sound(const struct log_target *target)
{
	return (uint32_t)target->kind <= LOG_TO_FD && (uint32_t)target->format <= LOG_FORMAT_RAW &&
	       target->address_len <= sizeof(target->address) && target->facility <= 23 &&
	       target->level_max <= LOG_LEVEL_DEBUG && target->level_min <= LOG_LEVEL_DEBUG &&
	       target->place.file == NULL;
}

static bool contents_sound(const struct plan *plan)
{
	const struct plan_head *head = plan->head;

	if (!text_fits(plan, head->pidfile) || !text_fits(plan, head->log_tag) ||
		!text_fits(plan, head->host_name))
		return false;
	for (uint32_t i = 0; i < head->listener_count; i++)
		if (!listener_sound(plan, &plan->listeners[i]))
			return false;
	for (uint32_t i = 0; i < head->log_target_count; i++)
		if (!log_target_sound(&plan->log_targets[i]))
			return false;
	for (uint32_t i = 0; i < head->message_count; i++)
		if (plan->messages[i].text == 0 || !text_fits(plan, plan->messages[i].text) ||
			plan->messages[i].kind > MESSAGE_DIAG)
			return false;
	return true;
}

bool plan_read(struct plan *plan, const void *bytes, size_t len)
{
	const struct plan_head *head = bytes;

	*plan = (struct plan){0};
	assert((uintptr_t)bytes % ALIGNMENT == 0);
	if (len < sizeof(*head) || head->magic != MAGIC || head->version != PLAN_VERSION ||
		head->bytes != len || len > BYTES_MAX)
		return false;
	if (!table_fits(
		    head, head->listeners_at, head->listener_count, sizeof(struct plan_listener)) ||
		!table_fits(head, head->log_targets_at, head->log_target_count,
			sizeof(struct log_target)) ||
		!table_fits(head, head->messages_at, head->message_count,
			sizeof(struct plan_message)) ||
		!table_fits(head, head->texts_at, head->texts_bytes, 1) ||
		!table_fits(head, head->routers_at, head->routers_bytes, 1))
		return false;
	plan->head = head;
	plan->listeners = (const void *)((const char *)bytes + head->listeners_at);
	plan->log_targets = (const void *)((const char *)bytes + head->log_targets_at);
	plan->messages = (const void *)((const char *)bytes + head->messages_at);
	plan->texts = (const char *)bytes + head->texts_at;
	/* Every text ends inside: the last byte of them all is a NUL. */
	if (head->texts_bytes == 0 || plan->texts[0] != '\0' ||
		plan->texts[head->texts_bytes - 1] != '\0')
		return false;
	if (!contents_sound(plan))
		return false;
	if (head->routers_bytes == 0)
		return true;
	plan->routers = (const void *)((const char *)bytes + head->routers_at);
	return vrrp_config_is_sound(plan->routers, head->routers_bytes);
}
