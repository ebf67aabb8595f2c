# SPDX-License-Identifier: GPL-2.0-or-later
"""How patient the tests are.

Upper limits guard against hanging for ever, or say how soon something is due from a program that is
run when it wants to be.  They grow with the slowness of the program under test, and with the crowd:
with so many who want to run for each core that a program has to wait its turn.  On a machine that
has nothing else to do they are what is written.  Lower limits are never scaled.
"""

import os
import time

# A machine on which everything takes longer than this is too busy to say anything about a program.
CROWD_MAX = 5.0

_factor = 1.0


def set_factor(factor):
    """How much slower the program under test is than the plain one."""
    global _factor
    _factor = factor


def crowd():
    """Who wants to run, for each core: now, or in the last minute.  1.0 when there is room."""
    with open("/proc/loadavg", encoding="ascii") as text:
        words = text.read().split()
    wanting = max(float(words[0]), float(words[3].split("/")[0]))
    return min(CROWD_MAX, max(1.0, wanting / len(os.sched_getaffinity(0))))


def seconds(limit):
    return limit * _factor * crowd()


def stretched(duration):
    """A time that the program is given and somebody else has to beat: it grows with the crowd only,
    and is what is written where there is room."""
    return int(duration * crowd()) if isinstance(duration, int) else duration * crowd()


def is_over(began, limit):
    """Whether a limit that counts from `began` has passed.  Asked when it may have: the crowd comes
    and goes while somebody waits."""
    return time.monotonic() - began > limit * _factor and (
        time.monotonic() - began > seconds(limit))
