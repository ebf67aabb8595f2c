/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two torcs say to each other before a planned move: bytes, and who relies on whom. */
#include "vrrp/hop.h"
#include "vrrp/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define S 1000000ull

static const struct vrrp_ip lb1 = {AF_INET, {192, 168, 25, 201}},
			    lb2 = {AF_INET, {192, 168, 25, 202}}, nobody;

/* The checksum by hand: 3f32 0201 1388 746f 7263 0200 0000 0001 sum to 13d8e, with the carry to
 * 3d8f, of which the complement is c270. */
static const uint8_t offer[HOP_MESSAGE_BYTES] = {
	0x3f, 0x32, 2, 1, 0x13, 0x88, 0xc2, 0x70, 't', 'o', 'r', 'c', 2, 0, 0, 0, 0, 1};

static struct vrrp_datagram datagram_of(const uint8_t *bytes, uint32_t len)
{
	return (struct vrrp_datagram){
		.source = lb1, .destination = lb2, .hops = 255, .bytes = bytes, .len = len};
}

static void test_there_and_back(void **state)
{
	const struct hop_message message = {3, 50, HOP_OFFER, 5000, {2, 0, 0, 0, 0, 1}};
	struct vrrp_datagram datagram = datagram_of(offer, sizeof(offer));
	uint8_t out[HOP_MESSAGE_BYTES];
	struct hop_message read;

	(void)state;
	hop_write(out, &message);
	assert_memory_equal(out, offer, sizeof(offer));
	assert_true(hop_is_message(&datagram));
	assert_true(hop_read(&read, &datagram));
	assert_int_equal(read.version, 3);
	assert_int_equal(read.router_id, 50);
	assert_int_equal(read.kind, HOP_OFFER);
	assert_int_equal(read.serve_ms, 5000);
	assert_memory_equal(read.mac, message.mac, HOP_MAC_BYTES);
}

/* Others have to discard it, and do it by its type. */
static void test_is_no_advertisement(void **state)
{
	const struct vrrp_expected expected = {
		.family = AF_INET, .version = 3, .router_id = 50, .advert_us = S, .source = lb2};
	struct vrrp_datagram datagram = datagram_of(offer, sizeof(offer));
	static const uint8_t advert[] = {0x31, 50, 100, 1, 0, 100, 0, 0, 192, 168, 25, 203};
	struct vrrp_datagram other = datagram_of(advert, sizeof(advert));
	struct vrrp_advert read;

	(void)state;
	assert_int_equal(vrrp_packet_read(&read, &datagram, &expected), VRRP_BAD_TYPE);
	assert_false(hop_is_message(&other));
}

static void test_cut_at_every_byte_and_longer(void **state)
{
	uint8_t longer[HOP_MESSAGE_BYTES + 1] = {0};
	struct hop_message read;

	(void)state;
	memcpy(longer, offer, sizeof(offer));
	for (uint32_t len = 0; len <= sizeof(longer); len++) {
		struct vrrp_datagram datagram = datagram_of(longer, len);

		assert_int_equal(hop_is_message(&datagram), len >= VRRP_HEADER_BYTES);
		assert_int_equal(hop_read(&read, &datagram), len == sizeof(offer));
	}
}

static void test_every_bit_counts(void **state)
{
	struct hop_message read;

	(void)state;
	for (uint32_t bit = 0; bit < 8 * sizeof(offer); bit++) {
		uint8_t bytes[HOP_MESSAGE_BYTES];
		struct vrrp_datagram datagram = datagram_of(bytes, sizeof(bytes));

		memcpy(bytes, offer, sizeof(bytes));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(hop_read(&read, &datagram));
	}
}

