/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer.c - the answers that torc gives itself: HAProxy's error pages, byte for byte.
 *
 * Monitoring scripts, browsers' pages and people's habits know these texts, so they are
 * HAProxy 2.6's as recorded from the wire, odd spots included (the dot in the 501, the reason of
 * the 407).  HAProxy has two spellings of the head: what its parser refuses, before there is a
 * request that could be judged, comes with the fields of its built-in messages ("Content-length",
 * Connection before Content-Type); what its rules and the forwarding answer later goes through
 * its message layer and comes in lower case.  Here the status decides: 400, 408, 414, 431, 501
 * and 505 come from the parser or from its timer.  414, 431 and 505 have no page in 2.6; theirs
 * are in the same form with our words.
 *
 * All pages are constants, put together by the preprocessor: a worker that answers an error
 * formats nothing.  Pure; any thread. */
#include "net/http/answer.h"
#include <stdio.h>

struct answer {
	uint16_t status;
	struct span closing; /* ends the connection */
	struct span alive;   /* leaves it open; len 0: this one cannot */
};

/* clang-format off */
#define PAGE(title, text) "<html><body><h1>" title "</h1>\n" text "\n</body></html>\n"
#define CLOSE             "connection: close\r\n"

/* As the parser's refusals are written. */
#define EARLY(title, length, text)                                                                 \
	"HTTP/1.1 " title "\r\nContent-length: " length "\r\nCache-Control: no-cache\r\n"          \
	"Connection: close\r\nContent-Type: text/html\r\n\r\n" PAGE(title, text)

/* As all the others are. */
#define LATE(title, length, last, text)                                                            \
	"HTTP/1.1 " title "\r\ncontent-length: " length "\r\ncache-control: no-cache\r\n"          \
	"content-type: text/html\r\n" last "\r\n" PAGE(title, text)

/* SPAN is no constant to C's mind; this is. */
#define BYTES(literal) { (literal), (uint32_t)(sizeof(literal) - 1) }

#define EARLY_ANSWER(status, title, length, text)                                                  \
	{ status, BYTES(EARLY(title, length, text)), { 0 } }
#define LATE_ANSWER(status, title, length, text)                                                   \
	{ status, BYTES(LATE(title, length, CLOSE, text)), BYTES(LATE(title, length, "", text)) }

#define NEED_PASSWORD "You need a valid user and password to access this content."

static const struct answer answers[] = {
	LATE_ANSWER(200, "200 OK", "58",
		"Service ready."),
	LATE_ANSWER(200, "200 OK", "58",
		"Service ready."),
	EARLY_ANSWER(400, "400 Bad request", "90",
		"Your browser sent an invalid request."),
	LATE_ANSWER(401, "401 Unauthorized", "112", NEED_PASSWORD),
	LATE_ANSWER(403, "403 Forbidden", "93",
		"Request forbidden by administrative rules."),
	LATE_ANSWER(404, "404 Not Found", "83",
		"The resource could not be found."),
	LATE_ANSWER(405, "405 Method Not Allowed", "146",
		"A request was made of a resource using a request method "
		"not supported by that resource"),
	LATE_ANSWER(407, "407 Unauthorized", "112", NEED_PASSWORD),
	EARLY_ANSWER(408, "408 Request Time-out", "110",
		"Your browser didn't send a complete request in time."),
	LATE_ANSWER(410, "410 Gone", "114",
		"The resource is no longer available and will not be available again."),
	LATE_ANSWER(413, "413 Payload Too Large", "106",
		"The request entity exceeds the maximum allowed."),
	EARLY_ANSWER(414, "414 URI Too Long", "104",
		"Your browser sent a request line that is too long."),
	LATE_ANSWER(421, "421 Misdirected Request", "104",
		"Request sent to a non-authoritative server."),
	LATE_ANSWER(422, "422 Unprocessable Content", "116",
		"The server cannot process the contained instructions."),
	LATE_ANSWER(425, "425 Too Early", "80",
		"Your browser sent early data."),
	LATE_ANSWER(429, "429 Too Many Requests", "117",
		"You have sent too many requests in a given amount of time."),
	EARLY_ANSWER(431, "431 Request Header Fields Too Large", "127",
		"Your browser sent too many or too large header fields."),
	LATE_ANSWER(500, "500 Internal Server Error", "97",
		"An internal server error occurred."),
	EARLY_ANSWER(501, "501 Not Implemented", "136",
		".The server does not support the functionality required to fulfill the request."),
	LATE_ANSWER(502, "502 Bad Gateway", "107",
		"The server returned an invalid or incomplete response."),
	LATE_ANSWER(503, "503 Service Unavailable", "107",
		"No server is available to handle this request."),
	LATE_ANSWER(504, "504 Gateway Time-out", "92",
		"The server didn't respond in time."),
	EARLY_ANSWER(505, "505 HTTP Version Not Supported", "120",
		"Your browser asked for a version that is not spoken."),
};

