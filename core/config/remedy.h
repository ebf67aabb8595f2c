/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remedy.h - what to write instead of a word that is known and not available yet. */
#ifndef TORC_CORE_CONFIG_REMEDY_H
#define TORC_CORE_CONFIG_REMEDY_H

#include <stdbool.h>

struct reader;

/* Complains about the word at hand; `shown` is how the message calls it ("'option httpslog'",
 * "'server b/s' : 'cookie'"), `word` what it is looked up as.  Among words that stand side by side
 * in a line, as those of a `server`, one of a family is told. */
void remedy_alert(struct reader *reader, const char *shown, const char *word);
/* The same for a section, whose lines nobody reads. */
void remedy_alert_section(struct reader *reader, const char *word);

/* "ssl_*" is every word that begins so. */
bool remedy_fits(const char *pattern, const char *word);

#endif
