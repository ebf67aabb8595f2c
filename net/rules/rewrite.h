/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rewrite.h - the actions that change a message.  Pure but for the worker's room. */
#ifndef TORC_NET_RULES_REWRITE_H
#define TORC_NET_RULES_REWRITE_H

#include "net/rules/sample.h"

/* Does to the head at hand what the rule says.  False: it does not fit, or cannot be said. */
bool rewrite(struct rule_context *context, const struct rule *rule);

#endif
