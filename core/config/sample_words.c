/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample_words.c - the words of samples as tables: name, type, where from, arguments.
 *
 * The reader of expressions knows no word by itself: a further fetch is a row here, a number in
 * sample_words.h and a function of net/rules/.  Aliases share a number.  The words that HAProxy
 * has beside these are listed, so that a file that uses one is told the truth about it. */
#include "core/config/sample_words.h"

#include "core/config/keyword.h"
#include <string.h>

#define T SAMPLE_TEXT
#define N SAMPLE_INT
#define B SAMPLE_BOOL

#define ANYWHERE SAMPLE_FROM_ANYWHERE
#define REQUEST	 SAMPLE_FROM_REQUEST
#define RESPONSE SAMPLE_FROM_RESPONSE
#define EITHER	 SAMPLE_FROM_EITHER

#define NO_ARGUMENTS                                                                               \
	0,                                                                                         \
	{                                                                                          \
		0                                                                                  \
	}
#define NAME_AND_PLACE                                                                             \
	1,                                                                                         \
	{                                                                                          \
		ARGUMENT_TEXT, ARGUMENT_NUMBER                                                     \
	}
#define ONE(kind_)                                                                                 \
	1,                                                                                         \
	{                                                                                          \
		ARGUMENT_##kind_                                                                   \
	}
#define MAYBE(kind_)                                                                               \
	0,                                                                                         \
	{                                                                                          \
		ARGUMENT_##kind_                                                                   \
	}

