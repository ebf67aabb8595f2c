/* SPDX-License-Identifier: GPL-2.0-or-later */
/* condition.h - the boolean expressions of `.if` and -cc.
 * Source: HAProxy's configuration manual 2.4.  Pure: variables come through a function. */
#ifndef TORC_CORE_CONFIG_CONDITION_H
#define TORC_CORE_CONFIG_CONDITION_H

#include "core/config/lex.h"

/* The level of HAProxy's language that version_atleast() and version_before() compare with. */
#define CONDITION_LANGUAGE_VERSION "3.0.0"

struct condition_fault {
	char text[256];
	uint32_t at; /* 0-based, in the expression */
};

/* 1 true, 0 false, -1 with *fault filled.  The expression has lost its quotes already. */
int condition_evaluate(const char *expression, lex_variable *variable, void *context,
	struct condition_fault *fault);

#endif
