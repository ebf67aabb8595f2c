# SPDX-License-Identifier: GPL-2.0-or-later
"""The other implementations of VRRP, on a node of the lab: Debian's keepalived and frr's vrrpd.

    rival = Keepalived(lab.lb2)
    rival.start(text)                   a whole keepalived.conf
    rival = Frr(lab.lb2)
    rival.start([Router("V4", 60, 3, priority=100, addresses=("192.168.25.210",)), ...])

Both were unpacked by tests/packages.sh and are not installed: what their packages would have added
to the machine (accounts, folders) exists on the node alone.
"""

import dataclasses
import json
import os
import signal
import socket

from . import files
from .node import TOOLS, wait_for


@dataclasses.dataclass
class Router:
    """One virtual router, as every implementation knows it."""
    name: str
    number: int                 # virtual_router_id
    version: int
    priority: int
    addresses: tuple            # of one family
    advert_s: float = 1.0
    interface: str = "eth0"

    @property
    def family(self):
        return 6 if ":" in self.addresses[0] else 4

    def keepalived(self):
        """As keepalived and torc read it."""
        listed = "".join(f"    {address}\n" for address in self.addresses)
        return (f"vrrp_instance {self.name} {{\n  version {self.version}\n"
                f"  interface {self.interface}\n  virtual_router_id {self.number}\n"
                f"  priority {self.priority}\n  advert_int {self.advert_s:g}\n"
                f"  virtual_ipaddress {{\n{listed}  }}\n}}\n")

    def frr(self):
        """As lines below `interface` of an frr.conf."""
        word = "ipv6" if self.family == 6 else "ip"
        return [f"vrrp {self.number} version {self.version}",
                f"vrrp {self.number} priority {self.priority}",
                f"vrrp {self.number} advertisement-interval {round(self.advert_s * 1000)}",
                *(f"vrrp {self.number} {word} {address}" for address in self.addresses)]


class Keepalived:
    """keepalived in the foreground; its messages are in a file of the node."""

    CONF = "/etc/keepalived/keepalived.conf"
    OUTPUT = "/var/log/keepalived.output"

    def __init__(self, node):
        self.node = node
        self.process = None

    def start(self, text=None):
        """With another file, or the one that is there."""
        if text is not None:
            self.node.write(self.CONF, text)
        with open(self.node.path(self.OUTPUT), "ab") as output:
            self.process = self.node.popen(
                [files.tool("keepalived"), "--dont-fork", "--log-console", "--vrrp",
                 "--use-file", self.CONF], stdout=output, stderr=output)

    def stop(self):
        """As `service keepalived stop`."""
        return self.process.stop()

    def reload(self):
        self.process.signal(signal.SIGHUP)

    def messages(self):
        return self.node.read(self.OUTPUT) if self.node.exists(self.OUTPUT) else ""

    def masters(self, routers):
        """The names of those routers whose addresses are here."""
        return {router.name for router in routers
                if all(self.node.holds(address, router.interface) for address in router.addresses)}


class Frr:
    """zebra and vrrpd.  frr wants a macvlan with the virtual hardware address for each router and
    family, with the addresses on it from the beginning: it only switches the link on and off."""

    FOLDER = f"{TOOLS}/usr/lib/frr"
    CONF = "/etc/frr/frr.conf"
    OUTPUT = "/var/log/frr.output"

    def __init__(self, node):
        self.node = node
        self.zebra = self.vrrpd = None

    def _furnish(self):
        accounts, groups = self.node.read("/etc/passwd"), self.node.read("/etc/group")
        if "frrvty:" not in groups:
            self.node.write("/etc/passwd", f"{accounts.rstrip()}\nfrr:x:301:301::/:/bin/false\n")
            self.node.write("/etc/group", f"{groups.rstrip()}\nfrr:x:301:\nfrrvty:x:302:frr\n")
        for folder in ("/run/frr", "/etc/frr"):
            os.makedirs(self.node.path(folder), exist_ok=True)
            os.chown(self.node.path(folder), 301, 301)

    def _wire(self, routers):
        orders = []
        for router in routers:
            link = f"vrrp{router.family}-{router.number}"
            kind = {4: "01", 6: "02"}[router.family]
            length = {4: 24, 6: 64}[router.family]
            orders += [f"link add {link} link {router.interface} type macvlan mode bridge",
                       f"link set {link} addrgenmode random",
                       f"link set {link} address 00:00:5e:00:{kind}:{router.number:02x}"]
            orders += [f"address add {address}/{length} dev {link}"
                       + (" nodad" if router.family == 6 else "") for address in router.addresses]
            orders.append(f"link set {link} up")
        self.node.ip(orders)

    def start(self, routers=None):
        """With another set of routers, or the one that is there."""
        if routers is not None:
            self._furnish()
            self._wire(routers)
            lines = []
            for interface in sorted({router.interface for router in routers}):
                lines.append(f"interface {interface}")
                lines += [f" {line}" for router in routers if router.interface == interface
                          for line in router.frr()]
            self.node.write(self.CONF, "\n".join(lines) + "\n")
            os.chown(self.node.path(self.CONF), 301, 301)
        if not self.zebra:
            self.zebra = self._launch("zebra", "/dev/null")
        self.vrrpd = self._launch("vrrpd", self.CONF)

    def _launch(self, name, conf):
        with open(self.node.path(self.OUTPUT), "ab") as output:
            daemon = self.node.popen([f"{self.FOLDER}/{name}", "-A", "127.0.0.1", "-f", conf,
                                      "--log", "stdout"], stdout=output, stderr=output)
        wait_for(lambda: self.node.exists(f"/run/frr/{name}.vty"), 5,
                 lambda: f"{name}: {self.messages()}")
        return daemon

    def stop(self):
        """vrrpd alone, which says good-bye; zebra only keeps the interfaces for it."""
        self.vrrpd.stop()

    def messages(self):
        return self.node.read(self.OUTPUT) if self.node.exists(self.OUTPUT) else ""

    def ask(self, command):
        """A command to vrrpd, as frr's shell sends it: ended by a zero byte.  The answer ends with
        three of them and a status."""
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(5)
            stream.connect(self.node.path("/run/frr/vrrpd.vty"))
            answer = b""
            for words in ("enable", command):
                stream.sendall(words.encode() + b"\0")
                answer = b""
                while len(answer) < 4 or answer[-4:-1] != b"\0\0\0":
                    answer += stream.recv(65536)
        return answer[:-4].decode()

    def masters(self, routers):
        """The names of those routers that vrrpd is master of."""
        try:
            told = json.loads(self.ask("show vrrp json"))
        except (OSError, ValueError): # it is not there
            return set()
        found = {entry["vrid"]: {4: entry["v4"]["status"], 6: entry["v6"]["status"]}
                 for entry in told}
        return {router.name for router in routers
                if found.get(router.number, {}).get(router.family) == "Master"}