/* Well-formed, and still not believed. */
static void test_refused(void **state)
{
	static const struct {
		uint32_t at;
		uint8_t value;
	} changes[] = {{0, 0x31}, {2, 0}, {2, 3}, {3, 2}, {8, 'T'}};
	struct vrrp_datagram datagram = datagram_of(offer, sizeof(offer));
	struct hop_message read;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t bytes[HOP_MESSAGE_BYTES];
		uint16_t sum;

		memcpy(bytes, offer, sizeof(bytes));
		bytes[changes[i].at] = changes[i].value;
		bytes[6] = bytes[7] = 0;
		sum = vrrp_checksum_finish(0, bytes, sizeof(bytes));
		bytes[6] = (uint8_t)(sum >> 8);
		bytes[7] = (uint8_t)sum;
		datagram.bytes = bytes;
		assert_false(hop_read(&read, &datagram));
	}
	datagram = datagram_of(offer, sizeof(offer));
	datagram.hops = 254; /* it crossed a router */
	assert_false(hop_read(&read, &datagram));
}

/* keepalived writes a line for each: three, and then silence until there is another master. */
static void test_who_does_not_answer_is_left_alone(void **state)
{
	struct hop_deal deal = {0};
	uint32_t asked = 0;

	(void)state;
	for (uint64_t now_us = S; now_us < 600 * S; now_us += 100000)
		asked += hop_asks(&deal, &lb1, now_us);
	assert_int_equal(asked, HOP_ASKS_MAX);
	assert_int_equal(deal.counters.asks_out, HOP_ASKS_MAX);
	assert_false(hop_has_offer(&deal, &lb1, 600 * S));
	assert_true(hop_asks(&deal, &lb2, 600 * S));
	assert_false(hop_asks(&deal, &nobody, 601 * S));
	assert_true(hop_asks(&deal, &lb1, 602 * S));
}

static void test_who_answers_is_asked_now_and_then(void **state)
{
	const struct hop_message message = {3, 50, HOP_OFFER, HOP_SERVE_MS, {0}};
	struct hop_deal deal = {0};
	uint32_t asked = 0;

	(void)state;
	for (uint64_t now_us = S; now_us < 100 * S; now_us += 100000)
		if (hop_asks(&deal, &lb1, now_us)) {
			asked++;
			assert_true(hop_is_offered(&deal, &lb1, &message, now_us));
		}
	assert_int_equal(asked, 5); /* at 1, 21, 41, 61 and 81 s */
	assert_true(hop_has_offer(&deal, &lb1, 100 * S));
	assert_false(hop_has_offer(&deal, &lb2, 100 * S));
	/* He falls silent: the agreement ends by itself, and he is asked seldom. */
	for (uint64_t now_us = 100 * S; now_us < 200 * S; now_us += 100000)
		asked += hop_asks(&deal, &lb1, now_us);
	assert_int_equal(asked, 5 + 7); /* at 101, 102, 103, 123, 143, 163 and 183 s */
	assert_true(hop_has_offer(&deal, &lb1, 81 * S + HOP_FRESH_US - 1));
	assert_false(hop_has_offer(&deal, &lb1, 81 * S + HOP_FRESH_US));
}

static void test_offers_that_do_not_count(void **state)
{
	const struct hop_message message = {3, 50, HOP_OFFER, HOP_SERVE_MS, {0}};
	const struct hop_message none = {3, 50, HOP_OFFER, 0, {0}};
	struct hop_deal deal = {0};

	(void)state;
	assert_false(hop_is_offered(&deal, &lb1, &message, S)); /* nobody has asked */
	assert_true(hop_asks(&deal, &lb1, S));
	assert_false(hop_is_offered(&deal, &lb2, &message, S));
	assert_true(hop_is_offered(&deal, &lb1, &message, S));
	assert_true(hop_has_offer(&deal, &lb1, S));
	hop_forget_offer(&deal, &lb2);
	assert_true(hop_has_offer(&deal, &lb1, S));
	assert_true(hop_is_offered(&deal, &lb1, &none, S)); /* taken back */
	assert_false(hop_has_offer(&deal, &lb1, S));
	assert_true(hop_is_offered(&deal, &lb1, &message, 2 * S));
	hop_forget_offer(&deal, &lb1); /* a farewell */
	assert_false(hop_has_offer(&deal, &lb1, 2 * S));
	/* As master he is asked no more, and his lease still counts. */
	assert_true(hop_is_offered(&deal, &lb1, &message, 3 * S));
	assert_false(hop_asks(&deal, &nobody, 3 * S));
	assert_true(hop_is_offered(&deal, &lb1, &message, 4 * S));
}

