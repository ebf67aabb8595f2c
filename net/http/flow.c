/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flow.c - the pieces of a flow: a head laid right before its body, a body framed to its end.
 *
 * A rewritten head goes over the end of the one that came, so that head and body leave in one send
 * from the buffer that they were received in.  Rules may make a head longer than the space there;
 * then it leaves from a buffer of its own and the body follows. */
#include "net/http/exchange.h"

bool flow_lay_head(struct flow *flow, uint32_t head_bytes, const char *rewritten, uint32_t len)
{
	struct buffer *in = flow->in;
	uint32_t body_at = in->start + head_bytes;

	if (len > body_at)
		return false;
	memcpy(in->space + body_at - len, rewritten, len);
	in->start = body_at;
	flow->out = in->space + body_at - len;
	flow->out_len = len;
	return true;
}

bool flow_lay_long_head(struct session_environment *env, struct flow *flow, uint32_t head_bytes,
	const char *rewritten, uint32_t len)
{
	struct buffer *piece;

	if (flow_lay_head(flow, head_bytes, rewritten, len))
		return true;
	piece = env->lend_piece ? env->lend_piece(env, flow) : NULL;
	if (!piece || len > buffer_room(piece))
		return false;
	memcpy(buffer_at(piece), rewritten, len);
	flow->in->start += head_bytes;
	flow->out = buffer_at(piece);
	flow->out_len = len;
	return true;
}

/* Is the piece a head that lies elsewhere than right before its body? */
static bool head_is_apart(const struct flow *flow)
{
	return flow->out_len > 0 && flow->out + flow->out_len != buffer_at(flow->in);
}

bool flow_take_body(struct flow *flow)
{
	struct buffer *in = flow->in;
	uint32_t here = buffer_len(in), used = here, kept;
	enum h1_chunks_result result;

	if (head_is_apart(flow)) { /* it leaves alone; the body is taken when it has */
		if (flow->body == H1_BODY_NONE ||
			(flow->body == H1_BODY_LENGTH && flow->left_bytes == 0))
			flow->state = FLOW_DONE;
		return true;
	}
	if (flow->out_len == 0)
		flow->out = buffer_at(in);
	switch ((enum h1_body)flow->body) {
	case H1_BODY_NONE:
		flow->state = FLOW_DONE;
		return true;
	case H1_BODY_LENGTH:
		if (used > flow->left_bytes)
			used = (uint32_t)flow->left_bytes;
		flow->left_bytes -= used;
		kept = used;
		if (flow->left_bytes == 0)
			flow->state = FLOW_DONE;
		break;
	case H1_BODY_CHUNKED:
		result = h1_chunks_read(&flow->chunks, buffer_at(in), here, &used, &kept);
		if (result == H1_CHUNKS_BAD)
			return false;
		if (result == H1_CHUNKS_END)
			flow->state = FLOW_DONE;
		break;
	case H1_BODY_UNTIL_CLOSE:
	default:
		kept = used;
		break;
	}
	flow->out_len += kept;
	in->start += used;
	return true;
}
