# SPDX-License-Identifier: GPL-2.0-or-later
"""The published network with virtual machines for balancers: a Lab whose lb1 and lb2 boot.

Client, servers and the world outside are nodes as in every other test; the switch's bridges take
the machines' cards.
"""

import http.client
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

from lab import CLIENT, VIP, Lab
from lab.lab import OUTSIDE, WEB_SERVER
from lab.names import look_up
from lab.node import ROOT, wait_for
from machine import BOOT_LIMIT_S, Machine

EXAMPLES = f"{ROOT}/appliance/examples"
NUMBERS = {"lb1": 1, "lb2": 2}


def cards(number):
    return {"eth0": ("outer", f"52:54:00:19:02:0{number}"),
            "eth1": ("inner", f"52:54:00:0a:00:0{number}")}


class Site(Lab):
    """`folder` keeps what the machines say; `names` are the balancers to be."""

    def __init__(self, folder, names=("lb1",), servers=4, kernel=None):
        super().__init__(torc=False, routers=True, internet=True, servers=servers)
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.balancers = []
        self.lb1 = self.lb2 = None
        self.machines = [Machine(self.switch, name, cards(NUMBERS[name]), self.folder, kernel)
                         for name in names]
        for machine in self.machines:
            setattr(self, machine.name, machine)

    def seed(self, name, changes=None, kind="img", source=None):
        """A seed disk of an example with some of its files changed: {file: text, or None}."""
        folder, path = f"{self.folder}/{name}.seed", f"{self.folder}/{name}.{kind}"
        subprocess.run(["cp", "-r", source or f"{EXAMPLES}/{name}", folder], check=True)
        for file, text in (changes or {}).items():
            if text is None:
                os.unlink(f"{folder}/{file}")
                continue
            with open(f"{folder}/{file}", "w", encoding="utf-8") as stream:
                stream.write(text)
        subprocess.run([sys.executable, "-m", "appliance.image.seed", folder, path], cwd=ROOT,
                       check=True)
        return path

    # --- asking ---

    def answer(self, path="/", host=VIP, port=80, headers=None, timeout=2):
        """An Answer, or None when there is none."""
        try:
            return self.get(path, host=host, port=port, headers=headers or {}, timeout=timeout)
        except (OSError, http.client.HTTPException):
            return None

    def page(self):
        """An answer that one of the servers made."""
        answer = self.answer()
        return answer if answer and answer.server else None

    def wait_page(self, machine=None, limit_s=BOOT_LIMIT_S):
        """Until a server's page comes through a balancer; seconds since the machine's start."""
        def look():
            assert not machine or machine.is_on(), machine.serial()[-3000:]
            return self.page()
        wait_for(look, limit_s, lambda: "a page of a server; " + "".join(
            f"{each.name}'s screen:\n{each.serial()[-3000:]}\n" for each in self.machines))
        return machine.seconds() if machine else 0

    def owner(self, address=VIP):
        """Whose card the client's packets for an address go to; None when it knows nobody."""
        shown = self.client.run(["ip", "neighbour", "show", address]).stdout
        found = re.search(r"lladdr (\S+)", shown)
        return next((machine for machine in self.machines
                     if found and machine.cards["eth0"][1] == found.group(1)), None)

    def go_out(self):
        """From pv1 through 10.0.0.3: a ping, a name over UDP and TCP, a download by name."""
        server = self.pv[1]
        wait_for(lambda: server.run(["ping", "-c", "1", "-W", "1", WEB_SERVER]).returncode == 0, 30,
                 lambda: "a ping of the outside from pv1; " + "".join(
                     f"{each.name}:\n{each.serial()[-2500:]}\n" for each in self.machines))
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            assert look_up(server, "packages.example", kind, patience_s=10) == WEB_SERVER
        page = server.run(["curl", "-sS", "-m", "20", "http://packages.example/who"], check=True)
        assert page.stdout == f"{VIP} asked packages.example for /who\n"

    def time_server(self):
        return TimeServer(self.internet)

    def syslog(self):
        """A log host on the outer network."""
        return LogHost(self.internet)


class TimeServer:
    """Answers SNTP (RFC 5905) on the outer network with this machine's clock."""

    EPOCH = 2208988800 # from 1900 to 1970

    def __init__(self, node):
        self.link = node.socket(kind=socket.SOCK_DGRAM)
        self.link.bind((OUTSIDE, 123))
        self.answered = [] # when it did
        threading.Thread(target=self._answer, daemon=True).start()

    def _stamp(self):
        now = time.time() + self.EPOCH
        return struct.pack("!II", int(now), int(now % 1 * 2**32))

    def _answer(self):
        while True:
            try:
                asked, source = self.link.recvfrom(1024)
            except OSError:
                return
            received = self._stamp()
            self.answered.append(time.time())
            # No leap second, the version that was asked, a server of stratum 2.
            head = struct.pack("!BBbb", asked[0] & 0x38 | 4, 2, asked[2] & 0x0f, -20)
            self.link.sendto(head + struct.pack("!II4s", 0x100, 0x100, b"\x7f\x01\x01\x01") + received
                             + asked[40:48] + received + self._stamp(), source)

    def close(self):
        self.link.close()


class LogHost:
    """Takes what comes to port 514 by UDP; lines() are the datagrams as text."""

    def __init__(self, node):
        self.link = node.socket(kind=socket.SOCK_DGRAM)
        self.link.bind((OUTSIDE, 514))
        self.got = []
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def _take(self):
        while True:
            try:
                data, source = self.link.recvfrom(65536)
            except OSError:
                return
            self.got.append((source[0], data.decode(errors="replace")))

    def lines(self, source=None):
        return [text for address, text in list(self.got) if source in (None, address)]

    def wait_line(self, pattern, limit_s=30, source=None):
        return wait_for(lambda: next((line for line in self.lines(source)
                                      if re.search(pattern, line)), None), limit_s,
                        lambda: f"a line like {pattern!r}; there are {self.lines()[-5:]}")

    def close(self):
        self.link.close()


class Asker:
    """Asks for a page again and again, one new connection each; remembers when it got which."""

    def __init__(self, site, pause_s=0.1, timeout=1.0):
        self.site, self.pause_s, self.timeout = site, pause_s, timeout
        self.good, self.bad = [], [] # monotonic times of their end; bad: (time, why)
        self.running = True
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self):
        while self.running:
            try:
                answer = self.site.get("/", timeout=self.timeout)
                if answer.server:
                    self.good.append(time.monotonic())
                else:
                    self.bad.append((time.monotonic(), f"status {answer.status}"))
            except (OSError, http.client.HTTPException) as error:
                self.bad.append((time.monotonic(), repr(error)))
            time.sleep(self.pause_s)

    def good_after(self, moment):
        """When the first answer after that moment came, or None."""
        return next((at for at in list(self.good) if at > moment), None)

    def close(self):
        self.running = False
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


__all__ = ["Asker", "BOOT_LIMIT_S", "CLIENT", "LogHost", "Site", "TimeServer", "VIP"]
