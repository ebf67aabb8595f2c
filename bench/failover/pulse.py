# SPDX-License-Identifier: GPL-2.0-or-later
"""What the client saw: bench/load/pulse asks at a steady pace, and this reads what it wrote."""

import collections
import os
import signal
import tempfile
import time

import sides

PROGRAM = os.path.join(sides.ROOT, "build/bench/load/pulse")
INTERVAL_MS = 10
TIMEOUT_MS = 1000
# The published time-out for a request is 20 ms: a client that the machine did not run in time is
# told so, by a balancer that is well.
SERVED = ("200", "408")
# What becomes of a connection whose other end is gone.
CUT = ("reset", "closed")


class Pulse:
    """A client that asks a hundred times a second as long as the body of `with` runs."""

    def __init__(self, side):
        self.side = side

    def __enter__(self):
        self.output = tempfile.NamedTemporaryFile("w+") # pylint: disable=consider-using-with
        self.process = self.side.lab.client.popen(
            [PROGRAM, sides.VIP, "80", str(INTERVAL_MS), str(TIMEOUT_MS)], stdout=self.output)
        return self

    def __exit__(self, *_):
        self.process.signal(signal.SIGTERM)
        self.process.wait()
        self.output.close()

    def window(self, since_s, cut_s=None, cut_until_s=None):
        """What became of the requests that ended since then (time.monotonic()).  At cut_s, which
        is then if it is not given, connections are cut: by an address that moves, or, up to
        cut_until_s, by a process that ends."""
        until_s = time.monotonic()
        time.sleep(TIMEOUT_MS / 1000 + 0.1) # what has begun until now has its verdict then
        self.output.seek(0)
        rows = [line.split() for line in self.output.read().splitlines() if line.count(" ") == 2]
        return Window([(int(start), int(end), verdict) for start, end, verdict in rows],
                      round(since_s * 1e6), round(until_s * 1e6),
                      (round((cut_s or since_s) * 1e6),
                       round((cut_until_s or cut_s or since_s) * 1e6)))


class Window:
    """silence_ms   the longest time without an answer, less the pace: the outage
    lost         {verdict: requests} that got no answer, or one that is not the page
    lost_new     how many of them were no established connections when these were cut"""

    def __init__(self, rows, since_us, until_us, cut_us):
        cut_from_us, cut_until_us = cut_us
        rows = [row for row in rows if row[0] <= until_us]
        answers = [end for _, end, verdict in rows if verdict in SERVED and end <= until_us]
        inside = [end for end in answers if end >= since_us]
        before = [end for end in answers if end < since_us][-1:]
        edges = before + inside + [until_us]
        longest_us = max((after - first for first, after in zip(edges, edges[1:])), default=0)
        self.silence_ms = max(0.0, longest_us / 1000 - INTERVAL_MS)
        self.requests = sum(1 for _, end, _ in rows if end >= since_us)
        self.lost = dict(collections.Counter(verdict for _, end, verdict in rows
                                             if end >= since_us and verdict not in SERVED))
        self.lost_new = sum(1 for start, end, verdict in rows
                            if end >= since_us and verdict not in SERVED
                            and not (start < cut_until_us and end >= cut_from_us
                                     and verdict in CUT))
