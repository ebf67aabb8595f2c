# SPDX-License-Identifier: GPL-2.0-or-later
"""Loopback addresses of our own.

Each test run takes a random net of 127.0.0.0/8 and hands out every address once, so that two runs
at the same time, connections in TIME_WAIT and the machine's own services do not meet.  Ports lie
below the range that the kernel gives to outgoing connections.
"""

import itertools
import os
import random
import socket

_random = random.Random(os.getpid() ^ random.SystemRandom().getrandbits(32))
_net = f"127.{_random.randrange(64, 255)}"
_counter = itertools.count(_random.randrange(256) * 256 + 1)


def fresh():
    """An address nobody else in this run uses."""
    while True:
        number = next(_counter) % 65536
        if number % 256 not in (0, 255):
            return f"{_net}.{number // 256}.{number % 256}"


def free(kind=socket.SOCK_STREAM, host=None):
    """An address and a port where nobody listens."""
    while True:
        pair = (host or fresh(), _random.randrange(10000, 32000))
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(pair)
            except OSError:
                continue
        return pair