const struct span answer_continue = BYTES("HTTP/1.1 100 Continue\r\n\r\n");
/* clang-format on */

static const struct answer *find(uint16_t status)
{
	const struct answer *fallback = NULL;

	for (uint32_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].status == status)
			return &answers[i];
		if (answers[i].status == 500)
			fallback = &answers[i];
	}
	return fallback;
}

struct span answer_for_status(uint16_t status)
{
	return find(status)->closing;
}

struct span answer_keeping_alive(uint16_t status)
{
	const struct answer *answer = find(status);

	return answer->alive.len ? answer->alive : answer->closing;
}

bool answer_has_page(uint16_t status)
{
	const struct answer *answer = find(status);

	return answer->status == status && answer->alive.len > 0;
}

const char *answer_reason(uint16_t status)
{
	static const struct {
		uint16_t status;
		const char *reason;
	} reasons[] = {
		{100, "Continue"},
		{101, "Switching Protocols"},
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{203, "Non-Authoritative Information"},
		{204, "No Content"},
		{205, "Reset Content"},
		{206, "Partial Content"},
		{300, "Multiple Choices"},
		{301, "Moved Permanently"},
		{302, "Found"},
		{303, "See Other"},
		{304, "Not Modified"},
		{307, "Temporary Redirect"},
		{308, "Permanent Redirect"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{402, "Payment Required"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{407, "Proxy Authentication Required"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{410, "Gone"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Payload Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{417, "Expectation Failed"},
		{418, "I'm a teapot"},
		{421, "Misdirected Request"},
		{422, "Unprocessable Content"},
		{425, "Too Early"},
		{426, "Upgrade Required"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{451, "Unavailable For Legal Reasons"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
	};
	static const char *const classes[] = {
		"Informational", "Success", "Redirection", "Client Error", "Server Error"};

	for (uint32_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return status >= 100 && status < 600 ? classes[status / 100 - 1] : "Other";
}

uint32_t answer_head_bytes(struct span answer)
{
	const char *end = memmem(answer.at, answer.len, "\r\n\r\n", 4);

	return end ? (uint32_t)(end - answer.at) + 4 : answer.len;
}

uint32_t answer_unauthorized(char *out, uint32_t capacity, const char *realm, bool proxied)
{
	int bytes = snprintf(out, capacity,
		"HTTP/1.1 %s\r\ncontent-length: 112\r\ncache-control: no-cache\r\n"
		"content-type: text/html\r\n%s: Basic realm=\"%s\"\r\n" CLOSE "\r\n%s",
		proxied ? "407 Unauthorized" : "401 Unauthorized",
		proxied ? "proxy-authenticate" : "www-authenticate", realm,
		proxied ? PAGE("407 Unauthorized", NEED_PASSWORD)
			: PAGE("401 Unauthorized", NEED_PASSWORD));

	return bytes > 0 && (uint32_t)bytes < capacity ? (uint32_t)bytes : 0;
}
