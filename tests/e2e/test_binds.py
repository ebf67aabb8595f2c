# SPDX-License-Identifier: GPL-2.0-or-later
"""Where clients come in: several addresses, ranges, IPv6, unix sockets, the PROXY protocol."""

import socket
import struct

import pytest

from tools import address, pace
from tools.client import Client
from tools.logs import severity
from tools.wire import pattern


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def test_several_addresses(lb, origin):
    """Several bind lines, and a comma list: every address serves."""
    places = [address.free() for _ in range(4)]
    text = ["%s:%d" % place for place in places]
    balancer = lb(
        origin(), frontend=f"    bind {text[0]}\n    bind {text[1]},{text[2]}\n    bind {text[3]}"
    )
    for place in [balancer.address, *places]:
        with Client(place) as client:
            assert client.get().status == 200


def test_a_range_of_ports(lb, origin):
    """bind ADDRESS:FIRST-LAST."""
    host, first = address.fresh(), 21000
    balancer = lb(origin(), frontend=f"    bind {host}:{first}-{first + 4}")
    for port in range(first, first + 5):
        with Client((host, port)) as client:
            assert client.get().status == 200
    assert balancer.get().status == 200


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv6(lb, origin):
    """An IPv6 listener: its clients are logged and forwarded with their IPv6 address."""
    port = address.free()[1]
    server = origin()
    balancer = lb(server, frontend=f"    bind ::1:{port}", defaults="    option forwardfor")
    with Client(("::1", port)) as client:
        assert client.get().status == 200
    assert server.requests[0].one("x-forwarded-for") == "::1"
    assert balancer.log.access().client == "::1"


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_ipv6_servers(lb):
    """A server at an IPv6 address."""
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))
        listener.listen()
        balancer = lb(f"::1:{listener.getsockname()[1]}")
        with balancer.client() as client:
            client.request()
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(client.patience_s)
                assert peer.recv(4096).startswith(b"GET / HTTP/1.1\r\n")
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                assert client.read_response().body == b"ok"


def test_a_unix_listener(lb, origin):
    """A unix socket for clients: `unix:ID` in the log."""
    balancer = lb(origin(), start=False)
    path = str(balancer.folder / "web.sock")
    balancer.text = balancer.text.replace("    bind ", f"    bind {path} mode 666\n    bind ", 1)
    balancer.start()
    with Client(path) as client:
        assert client.get("/size/200000").body == pattern(200000)
    line = balancer.log.access()
    assert (line.client, line.status) == ("unix", 200)


def test_a_unix_server(lb, origin, body_mode):
    """A server behind a unix socket."""
    balancer = lb(start=False, servers="    server s1 {folder}/server.sock")
    path = str(balancer.folder / "server.sock")
    balancer.text = balancer.text.replace("{folder}", str(balancer.folder))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        balancer.start()
        with balancer.client() as client:
            client.request()
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(client.patience_s)
                assert peer.recv(4096).startswith(b"GET / HTTP/1.1\r\n")
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + pattern(200000))
                assert client.read_response().body == pattern(200000)


# The PROXY protocol

V2 = b"\r\n\r\n\0\r\nQUIT\n"


def v2(command, family, addresses):
    return V2 + struct.pack("!BBH", 0x20 | command, family, len(addresses)) + addresses


V2_TCP4 = v2(1, 0x11, socket.inet_aton("203.0.113.7") + socket.inet_aton("203.0.113.8")
             + struct.pack("!HH", 1234, 80))


ADMISSION = """    tcp-request inspect-delay 1s
    tcp-request connection accept if { src 127.0.0.2 }
    tcp-request connection reject if { src 127.0.0.2 127.0.0.3 }
    tcp-request session reject if { src 127.0.0.4 203.0.113.0/24 }
    tcp-request content reject if { src 127.0.0.5 } or { src_port 0 }
"""


def refused(where, source, first=b""):
    """Ended without a byte, one way or the other."""
    try:
        with Client(where, source=source) as client:
            client.send(first)
            return client.read_rest() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_admission(lb, origin, mode):
    """tcp-request: who may come is known before a byte was read; each kind has its counter, and
    only content has a log line."""
    balancer = lb(
        origin(),
        defaults=f"    mode {mode}\n    option {mode}log\n    no option dontlognull"
        + ("\n    no option http-server-close" if mode == "tcp" else ""),
        frontend=ADMISSION,
    )
    with Client(balancer.address, source="127.0.0.2") as client:
        assert client.get("/", "Connection: close").status == 200
    assert refused(balancer.address, "127.0.0.3")
    assert refused(balancer.address, "127.0.0.4")
    assert refused(balancer.address, "127.0.0.5")
    row = balancer.stats()["web", "FRONTEND"]
    assert [row[name] for name in ("conn_tot", "stot", "dcon", "dses", "dreq")] == list("41111")
    with Client(balancer.address, source="127.0.0.2") as client:
        assert client.get("/", "Connection: close").status == 200

    def lines():
        return [line for line in list(balancer.log.lines) if severity(line) == 6]

    pace.until(lambda: len(lines()) >= 3, "three lines in the log")
    assert [b" PR" in line for line in lines()] == [False, True, False]