const struct fetch_word fetch_words[] = {
	{"always_false", FETCH_ALWAYS_FALSE, B, ANYWHERE, false, NO_ARGUMENTS, "", "never"},
	{"always_true", FETCH_ALWAYS_TRUE, B, ANYWHERE, false, NO_ARGUMENTS, "", "always"},
	{"avg_queue", FETCH_AVG_QUEUE, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"requests that wait in a backend, for each server that can serve"},
	{"base", FETCH_BASE, T, REQUEST, true, NO_ARGUMENTS, "", "the host and the path"},
	{"be_conn", FETCH_BE_CONN, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"requests that a backend is serving"},
	{"be_conn_free", FETCH_BE_CONN_FREE, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"free places at the servers that can serve; -1: one has no maxconn"},
	{"be_sess_rate", FETCH_BE_SESS_RATE, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"sessions that came to a backend in the last second"},
	{"be_id", FETCH_BE_ID, N, ANYWHERE, false, NO_ARGUMENTS, "", "the backend's number"},
	{"be_name", FETCH_BE_NAME, T, ANYWHERE, false, NO_ARGUMENTS, "", "the backend's name"},
	{"bool", FETCH_BOOL, B, ANYWHERE, false, ONE(TEXT), "<bool>", "a constant"},
	{"capture.req.hdr", FETCH_CAPTURE_REQ_HDR, T, ANYWHERE, false, ONE(NUMBER), "<slot>",
		"what was captured of the request"},
	{"capture.req.method", FETCH_CAPTURE_REQ_METHOD, T, ANYWHERE, false, NO_ARGUMENTS, "",
		"the request's method, for responses and the log, too"},
	{"capture.req.uri", FETCH_CAPTURE_REQ_URI, T, ANYWHERE, false, NO_ARGUMENTS, "",
		"the target, the same way"},
	{"capture.req.ver", FETCH_CAPTURE_REQ_VER, T, ANYWHERE, false, NO_ARGUMENTS, "",
		"\"HTTP/1.0\" or \"HTTP/1.1\", the same way"},
	{"capture.res.hdr", FETCH_CAPTURE_RES_HDR, T, ANYWHERE, false, ONE(NUMBER), "<slot>",
		"what was captured of the response"},
	{"connslots", FETCH_CONNSLOTS, N, ANYWHERE, false, ONE(BACKEND), "<backend>",
		"free places at a backend's servers and in their queues; -1: one has no limit"},
	{"cook", FETCH_COOK, T, REQUEST, true, MAYBE(TEXT), "<name>", "a cookie of the request"},
	{"req.cook", FETCH_COOK, T, REQUEST, false, MAYBE(TEXT), "<name>", "the same"},
	{"cook_val", FETCH_COOK, N, REQUEST, false, MAYBE(TEXT), "<name>", "the same as a number"},
	{"req.cook_val", FETCH_COOK, N, REQUEST, false, MAYBE(TEXT), "<name>", "the same"},
	{"cook_cnt", FETCH_COOK_COUNT, N, REQUEST, false, MAYBE(TEXT), "<name>",
		"how many cookies have that name"},
	{"req.cook_cnt", FETCH_COOK_COUNT, N, REQUEST, false, MAYBE(TEXT), "<name>", "the same"},
	{"date", FETCH_DATE, N, ANYWHERE, false, MAYBE(NUMBER), "[<offset>]",
		"seconds since 1970, shifted"},
	{"dst", FETCH_DST, SAMPLE_IP, ANYWHERE, false, NO_ARGUMENTS, "",
		"the address that the client came to"},
	{"dst_port", FETCH_DST_PORT, N, ANYWHERE, false, NO_ARGUMENTS, "",
		"the port that the client came to"},
	{"env", FETCH_ENV, T, ANYWHERE, false, ONE(TEXT), "<name>",
		"a variable of the environment at start"},
	{"fe_conn", FETCH_FE_CONN, N, ANYWHERE, false, MAYBE(FRONTEND), "[<frontend>]",
		"connections of a frontend"},
	{"fe_id", FETCH_FE_ID, N, ANYWHERE, false, NO_ARGUMENTS, "", "the frontend's number"},
	{"fe_name", FETCH_FE_NAME, T, ANYWHERE, false, NO_ARGUMENTS, "", "the frontend's name"},
	{"fe_req_rate", FETCH_FE_REQ_RATE, N, ANYWHERE, false, MAYBE(FRONTEND), "[<frontend>]",
		"requests that came to a frontend in the last second"},
	{"fe_sess_rate", FETCH_FE_SESS_RATE, N, ANYWHERE, false, MAYBE(FRONTEND), "[<frontend>]",
		"sessions that came to a frontend in the last second"},
	{"hdr", FETCH_FIELD, T, EITHER, true, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"one element of a header field's lists: the last one, or that occurrence; in a "
		"condition any"},
	{"req.hdr", FETCH_FIELD, T, REQUEST, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same of the request"},
	{"res.hdr", FETCH_FIELD, T, RESPONSE, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same of the response"},
	{"shdr", FETCH_FIELD, T, RESPONSE, true, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same of the response"},
	{"hdr_cnt", FETCH_FIELD_COUNT, N, EITHER, false, MAYBE(TEXT), "[<name>]",
		"how many elements there are, of one name or of all"},
	{"req.hdr_cnt", FETCH_FIELD_COUNT, N, REQUEST, false, MAYBE(TEXT), "[<name>]", "the same"},
	{"res.hdr_cnt", FETCH_FIELD_COUNT, N, RESPONSE, false, MAYBE(TEXT), "[<name>]", "the same"},
	{"shdr_cnt", FETCH_FIELD_COUNT, N, RESPONSE, false, MAYBE(TEXT), "[<name>]", "the same"},
	{"hdr_ip", FETCH_FIELD, SAMPLE_IP, EITHER, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"an element as an address"},
	{"req.hdr_ip", FETCH_FIELD, SAMPLE_IP, REQUEST, false, NAME_AND_PLACE,
		"<name>[,<occurrence>]", "the same"},
	{"res.hdr_ip", FETCH_FIELD, SAMPLE_IP, RESPONSE, false, NAME_AND_PLACE,
		"<name>[,<occurrence>]", "the same"},
	{"shdr_ip", FETCH_FIELD, SAMPLE_IP, RESPONSE, false, NAME_AND_PLACE,
		"<name>[,<occurrence>]", "the same"},
	{"hdr_val", FETCH_FIELD, N, EITHER, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"an element as a number"},
	{"req.hdr_val", FETCH_FIELD, N, REQUEST, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same"},
	{"res.hdr_val", FETCH_FIELD, N, RESPONSE, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same"},
	{"shdr_val", FETCH_FIELD, N, RESPONSE, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same"},
	{"req.fhdr", FETCH_FULL_FIELD, T, REQUEST, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"a whole header field, commas and all"},
	{"res.fhdr", FETCH_FULL_FIELD, T, RESPONSE, false, NAME_AND_PLACE, "<name>[,<occurrence>]",
		"the same of the response"},
	{"req.fhdr_cnt", FETCH_FULL_FIELD_COUNT, N, REQUEST, false, MAYBE(TEXT), "[<name>]",
		"how many fields have that name, or are there"},
	{"res.fhdr_cnt", FETCH_FULL_FIELD_COUNT, N, RESPONSE, false, MAYBE(TEXT), "[<name>]",
		"the same of the response"},
	{"req.hdr_names", FETCH_FIELD_NAMES, T, REQUEST, false, MAYBE(TEXT), "[<delimiter>]",
		"the names of all fields"},
	{"res.hdr_names", FETCH_FIELD_NAMES, T, RESPONSE, false, MAYBE(TEXT), "[<delimiter>]",
		"the same of the response"},
	{"http_first_req", FETCH_FIRST_REQUEST, B, ANYWHERE, false, NO_ARGUMENTS, "",
		"is it the first request of its connection?"},
	{"hostname", FETCH_HOSTNAME, T, ANYWHERE, false, NO_ARGUMENTS, "", "this machine's name"},
	{"http_auth", FETCH_HTTP_AUTH, B, REQUEST, false, ONE(USERLIST), "<userlist>",
		"does the request carry a name and password of that list?"},
	{"http_auth_group", FETCH_HTTP_AUTH_GROUP, T, REQUEST, false, ONE(USERLIST), "<userlist>",
		"the user, whose groups are compared"},
	{"http_auth_pass", FETCH_HTTP_AUTH_PASS, T, REQUEST, false, NO_ARGUMENTS, "",
		"the password that the request carries"},
	{"http_auth_type", FETCH_HTTP_AUTH_TYPE, T, REQUEST, false, NO_ARGUMENTS, "",
		"the first word of its Authorization field"},
	{"http_auth_user", FETCH_HTTP_AUTH_USER, T, REQUEST, false, NO_ARGUMENTS, "",
		"the name that the request carries"},
	{"int", FETCH_INT, N, ANYWHERE, false, ONE(NUMBER), "<integer>", "a constant"},
	{"ipv4", FETCH_IPV4, SAMPLE_IP, ANYWHERE, false, ONE(ADDRESS), "<address>", "a constant"},
	{"ipv6", FETCH_IPV4, SAMPLE_IP, ANYWHERE, false, ONE(ADDRESS), "<address>", "a constant"},
	{"meth", FETCH_METHOD, SAMPLE_METHOD, ANYWHERE, false, ONE(TEXT), "<method>", "a constant"},
	{"method", FETCH_METHOD, SAMPLE_METHOD, REQUEST, false, NO_ARGUMENTS, "",
		"the request's method"},
	{"nbsrv", FETCH_NBSRV, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"servers of a backend that can serve"},
	{"path", FETCH_PATH, T, REQUEST, true, NO_ARGUMENTS, "", "the path, without the query"},
	{"pathq", FETCH_PATHQ, T, REQUEST, false, NO_ARGUMENTS, "", "the path with the query"},
	{"query", FETCH_QUERY, T, REQUEST, false, NO_ARGUMENTS, "", "what follows the `?`"},
	{"queue", FETCH_QUEUE, N, ANYWHERE, false, MAYBE(BACKEND), "[<backend>]",
		"requests that wait in a backend"},
	{"rand", FETCH_RAND, N, ANYWHERE, false, MAYBE(NUMBER), "[<range>]",
		"a random number below the range, or of 32 bits"},
	{"req.proto_http", FETCH_PROTO_HTTP, B, REQUEST, false, NO_ARGUMENTS, "",
		"is it HTTP? (always, where rules look at requests)"},
	{"req_proto_http", FETCH_PROTO_HTTP, B, REQUEST, false, NO_ARGUMENTS, "", "the same"},
	{"req.ver", FETCH_VERSION, T, REQUEST, false, NO_ARGUMENTS, "", "\"1.0\" or \"1.1\""},
	{"req_ver", FETCH_VERSION, T, REQUEST, false, NO_ARGUMENTS, "", "the same"},
	{"res.ver", FETCH_VERSION, T, RESPONSE, false, NO_ARGUMENTS, "", "of the response"},
	{"resp_ver", FETCH_VERSION, T, RESPONSE, false, NO_ARGUMENTS, "", "the same"},
	{"res.cook", FETCH_SET_COOKIE, T, RESPONSE, false, MAYBE(TEXT), "<name>",
		"a cookie that the response sets"},
	{"scook", FETCH_SET_COOKIE, T, RESPONSE, true, MAYBE(TEXT), "<name>", "the same"},
	{"res.cook_val", FETCH_SET_COOKIE, N, RESPONSE, false, MAYBE(TEXT), "<name>",
		"the same as a number"},
	{"scook_val", FETCH_SET_COOKIE, N, RESPONSE, false, MAYBE(TEXT), "<name>", "the same"},
	{"so_id", FETCH_SO_ID, N, ANYWHERE, false, NO_ARGUMENTS, "", "the number of the bind"},
	{"src", FETCH_SRC, SAMPLE_IP, ANYWHERE, false, NO_ARGUMENTS, "", "the client's address"},
	{"src_port", FETCH_SRC_PORT, N, ANYWHERE, false, NO_ARGUMENTS, "", "the client's port"},
	{"srv_conn", FETCH_SRV_CONN, N, ANYWHERE, false, ONE(SERVER), "[<backend>/]<server>",
		"requests that a server is serving"},
	{"srv_is_up", FETCH_SRV_IS_UP, B, ANYWHERE, false, ONE(SERVER), "[<backend>/]<server>",
		"can it serve?"},
	{"srv_name", FETCH_SRV_NAME, T, ANYWHERE, false, NO_ARGUMENTS, "",
		"the server that was chosen"},
	{"srv_queue", FETCH_SRV_QUEUE, N, ANYWHERE, false, ONE(SERVER), "[<backend>/]<server>",
		"requests that wait for a server"},
	{"srv_sess_rate", FETCH_SRV_SESS_RATE, N, ANYWHERE, false, ONE(SERVER),
		"[<backend>/]<server>", "sessions that came to a server in the last second"},
	{"ssl_fc", FETCH_ALWAYS_FALSE, B, ANYWHERE, false, NO_ARGUMENTS, "",
		"did the client come by TLS? (never, so far)"},
	{"status", FETCH_STATUS, N, RESPONSE, false, NO_ARGUMENTS, "", "the response's status"},
	{"str", FETCH_STR, T, ANYWHERE, false, ONE(TEXT), "<text>", "a constant"},
	{"url", FETCH_URL, T, REQUEST, true, NO_ARGUMENTS, "", "the target as it came"},
	{"url_ip", FETCH_URL_IP, SAMPLE_IP, REQUEST, false, NO_ARGUMENTS, "",
		"the address in an absolute target"},
	{"url_port", FETCH_URL_PORT, N, REQUEST, false, NO_ARGUMENTS, "",
		"the port in an absolute target"},
	{"url_param", FETCH_URL_PARAM, T, REQUEST, true, 0, {ARGUMENT_TEXT, ARGUMENT_TEXT},
		"<name>[,<delimiter>]", "a parameter of the query, as it came"},
	{"urlp", FETCH_URL_PARAM, T, REQUEST, true, 0, {ARGUMENT_TEXT, ARGUMENT_TEXT},
		"<name>[,<delimiter>]", "the same"},
	{"urlp_val", FETCH_URL_PARAM, N, REQUEST, false, 0, {ARGUMENT_TEXT, ARGUMENT_TEXT},
		"<name>[,<delimiter>]", "the same as a number"},
	{"uuid", FETCH_UUID, T, ANYWHERE, false, MAYBE(NUMBER), "[4]",
		"a random name (RFC 9562), another one each time"},
	{"wait_end", FETCH_ALWAYS_TRUE, B, ANYWHERE, false, NO_ARGUMENTS, "",
		"always: nothing waits"},
};
const uint32_t fetch_word_count = KEYWORD_COUNT(fetch_words);

const struct converter_word converter_words[] = {
	{"add", CONVERT_ADD, N, N, ONE(NUMBER), "<integer>", "the sum"},
	{"and", CONVERT_AND, N, N, ONE(NUMBER), "<integer>", "the common bits"},
	{"b64dec", CONVERT_B64DEC, T, SAMPLE_BINARY, NO_ARGUMENTS, "", "out of base64"},
	{"base64", CONVERT_BASE64, SAMPLE_BINARY, T, NO_ARGUMENTS, "", "as base64"},
	{"bool", CONVERT_BOOL, N, B, NO_ARGUMENTS, "", "is it other than zero?"},
	{"bytes", CONVERT_BYTES, SAMPLE_BINARY, SAMPLE_BINARY, 1,
		{ARGUMENT_NUMBER, ARGUMENT_NUMBER}, "<offset>[,<length>]", "a part"},
	{"concat", CONVERT_CONCAT, T, T, ONE(TEXT), "<text>", "with this behind it"},
	{"cpl", CONVERT_CPL, N, N, NO_ARGUMENTS, "", "the other bits"},
	{"crc32", CONVERT_CRC32, SAMPLE_BINARY, N, MAYBE(NUMBER), "[<avalanche>]",
		"hashed; with 1 spread over all bits"},
	{"div", CONVERT_DIV, N, N, ONE(NUMBER), "<integer>", "the quotient"},
	{"djb2", CONVERT_DJB2, SAMPLE_BINARY, N, MAYBE(NUMBER), "[<avalanche>]", "the same"},
	{"even", CONVERT_EVEN, N, B, NO_ARGUMENTS, "", "is it even?"},
	{"field", CONVERT_FIELD, T, T, 2, {ARGUMENT_NUMBER, ARGUMENT_TEXT, ARGUMENT_NUMBER},
		"<index>,<delimiters>[,<count>]", "a part between delimiters, from 1 or from -1"},
	{"hex", CONVERT_HEX, SAMPLE_BINARY, T, NO_ARGUMENTS, "", "in hexadecimal"},
	{"host_only", CONVERT_HOST_ONLY, T, T, NO_ARGUMENTS, "", "a Host field without its port"},
	{"http_date", CONVERT_HTTP_DATE, N, T, MAYBE(NUMBER), "[<offset>]",
		"seconds since 1970 as fields write them"},
	{"iif", CONVERT_IIF, B, T, 2, {ARGUMENT_TEXT, ARGUMENT_TEXT}, "<true>,<false>",
		"one of two texts"},
	{"ipmask", CONVERT_IPMASK, SAMPLE_IP, SAMPLE_IP, 1, {ARGUMENT_MASK, ARGUMENT_MASK6},
		"<mask4>[,<mask6>]", "the network of an address"},
	{"json", CONVERT_JSON, T, T, MAYBE(TEXT), "[ascii|utf8|utf8s|utf8p|utf8ps]",
		"as it stands within a JSON string"},
	{"length", CONVERT_LENGTH, T, N, NO_ARGUMENTS, "", "how many bytes"},
	{"lower", CONVERT_LOWER, T, T, NO_ARGUMENTS, "", "in lower case"},
	{"ltime", CONVERT_LTIME, N, T, 1, {ARGUMENT_TEXT, ARGUMENT_NUMBER}, "<format>[,<offset>]",
		"seconds since 1970 as strftime(3) writes them"},
	{"ltrim", CONVERT_LTRIM, T, T, ONE(TEXT), "<bytes>", "without these at the front"},
	{"mod", CONVERT_MOD, N, N, ONE(NUMBER), "<integer>", "the remainder"},
	{"mul", CONVERT_MUL, N, N, ONE(NUMBER), "<integer>", "the product"},
	{"neg", CONVERT_NEG, N, N, NO_ARGUMENTS, "", "the opposite"},
	{"not", CONVERT_NOT, N, B, NO_ARGUMENTS, "", "is it zero?"},
	{"odd", CONVERT_ODD, N, B, NO_ARGUMENTS, "", "is it odd?"},
	{"or", CONVERT_OR, N, N, ONE(NUMBER), "<integer>", "all bits"},
	{"port_only", CONVERT_PORT_ONLY, T, N, NO_ARGUMENTS, "", "the port of a Host field, or 0"},
	{"regsub", CONVERT_REGSUB, T, T, 2, {ARGUMENT_TEXT, ARGUMENT_TEXT, ARGUMENT_TEXT},
		"<regex>,<text>[,<flags>]", "replaced where it matches; flags g and i"},
	{"rtrim", CONVERT_RTRIM, T, T, ONE(TEXT), "<bytes>", "without these at the end"},
	{"sdbm", CONVERT_SDBM, SAMPLE_BINARY, N, MAYBE(NUMBER), "[<avalanche>]",
		"hashed; with 1 spread over all bits"},
	{"strcmp", CONVERT_STRCMP, T, N, ONE(TEXT), "<text>", "0 when equal, else less or more"},
	{"sub", CONVERT_SUB, N, N, ONE(NUMBER), "<integer>", "the difference"},
	{"upper", CONVERT_UPPER, T, T, NO_ARGUMENTS, "", "in upper case"},
	{"url_dec", CONVERT_URL_DEC, T, T, MAYBE(NUMBER), "[<in_form>]",
		"`%XX` decoded, and `+` in a query or with 1"},
	{"url_enc", CONVERT_URL_ENC, T, T, MAYBE(TEXT), "[query]", "encoded with `%XX`"},
	{"urlp", CONVERT_URLP, T, T, 1, {ARGUMENT_TEXT, ARGUMENT_TEXT}, "<name>[,<delimiter>]",
		"a parameter out of a text"},
	{"utime", CONVERT_UTIME, N, T, 1, {ARGUMENT_TEXT, ARGUMENT_NUMBER}, "<format>[,<offset>]",
		"as ltime, in UTC"},
	{"word", CONVERT_WORD, T, T, 2, {ARGUMENT_NUMBER, ARGUMENT_TEXT, ARGUMENT_NUMBER},
		"<index>,<delimiters>[,<count>]", "as field, runs of delimiters are one"},
	{"wt6", CONVERT_WT6, SAMPLE_BINARY, N, MAYBE(NUMBER), "[<avalanche>]", "as sdbm"},
	{"xor", CONVERT_XOR, N, N, ONE(NUMBER), "<integer>", "the bits that differ"},
};
const uint32_t converter_word_count = KEYWORD_COUNT(converter_words);

/* What HAProxy knows besides; '*' stands for any end. */
const char *const fetch_words_later[] = {"accept_date", "acl", "base32", "base32+src", "baseq",
	"be_*_timeout", "bc_*", "bin", "capture.res.ver", "cookie", "cpu_*", "cur_*_timeout",
	"date_us", "distcc_*", "dst_conn", "dst_is_local", "fc_*", "fcgi.*", "fe_client_timeout",
	"fe_defbe", "hdr_ips", "http_auth_bearer", "internal.*", "last_rule_*", "lat_*", "lua*",
	"nbproc", "nbthread", "payload", "payload_lv", "pid", "prio_*", "proc", "quic_*",
	"rdp_cookie*", "rep_ssl_*", "req.body*", "req.hdrs*", "req.len", "req.payload*",
	"req.rdp_cookie*", "req.ssl_*", "req.timer*", "req_len", "req_rdp_cookie*", "req_ssl_*",
	"res.body*", "res.cache_*", "res.comp*", "res.cook_cnt", "res.hdrs*", "res.len",
	"res.payload*", "res.ssl_*", "res.timer*", "sc_*", "sc0_*", "sc1_*", "sc2_*", "scook_cnt",
	"so_name", "src_*", "srv_id", "srv_iweight", "srv_conn_free", "srv_uweight", "srv_weight",
	"ssl_*", "stopping", "table_*", "thread", "txn.*", "unique-id", "url32", "url32+src", "var",
	NULL};

const char *const converter_words_later[] = {"51d.*", "add_item", "aes_*", "base64url", "be2dec",
	"be2hex", "bytes_lv", "capture-req", "capture-res", "cut_crlf", "crc32c", "da-csv-conv",
	"date", "debug", "digest", "fix_*", "hex2i", "hmac", "htonl", "in_table", "ip.fp",
	"json_query", "jwt_*", "language", "le2dec", "lua*", "map", "map_*", "mqtt_*", "ms_*",
	"nbsrv", "us_*", "param", "protobuf", "rfc7239_*", "secure_memcmp", "set-var*", "sha1",
	"sha2", "srv_queue", "table_*", "ub64dec", "ub64enc", "ungrpc", "unset-var", "when",
	"x509_*", "xxh3", "xxh32", "xxh64", NULL};

const char *const match_method_names[MATCH_METHODS] = {
	[MATCH_FOUND] = "found",
	[MATCH_BOOL] = "bool",
	[MATCH_INT] = "int",
	[MATCH_IP] = "ip",
	[MATCH_BIN] = "bin",
	[MATCH_LEN] = "len",
	[MATCH_STR] = "str",
	[MATCH_SUB] = "sub",
	[MATCH_BEG] = "beg",
	[MATCH_END] = "end",
	[MATCH_DIR] = "dir",
	[MATCH_DOM] = "dom",
	[MATCH_REG] = "reg",
};

const char *const sample_type_names[] = {
	[SAMPLE_BOOL] = "boolean",
	[SAMPLE_INT] = "integer",
	[SAMPLE_IP] = "address",
	[SAMPLE_TEXT] = "text",
	[SAMPLE_METHOD] = "method",
	[SAMPLE_BINARY] = "bytes",
	[SAMPLE_ANY] = "any",
};

static bool is_named(const char *word, struct span name)
{
	return strncmp(word, name.at, name.len) == 0 && word[name.len] == '\0';
}

const struct fetch_word *fetch_word_find(struct span name)
{
	for (uint32_t i = 0; i < fetch_word_count; i++)
		if (is_named(fetch_words[i].name, name))
			return &fetch_words[i];
	return NULL;
}

const struct converter_word *converter_word_find(struct span name)
{
	for (uint32_t i = 0; i < converter_word_count; i++)
		if (is_named(converter_words[i].name, name))
			return &converter_words[i];
	return NULL;
}
