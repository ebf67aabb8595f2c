# SPDX-License-Identifier: GPL-2.0-or-later
"""A planned move cuts nothing: what had begun on the old owner is finished there, by a second hop.

Clients ask without a pause, on a new connection each time, for pages that come at once and for such
as take their time; the address is handed over and taken back, the old owner is stopped and comes
back, and every single request has its answer.  Afterwards nothing of it is left in either kernel."""

import http.client
import json
import signal
import socket
import subprocess
import time

import pytest

from lab import VIP, Lab, namespaces_refused
from lab.kernel import Kernel
from lab.node import wait_for

pytestmark = [
    pytest.mark.lab,
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(90),
]

VIP6 = "fd00::203"
PROXY = """global
  stats socket /run/haproxy/admin.sock mode 660 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 20s
  timeout server 20s
frontend web
  bind :80
  bind :::80 v6only
  use_backend slow if { path_beg /slow }
  default_backend pages
backend pages
  server pv1 10.0.10.1:80
backend slow
  server pv1 10.0.10.1:8080
"""
ROUTERS = """vrrp_instance FOUR {{
  interface eth0
  virtual_router_id 50
  priority {priority}
  version 3
  advert_int 0.1
  virtual_ipaddress {{
    192.168.25.203
  }}
}}
vrrp_instance SIX {{
  interface eth0
  virtual_router_id 60
  priority {priority}
  version 3
  advert_int 0.1
  virtual_ipaddress {{
    fd00::203/64
  }}
}}
"""
SLOW_S = 0.3
SERVER = f"""
import asyncio
async def serve(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    await asyncio.sleep({SLOW_S})
    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\nConnection: close\\r\\n\\r\\n"
                 + 100000 * b"x")
    await writer.drain()
    writer.close()
async def main():
    await (await asyncio.start_server(serve, "10.0.10.1", 8080)).serve_forever()
asyncio.run(main())
"""
# ADDRESS PATH PAUSE: a request each PAUSE seconds until SIGTERM; then what became of them.
CLIENT = """
import asyncio, collections, json, signal, sys
address, path, pause = sys.argv[1], sys.argv[2], float(sys.argv[3])
verdicts = collections.Counter()
async def ask():
    try:
        reader, writer = await asyncio.open_connection(address, 80)
        writer.write(f"GET {path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n".encode())
        answer = await reader.read()
        head, _, body = answer.partition(b"\\r\\n\\r\\n")
        whole = b"Content-Length: %d\\r\\n" % len(body) in head + b"\\r\\n"
        verdicts["good" if head.startswith(b"HTTP/1.1 200") and whole else repr(answer[:60])] += 1
        writer.close()
    except OSError as error:
        verdicts[repr(error)] += 1
async def main():
    loop, over, asked = asyncio.get_running_loop(), asyncio.Event(), set()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    print("ready", flush=True)
    while not over.is_set():
        task = asyncio.create_task(asyncio.wait_for(ask(), 5))
        asked.add(task)
        await asyncio.sleep(pause)
    for outcome in await asyncio.gather(*asked, return_exceptions=True):
        if outcome is not None:
            verdicts[repr(outcome)] += 1
    print(json.dumps(verdicts))
asyncio.run(main())
"""
PYTHON = ("/usr/bin/python3", "-I", "-S", "-c")


class Asking:
    """Clients that ask for pages of every kind while the body of `with` runs."""

    def __init__(self, lab, addresses=(VIP,)):
        self.lab, self.addresses = lab, addresses

    def __enter__(self):
        self.clients = [self.lab.client.popen(
            [*PYTHON, CLIENT, address, path, str(pause)], stdout=subprocess.PIPE, text=True)
            for address in self.addresses
            for path, pause in (("/index.html", 0.004), ("/slow", 0.04))]
        for client in self.clients:
            assert client.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.signal(signal.SIGTERM)
        self.verdicts = [json.loads(client.communicate()[0]) for client in self.clients]

    def check(self):
        """Every request has its whole answer; unless the machine has let a balancer wait for a
        second, whose word is then not relied on."""
        if "has not turned" in "".join(node.messages() for node in self.lab.balancers):
            pytest.skip("a balancer was not run for a second")
        assert all(set(verdict) == {"good"} and verdict["good"] > 20
                   for verdict in self.verdicts), f"{self.verdicts}\n{told(self.lab)}"


@pytest.fixture
def pair():
    with Lab(config=PROXY, routers=True, servers=1, torc=False) as lab:
        for node, address in ((lab.client, "fd00::2"), (lab.lb1, "fd00::201"),
                              (lab.lb2, "fd00::202")):
            node.ip([f"address add {address}/64 dev eth0 nodad"])
        server = lab.pv[1].popen([*PYTHON, SERVER])
        for balancer, priority in zip(lab.balancers, (101, 100)):
            balancer.write_routers(ROUTERS.format(priority=priority))
            balancer.start_torc()
        lab.lb1.wait_holds(limit_s=10)
        lab.lb1.wait_holds(address=VIP6, limit_s=10)
        agreed(lab.lb2)
        wait_for(lambda: lab.get("/slow").status == 200, 5, "a page that takes its time")
        yield lab
        server.signal(signal.SIGKILL)


def routers(node):
    return json.loads(node.runtime("show vrrp json"))


