/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format_words.h - the variables of log lines: %ci, %ft, .. as a table.
 * net/rules/format_alias.c writes what each of them stands for. */
#ifndef TORC_CORE_CONFIG_FORMAT_WORDS_H
#define TORC_CORE_CONFIG_FORMAT_WORDS_H

#include "core/config/rule_model.h"

enum format_alias {
	ALIAS_BYTES_READ,		/* B */
	ALIAS_REQUEST_COOKIE,		/* CC */
	ALIAS_RESPONSE_COOKIE,		/* CS */
	ALIAS_HOSTNAME,			/* H */
	ALIAS_METHOD,			/* HM */
	ALIAS_PATH,			/* HP */
	ALIAS_PATH_ONLY,		/* HPO */
	ALIAS_QUERY,			/* HQ */
	ALIAS_URI,			/* HU */
	ALIAS_VERSION,			/* HV */
	ALIAS_UNIQUE_ID,		/* ID */
	ALIAS_STATUS,			/* ST */
	ALIAS_DATE_GMT,			/* T */
	ALIAS_ACTIVE_TIME,		/* Ta */
	ALIAS_CONNECT_TIME,		/* Tc */
	ALIAS_DATA_TIME,		/* Td */
	ALIAS_HANDSHAKE_TIME,		/* Th */
	ALIAS_IDLE_TIME,		/* Ti */
	ALIAS_DATE_LOCAL,		/* Tl */
	ALIAS_REQUEST_TIME_WITH_IDLE,	/* Tq */
	ALIAS_REQUEST_TIME,		/* TR */
	ALIAS_RESPONSE_TIME,		/* Tr */
	ALIAS_TIMESTAMP,		/* Ts */
	ALIAS_TOTAL_TIME,		/* Tt */
	ALIAS_USER_TIME,		/* Tu */
	ALIAS_QUEUE_TIME,		/* Tw */
	ALIAS_BYTES_UPLOADED,		/* U */
	ALIAS_PROCESS_CONNECTIONS,	/* ac */
	ALIAS_BACKEND,			/* b */
	ALIAS_BACKEND_CONNECTIONS,	/* bc */
	ALIAS_BACKEND_SOURCE_IP,	/* bi */
	ALIAS_BACKEND_SOURCE_PORT,	/* bp */
	ALIAS_BACKEND_QUEUE,		/* bq */
	ALIAS_CLIENT_IP,		/* ci */
	ALIAS_CLIENT_PORT,		/* cp */
	ALIAS_FRONTEND,			/* f */
	ALIAS_FRONTEND_CONNECTIONS,	/* fc */
	ALIAS_FRONTEND_IP,		/* fi */
	ALIAS_FRONTEND_PORT,		/* fp */
	ALIAS_FRONTEND_TRANSPORT,	/* ft */
	ALIAS_REQUEST_FIELDS,		/* hr */
	ALIAS_REQUEST_FIELDS_CLF,	/* hrl */
	ALIAS_RESPONSE_FIELDS,		/* hs */
	ALIAS_RESPONSE_FIELDS_CLF,	/* hsl */
	ALIAS_COUNTER,			/* lc */
	ALIAS_MILLISECONDS,		/* ms */
	ALIAS_PID,			/* pid */
	ALIAS_REQUEST_LINE,		/* r */
	ALIAS_RETRIES,			/* rc */
	ALIAS_REQUEST_COUNTER,		/* rt */
	ALIAS_SERVER,			/* s */
	ALIAS_SERVER_CONNECTIONS,	/* sc */
	ALIAS_SERVER_IP,		/* si */
	ALIAS_SERVER_PORT,		/* sp */
	ALIAS_SERVER_QUEUE,		/* sq */
	ALIAS_TLS_CIPHER,		/* sslc */
	ALIAS_TLS_VERSION,		/* sslv */
	ALIAS_DATE,			/* t */
	ALIAS_REQUEST_DATE,		/* tr */
	ALIAS_REQUEST_DATE_GMT,		/* trg */
	ALIAS_REQUEST_DATE_LOCAL,	/* trl */
	ALIAS_TERMINATION,		/* ts */
	ALIAS_TERMINATION_WITH_COOKIES, /* tsc */
	ALIAS_COUNT
};

/* In the order of enum format_alias. */
extern const struct format_word format_words[ALIAS_COUNT];

#endif
