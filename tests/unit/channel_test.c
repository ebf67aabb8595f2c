/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeper and children say: encoded, decoded, and sent with descriptors. */
#include "core/channel.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct channel_message examples[] = {
	{.type = CHANNEL_READY},
	{.type = CHANNEL_CONFIGURE,
		.generation = 7,
		.pid = 4711,
		.count = 3,
		.flags = CHANNEL_FLAG_PREVIOUS | CHANNEL_FLAG_FIRST},
	{.type = CHANNEL_SOCKETS, .first = 64, .count = 64},
	{.type = CHANNEL_PLANNED, .status = 2, .version = 9, .text = "no listener", .text_len = 11},
	{.type = (enum channel_type)0xffffffffu,
		.status = UINT32_MAX,
		.version = UINT32_MAX,
		.generation = UINT32_MAX,
		.pid = UINT32_MAX,
		.first = UINT32_MAX,
		.count = UINT32_MAX,
		.flags = UINT32_MAX},
};

static void assert_same(const struct channel_message *a, const struct channel_message *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->generation, b->generation);
	assert_int_equal(a->pid, b->pid);
	assert_int_equal(a->first, b->first);
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->flags, b->flags);
	assert_int_equal(a->text_len, b->text_len);
	if (a->text_len)
		assert_memory_equal(a->text, b->text, a->text_len);
}

static void reads_what_it_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		char bytes[CHANNEL_BYTES_MAX];
		struct channel_message got;
		uint32_t len = channel_encode(bytes, &examples[i]);

		assert_true(channel_decode(&got, bytes, len));
		assert_same(&examples[i], &got);
	}
}

static void refuses_a_message_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		char bytes[CHANNEL_BYTES_MAX + 1] = {0};
		struct channel_message got;
		uint32_t len = channel_encode(bytes, &examples[i]);

		for (uint32_t cut = 0; cut < len; cut++)
			assert_false(channel_decode(&got, bytes, cut));
		assert_false(channel_decode(&got, bytes, len + 1));
	}
}

static void refuses_another_programs_bytes(void **state)
{
	char bytes[CHANNEL_BYTES_MAX];
	struct channel_message got;
	uint32_t len = channel_encode(bytes, &examples[1]);

	(void)state;
	bytes[0] ^= 1;
	assert_false(channel_decode(&got, bytes, len));
}

/* An older program's message has fewer fields, a newer one's has more. */
static void reads_other_versions(void **state)
{
	uint32_t fields[16], shorter[6];
	char bytes[CHANNEL_BYTES_MAX];
	struct channel_message got;
	uint32_t len = channel_encode(bytes, &examples[1]), head;

	(void)state;
	memcpy(fields, bytes, len);
	head = fields[2];
	assert_int_equal(head, len);
	memcpy(shorter, fields, sizeof(shorter));
	shorter[2] = sizeof(shorter);
	assert_true(channel_decode(&got, (char *)shorter, sizeof(shorter)));
	assert_int_equal(got.type, CHANNEL_CONFIGURE);
	assert_int_equal(got.pid, 0);
	fields[2] = head + 8;
	assert_true(channel_decode(&got, (char *)fields, head + 8));
	assert_same(&examples[1], &got);
}

static void cuts_a_long_text(void **state)
{
	static char text[CHANNEL_TEXT_MAX + 100];
	char bytes[CHANNEL_BYTES_MAX];
	struct channel_message message = {.type = CHANNEL_FAILED, .text = text}, got;

	(void)state;
	memset(text, 'x', sizeof(text));
	message.text_len = sizeof(text);
	assert_true(channel_decode(&got, bytes, channel_encode(bytes, &message)));
	assert_int_equal(got.text_len, CHANNEL_TEXT_MAX);
}

static void passes_descriptors(void **state)
{
	static struct channel_inbox inbox;
	struct channel_message message = {.type = CHANNEL_SOCKETS, .count = CHANNEL_FDS_MAX}, got;
	int ends[2], fds[CHANNEL_FDS_MAX];
	struct stat before, after;

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	for (size_t i = 0; i < CHANNEL_FDS_MAX; i++)
		fds[i] = ends[0];
	assert_int_equal(channel_send(ends[0], &message, fds, CHANNEL_FDS_MAX, CHANNEL_BLOCK), 0);
	assert_int_equal(channel_receive(ends[1], &inbox, &got), 0);
	assert_int_equal(got.count, CHANNEL_FDS_MAX);
	assert_int_equal(inbox.fd_count, CHANNEL_FDS_MAX);
	for (uint32_t i = 0; i < CHANNEL_FDS_MAX; i++) {
		int fd = channel_take(&inbox, i);

		assert_int_equal(fstat(ends[0], &before), 0);
		assert_int_equal(fstat(fd, &after), 0);
		assert_int_equal(before.st_ino, after.st_ino);
		close(fd);
	}
	assert_int_equal(channel_take(&inbox, 0), -1);
	assert_int_equal(channel_take(&inbox, CHANNEL_FDS_MAX), -1);
	channel_drop(&inbox);
	close(ends[0]);
	assert_int_equal(channel_receive(ends[1], &inbox, &got), -EPIPE);
	assert_int_equal(channel_send(ends[1], &message, NULL, 0, CHANNEL_NO_WAIT), -EPIPE);
	close(ends[1]);
}

static void says_when_nobody_reads(void **state)
{
	struct channel_message message = {.type = CHANNEL_PAUSE};
	int ends[2], error = 0;

	(void)state;
	assert_int_equal(channel_pair(ends), 0);
	for (int i = 0; i < 100000 && error == 0; i++)
		error = channel_send(ends[0], &message, NULL, 0, CHANNEL_NO_WAIT);
	assert_int_equal(error, -EAGAIN);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_a_message_cut_anywhere),
		cmocka_unit_test(refuses_another_programs_bytes),
		cmocka_unit_test(reads_other_versions),
		cmocka_unit_test(cuts_a_long_text),
		cmocka_unit_test(passes_descriptors),
		cmocka_unit_test(says_when_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
