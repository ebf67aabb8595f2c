/* SPDX-License-Identifier: GPL-2.0-or-later */
/* torc_file.c - what neither of the two languages has: torc's own words, in keepalived's braces.
 *
 *	process_name haproxy
 *	nat {
 *		from 10.0.0.0/16
 *		out eth0
 *		source 192.168.25.203
 *		instance VI_2
 *	}
 *	vrrp_instance VI_1 {
 *		track_backend web min 2
 *	}
 *
 * They stand in a file of their own, so that keepalived.conf stays one that keepalived can read,
 * and that is advice only: the reader takes them wherever they are. */
#include "core/config/keepalived_reader.h"

#define NATS_MAX 64u

static struct nat_draft *nat_at_hand(struct keepalived_reader *reader)
{
	return reader->base;
}

static void finish_nat(struct keepalived_reader *reader, const struct nat_draft *nat)
{
	const struct vrrp_nat *row = &nat->row;

	if (row->from.family == AF_UNSPEC)
		keepalived_say(reader, MESSAGE_ALERT, nat->place,
			"'nat' lacks 'from': which network is translated?");
	if (!*row->out_interface)
		keepalived_say(reader, MESSAGE_ALERT, nat->place,
			"'nat' lacks 'out': by which interface does it leave?");
	if (!nat->source_given)
		keepalived_say(reader, MESSAGE_ALERT, nat->place,
			"'nat' lacks 'source ADDRESS' or 'masquerade': what does it leave as?");
	else if (row->source.family != AF_UNSPEC && row->source.family != row->from.family)
		keepalived_say(reader, MESSAGE_ALERT, nat->place,
			"'nat' : 'from' and 'source' are of two families");
}

static void read_nat(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct draft_rows *nats = &reader->draft->nats;
	uint32_t alerts = reader->alerts;
	struct nat_draft *nat;

	if (nats->count == NATS_MAX) {
		keepalived_alert(reader, "more than %u blocks 'nat'", NATS_MAX);
		keepalived_skip_block(reader);
		return;
	}
	nat = draft_rows_add(reader->arena, nats, sizeof(*nat));
	nat->place = reader->place;
	if (!keepalived_open(reader, self->name))
		return;
	reader->base = nat;
	keepalived_read_block(reader, self->name, IN_NAT);
	if (reader->alerts == alerts)
		finish_nat(reader, nat);
}

static void read_process_name(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_global *global = &reader->draft->global;

	if (keepalived_text(
		    reader, self->name, global->process_name, sizeof(global->process_name)) &&
		strchr(global->process_name, '/'))
		keepalived_alert(reader, "'%s' : a process has no path for a name", self->name);
}

static void read_config_id(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *word = keepalived_take(reader);

	if (!*word) {
		keepalived_alert(reader, "'%s' expects a word", self->name);
		return;
	}
	keepalived_set_id(reader, word, KEEPALIVED_ID_WRITTEN);
}

void keepalived_set_id(
	struct keepalived_reader *reader, const char *id, enum keepalived_id_source source)
{
	size_t len = source == KEEPALIVED_ID_OF_HOST ? strcspn(id, ".") : strlen(id);

	if (source < reader->id_source)
		return;
	reader->id_source = source;
	reader->text.config_id = arena_copy(reader->arena, id, len);
	reader->text.definitions.instance = reader->text.config_id;
}

static void read_from(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct nat_draft *nat = nat_at_hand(reader);
	const char *word = keepalived_take(reader);
	uint8_t bits;

	if (!keepalived_parse_prefix(word, &nat->row.from, &bits)) {
		keepalived_alert(reader, "'%s' expects a network such as 10.0.0.0/16 (got '%s')",
			self->name, word);
		keepalived_give_up(reader);
		return;
	}
	if (bits == UINT8_MAX)
		bits = nat->row.from.family == AF_INET ? 32 : 128;
	nat->row.from_bits = bits;
}

static void read_out(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	keepalived_interface(reader, self->name, nat_at_hand(reader)->row.out_interface);
}

static void read_source(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct nat_draft *nat = nat_at_hand(reader);

	nat->source_given = true;
	if (!keepalived_skip(reader, "masquerade"))
		keepalived_ip(reader, self->name, &nat->row.source);
}

static void read_masquerade(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct nat_draft *nat = nat_at_hand(reader);

	(void)self;
	nat->source_given = true;
	nat->row.source = (struct vrrp_ip){0};
}

static void read_instance(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_nat *row = &nat_at_hand(reader)->row;

	keepalived_text(reader, self->name, row->instance, sizeof(row->instance));
}

#define TEXT(form_, summary_) .form = (form_), .summary = (summary_)

static const struct keepalived_word torc_rows[] = {
	{.name = "nat",
		.where = AT_TOP | IN_TORC_FILE,
		.shape = KEEPALIVED_BLOCK,
		.read = read_nat,
		TEXT("{ from NETWORK out NAME source ADDRESS|masquerade [instance NAME] }",
			"address translation for the inner network, while master")},
	{.name = "process_name",
		.where = AT_TOP | IN_TORC_FILE,
		.read = read_process_name,
		TEXT("NAME", "what other programs see: a keepalived beside torc finds haproxy")},
	{.name = "config_id",
		.where = AT_TOP | IN_TORC_FILE,
		.read = read_config_id,
		TEXT("WORD", "what @id lines compare with, from here on; the host's name unless "
			     "written")},
	{.name = "from",
		.where = IN_NAT,
		.read = read_from,
		TEXT("NETWORK/BITS", "whose packets are translated")},
	{.name = "out",
		.where = IN_NAT,
		.read = read_out,
		TEXT("NAME", "the interface that they leave by")},
	{.name = "source",
		.where = IN_NAT,
		.read = read_source,
		TEXT("ADDRESS|masquerade", "the address that they leave with, the VIP best")},
	{.name = "masquerade",
		.where = IN_NAT,
		.read = read_masquerade,
		TEXT("", "the interface's own address")},
	{.name = "instance",
		.where = IN_NAT,
		.read = read_instance,
		TEXT("NAME", "active while this vrrp_instance is master; unless written, the one "
			     "that has an address in the network")},
};

const struct keepalived_table torc_file_words = {
	"torc's own words", torc_rows, KEEPALIVED_COUNT(torc_rows)};
