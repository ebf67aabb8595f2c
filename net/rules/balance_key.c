/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance_key.c - `balance hash`: an expression's value as the bytes that are hashed.
 *
 * HAProxy casts the value to binary first: a number is eight bytes, the highest first, an address
 * its four or sixteen. */
#include "net/rules/rules.h"
#include "net/rules/sample.h"

static bool number_bytes(struct rule_room *room, int64_t number, struct span *key)
{
	uint8_t *bytes = (uint8_t *)scratch_take(room, 8);

	if (!bytes)
		return false;
	for (uint32_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
	*key = span_of((const char *)bytes, 8);
	return true;
}

static bool address_bytes(struct rule_room *room, const struct sample *sample, struct span *key)
{
	uint32_t len = sample->address.family == AF_INET ? 4 : 16;
	char *bytes = scratch_take(room, len);

	if (!bytes)
		return false;
	memcpy(bytes, sample->address.bytes, len);
	*key = span_of(bytes, len);
	return true;
}

bool rules_balance_key(struct session *session, struct session_environment *env, struct span *key)
{
	struct rule_context context = {.room = env->rules,
		.head = session->tcp ? NULL : env->head,
		.session = session,
		.env = env};
	struct sample sample;

	if (!env->rules ||
		!sample_evaluate(&context, session->backend->balancing.expression, &sample))
		return false;
	switch (sample.type) {
	case SAMPLE_BOOL:
	case SAMPLE_INT:
		return number_bytes(env->rules, sample.number, key);
	case SAMPLE_IP:
		return address_bytes(env->rules, &sample, key);
	case SAMPLE_TEXT:
	case SAMPLE_METHOD:
	case SAMPLE_BINARY:
		*key = sample.text;
		return true;
	case SAMPLE_ANY:
		break;
	}
	return false;
}
