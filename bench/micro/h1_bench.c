/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What HTTP/1 costs without a socket: nanoseconds to read a head and to write it anew, gigabytes
 * a second of chunked body.  The best of several rounds is shown: the others were disturbed. */
#include "core/clock.h"
#include "net/http/message.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS	   9
#define ROUND_NS   20000000u /* about that long */
#define BODY_BYTES (64 * 1024)

static const struct h1_limits limits = {.head_bytes = 16384, .fields = 101};
static struct h1_head head;
static char out[20000];
static volatile uint32_t sink; /* keeps the compiler from seeing that nothing is used */

enum side { REQUEST, RESPONSE };

struct sample {
	const char *name;
	enum side side;
	const char *text;
	uint32_t len; /* set by main() */
};

static struct sample samples[] = {
	{.name = "request of ab",
		.side = REQUEST,
		.text = "GET /index.html HTTP/1.0\r\nHost: 192.168.25.203\r\n"
			"User-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n"},
	{.name = "request of a browser",
		.side = REQUEST,
		.text = "GET /articles/2015/07/index.html?from=feed HTTP/1.1\r\n"
			"Host: www.example.com\r\nConnection: keep-alive\r\n"
			"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 "
			"Firefox/115.0\r\n"
			"Accept: "
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
			"Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n"
			"Referer: http://www.example.com/articles/\r\n"
			"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
			"Upgrade-Insecure-Requests: 1\r\nCache-Control: max-age=0\r\n\r\n"},
	{.name = "request with a form",
		.side = REQUEST,
		.text = "POST /login HTTP/1.1\r\nHost: www.example.com\r\n"
			"Content-Type: application/x-www-form-urlencoded\r\n"
			"Content-Length: 27\r\nExpect: 100-continue\r\n\r\n"},
	{.name = "response of nginx",
		.side = RESPONSE,
		.text = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n"
			"Date: Mon, 23 Nov 2026 17:40:00 GMT\r\nContent-Type: text/html\r\n"
			"Content-Length: 612\r\nLast-Modified: Sun, 05 Jul 2015 10:00:00 GMT\r\n"
			"Connection: close\r\nETag: \"5598fbd0-264\"\r\nAccept-Ranges: "
			"bytes\r\n\r\n"},
};

static void read_sample(const struct sample *sample)
{
	uint32_t scanned = 0;
	int32_t bytes = sample->side == REQUEST ? h1_read_request(&head, sample->text, sample->len,
							  &scanned, &limits)
						: h1_read_response(&head, sample->text, sample->len,
							  &scanned, &limits, H1_METHOD_GET);

	assert(bytes == (int32_t)sample->len);
	sink = head.field_count;
}

static void write_sample(const struct sample *sample)
{
	static const struct message_edits edits = {.connection = MESSAGE_CONNECTION_CLOSE,
		.forwardfor_name = {"X-Forwarded-For", 15},
		.forwardfor_value = "192.168.25.2"};

	sink = sample->side == REQUEST ? message_write_request(out, sizeof(out), &head, &edits)
				       : message_write_response(out, sizeof(out), &head, &edits);
}

/* The best round's nanoseconds for one call. */
static double measure(void (*call)(const struct sample *sample), const struct sample *sample)
{
	uint32_t calls = 1000;
	double best = 1e9;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_monotonic_ns(), took;

		for (uint32_t i = 0; i < calls; i++)
			call(sample);
		took = clock_monotonic_ns() - start;
		if ((double)took / calls < best)
			best = (double)took / calls;
		calls = (uint32_t)(ROUND_NS / best) + 1;
	}
	return best;
}

static void show_heads(void)
{
	printf("%-24s %6s %7s %9s %9s %9s\n", "head", "bytes", "fields", "read ns", "write ns",
		"GB/s read");
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		double read_ns, write_ns;

		samples[i].len = (uint32_t)strlen(samples[i].text);
		read_ns = measure(read_sample, &samples[i]);
		write_ns = measure(write_sample, &samples[i]);
		printf("%-24s %6u %7u %9.0f %9.0f %9.2f\n", samples[i].name, samples[i].len,
			head.field_count, read_ns, write_ns, samples[i].len / read_ns);
	}
}

/* A buffer full of whole chunks of this size; returns how many bytes it has. */
static uint32_t fill_with_chunks(char *body, uint32_t chunk_bytes)
{
	uint32_t len = 0;

	while (len + chunk_bytes + 16 < BODY_BYTES) {
		len += (uint32_t)sprintf(body + len, "%x\r\n", chunk_bytes);
		memset(body + len, 'x', chunk_bytes);
		len += chunk_bytes;
		body[len++] = '\r';
		body[len++] = '\n';
	}
	return len;
}

static double read_chunks_ns(uint32_t chunk_bytes, bool strip, uint32_t *body_bytes)
{
	static char whole[BODY_BYTES], body[BODY_BYTES];
	uint32_t len = fill_with_chunks(whole, chunk_bytes);
	double best = 1e9;

	*body_bytes = len;
	for (uint32_t round = 0; round < 200; round++) {
		struct h1_chunks chunks;
		uint32_t used, kept;
		uint64_t start;
		double took;

		/* Taking the framing away changes the buffer: it is filled anew, untimed. */
		memcpy(body, whole, len);
		h1_chunks_init(&chunks, strip, 4096);
		start = clock_monotonic_ns();
		h1_chunks_read(&chunks, body, len, &used, &kept);
		took = (double)(clock_monotonic_ns() - start);
		assert(used == len);
		best = took < best ? took : best;
	}
	return best;
}

static void show_chunks(void)
{
	static const uint32_t sizes[] = {16, 100, 1000, 4096, 16384, 60000};

	printf("\n%-24s %12s %12s\n", "chunked body, chunks of", "GB/s kept", "GB/s stripped");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint32_t bytes;
		double kept = read_chunks_ns(sizes[i], false, &bytes);
		double stripped = read_chunks_ns(sizes[i], true, &bytes);

		printf("%-24u %12.2f %12.2f\n", sizes[i], bytes / kept, bytes / stripped);
	}
}

int main(void)
{
	show_heads();
	show_chunks();
	return EXIT_SUCCESS;
}
