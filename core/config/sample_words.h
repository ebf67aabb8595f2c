/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample_words.h - what can be asked about a request, and what can be made of the answer.
 * The tables stand in sample_words.c; net/rules has a function for every number. */
#ifndef TORC_CORE_CONFIG_SAMPLE_WORDS_H
#define TORC_CORE_CONFIG_SAMPLE_WORDS_H

#include "core/config/rule_model.h"

enum fetch_id {
	FETCH_ALWAYS_FALSE,
	FETCH_ALWAYS_TRUE,
	FETCH_AVG_QUEUE,
	FETCH_BASE,
	FETCH_BE_CONN,
	FETCH_BE_CONN_FREE,
	FETCH_BE_SESS_RATE,
	FETCH_BE_ID,
	FETCH_BE_NAME,
	FETCH_BOOL,
	FETCH_CAPTURE_REQ_HDR,
	FETCH_CAPTURE_REQ_METHOD,
	FETCH_CAPTURE_REQ_URI,
	FETCH_CAPTURE_REQ_VER,
	FETCH_CAPTURE_RES_HDR,
	FETCH_CONNSLOTS,
	FETCH_COOK,
	FETCH_COOK_COUNT,
	FETCH_DATE,
	FETCH_DST,
	FETCH_DST_PORT,
	FETCH_ENV,
	FETCH_FE_CONN,
	FETCH_FE_ID,
	FETCH_FE_NAME,
	FETCH_FE_REQ_RATE,
	FETCH_FE_SESS_RATE,
	FETCH_FIELD,
	FETCH_FIELD_COUNT,
	FETCH_FIELD_NAMES,
	FETCH_FIRST_REQUEST,
	FETCH_FULL_FIELD,
	FETCH_FULL_FIELD_COUNT,
	FETCH_HOSTNAME,
	FETCH_HTTP_AUTH,
	FETCH_HTTP_AUTH_GROUP,
	FETCH_HTTP_AUTH_PASS,
	FETCH_HTTP_AUTH_TYPE,
	FETCH_HTTP_AUTH_USER,
	FETCH_INT,
	FETCH_IPV4,
	FETCH_METHOD,
	FETCH_NBSRV,
	FETCH_PATH,
	FETCH_PATHQ,
	FETCH_QUERY,
	FETCH_QUEUE,
	FETCH_PROTO_HTTP,
	FETCH_RAND,
	FETCH_SET_COOKIE,
	FETCH_SO_ID,
	FETCH_SRC,
	FETCH_SRC_PORT,
	FETCH_SRV_CONN,
	FETCH_SRV_IS_UP,
	FETCH_SRV_NAME,
	FETCH_SRV_QUEUE,
	FETCH_SRV_SESS_RATE,
	FETCH_STATUS,
	FETCH_STR,
	FETCH_URL,
	FETCH_URL_IP,
	FETCH_URL_PORT,
	FETCH_URL_PARAM,
	FETCH_UUID,
	FETCH_VERSION,
	FETCH_COUNT
};

enum converter_id {
	CONVERT_ADD,
	CONVERT_AND,
	CONVERT_B64DEC,
	CONVERT_BASE64,
	CONVERT_BOOL,
	CONVERT_BYTES,
	CONVERT_CONCAT,
	CONVERT_CPL,
	CONVERT_CRC32,
	CONVERT_DIV,
	CONVERT_DJB2,
	CONVERT_EVEN,
	CONVERT_FIELD,
	CONVERT_HEX,
	CONVERT_HOST_ONLY,
	CONVERT_HTTP_DATE,
	CONVERT_IIF,
	CONVERT_IPMASK,
	CONVERT_JSON,
	CONVERT_LENGTH,
	CONVERT_LOWER,
	CONVERT_LTIME,
	CONVERT_LTRIM,
	CONVERT_MOD,
	CONVERT_MUL,
	CONVERT_NEG,
	CONVERT_NOT,
	CONVERT_ODD,
	CONVERT_OR,
	CONVERT_PORT_ONLY,
	CONVERT_REGSUB,
	CONVERT_RTRIM,
	CONVERT_SDBM,
	CONVERT_STRCMP,
	CONVERT_SUB,
	CONVERT_UPPER,
	CONVERT_URL_DEC,
	CONVERT_URL_ENC,
	CONVERT_URLP,
	CONVERT_UTIME,
	CONVERT_WORD,
	CONVERT_WT6,
	CONVERT_XOR,
	CONVERT_COUNT
};

extern const struct fetch_word fetch_words[];
extern const uint32_t fetch_word_count;
extern const struct converter_word converter_words[];
extern const uint32_t converter_word_count;
/* Fetches and converters of HAProxy's language that are not there yet; NULL-terminated. */
extern const char *const fetch_words_later[];
extern const char *const converter_words_later[];

extern const char *const match_method_names[MATCH_METHODS];
extern const char *const sample_type_names[];

/* NULL when there is no such word (name is len bytes long). */
const struct fetch_word *fetch_word_find(struct span name);
const struct converter_word *converter_word_find(struct span name);

#endif
