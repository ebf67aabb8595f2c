# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compared: two torcs, or HAProxy with keepalived, in the same published network."""

import os
import re
import signal
import socket
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from lab import VIP, Lab, wait_for  # noqa: E402
from lab import files  # noqa: E402
from lab.deaths import keeper_kills  # noqa: E402
from lab.kernel import Kernel  # noqa: E402
from lab.lab import INNER_VIP, for_stand_in  # noqa: E402
from lab.node import LabError, children, environment  # noqa: E402
from lab.rivals import Keepalived  # noqa: E402

ETH_P_IP, IPPROTO_VRRP = 0x0800, 112
MOVE_LIMIT_S = 15 # nothing that is measured here takes so long; what does has failed


def at_pace(text, version, advert_s):
    """A published keepalived file with another version and interval of adverts."""
    return re.sub(r"advert_int 1\b", f"version {version}\n  advert_int {advert_s:g}", text)


def without_inner(text):
    """The file before the inner gateway was added."""
    return text[:text.index("vrrp_instance VI_2")]


def has_ended(pid):
    """All its threads: the descriptors are closed then, and what was in them is cut."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            words = stat.read().rpartition(")")[2].split()
        return words[0] in "ZX" and int(words[17]) <= 1
    except OSError:
        return True


class Side:
    """A pair in its lab.  The published files, but for what `paced` does to the keepalived ones."""

    name = None

    def __init__(self, paced=lambda text: text):
        self.paced = paced
        # All four servers of the file: one that is missing costs its share of the requests until
        # a balancer that was started has found out.
        self.lab = Lab(config=self.config(), servers=4, routers=True, torc=False)
        self.master, self.backup = self.lab.balancers

    def __enter__(self):
        self.lab.up()
        try:
            for balancer in self.lab.balancers:
                self.write(balancer)
                self.start(balancer)
            self.wait_owner(self.master)
        except BaseException:
            self.lab.down()
            raise
        return self

    def __exit__(self, *_):
        self.lab.down()

    def config(self):
        return None # as published

    def write(self, balancer, change=lambda text: text):
        text = files.published(f"keepalived-{balancer.name}.conf")
        balancer.write_routers(change(self.paced(text)))

    # --- where the addresses are ---

    def owners(self):
        return [node for node in self.lab.balancers if node.alive() and node.holds()]

    def wait_owner(self, owner, inner=True):
        """Until this one has the addresses and the other one has none."""
        def moved():
            if self.owners() != [owner]:
                return False
            return not inner or [node for node in self.lab.balancers
                                 if node.alive() and node.holds(INNER_VIP, "eth1")] == [owner]
        wait_for(moved, MOVE_LIMIT_S, f"{self.name}: the addresses on {owner.name} alone")

    def wait_advert(self):
        """Until LB2 hears the next advert of LB1's for the outer address."""
        with self.backup.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as wire:
            wire.bind(("eth0", ETH_P_IP))
            wire.settimeout(MOVE_LIMIT_S)
            sender = socket.inet_aton(self.master.addresses["eth0"].partition("/")[0])
            while True:
                packet = wire.recv(2048)
                if packet[9] == IPPROTO_VRRP and packet[12:16] == sender:
                    return

    # --- what happens to every pair alike ---

    def pull_cable(self):
        self.lab.switch.ip([f"link set {self.master.name}-eth0 down"])

    def plug_cable(self):
        self.lab.switch.ip([f"link set {self.master.name}-eth0 up"])

    def power_off(self):
        self.lab.power_off(self.master)

    def power_on(self):
        self.lab.power_on(self.master)
        self.write(self.master)
        self.start(self.master)


class Torc(Side):
    """torc, both files."""

    name = "torc"

    def start(self, balancer):
        balancer.start_daemon()
        balancer.wait_listening()

    def kill_balancer(self):
        """The process that serves: the keeper's child that is not its guard.  The moments of the
        kill and of its end: until then the kernel still accepts connections for it."""
        for pid in children(self.master.keeper()):
            with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
                serves = comm.read().strip() == "torc"
            if serves:
                killed = time.monotonic()
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda: has_ended(pid), 5, "the end of the killed process")
                return killed, time.monotonic()
        raise LabError("nobody serves")

    def mend_balancer(self):
        """Nothing to do: another one serves already."""

    def stop(self):
        self.master.signal_keeper(signal.SIGTERM)

    def return_(self):
        self.start(self.master)

    def kill_all(self):
        """The guard first, which would take the addresses away otherwise."""
        for name in ("torc-guard", "torc"):
            self.master.signal(name, signal.SIGKILL)

    def reload(self):
        for balancer in self.lab.balancers:
            balancer.signal_keeper(signal.SIGHUP)


class Classic(Side):
    """HAProxy and Debian's keepalived, with ip_nonlocal_bind as the published text has it."""

    name = "keepalived + HAProxy"

    def config(self):
        return for_stand_in(files.published("haproxy.cfg"), "haproxy")

    def _start_haproxy(self, balancer):
        balancer.launch([files.tool("haproxy"), "-f", balancer.CONFIG])
        balancer.wait_listening()

    def _start_keepalived(self, balancer):
        balancer.keepalived = Keepalived(balancer)
        balancer.keepalived.start()

    def start(self, balancer):
        balancer.run(["sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1"], check=True)
        self._start_haproxy(balancer)
        self._start_keepalived(balancer)

    def kill_balancer(self):
        killed = time.monotonic()
        self.master.signal("haproxy", signal.SIGKILL)
        return killed, time.monotonic()

    def mend_balancer(self):
        self._start_haproxy(self.master)

    def stop(self):
        self.master.keepalived.process.signal(signal.SIGTERM)

    def return_(self):
        """After a stop, or a kill that left the address where it was."""
        self.master.signal("keepalived", signal.SIGKILL)
        self._start_keepalived(self.master)

    def kill_all(self):
        """keepalived's processes: there is nothing else that holds the address.  HAProxy lives.
        The child first, which would clean up at its parent's death."""
        for pid in reversed(self.master.processes("keepalived")):
            os.kill(pid, signal.SIGKILL)

    def reload(self):
        for balancer in self.lab.balancers:
            balancer.keepalived.reload()


SIDES = {"torc": Torc, "classic": Classic}

__all__ = ["INNER_VIP", "Kernel", "MOVE_LIMIT_S", "ROOT", "SIDES", "Side", "VIP", "at_pace", "environment", "files",
           "keeper_kills", "wait_for", "without_inner"]
