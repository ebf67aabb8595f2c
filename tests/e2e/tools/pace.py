# SPDX-License-Identifier: GPL-2.0-or-later
"""How patient the tests are.  Upper limits only guard against hanging for ever: they are generous
and grow with the slowness of the program under test.  Lower limits are never scaled."""

import time

_factor = 1.0


def set_factor(factor):
    global _factor
    _factor = factor


def seconds(limit):
    return limit * _factor


def until(condition, what, limit=10, step=0.005):
    """Waits for a condition and gives back what made it true.  `what` is said when it never does."""
    deadline = time.monotonic() + seconds(limit)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds(limit):.0f} s in vain: {what}")
        time.sleep(step)
        step = min(step * 1.3, 0.1)
