/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits.h - how many connections fit the descriptors that the process may have.
 * Source: HAProxy's derivation of global maxconn (reference: 9984 from 20000 descriptors for the
 *         published file on two threads).  Pure. */
#ifndef TORC_CORE_LIMITS_H
#define TORC_CORE_LIMITS_H

#include "core/config/model.h"

enum limits_bound {
	LIMITS_BOUND_CONFIGURED,  /* global maxconn, or -n */
	LIMITS_BOUND_SPREAD,	  /* the same, which only fits when every worker has its own */
	LIMITS_BOUND_DESCRIPTORS, /* nothing was said: derived */
	LIMITS_BOUND_CUT,	  /* what was said does not fit the descriptors */
};

struct limits_input {
	uint32_t maxconn;     /* as configured; 0 not */
	uint64_t descriptors; /* RLIMIT_NOFILE */
	uint32_t threads, listeners, checks;
	bool can_spread;	    /* a worker may have a table of descriptors of its own */
	uint32_t stats_connections; /* 0 when there is no stats socket */
};

struct limits {
	uint32_t maxconn;	     /* effective */
	uint64_t descriptors_wanted; /* what the configured number needs */
	enum limits_bound bound;
	bool spread; /* every worker needs a table of its own */
};

struct limits limits_derive(const struct limits_input *input);
/* How large the table of descriptors gets, about, that threads share: it is made in time. */
uint64_t limits_of_table(const struct limits *limits, uint64_t descriptors);
/* How many of a worker's own descriptors clients may have. */
uint64_t limits_clients_of_table(uint64_t descriptors);
/* What of a tree goes into the sum. */
struct limits_input limits_input_of(
	const struct config *config, uint32_t threads, uint64_t descriptors);

#endif
