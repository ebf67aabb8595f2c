/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any head that is read, written anew and read again: the framing is the same, and the fields are
 * those of the first reading without the ones that end at us. */
#include "net/http/message.h"
#include <assert.h>

static const struct h1_limits limits = {.head_bytes = 4096, .fields = 40};
/* A Host, our address and our Connection may be added. */
static const struct h1_limits wider = {.head_bytes = 16384, .fields = 43};
static struct h1_head first, second;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum side { REQUEST, RESPONSE };

struct trial {
	enum side side;
	enum h1_method method; /* of the request that a response answers */
	struct message_edits edits;
};

static int32_t read_head(const struct trial *trial, struct h1_head *head, const char *buf,
	uint32_t len, const struct h1_limits *with)
{
	uint32_t scanned = 0;

	if (trial->side == REQUEST)
		return h1_read_request(head, buf, len, &scanned, with);
	return h1_read_response(head, buf, len, &scanned, with, trial->method);
}

/* Fields that need not come out as they went in. */
static bool may_change(const struct h1_field *field)
{
	switch (field->id) {
	case H1_FIELD_OTHER:
	case H1_FIELD_COOKIE:
	case H1_FIELD_SET_COOKIE:
	case H1_FIELD_AUTHORIZATION:
	case H1_FIELD_PROXY_AUTHORIZATION:
	case H1_FIELD_MAX_FORWARDS:
	case H1_FIELD_X_FORWARDED_FOR:
		return field->named_by_connection;
	}
	return true;
}

/* The next field from *at on that has to come out as it went in, or NULL. */
static const struct h1_field *next_plain(const struct h1_head *head, uint32_t *at)
{
	while (*at < head->field_count) {
		const struct h1_field *field = &head->fields[(*at)++];

		if (!may_change(field))
			return field;
	}
	return NULL;
}

static void check_fields(const struct trial *trial)
{
	uint32_t in = 0, out = 0;
	const struct h1_field *went, *came;

	while ((went = next_plain(&first, &in))) {
		came = next_plain(&second, &out);
		assert(came && span_equal(went->line, came->line));
	}
	came = next_plain(&second, &out);
	assert((came != NULL) == (trial->edits.forwardfor_name.len > 0));
	assert(next_plain(&second, &out) == NULL);
}

static bool connection_names(struct span option)
{
	const struct h1_field *connection = h1_find(&second, H1_FIELD_CONNECTION);

	return connection && h1_list_has(connection->value, option);
}

static void check_framing(const struct trial *trial)
{
	bool plain = trial->edits.drop_transfer_encoding && first.body == H1_BODY_CHUNKED;
	const struct h1_field *host = h1_find(&second, H1_FIELD_HOST);

	assert(second.body == (plain ? H1_BODY_UNTIL_CLOSE : first.body));
	assert(second.body_bytes == first.body_bytes);
	assert(second.method_id == first.method_id && second.status == first.status);
	assert(span_equal(second.target, first.target));
	assert(span_equal(second.reason, first.reason));
	assert(!second.drop_content_length);
	if (first.authority.len)
		assert(span_equal_nocase(host->value, first.authority));
	for (uint32_t i = 0; i < second.field_count; i++) {
		uint8_t id = second.fields[i].id;

		assert(id != H1_FIELD_KEEP_ALIVE && id != H1_FIELD_PROXY_CONNECTION);
		if (id == H1_FIELD_TE)
			assert(trial->side == REQUEST &&
				span_equal(second.fields[i].value, SPAN("trailers")) &&
				connection_names(SPAN("TE")));
		assert(id != H1_FIELD_CONNECTION || i + 1 == second.field_count);
		if (id == H1_FIELD_UPGRADE)
			assert(!h1_list_has(second.fields[i].value, SPAN("h2c")));
	}
}

/* The first byte chooses side and edits, the second the method that a response answers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[8192];
	struct trial trial = {0};
	uint32_t len;

	if (size < 2)
		return 0;
	trial.side = data[0] & 1 ? RESPONSE : REQUEST;
	trial.method = data[1] % (H1_METHOD_PATCH + 1);
	trial.edits.connection = data[0] >> 1 & 3;
	if (trial.side == RESPONSE)
		trial.edits.drop_transfer_encoding = data[0] & 8;
	else if (data[0] & 8)
		trial.edits.forwardfor_name = SPAN("X-Forwarded-For");
	trial.edits.drop_expect = data[0] & 16;
	memcpy(trial.edits.forwardfor_value, "::1", 4);

	if (read_head(&trial, &first, (const char *)data + 2, (uint32_t)size - 2, &limits) <= 0)
		return 0;
	len = trial.side == REQUEST
		      ? message_write_request(out, sizeof(out), &first, &trial.edits)
		      : message_write_response(out, sizeof(out), &first, &trial.edits);
	assert(len > 0);
	assert(read_head(&trial, &second, out, len, &wider) == (int32_t)len);
	check_framing(&trial);
	check_fields(&trial);
	return 0;
}