static void test_askers(void **state)
{
	struct hop_deal deal = {0};
	struct vrrp_ip ip = lb2;
	uint32_t at = 0;

	(void)state;
	assert_false(hop_has_asker(&deal, S));
	assert_true(hop_is_asked(&deal, &lb2, S));
	assert_false(hop_is_asked(&deal, &lb2, S + HOP_ANSWER_US - 1)); /* too soon */
	assert_true(hop_has_asker(&deal, S + HOP_FRESH_US - 1));
	assert_false(hop_has_asker(&deal, S + HOP_FRESH_US));
	/* One more than there is room for: the oldest makes room. */
	for (uint32_t i = 1; i <= HOP_ASKERS_MAX; i++) {
		ip.bytes[3] = (uint8_t)i;
		assert_true(hop_is_asked(&deal, &ip, (1 + i) * S));
	}
	for (uint32_t i = 0; i < HOP_ASKERS_MAX; i++) {
		const struct vrrp_ip *asker = hop_next_asker(&deal, 9 * S, &at);

		assert_non_null(asker);
		assert_false(vrrp_ip_equal(asker, &lb2));
	}
	assert_null(hop_next_asker(&deal, 9 * S, &at));
	/* Whom we know has no second place. */
	ip.bytes[3] = 1;
	assert_true(hop_is_asked(&deal, &ip, 10 * S));
	ip.bytes[3] = 2;
	at = 0;
	for (uint32_t i = 0; i < HOP_ASKERS_MAX; i++)
		if (vrrp_ip_equal(hop_next_asker(&deal, 10 * S, &at), &ip))
			return;
	fail();
}

/* Three adverts of one second and no word of him: he is dead, and nobody relies on him. */
static void test_only_moves_by_plan(void **state)
{
	const struct hop_message message = {3, 50, HOP_OFFER, HOP_SERVE_MS, {0}};
	struct vrrp_fsm fsm = {
		.options = {.down_adverts = 3, .advert_us = S},
		.state = VRRP_BACKUP,
		.master = lb1,
		.master_advert_us = S,
	};
	struct hop_deal deal = {0};
	struct vrrp_ip master;

	(void)state;
	assert_true(hop_asks(&deal, &lb1, 9 * S));
	assert_true(hop_is_offered(&deal, &lb1, &message, 9 * S));
	assert_false(hop_is_planned(&deal, &fsm, 10 * S)); /* nobody was ever heard */
	fsm.heard_us = 10 * S;
	assert_true(hop_is_planned(&deal, &fsm, 13 * S - 1));
	assert_false(hop_is_planned(&deal, &fsm, 13 * S));
	master = hop_master(&fsm, 13 * S - 1);
	assert_true(vrrp_ip_equal(&master, &lb1));
	master = hop_master(&fsm, 13 * S);
	assert_false(vrrp_ip_is_set(&master));
	fsm.master = lb2; /* who has offered nothing */
	assert_false(hop_is_planned(&deal, &fsm, 11 * S));
	fsm.state = VRRP_MASTER;
	master = hop_master(&fsm, 11 * S);
	assert_false(vrrp_ip_is_set(&master));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_is_no_advertisement),
		cmocka_unit_test(test_cut_at_every_byte_and_longer),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_who_does_not_answer_is_left_alone),
		cmocka_unit_test(test_who_answers_is_asked_now_and_then),
		cmocka_unit_test(test_offers_that_do_not_count),
		cmocka_unit_test(test_askers),
		cmocka_unit_test(test_only_moves_by_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
