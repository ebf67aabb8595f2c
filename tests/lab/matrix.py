#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The partition matrix: whatever happens to the pair, two seconds after it is over there is one owner.

    make matrix                                 fifty sequences, one after the other
    /usr/bin/python3 tests/lab/matrix.py 7      the sequence of seed 7, told as it happens
    /usr/bin/python3 tests/lab/matrix.py 1 50   fifty seeds, from 1 on

A seed makes a sequence of kills, stops, freezes, pauses of 0.5, 1 and 3 s, pulled cables and one-way
losses on both balancers and both networks, some at the same time.  Then the network is made whole,
what was frozen is thawed, what had ended is started.  Two seconds later each virtual address is on
exactly one balancer, the table of the inner gateway is where the inner address is, a client is served,
and it stays like that.

The published files at ten adverts a second (with the published one a second, two seconds are less
than a backup's patience); every second seed has both routers in a sync group.
"""

import dataclasses
import http.client
import os
import random
import re
import signal
import sys
import time

if __package__ in (None, ""):
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# pylint: disable=wrong-import-position
from lab import files
from lab.kernel import Kernel
from lab.lab import INNER_VIP, VIP, Lab
from lab.node import LabError, children, wait_for

INNER = f"nat {{\n  from 10.0.0.0/16\n  out eth0\n  source {VIP}\n}}\n"
GROUP = "vrrp_sync_group both {\n  group {\n    VI_1\n    VI_2\n  }\n}\n"
EVENTS_MAX = 7
WHOLE_S = 2.0 # the promise
STILL_S = 0.7 # and nothing moves afterwards
PAUSES_S = (0.5, 1.0, 3.0)


@dataclasses.dataclass
class Event:
    """Something that happens at a moment of a sequence."""
    at_s: float
    balancer: int
    action: str
    argument: object = None

    def __str__(self):
        argument = f" {self.argument}" if self.argument is not None else ""
        return f"{self.at_s:6.2f}  lb{self.balancer}  {self.action}{argument}"


def sequence(seed):
    """What happens in that seed: a list of events by time."""
    source = random.Random(seed)
    events, now = [], 0.0
    for _ in range(source.randint(3, EVENTS_MAX)):
        now += source.choice((0.0, 0.05, 0.3, source.uniform(0, 1.2)))
        balancer = source.choice((1, 1, 2))
        action = source.choice(("kill keeper", "kill balancer", "kill all", "stop", "start", "freeze",
                                "thaw", "pause", "pause", "pull", "pull", "plug", "lose", "lose",
                                "reload", "power"))
        argument = None
        if action == "pause":
            argument = source.choice(PAUSES_S)
        elif action in ("pull", "plug"):
            argument = source.choice(("eth0", "eth0", "eth1"))
        elif action == "lose":
            argument = (source.choice(("from", "to")), source.choice(("eth0", "eth0", "eth1")))
        elif action == "reload":
            argument = source.choice((signal.SIGHUP, signal.SIGUSR2)).name
        if action == "pause":
            events.append(Event(now, balancer, "freeze"))
            events.append(Event(now + argument, balancer, "thaw"))
        else:
            events.append(Event(now, balancer, action, argument))
    return sorted(events, key=lambda event: event.at_s)


class Pair:
    """The lab of one sequence, and what can happen there."""

    def __init__(self, seed):
        self.grouped = seed % 2 == 0
        self.lab = Lab(servers=1, routers=True, torc=False)
        self.by_number = {balancer.number: balancer for balancer in self.lab.balancers}
        self.kernels = {}
        self.stopping = set() # numbers of balancers that were told to

    def __enter__(self):
        self.lab.up()
        try:
            for balancer in self.lab.balancers:
                self.kernels[balancer.number] = Kernel(balancer)
                self._write(balancer)
                self._start(balancer)
            # Not before both serve: a balancer that dies while it starts ends its keeper.
            wait_for(lambda: all("(haproxy) = " in balancer.messages()
                                 for balancer in self.lab.balancers)
                     and self.owners(VIP) == [1] and self.owners(INNER_VIP) == [1], 15,
                     lambda: f"LB1 to be master\n{self.told()}")
        except BaseException:
            self.lab.down()
            raise
        return self

    def __exit__(self, *_):
        for kernel in self.kernels.values():
            kernel.close()
        self.lab.down()

    def _write(self, balancer):
        text = files.published(f"keepalived-{balancer.name}.conf")
        text = re.sub("advert_int 1", "version 3\n  advert_int 0.1", text)
        if self.grouped:
            text = text.replace("vrrp_instance VI_1", f"{GROUP}vrrp_instance VI_1")
        balancer.write_routers(text, INNER)

    def _start(self, balancer, _=None):
        if not self._running(balancer):
            self.stopping.discard(balancer.number)
            balancer.start_torc(wait=False)

    def owners(self, address):
        return [number for number, kernel in self.kernels.items()
                if address in kernel.addresses()]

    def told(self):
        return "\n".join(f"---- {balancer.name}\n{balancer.messages()[-3000:]}"
                         for balancer in self.lab.balancers)

    # --- the actions; one that makes no sense at its moment does nothing ---

    def act(self, event):
        balancer = self.by_number[event.balancer]
        if event.action == "kill balancer":
            self.kill_balancer(balancer)
        else:
            getattr(self, "_" + event.action.replace(" ", "_"))(balancer, event.argument)

    @staticmethod
    def _signal(pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def signal_all(self, balancer, number):
        """The guard first: it would tidy up behind the others."""
        for name in ("torc-guard", "torc"):
            for pid in balancer.processes(name):
                self._signal(pid, number)
        if balancer.torc and number in (signal.SIGCONT, signal.SIGKILL):
            balancer.torc.signal(number) # for nsenter, which stops with its program
        if number == signal.SIGKILL:
            self._forget(balancer)

    @staticmethod
    def _forget(balancer):
        """Of a killed keeper: until its end is known."""
        if balancer.torc:
            balancer.torc.wait()

    @staticmethod
    def _running(balancer):
        return balancer.torc and balancer.torc.poll() is None

    def _kill_keeper(self, balancer, _):
        if self._running(balancer):
            balancer.torc.signal(signal.SIGKILL)
            self._forget(balancer)

    def balancers_of(self, balancer):
        """The keeper's children that are not its guard."""
        found = []
        for pid in children(balancer.torc.pid) if self._running(balancer) else ():
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                    if comm.read().strip() == "torc":
                        found.append(pid)
            except OSError:
                continue
        return found

    def kill_balancer(self, balancer, _=None):
        for pid in self.balancers_of(balancer):
            self._signal(pid, signal.SIGKILL)

    def _kill_all(self, balancer, _):
        self.signal_all(balancer, signal.SIGKILL)

    def _stop(self, balancer, _):
        if self._running(balancer):
            self.stopping.add(balancer.number)
            balancer.torc.signal(signal.SIGTERM)

    def _freeze(self, balancer, _):
        self.signal_all(balancer, signal.SIGSTOP)

    def _thaw(self, balancer, _):
        self.signal_all(balancer, signal.SIGCONT)

    def _pull(self, balancer, interface):
        self.lab.cable(balancer, False, interface)

    def _plug(self, balancer, interface):
        self.lab.cable(balancer, True, interface)

    def _lose(self, balancer, argument):
        direction, interface = argument
        self.lab.lose(balancer, direction, True, interface)

    def _reload(self, balancer, name):
        if self._running(balancer):
            balancer.torc.signal(signal.Signals[name])

    def _power(self, balancer, _):
        """Its plug is pulled, and another machine stands in its place at once."""
        self.kernels.pop(balancer.number).close()
        self.lab.power_off(balancer)
        self.lab.power_on(balancer)
        self.kernels[balancer.number] = Kernel(balancer)
        self.stopping.discard(balancer.number)
        self._write(balancer)
        self._start(balancer)

    # --- the end of a sequence ---

    def make_whole(self):
        """Everything is repaired when this returns: that is the moment that counts."""
        for balancer in self.lab.balancers:
            self._thaw(balancer, None)
        for balancer in self.lab.balancers:
            if balancer.number in self.stopping:
                wait_for(lambda balancer=balancer: not self._running(balancer), 15,
                         lambda: f"an orderly end\n{self.told()}")
            if not self._running(balancer):
                since = len(balancer.messages())
                self._start(balancer)
                wait_for(lambda balancer=balancer, since=since:
                         balancer.messages()[since:].count(") Entering") >= 2, 15,
                         lambda: f"a start\n{self.told()}")
        for balancer in self.lab.balancers:
            for interface in ("eth0", "eth1"):
                for direction in ("from", "to"):
                    self.lab.lose(balancer, direction, False, interface)
                self.lab.cable(balancer, True, interface)

    def check(self):
        """AssertionError when the promise is not kept."""
        for address in (VIP, INNER_VIP):
            owners = self.owners(address)
            assert len(owners) == 1, f"{address} is on {owners or 'nobody'}"
        inner = self.owners(INNER_VIP)
        if self.grouped:
            assert inner == self.owners(VIP), "the group is split"
        tables = [number for number, kernel in self.kernels.items() if "torc" in kernel.tables()]
        assert tables == inner, f"{INNER_VIP} is on {inner}, a table on {tables}"

    def served(self):
        """A client is answered: by the balancer, whatever it thinks of the servers yet."""
        try:
            return self.lab.get("/", timeout=1).status
        except (OSError, http.client.HTTPException):
            return None


def run(seed, tell=lambda line: None, whole_s=WHOLE_S):
    """One sequence.  AssertionError or LabError when it does not end as it should."""
    events = sequence(seed)
    with Pair(seed) as pair:
        began = time.monotonic()
        for event in events:
            time.sleep(max(0.0, began + event.at_s - time.monotonic()))
            tell(event)
            pair.act(event)
        pair.make_whole()
        tell(f"{time.monotonic() - began:6.2f}  whole")
        time.sleep(whole_s)
        try:
            pair.check()
            owners = [pair.owners(address) for address in (VIP, INNER_VIP)]
            assert pair.served(), "nobody answers a client"
            time.sleep(STILL_S)
            pair.check()
            assert owners == [pair.owners(address) for address in (VIP, INNER_VIP)], "it moves"
        except AssertionError as failed:
            story = "\n".join(str(event) for event in events)
            raise AssertionError(f"seed {seed}: {failed}\n{story}\n{pair.told()}") from None


def main(words):
    first = int(words[0]) if words else 1
    count = int(words[1]) if len(words) > 1 else 1 if words else 50
    failed = []
    for seed in range(first, first + count):
        try:
            run(seed, print if count == 1 else lambda line: None)
            print(f"ok {seed}", flush=True)
        except (AssertionError, LabError) as error:
            failed.append(seed)
            print(f"not ok {seed}\n{error}", flush=True)
    print(f"{count - len(failed)} passed, {len(failed)} failed"
          + (f": seeds {failed}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
