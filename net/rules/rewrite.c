/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rewrite.c - the actions that change a message: what a rule says, as edits of the head.
 *
 * The rule's format is written into the room's text; what a regular expression makes of it comes
 * right behind it there; from there it goes into the line that edit.c writes.  Fields that frame
 * the message are out of reach, whatever a pattern of names says. */
#include "net/rules/rewrite.h"

#include "net/http/answer.h"
#include "net/rules/capture.h"
#include "net/rules/edit.h"
#include "net/rules/format.h"
#include "net/rules/replace.h"
#include <assert.h>
#include <ctype.h>

/* The value of the rule's format, in the room's text. */
static bool write_value(struct rule_context *context, const struct rule *rule, struct span *value)
{
	int32_t len = format_write(context, rule->format, FORMAT_AS_FIELD, context->room->text,
		context->room->text_bytes);

	*value = span_of(context->room->text, len < 0 ? 0 : (uint32_t)len);
	return len >= 0;
}

static bool is_named(
	struct rule_context *context, const struct rule *rule, const struct h1_field *field)
{
	struct span name = field->name, wanted = span_of_string(rule->name);

	assert(name.at && wanted.at);
	switch (rule->method) {
	case MATCH_BEG:
		return name.len >= wanted.len && strncasecmp(name.at, wanted.at, wanted.len) == 0;
	case MATCH_END:
		return name.len >= wanted.len &&
		       strncasecmp(name.at + name.len - wanted.len, wanted.at, wanted.len) == 0;
	case MATCH_SUB:
		for (uint32_t i = 0; i + wanted.len <= name.len; i++)
			if (strncasecmp(name.at + i, wanted.at, wanted.len) == 0)
				return true;
		return false;
	case MATCH_REG:
		return regex_match(context->room->matcher, rule->regex, name, NULL);
	case MATCH_FOUND:
	case MATCH_BOOL:
	case MATCH_INT:
	case MATCH_IP:
	case MATCH_BIN:
	case MATCH_LEN:
	case MATCH_STR:
	case MATCH_DIR:
	case MATCH_DOM:
	case MATCH_METHODS:
		break;
	}
	return span_equal_nocase(name, wanted);
}

/* Fields that frame the message are out of reach, whatever the name's pattern is. */
static bool is_framing(const struct h1_field *field)
{
	return field->id == H1_FIELD_CONTENT_LENGTH || field->id == H1_FIELD_TRANSFER_ENCODING ||
	       field->id == H1_FIELD_TRAILER || field->id == H1_FIELD_TE;
}

static void remove_fields(struct rule_context *context, const struct rule *rule)
{
	for (uint32_t i = context->head->field_count; i-- > 0;) {
		const struct h1_field *field = &context->head->fields[i];

		if (!is_framing(field) && is_named(context, rule, field))
			edit_remove_field(context->head, i);
	}
}

static bool set_field(struct rule_context *context, const struct rule *rule)
{
	struct span value;

	if (!write_value(context, rule, &value))
		return false;
	remove_fields(context, rule);
	return edit_add_field(context, span_of_string(rule->name), value);
}

static bool add_field(struct rule_context *context, const struct rule *rule)
{
	struct span value;

	return write_value(context, rule, &value) &&
	       edit_add_field(context, span_of_string(rule->name), value);
}

/* The template goes behind what is made of it. */
static bool expand(struct rule_context *context, struct span template,
	const struct regex_groups *groups, struct span *made)
{
	struct rule_room *room = context->room;
	uint32_t len;

	if (!replace_expand(template, groups, room->text + template.len,
		    room->text_bytes - template.len, &len))
		return false;
	*made = span_of(room->text + template.len, len);
	return true;
}

/* replace-header: a whole field that matches becomes the template. */
static bool replace_fields(struct rule_context *context, const struct rule *rule)
{
	struct span template, made;
	struct regex_groups groups;

	if (!write_value(context, rule, &template))
		return false;
	for (uint32_t i = 0; i < context->head->field_count; i++) {
		struct h1_field *field = &context->head->fields[i];

		if (!is_named(context, rule, field) ||
			!regex_match(context->room->matcher, rule->regex, field->value, &groups))
			continue;
		if (!expand(context, template, &groups, &made) ||
			!edit_change_field(context, field, made))
			return false;
	}
	return true;
}

/* replace-value: the same with each element of a list. */
static bool replace_elements(
	struct rule_context *context, const struct rule *rule, struct h1_field *field)
{
	struct rule_room *room = context->room;
	struct span template, rest = field->value, made;
	struct regex_groups groups;
	bool changed = false;
	char *out, *at;

	if (!write_value(context, rule, &template))
		return false;
	room->scratch_used = 0;
	out = at = scratch_take(room, room->scratch_bytes);
	for (bool more = rest.len > 0; more;) {
		const char *comma = memchr(rest.at, ',', rest.len);
		struct span element = comma ? span_of(rest.at, (size_t)(comma - rest.at)) : rest;
		struct span value = element;

		while (value.len && isspace((unsigned char)value.at[0]))
			value = span_of(value.at + 1, value.len - 1);
		while (value.len && isspace((unsigned char)value.at[value.len - 1]))
			value.len--;
		made = value;
		if (regex_match(room->matcher, rule->regex, value, &groups)) {
			if (!expand(context, template, &groups, &made))
				return false;
			changed = true;
		}
		if ((size_t)(out + room->scratch_bytes - at) < element.len + made.len + 1)
			return false;
		/* The blanks in front of an element stay. */
		memcpy(at, element.at, (size_t)(value.at - element.at));
		at += value.at - element.at;
		if (made.len)
			memcpy(at, made.at, made.len);
		at += made.len;
		more = comma != NULL;
		if (more) {
			*at++ = ',';
			rest = span_of(comma + 1, rest.len - element.len - 1);
		}
	}
	return !changed || edit_change_field(context, field, span_of(out, (size_t)(at - out)));
}

