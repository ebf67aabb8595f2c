/* SPDX-License-Identifier: GPL-2.0-or-later */
/* version.h - what this program is, and what it finds on this machine (-v, -vv). */
#ifndef TORC_CORE_VERSION_H
#define TORC_CORE_VERSION_H

#include <stdio.h>

#ifndef TORC_VERSION
#define TORC_VERSION "0.0.0"
#endif

/* One line; the third word is the version, where scripts that know HAProxy look for it. */
void version_print(FILE *out);
/* Besides: how it was built, its libraries, and what of io_uring the kernel offers and is used. */
void version_print_build(FILE *out);

#endif
