/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules_fixture.h - a frontend with the rules of a test, and a message for them to look at.
 * The rules are read as a configuration: what is tested is what the file says. */
#ifndef TORC_TESTS_UNIT_RULES_FIXTURE_H
#define TORC_TESTS_UNIT_RULES_FIXTURE_H

#include "core/config/config.h"
#include "core/config/rule_model.h"
#include "net/http/message.h"
#include "net/rules/format.h"
#include "net/rules/rewrite.h"
#include "net/rules/rules.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after setjmp.h and stdarg.h, which it needs */
#include <cmocka.h>

struct rules_fixture {
	struct arena arena;
	struct config config;
	struct config_source source;
	struct config_file file;
	char *text;
	struct session session;
	struct session_environment env;
	struct h1_head head;
	struct rule_context context;
};

static bool rules_fixture_came_to(
	struct session_environment *env, const struct session *session, union address *address)
{
	(void)env;
	(void)session;
	address->in.sin_family = AF_INET;
	address->in.sin_port = htons(8080);
	return inet_pton(AF_INET, "192.0.2.1", &address->in.sin_addr) == 1;
}

/* A frontend with these lines.  False: they are not accepted. */
static inline bool rules_fixture_open(struct rules_fixture *fixture, const char *lines)
{
	memset(fixture, 0, sizeof(*fixture));
	if (asprintf(&fixture->text,
		    "userlist people\n group admins users bob\n user bob insecure-password secret\n"
		    "frontend web\n mode http\n timeout client 1s\n bind :8080 id 7\n%s\n",
		    lines) < 0)
		return false;
	fixture->file = (struct config_file){"t", fixture->text, strlen(fixture->text)};
	fixture->source.files = &fixture->file;
	fixture->source.file_count = 1;
	if (config_load(&fixture->config, &fixture->source) > 0)
		return false;
	fixture->env.config = &fixture->config;
	fixture->env.wall_ms = 1795455782500u;
	fixture->env.limits = (struct h1_limits){.head_bytes = 16384, .fields = 101};
	fixture->env.local_address = rules_fixture_came_to;
	fixture->env.head = &fixture->head;
	assert_int_equal(rules_open(&fixture->env.rules, &fixture->arena, &fixture->config), 0);
	fixture->session.frontend = &fixture->config.proxies[0];
	fixture->session.listener = fixture->session.frontend->listeners[0];
	fixture->session.first_request = true;
	fixture->session.peer.in.sin_family = AF_INET;
	fixture->session.peer.in.sin_port = htons(4711);
	inet_pton(AF_INET, "10.1.2.3", &fixture->session.peer.in.sin_addr);
	fixture->context = (struct rule_context){.room = fixture->env.rules,
		.head = &fixture->head,
		.session = &fixture->session,
		.env = &fixture->env};
	return true;
}

static inline void rules_fixture_close(struct rules_fixture *fixture)
{
	rules_close(fixture->env.rules);
	config_free(&fixture->config);
	arena_free(&fixture->source.arena);
	arena_free(&fixture->arena);
	free(fixture->text);
}

static inline void rules_fixture_request(struct rules_fixture *fixture, const char *request)
{
	uint32_t scanned = 0;

	assert_true(h1_read_request(&fixture->head, request, (uint32_t)strlen(request), &scanned,
			    &fixture->env.limits) > 0);
	assert_true(message_settle_host(&fixture->head));
	fixture->session.method = fixture->head.method_id;
	fixture->context.response = false;
}

static inline void rules_fixture_response(struct rules_fixture *fixture, const char *response)
{
	uint32_t scanned = 0;

	assert_true(h1_read_response(&fixture->head, response, (uint32_t)strlen(response), &scanned,
			    &fixture->env.limits, H1_METHOD_GET) > 0);
	fixture->context.response = true;
}

#endif
