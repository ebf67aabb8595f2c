# SPDX-License-Identifier: GPL-2.0-or-later
"""What the published text checks, steps 1 to 10, as one day in the life of the pair.

Both balancers run torc with the published files as daemons, the four servers run nginx, and behind
the outer network there is a world with names and pages.  LB1 is halted as a machine is: its services
are stopped in order, then it is gone with everything on it.
"""

import base64
import re
import signal
import socket

import pytest

from lab import CLIENT, VIP, Lab, files, namespaces_refused
from lab.lab import INNER_VIP, WEB_SERVER
from lab.names import look_up
from lab.node import wait_for
from tools.site import Capture, ask

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow, # of waiting: each part has its own test, which runs with the sanitizers too
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(150),
]

INNER = f"""nat {{
  from 10.0.0.0/16
  out eth0
  source {VIP}
}}
"""
PASSWORD = {"Authorization": "Basic " + base64.b64encode(b"haproxy:admin").decode()}


class Day:
    """The pair, and what is asked of it again and again."""

    def __init__(self, lab):
        self.lab = lab
        self.questions = 0

    def start(self, balancer):
        balancer.start_daemon()
        balancer.wait_listening()

    def halt(self, balancer):
        """`halt`: the services end in order, then the machine is off."""
        balancer.signal_keeper(signal.SIGTERM)
        wait_for(lambda: not balancer.processes("torc"), 10, "the end of torc")
        self.lab.power_off(balancer)

    def boot(self, balancer):
        self.lab.power_on(balancer)
        self.start(balancer)

    def wait_owner(self, owner, other):
        """Step 1, wherever the addresses should be now."""
        for address, interface in ((VIP, "eth0"), (INNER_VIP, "eth1")):
            owner.wait_holds(True, address, interface)
            if other.alive():
                other.wait_holds(False, address, interface)
        shown = owner.run(["ip", "addr", "show", "dev", "eth0"]).stdout
        assert f"inet {VIP}/32" in shown

    def browse(self, owner):
        """Step 3: every server's page; nginx logs the client, spoofed header or not, and has no
        line for a probe; requests come from the balancer's own inner address."""
        self.questions += 1
        mark = f"/index.html?{self.questions}"
        capture = Capture(self.lab.pv[1], "eth0")
        try:
            def every_server():
                return {ask(self.lab, mark, {"X-Forwarded-For": "203.0.113.9"}).server
                        for _ in self.lab.pv} == {server.name for server in self.lab.pv.values()}
            wait_for(every_server, 10, "a page of every server")
            opened = wait_for(lambda: {source for source, _, target, port, flags, _
                                       in list(capture.segments)
                                       if (target, port) == ("10.0.10.1", 80)
                                       and flags & 0x12 == 0x02},
                              5, "a connection to pv1")
        finally:
            capture.stop()
        other = ({f"10.0.0.{balancer.number}" for balancer in self.lab.balancers
                  if balancer.alive()})  # which probes as well
        own = f"10.0.0.{owner.number}"
        assert own in opened and opened <= other
        requests = {source for (source, _), data in capture.payloads_to("10.0.10.1").items()
                    if mark.encode() in data}
        assert requests <= {own}
        for server in self.lab.pv.values():
            lines = wait_for(lambda server=server: [line for line in server.access_log()
                                                    if mark in line], 5, "a line in the log")
            assert {line.split()[0] for line in lines} == {CLIENT}
            assert not [line for line in server.access_log() if "hc.html" in line]

    def go_out(self, seen_as=VIP):
        """Step 8, from pv1: a ping, a name over UDP and TCP, a download by name."""
        server = self.lab.pv[1]

        def reached():
            return server.run(["ping", "-c", "1", "-W", "1", WEB_SERVER]).returncode == 0
        wait_for(reached, 5, "a ping of the outside")
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            assert look_up(server, "packages.example", kind) == WEB_SERVER
        page = server.run(["curl", "-sS", "-m", "5", "http://packages.example/who"], check=True)
        assert page.stdout == f"{seen_as} asked packages.example for /who\n"
        loaded = server.run(["curl", "-sS", "-m", "5", "http://packages.example/package"], check=True)
        assert loaded.stdout == "a package of the lab\n" * 5000


def test_the_published_steps():
    with Lab(routers=True, torc=False, internet=True, inner=INNER) as lab:
        day, lb1, lb2 = Day(lab), lab.lb1, lab.lb2

        # Step 10: the inner gateway comes later.  VI_1 alone at first; the servers go by 10.0.0.1.
        for balancer in lab.balancers:
            text = files.published(f"keepalived-{balancer.name}.conf")
            balancer.write_routers(text[:text.index("vrrp_instance VI_2")])
            day.start(balancer)
        lb1.wait_holds()
        assert not lb2.holds() and not lb1.holds(INNER_VIP, "eth1")
        told = [len(balancer.messages()) for balancer in lab.balancers]
        for balancer in lab.balancers:
            balancer.write_routers(files.published(f"keepalived-{balancer.name}.conf"))
            balancer.signal_keeper(signal.SIGUSR2)
        day.wait_owner(lb1, lb2)
        for balancer, since in zip(lab.balancers, told):
            assert "(VI_1)" not in balancer.messages()[since:]

        day.browse(lb1)
        day.go_out()

        # Step 5 and 6
        report = lab.client.run(["ab", "-n", "50", "-c", "10", f"http://{VIP}/index.html"]).stdout
        assert re.search(r"^Complete requests: +50$", report, re.MULTILINE), report
        refused = ask(lab, "/stats")
        assert (refused.status, refused.header("www-authenticate")) == (
            401, 'Basic realm="Haproxy Statistics"')
        assert ask(lab, "/stats", PASSWORD).status == 200

        # Step 2, five times as fast: LB1 is halted and comes back while a ping runs.
        ping = lab.client.popen(["ping", "-i", "0.2", "-q", VIP], stdout=-1, text=True)
        day.halt(lb1)
        day.wait_owner(lb2, lb1)
        day.browse(lb2)
        day.go_out()
        day.boot(lb1)
        day.wait_owner(lb1, lb2)
        ping.signal(signal.SIGINT)
        sent, got = re.search(r"(\d+) packets transmitted, (\d+) received",
                              ping.communicate()[0]).groups()
        assert int(sent) - int(got) <= 2 and int(sent) > 15
        day.browse(lb1)
        day.go_out()

        # Step 4: the other one in its turn; nothing moves.
        since = len(lb1.messages())
        day.halt(lb2)
        day.browse(lb1)
        day.go_out()
        assert "Entering" not in lb1.messages()[since:]

        # Step 9: with ip_nonlocal_bind as published, and both services started again.
        lab.power_on(lb2)
        lb2.run(["sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1"], check=True)
        for _ in range(2):
            day.start(lb2)
            assert lb2.runtime("show info")
            lb2.signal_keeper(signal.SIGTERM)
            wait_for(lambda: not lb2.processes("torc"), 10, "the end of torc")
        day.browse(lb1)

        # Step 7, for all of the day.
        assert re.search(r' (haproxy|torc)\[\d+\]: 192\.168\.25\.2:\d+ .* myLB myLB/pv\d .*'
                         r'"GET /index\.html\?', "\n".join(lb1.log()))