def agreed(node):
    """A backup has the master's word that it would serve on."""
    wait_for(lambda: all(row["hop"]["offered_by"] for row in routers(node)), 10,
             lambda: str(routers(node)))


def moved(lab, owner):
    other = lab.lb2 if owner is lab.lb1 else lab.lb1
    for address in (VIP, VIP6):
        owner.wait_holds(address=address, limit_s=10)
        other.wait_holds(False, address, limit_s=10)


def tables(node):
    kernel = Kernel(node)
    try:
        return {table for table in kernel.tables() if table.startswith("torc-hop")}
    finally:
        kernel.close()


def is_clean(node):
    """Nothing is left of a hop."""
    return (not tables(node) and
            "metric 112" not in routes(node)
            and settings(node) == ["0", "0"])


def clean(node):
    wait_for(lambda: is_clean(node), 8, lambda: f"the end of the hop on {node.name}")


def routes(node):
    return "".join(node.run(["ip", family, "route", "show", "table", "local"]).stdout
                   for family in ("-4", "-6"))


def settings(node):
    return node.run(["sysctl", "-n", "net.ipv4.conf.eth0.arp_ignore",
                     "net.ipv4.conf.eth0.arp_announce"]).stdout.split()


def told(lab):
    return "".join(f"---- {node.name}\n{node.messages()[-2500:]}" for node in lab.balancers)


def test_released_and_reclaimed(pair):
    """Both balancers live on: the address goes to and fro.  A client that says nothing meanwhile is
    still known when it comes back."""
    idle = http.client.HTTPConnection(VIP)
    idle.sock = pair.client.connect(VIP)
    idle.request("GET", "/index.html")
    assert len(idle.getresponse().read()) > 20
    with Asking(pair, (VIP, VIP6)) as asking:
        time.sleep(0.5)
        pair.lb1.runtime("vrrp release all")
        moved(pair, pair.lb2)
        agreed(pair.lb1)
        time.sleep(1.2)
        pair.lb1.runtime("vrrp reclaim all")
        moved(pair, pair.lb1)
        agreed(pair.lb2)
        idle.request("GET", "/index.html")
        assert "torc-hop-0" in tables(pair.lb1) and idle.getresponse().status == 200
        time.sleep(0.6)
    asking.check()
    assert all(row["hop"]["kept"] and row["hop"]["passed"] for row in routers(pair.lb1))
    for node in pair.balancers:
        clean(node)


def test_stopped_and_back(pair):
    """The old owner finishes what it has, and ends; then it comes back and takes the address."""
    with Asking(pair) as asking:
        time.sleep(0.5)
        assert pair.lb1.stop_torc() == 143
        moved(pair, pair.lb2)
        assert is_clean(pair.lb1)
        pair.lb1.start_torc()
        moved(pair, pair.lb1)
        time.sleep(0.6)
    asking.check()
    clean(pair.lb2)


def test_a_hop_ends_with_those_who_made_it(pair):
    """The old owner's keeper is killed; later both owners' programs are replaced."""
    pair.lb1.runtime("vrrp release all")
    moved(pair, pair.lb2)
    assert tables(pair.lb2) and not is_clean(pair.lb1)
    pair.lb1.torc.signal(signal.SIGKILL)
    pair.lb1.torc.wait()
    wait_for(lambda: is_clean(pair.lb1), 1, "the guard")
    wait_for(lambda: not tables(pair.lb2), 3, "the end of the lease")
    pair.lb1.start_torc()
    moved(pair, pair.lb1)
    since = [len(node.messages()) for node in pair.balancers]
    assert tables(pair.lb1) and not is_clean(pair.lb2)
    for node in pair.balancers:
        node.torc.signal(signal.SIGUSR2)
    for node, before in zip(pair.balancers, since):
        wait_for(lambda node=node, before=before: "Loading success" in node.messages()[before:],
                 10, "the upgrade")
        assert is_clean(node)
    assert pair.get("/index.html").status == 200


def kept(lab, address):
    """A connection over which one page has come, and which stays open."""
    connection = http.client.HTTPConnection(address)
    connection.sock = lab.client.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    connection.sock.settimeout(10)
    connection.sock.connect((address, 80))
    assert page(connection).getheader("Connection") is None
    return connection


def page(connection):
    connection.request("GET", "/index.html")
    answer = connection.getresponse()
    assert answer.status == 200 and len(answer.read()) > 20
    return answer


@pytest.mark.parametrize("address", [VIP, VIP6])
def test_kept_connections_end_before_the_hop(pair, address):
    """The old owner lives on.  Who asks is told that it was the last answer; who is silent sees an
    ordinary end while it can still reach him, no reset behind it; who came to another address
    notices nothing."""
    idle, asking, elsewhere = (kept(pair, name) for name in (address, address, "192.168.25.201"))
    begun = time.monotonic()
    pair.lb1.runtime("vrrp release all")
    moved(pair, pair.lb2)
    if tables(pair.lb2):
        assert page(asking).getheader("Connection") == "close"
        idle.sock.settimeout(8)
        assert idle.sock.recv(1) == b""
        assert time.monotonic() - begun > 3.5
    assert page(elsewhere).getheader("Connection") is None
    clean(pair.lb2)
    assert page(elsewhere).getheader("Connection") is None
    assert page(kept(pair, address)).getheader("Connection") is None
