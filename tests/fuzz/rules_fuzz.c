/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_fuzz.c - any rules over any request: whatever they make of it is a head that is read again
 * with the framing that it had, and with no line more than the edits made.
 * Input: lines of a frontend, a NUL byte, a request's head. */
#include "core/config/rule_model.h"
#include "net/http/message.h"
#include "net/rules/rewrite.h"
#include "net/rules/rules.h"
#include "tests/fuzz/alone.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_address(struct session_environment *env, const struct session *session,
	enum session_end end, union address *address)
{
	(void)env, (void)session, (void)end;
	address->any.sa_family = AF_UNSPEC;
}

static bool came_to(
	struct session_environment *env, const struct session *session, union address *address)
{
	(void)env;
	(void)session;
	address->in.sin_family = AF_INET;
	return true;
}

static struct h1_head head, again;
static char out[65536];

/* What variables of the log say while rules are looked at; made here, since that asks the board. */
static const struct access_record record = {
	.frontend = "f", .backend = "f", .termination = {'-', '-', '-', '-'}};

static void apply(struct config *config, const char *request, size_t len)
{
	struct arena arena = {0};
	const struct message_edits edits = {.connection = MESSAGE_CONNECTION_ABSENT};
	struct session_environment env = {.config = config,
		.limits = {.head_bytes = 4096, .fields = 101},
		.local_address = came_to,
		.address_of = no_address,
		.head = &head};
	struct session session = {.frontend = &config->proxies[0]};
	struct rule_context context = {
		.head = &head, .session = &session, .env = &env, .record = &record};
	uint32_t scanned = 0, written;

	session.listener = session.frontend->listeners[0];
	if (h1_read_request(&head, request, (uint32_t)len, &scanned, &env.limits) <= 0 ||
		rules_open(&env.rules, &arena, config) < 0) {
		arena_free(&arena);
		return;
	}
	message_settle_host(&head);
	context.room = env.rules;
	session.method = head.method_id;
	for (const struct rule *rule = session.frontend->rules->request.first; rule;
		rule = rule->next)
		if (condition_holds(&context, rule->condition) && !rewrite(&context, rule))
			goto done;
	written = message_write_request(out, sizeof(out), &head, &edits);
	if (written && (head.authority.len || h1_find(&head, H1_FIELD_HOST) || !head.minor)) {
		struct h1_limits wide = {.head_bytes = sizeof(out), .fields = 120};

		scanned = 0;
		if (h1_read_request(&again, out, written, &scanned, &wide) > 0) {
			assert(again.body == head.body && again.body_bytes == head.body_bytes);
			assert(again.field_count <= head.field_count + 1);
		}
	}
done:
	rules_close(env.rules);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	struct config config = {0};
	struct config_source source = {.machine = &alone, .proxies_only = true};
	struct config_file file = {"f", NULL, 0};
	char *text = NULL;

	if (!nul || size > 8192)
		return 0;
	if (asprintf(&text, "frontend f\n mode http\n bind :80\n%.*s\n", (int)(nul - data),
		    (const char *)data) < 0)
		return 0;
	file.bytes = text;
	file.len = strlen(text);
	source.files = &file;
	source.file_count = 1;
	if (!asks_the_board(text) && config_load(&config, &source) == 0 &&
		config.proxy_count == 1 && config.proxies[0].listener_count > 0)
		apply(&config, (const char *)nul + 1, size - (size_t)(nul - data) - 1);
	config_free(&config);
	arena_free(&source.arena);
	free(text);
	return 0;
}
