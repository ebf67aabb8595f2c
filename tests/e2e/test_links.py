# SPDX-License-Identifier: GPL-2.0-or-later
"""The way to a server: PROXY headers that come first, and where connections come from."""

import os
import socket
import struct

import pytest

from tools import address, pace
from tools.client import Client

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def read_header(peer, version):
    """(source, destination) as addresses, None for a connection of the balancer's own."""
    if version == 1:
        words = peer.read_until(b"\r\n").decode().split()
        assert words[0] == "PROXY"
        if words[1] == "UNKNOWN":
            return None
        assert words[1] == "TCP4" and len(words) == 6
        return (words[2], int(words[4])), (words[3], int(words[5]))
    fixed = peer.read_exactly(16)
    assert fixed[:12] == SIGNATURE
    block = peer.read_exactly(struct.unpack("!H", fixed[14:])[0])
    if fixed[12] == 0x20:
        return None
    assert fixed[12:14] == b"\x21\x11"
    peer.records = block[12:]
    ports = struct.unpack("!HH", block[8:12])
    return (socket.inet_ntoa(block[:4]), ports[0]), (socket.inet_ntoa(block[4:8]), ports[1])


def keeping(version):
    """A server that expects a header first and tells it in its answers; it keeps connections."""

    def script(peer):
        header = read_header(peer, version)
        while True:
            peer.read_request()
            peer.answer(repr(header).encode(), close=False)

    return script


WORDS = [("send-proxy", 1), ("send-proxy-v2", 2), ("send-proxy-v2 proxy-v2-options crc32c", 2)]


@pytest.mark.parametrize("words, version", WORDS, ids=["v1", "v2", "summed"])
def test_the_server_learns_who_the_client_is(lb, origin, words, version):
    """Every client's connection to the server begins with its own header, kept ones too."""
    balancer = lb(
        origin(keeping(version)),
        server=words,
        threads=1,
        defaults="    option http-keep-alive\n    http-reuse always",
    )
    with balancer.client(source="127.0.0.8") as one, balancer.client(source="127.0.0.9") as two:
        for _ in range(3):
            for client in (one, two):
                expected = (client.sock.getsockname(), balancer.address)
                assert client.get().body.decode() == repr(expected)


@pytest.mark.parametrize("words, version", WORDS[:2], ids=["v1", "v2"])
def test_in_mode_tcp(lb, origin, words, version):
    """The header comes before the server's greeting is waited for, and before the first bytes."""

    def script(peer):
        header = read_header(peer, version)
        peer.send(f"{header}\n")
        peer.send(peer.read_exactly(5))

    balancer = lb(
        origin(script), server=words, defaults="    mode tcp\n    option tcplog"
    )
    with balancer.client() as client:
        expected = f"{(client.sock.getsockname(), balancer.address)}\n".encode()
        assert client.read_until(b"\n") == expected
        client.send("hello")
        assert client.read_exactly(5) == b"hello"
        client.expect_close()


def test_a_header_is_passed_on(lb, origin):
    """accept-proxy and send-proxy: both addresses are the first balancer's word."""
    where = address.free()
    balancer = lb(
        origin(keeping(1)), server="send-proxy", frontend="    bind %s:%d accept-proxy" % where
    )
    with Client(where) as client:
        client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n")
        assert client.get().body == b"(('192.0.2.1', 1111), ('192.0.2.2', 2222))"
    assert b" 192.0.2.1:1111 [" in balancer.log.wait_text("192.0.2.1")


def test_a_refused_connect_goes_on_with_the_right_header(lb, origin):
    """Servers of one backend may differ; a request that is tried elsewhere says what that one
    wants."""
    other = origin(keeping(2))
    servers = "    server a %s:%d send-proxy\n    server b %s send-proxy-v2" % (
        *address.free(),
        other.where,
    )
    balancer = lb(servers=servers, defaults="    option redispatch 1")
    for _ in range(2):
        with balancer.client() as client:
            expected = (client.sock.getsockname(), balancer.address)
            assert client.get().body.decode() == repr(expected)


@pytest.mark.parametrize("words, version", WORDS[:2], ids=["v1", "v2"])
@pytest.mark.parametrize("check", ["option httpchk GET /", ""], ids=["http", "tcp"])
def test_probes_begin_with_a_header(lb, origin, words, version, check):
    """With send-proxy the probes have one, too: version 1 names the probe's own address."""

    def script(peer):
        header = read_header(peer, version)
        assert version == 2 or header == (peer.source, peer.origin.address)
        peer.origin.finished.set()
        if check:
            peer.read_request()
            peer.answer()

    server = origin(script)
    balancer = lb(server, server=words + " check inter 50ms", backend="    " + check)
    assert server.finished.wait(10)
    balancer.wait_server("s1", "UP")


