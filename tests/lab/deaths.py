# SPDX-License-Identifier: GPL-2.0-or-later
"""How long a killed keeper's addresses and its nf_tables table outlive it.

One balancer alone, the published file at twenty adverts a second so that it is master soon, with an
address translation.  Used by a test, with few kills, and by bench/failover, with many.
"""

import os
import re
import signal
import time

from . import files
from .kernel import Kernel
from .lab import INNER_VIP, VIP, Lab
from .node import wait_for

INNER = f"nat {{\n  from 10.0.0.0/16\n  out eth0\n  source {VIP}\n}}\n"
HELD = {VIP, INNER_VIP}
GONE_LIMIT_S = 10


def keeper_kills(count, alive_s=0.05):
    """kill -9 of the keeper, again and again: yields the milliseconds until nothing of it was left,
    first for the addresses, then for the table."""
    with Lab(servers=0, routers=True, torc=False) as lab:
        text = files.published("keepalived-lb1.conf")
        lab.lb1.write_routers(re.sub("advert_int 1", "version 3\n  advert_int 0.05", text), INNER)
        kernel = Kernel(lab.lb1)
        for _ in range(count):
            torc = lab.lb1.start_torc(wait=False)
            wait_for(lambda: kernel.addresses() >= HELD and kernel.tables(), GONE_LIMIT_S,
                     lambda: f"the addresses; torc said:\n{lab.lb1.messages()[-3000:]}")
            time.sleep(alive_s) # it is at rest
            began = time.monotonic()
            os.kill(torc.pid, signal.SIGKILL)
            wait_for(lambda: not kernel.addresses() & HELD, GONE_LIMIT_S, "the addresses to go")
            addresses_s = time.monotonic() - began
            wait_for(lambda: not kernel.tables(), GONE_LIMIT_S, "the table to go")
            yield addresses_s * 1000, (time.monotonic() - began) * 1000
            torc.wait()
        kernel.close()
