/* SPDX-License-Identifier: GPL-2.0-or-later */
/* track.c - the arithmetic between what is watched and the priority on the wire.
 *
 * Two layers.  A watch turns single results into an answer (rise, fall); it exists once for each
 * thing that is watched.  A binding turns the answer into a weight or a fault for one router.  The
 * sum is always made from nothing, never kept up by adding differences: it cannot drift, and the
 * sentence that explains it is written in the same pass, so that `show vrrp` tells exactly what
 * was added.  A dozen trackers cost less than a microsecond.
 *
 * The speaker's thread. */
#include "vrrp/track.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool is_sampled(const struct vrrp_tracker *tracker);
static bool turn(struct vrrp_watch *watch, enum vrrp_answer answer);
static int32_t clamp(int64_t value, int32_t least, int32_t most);
static void add_range(struct vrrp_sum *sum, int64_t *total, struct vrrp_range range,
	const struct vrrp_tracked *tracked);
static void explain(struct vrrp_sum *sum, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void vrrp_watch_init(struct vrrp_watch *watch, const struct vrrp_tracker *tracker)
{
	*watch = (struct vrrp_watch){
		.answer = tracker->init_fail ? VRRP_ANSWER_BAD : VRRP_ANSWER_UNKNOWN};
}

bool vrrp_watch_result(struct vrrp_watch *watch, const struct vrrp_tracker *tracker, bool good)
{
	enum vrrp_answer answer = good ? VRRP_ANSWER_GOOD : VRRP_ANSWER_BAD;
	uint32_t needed = good ? tracker->rise : tracker->fall;

	watch->answered = true;
	if (watch->answer == VRRP_ANSWER_UNKNOWN || watch->answer == VRRP_ANSWER_NONE ||
		!is_sampled(tracker))
		return turn(watch, answer);
	if (watch->answer == answer) {
		watch->run = 0;
		return false;
	}
	if (++watch->run < needed)
		return false;
	return turn(watch, answer);
}

bool vrrp_watch_absent(struct vrrp_watch *watch)
{
	return turn(watch, VRRP_ANSWER_NONE);
}

bool vrrp_watch_value(struct vrrp_watch *watch, int64_t value)
{
	/* Far beyond any weight; keeps the product with one within 32 bits. */
	int32_t held = clamp(value, -(1 << 20), 1 << 20);
	bool changed = watch->answer != VRRP_ANSWER_GOOD || watch->value != held;

	watch->answer = VRRP_ANSWER_GOOD;
	watch->value = held;
	return changed;
}

bool vrrp_watch_forget(struct vrrp_watch *watch)
{
	bool changed = watch->answer != VRRP_ANSWER_UNKNOWN;

	*watch = (struct vrrp_watch){.answer = VRRP_ANSWER_UNKNOWN};
	return changed;
}

struct vrrp_effect vrrp_track_effect(const struct vrrp_watch *watch,
	const struct vrrp_tracker *tracker, const struct vrrp_binding *binding)
{
	enum vrrp_answer helps = binding->reverse ? VRRP_ANSWER_BAD : VRRP_ANSWER_GOOD;
	int32_t weight = binding->weight;
	int64_t product;

	if (tracker->kind == VRRP_TRACK_FILE) {
		if (watch->answer == VRRP_ANSWER_UNKNOWN)
			return (struct vrrp_effect){0, false};
		if (weight == 0)
			return (struct vrrp_effect){0, (watch->value != 0) != binding->reverse};
		product = (int64_t)watch->value * (binding->reverse ? -weight : weight);
		return (struct vrrp_effect){clamp(product, VRRP_WEIGHT_FAULT, VRRP_WEIGHT_MOST),
			product <= VRRP_WEIGHT_FAULT};
	}
	if (watch->answer == VRRP_ANSWER_NONE)
		return (struct vrrp_effect){0, false};
	if (weight == 0)
		return (struct vrrp_effect){0, watch->answer != helps};
	if (watch->answer == VRRP_ANSWER_UNKNOWN)
		return (struct vrrp_effect){0, false};
	if ((watch->answer == helps) == (weight > 0))
		return (struct vrrp_effect){weight, false};
	return (struct vrrp_effect){0, false};
}

void vrrp_track_sum(struct vrrp_sum *sum, uint8_t base, const struct vrrp_tracked *tracked)
{
	int64_t total = base;

	assert(base >= VRRP_PRIORITY_LEAST);
	*sum = (struct vrrp_sum){.base = base, .effective = base};
	explain(sum, "%u", base);
	add_range(sum, &total, tracked->own, tracked);
	add_range(sum, &total, tracked->group, tracked);
	if (base == VRRP_PRIORITY_OWNER) {
		explain(sum, " (owner)");
		return;
	}
	sum->effective = (uint8_t)clamp(total, VRRP_PRIORITY_LEAST, VRRP_PRIORITY_MOST);
	if (total != sum->effective)
		explain(sum, " = %u (limited)", sum->effective);
	else if (total != base)
		explain(sum, " = %u", sum->effective);
}

/* A script is asked now and then, and one answer may be an accident.  Heartbeats, links, the table
 * of processes and the verdicts of the prober are known, and were counted where they come from. */
static bool is_sampled(const struct vrrp_tracker *tracker)
{
	switch ((enum vrrp_tracker_kind)tracker->kind) {
	case VRRP_TRACK_SCRIPT:
		return true;
	case VRRP_TRACK_SERVING:
	case VRRP_TRACK_FILE:
	case VRRP_TRACK_PROCESS:
	case VRRP_TRACK_INTERFACE:
	case VRRP_TRACK_BACKEND:
		break;
	}
	return false;
}

static bool turn(struct vrrp_watch *watch, enum vrrp_answer answer)
{
	bool changed = watch->answer != answer;

	watch->answer = answer;
	watch->run = 0;
	return changed;
}

static int32_t clamp(int64_t value, int32_t least, int32_t most)
{
	return value < least ? least : value > most ? most : (int32_t)value;
}

static void add_range(struct vrrp_sum *sum, int64_t *total, struct vrrp_range range,
	const struct vrrp_tracked *tracked)
{
	bool is_owner = sum->base == VRRP_PRIORITY_OWNER;

	for (uint32_t i = range.first; i < range.first + range.count; i++) {
		const struct vrrp_binding *binding = &tracked->bindings[i];
		const struct vrrp_tracker *tracker = &tracked->trackers[binding->tracker];
		const struct vrrp_watch *watch = &tracked->watches[binding->tracker];
		struct vrrp_effect effect = vrrp_track_effect(watch, tracker, binding);

		if (watch->answer == VRRP_ANSWER_NONE) {
			explain(sum, ", %s: cannot be run", tracker->name);
		} else if (effect.fault) {
			sum->fault = true;
			explain(sum, ", %s: %s",
				watch->answer == VRRP_ANSWER_UNKNOWN ? "waiting for" : "fault",
				tracker->name);
		} else if (effect.weight && !is_owner) {
			*total += effect.weight;
			explain(sum, " %c %d (%s)", effect.weight < 0 ? '-' : '+',
				effect.weight < 0 ? -effect.weight : effect.weight, tracker->name);
		}
	}
}

/* Appends, and ends with "..." where there is no more room. */
static void explain(struct vrrp_sum *sum, const char *format, ...)
{
	size_t used = strlen(sum->text), room = sizeof(sum->text) - used;
	va_list arguments;
	int bytes;

	va_start(arguments, format);
	bytes = vsnprintf(sum->text + used, room, format, arguments);
	va_end(arguments);
	assert(bytes >= 0);
	if ((size_t)bytes >= room)
		memcpy(sum->text + sizeof(sum->text) - 4, "...", 4);
}