static bool replace_values(struct rule_context *context, const struct rule *rule)
{
	for (uint32_t i = 0; i < context->head->field_count; i++) {
		struct h1_field *field = &context->head->fields[i];

		if (is_named(context, rule, field) && !replace_elements(context, rule, field))
			return false;
	}
	return true;
}

static struct span path_without_query(const struct h1_head *head, struct span *query)
{
	struct span path = head->path;
	const char *mark = path.len ? memchr(path.at, '?', path.len) : NULL;

	*query = (struct span){0};
	if (mark) {
		*query = span_of(mark, (size_t)(path.at + path.len - mark));
		path.len = (uint32_t)(mark - path.at);
	}
	return path;
}

/* Path and query out of two parts, behind what the room's text holds. */
static bool set_path_and_query(
	struct rule_context *context, struct span path, const char *mark, struct span query)
{
	struct rule_room *room = context->room;
	size_t mark_len = strlen(mark);
	char *whole;

	room->scratch_used = 0;
	whole = scratch_take(room, path.len + query.len + (uint32_t)mark_len);
	if (!whole)
		return false;
	if (path.len)
		memcpy(whole, path.at, path.len);
	memcpy(whole + path.len, mark, mark_len);
	if (query.len)
		memcpy(whole + path.len + mark_len, query.at, query.len);
	return edit_path(context, span_of(whole, path.len + mark_len + query.len));
}

static bool set_target(struct rule_context *context, const struct rule *rule)
{
	struct span value, path, query;

	if (!write_value(context, rule, &value))
		return false;
	path = path_without_query(context->head, &query);
	switch (rule->action) {
	case RULE_SET_PATH:
		return set_path_and_query(context, value, "", query);
	case RULE_SET_QUERY:
		return set_path_and_query(context, path, value.len ? "?" : "", value);
	case RULE_SET_PATHQ:
		return edit_path(context, value);
	default:
		return edit_target(context, value);
	}
}

static bool replace_target(struct rule_context *context, const struct rule *rule)
{
	struct h1_head *head = context->head;
	struct span template, made, subject, query = {0};
	struct regex_groups groups;

	if (!write_value(context, rule, &template))
		return false;
	subject = rule->action == RULE_REPLACE_URI    ? head->target
		  : rule->action == RULE_REPLACE_PATH ? path_without_query(head, &query)
						      : head->path;
	if (!regex_match(context->room->matcher, rule->regex, subject, &groups))
		return true;
	if (!expand(context, template, &groups, &made))
		return false;
	if (rule->action == RULE_REPLACE_PATH)
		return set_path_and_query(context, made, "", query);
	return rule->action == RULE_REPLACE_URI ? edit_target(context, made)
						: edit_path(context, made);
}

static bool set_method(struct rule_context *context, const struct rule *rule)
{
	struct span value;

	return write_value(context, rule, &value) && edit_method(context, value);
}

static bool set_status(struct rule_context *context, const struct rule *rule)
{
	uint16_t status = (uint16_t)rule->number, before = context->head->status;

	/* Those have no body by definition: they stay, and nothing becomes one of them. */
	if (before < 200 || before == 204 || before == 304)
		return false;
	return edit_status(
		context, status, span_of_string(rule->name ? rule->name : answer_reason(status)));
}

static void capture(struct rule_context *context, const struct rule *rule)
{
	struct sample sample;

	if (sample_evaluate(context, rule->expression, &sample) &&
		sample_cast(context, &sample, SAMPLE_TEXT))
		capture_put(context->session, context->env, context->response, rule->number,
			sample.text);
}

bool rewrite(struct rule_context *context, const struct rule *rule)
{
	switch (rule->action) {
	case RULE_SET_HEADER:
		return set_field(context, rule);
	case RULE_ADD_HEADER:
		return add_field(context, rule);
	case RULE_DEL_HEADER:
		remove_fields(context, rule);
		return true;
	case RULE_REPLACE_HEADER:
		return replace_fields(context, rule);
	case RULE_REPLACE_VALUE:
		return replace_values(context, rule);
	case RULE_SET_METHOD:
		return set_method(context, rule);
	case RULE_SET_PATH:
	case RULE_SET_PATHQ:
	case RULE_SET_QUERY:
	case RULE_SET_URI:
		return set_target(context, rule);
	case RULE_REPLACE_PATH:
	case RULE_REPLACE_PATHQ:
	case RULE_REPLACE_URI:
		return replace_target(context, rule);
	case RULE_SET_STATUS:
		return set_status(context, rule);
	case RULE_CAPTURE:
		capture(context, rule);
		return true;
	case RULE_ALLOW:
	case RULE_DENY:
	case RULE_TARPIT:
	case RULE_RETURN:
	case RULE_REDIRECT:
	case RULE_AUTH:
	case RULE_SET_LOG_LEVEL:
	case RULE_USE_BACKEND:
	case RULE_USE_SERVER:
	case RULE_ACTIONS:
		break;
	}
	return true;
}
