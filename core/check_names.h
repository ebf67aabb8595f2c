/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_names.h - what people read for a check's status: its code and its description.
 * Pure.  Shared by what writes verdicts (health) and what shows them (statistics).
 * Source: HAProxy's statistics columns 36 (check_status) and 65 (check_desc). */
#ifndef TORC_CORE_CHECK_NAMES_H
#define TORC_CORE_CHECK_NAMES_H

#include "core/board.h"

/* "L7OK"; "UNK" for a number that is none. */
const char *check_status_name(uint32_t status);
/* "Layer7 check passed"; also the reason in the messages of UP and DOWN. */
const char *check_status_text(uint32_t status);
/* Does a response code belong to this status?  Those that an answer of layer 7 decided. */
bool check_status_has_code(uint32_t status);

#endif