def test_admission_behind_a_proxy_header(lb, origin):
    """Connection rules see who connected, session rules whom the PROXY header names."""
    where = address.free()
    lb(
        origin(),
        frontend="    bind %s:%d accept-proxy\n%s" % (*where, ADMISSION),
    )
    header = b"PROXY TCP4 %b 203.0.113.8 1234 80\r\n"
    assert refused(where, "127.0.0.3", header % b"198.51.100.1")
    assert refused(where, "127.0.0.9", header % b"203.0.113.7" + b"GET / HTTP/1.1\r\n\r\n")
    with Client(where, source="127.0.0.4") as client:
        client.send(header % b"198.51.100.1")
        assert client.get().status == 200


def accepting(lb, origin, **options):
    """A balancer whose second listener expects the PROXY protocol; its address."""
    server = origin()
    where = address.free()
    balancer = lb(
        server,
        frontend="    bind %s:%d accept-proxy\n    option forwardfor" % where,
        **options,
    )
    return balancer, server, where


@pytest.mark.parametrize(
    "header",
    [b"PROXY TCP4 203.0.113.7 203.0.113.8 1234 80\r\n", V2_TCP4],
    ids=["v1", "v2"],
)
@pytest.mark.parametrize(
    "cut",
    [None, pytest.param(1, marks=pytest.mark.torc_only("wants the header in one piece"))],
    ids=["whole", "bytewise"],
)
def test_accept_proxy(lb, origin, header, cut):
    """The address in the PROXY header is the client's: in the log and in X-Forwarded-For."""
    balancer, server, where = accepting(lb, origin)
    with Client(where) as client:
        for at in range(0, len(header), cut or len(header)):
            client.send(header[at : at + (cut or len(header))])
        assert client.get().status == 200
        assert client.get().status == 200
    assert [request.one("x-forwarded-for") for request in server.requests] == ["203.0.113.7"] * 2
    for _ in range(2):
        line = balancer.log.access()
        assert (line.client, line.port) == ("203.0.113.7", 1234)


@pytest.mark.parametrize("header", [b"", b"PROXY TCP4 203", V2[:5]], ids=["silent", "v1", "v2"])
def test_accept_proxy_that_does_not_come(lb, origin, header):
    """Who does not say the PROXY header in time is nobody whom an answer would mean something to."""
    balancer, server, where = accepting(lb, origin, defaults="    timeout http-request 500ms")
    with Client(where) as client:
        client.send(header)
        assert client.read_rest() == b""
    assert not server.requests


@pytest.mark.parametrize(
    "header", [b"PROXY UNKNOWN\r\n", v2(0, 0, b"")], ids=["v1 UNKNOWN", "v2 LOCAL"]
)
def test_accept_proxy_without_an_address(lb, origin, header):
    """UNKNOWN and LOCAL: the connection's own address counts."""
    balancer, server, where = accepting(lb, origin)
    with Client(where) as client:
        client.send(header)
        assert client.get().status == 200
    assert server.requests[0].one("x-forwarded-for") == "127.0.0.1"
    assert balancer.log.access().client == "127.0.0.1"


@pytest.mark.parametrize(
    "header",
    [
        b"GET / HTTP/1.1\r\nHost: t\r\n\r\n",
        b"PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
        b"PROXY TCP4 203.0.113.7 203.0.113.8 99999 80\r\n",
        b"PROXY TCP9 203.0.113.7 203.0.113.8 1 80\r\n",
        V2[:11] + b"X" + b"\x21\x11\x00\x00",
    ],
    ids=["none", "address", "port", "family", "signature"],
)
def test_accept_proxy_with_garbage(lb, origin, header):
    """Without a good header nothing is served: the connection ends, no server hears of it."""
    balancer, server, where = accepting(lb, origin)
    with Client(where) as client:
        try:
            answer = client.send(header).half_close().read_rest()
        except OSError:  # reset before it had said all
            answer = b""
        assert b" 200 " not in answer
    assert server.accepted == 0
    assert balancer.get().status == 200


def test_an_interface_of_its_own(lb, origin):
    """bind ... interface lo: served as before."""
    where = address.free()
    balancer = lb(origin(), frontend="    bind %s:%d interface lo" % where)
    with Client(where) as client:
        assert client.get().status == 200
    assert balancer.get().status == 200
