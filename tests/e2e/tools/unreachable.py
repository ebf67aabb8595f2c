# SPDX-License-Identifier: GPL-2.0-or-later
"""A place where connections are neither accepted nor refused.

The queue of a listening socket that nobody accepts from is filled; further SYNs are dropped by the
kernel, so that a connect hangs, on loopback and without touching any filter.
"""

import socket

from tools import address


class Unreachable:
    def __init__(self):
        self.address = address.free()
        self.listener = socket.socket()
        self.listener.bind(self.address)
        self.listener.listen(0)
        self.fillers = []
        for _ in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            try:
                filler.connect(self.address)
            except BlockingIOError:
                pass
            self.fillers.append(filler)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in [*self.fillers, self.listener]:
            sock.close()
