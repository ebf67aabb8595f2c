# SPDX-License-Identifier: GPL-2.0-or-later
"""How patient the tests are: see lab/pace.py."""

import time

from lab.pace import crowd, is_over, seconds, set_factor, stretched

__all__ = ["crowd", "is_over", "seconds", "set_factor", "stretched", "until"]


def until(condition, what, limit=10, step=0.005):
    """Waits for a condition and gives back what made it true.  `what` is said when it never does."""
    began = time.monotonic()
    while True:
        # Asked before the condition: a waiter that was not run itself looks once more.
        over = is_over(began, limit)
        value = condition()
        if value:
            return value
        if over:
            waited = time.monotonic() - began
            raise AssertionError(f"waited {waited:.0f} s in vain: {what}")
        time.sleep(step)
        step = min(step * 1.3, 0.1)
