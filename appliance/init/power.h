/* SPDX-License-Identifier: GPL-2.0-or-later */
/* power.h - the power button.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_POWER_H
#define TORC_APPLIANCE_INIT_POWER_H

/* Listens to every input device that has a power key; again when one has come.  `pressed` is called
 * for each press. */
void power_listen(void (*pressed)(void));

#endif