def note_source(peer):
    peer.read_request()
    peer.answer(repr(peer.source).encode())


def test_source(lb, origin):
    """An address for all servers of a backend, another one for one of them, and a few ports."""
    one, two = origin(note_source), origin(note_source)
    first = address.free()[1]
    servers = (
        f"    server a {one.where}\n"
        f"    server b {two.where} source 127.0.0.7:{first}-{first + 40}\n"
    )
    balancer = lb(servers=servers, backend="    source 127.0.0.6")
    seen = {eval(balancer.get().body) for _ in range(8)}  # pylint: disable=eval-used
    assert {host for host, _ in seen} == {"127.0.0.6", "127.0.0.7"}
    ports = {port for host, port in seen if host == "127.0.0.7"}
    assert len(ports) == 4 and all(first <= port <= first + 40 for port in ports)


def test_a_source_that_is_not_here(lb, origin):
    """An address of no interface: the request is answered as one that reached no server."""
    balancer = lb(origin(), server="source 192.0.2.99", defaults="    retries 0")
    assert balancer.get().status == 503
    assert balancer.log.access().state == "SC--"


@pytest.mark.lab
@pytest.mark.skipif(os.geteuid() != 0, reason="usesrc needs root to start")
@pytest.mark.torc_only("the unpacked program has no user of its own")
@pytest.mark.parametrize("use", ["clientip", "client", "127.0.0.44"])
def test_the_server_sees_the_client(lb, origin, use):
    """usesrc, by a balancer that has dropped all of root's powers but the one for this."""
    balancer = lb(
        origin(note_source),
        server="source 0.0.0.0 usesrc " + use,
        global_="    user nobody\n    group nogroup",
    )
    with balancer.client(source="127.0.0.43") as client:
        mine = client.sock.getsockname()
        host, port = eval(client.get().body)  # pylint: disable=eval-used
    assert host == ("127.0.0.44" if use[0] == "1" else "127.0.0.43")
    assert (port == mine[1]) == (use == "client")
    for pid in pace.until(balancer.pids, "its processes"):
        with open(f"/proc/{pid}/status") as status:
            lines = dict(line.split(":", 1) for line in status.read().splitlines())
        if lines["Uid"].split()[0] != "0":
            assert int(lines["CapEff"], 16) == 1 << 13


# ---- what the kernel is asked for


def timers(port):
    """The timers of the connections that end at this port: 2 is keep-alive, 0 is none."""
    found = set()
    with open("/proc/net/tcp") as table:
        for row in table.read().splitlines()[1:]:
            words = row.split()
            if words[3] == "01" and int(words[2].split(":")[1], 16) == port:
                found.add(int(words[5].split(":")[0], 16))
    return found


@pytest.mark.parametrize(
    "option, client, server",
    [
        ("tcpka", {2}, {2}),
        ("clitcpka", {2}, {0}),
        ("srvtcpka", {0}, {2}),
        ("dontlognull", {0}, {0}),
    ],
)
def test_keep_alive_packets(lb, origin, option, client, server):
    """On either side, as it is asked for."""
    origins = origin(lambda peer: peer.read_rest())
    balancer = lb(origins, defaults=f"    mode tcp\n    option tcplog\n    option {option}")
    with balancer.client() as one:
        one.send("x")
        one.expect_nothing(0.1)
        assert timers(one.port) == client
        assert timers(origins.address[1]) == server


def test_the_bind_words_of_tcp(lb, origin):
    """mss is what the client is told; defer-accept leaves a silent client in the queue."""
    where = address.free()
    balancer = lb(
        origin(), frontend="    bind %s:%d mss 1000 defer-accept tcp-ut 10s tfo" % where
    )
    with Client(where) as client:
        assert client.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= 1000
        client.expect_nothing(0.2)
        assert balancer.stats()["web", "FRONTEND"]["scur"] == "0"
        assert client.get().status == 200


@pytest.mark.torc_only("2.6 resets the server's connection only when it has to close first")
def test_nolinger(lb, origin):
    """Connections end with a reset."""

    def script(peer):
        peer.read_request()
        peer.answer(close=False)
        peer.expect_reset()
        peer.origin.finished.set()

    server = origin(script)
    balancer = lb(server, defaults="    option nolinger\n    option httpclose")
    with balancer.client() as client:
        client.request()
        try:
            client.read_response()
            client.expect_reset()
        except ConnectionResetError:
            pass
    assert server.finished.wait(10)
