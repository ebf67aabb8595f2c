# SPDX-License-Identifier: GPL-2.0-or-later
"""mode tcp: bytes both ways, whatever they are, and the ends of each direction."""

import re
import threading
import time

import pytest

from tools import address, pace
from tools.client import Client
from tools.wire import pattern, pattern_hash

pytestmark = pytest.mark.usefixtures("body_mode")


TCP = "    mode tcp\n    option tcplog\n    no option http-server-close"
MB = 1 << 20


def tcp(lb, *origins, **options):
    options["defaults"] = TCP + "\n" + options.get("defaults", "")
    return lb(*origins, **options)


def echo(peer):
    """Sends back what it gets, and ends its direction when the other one ends."""
    while True:
        piece = peer.sock.recv(65536)
        if not piece:
            peer.half_close()
            return
        peer.send(piece)


def test_bytes_pass_unread(lb, origin):
    """No byte is HTTP's here: zeros, line feeds, nonsense."""
    balancer = tcp(lb, origin(echo))
    with balancer.client() as client:
        for text in (b"\0", b"\n\n\n", bytes(range(256)) * 10, b"GET / HTTP/9.9\n"):
            client.send(text)
            assert client.read_exactly(len(text)) == text


def test_a_server_that_speaks_first(lb, origin):
    """As SMTP does: the client gets the greeting without having sent anything."""

    def script(peer):
        peer.send("220 ready\r\n")
        peer.read_until(b"QUIT\r\n")

    balancer = tcp(lb, origin(script))
    with balancer.client() as client:
        assert client.read_until(b"\r\n") == b"220 ready\r\n"
        client.send("QUIT\r\n")
        client.expect_close()


def test_a_half_close_is_passed_on(lb, origin):
    """The client ends its direction: the server sees that, and may still answer at length."""
    size = 3 * MB

    def script(peer):
        assert peer.read_rest() == b"all of it"
        peer.send_pattern(size)

    balancer = tcp(lb, origin(script))
    with balancer.client() as client:
        client.send(b"all of it").half_close()
        assert client.hash_exactly(size) == pattern_hash(size)
        client.expect_close()


def test_the_servers_end_is_passed_on(lb, origin):
    """And the other way round: what the client still sends arrives."""
    size = 3 * MB

    def script(peer):
        peer.send(b"nothing more from me")
        peer.half_close()
        peer.origin.digest = peer.hash_exactly(size)
        peer.origin.finished.set()

    server = origin(script)
    balancer = tcp(lb, server)
    with balancer.client() as client:
        assert client.read_rest() == b"nothing more from me"
        client.send_pattern(size)
        client.half_close()
        assert server.finished.wait(30)
    assert server.digest == pattern_hash(size)


def test_much_in_both_directions(lb, origin):
    """Twenty megabytes each way at the same time."""
    size = 20 * MB
    balancer = tcp(lb, origin(echo))
    with balancer.client() as client:
        sender = threading.Thread(target=client.send_pattern, args=(size,))
        sender.start()
        assert client.hash_exactly(size) == pattern_hash(size)
        sender.join()
        client.half_close()
        client.expect_close()


def test_a_reset_is_passed_on(lb, origin):
    """A client that resets leaves no server waiting."""

    def script(peer):
        peer.read_exactly(1)
        peer.expect_end()
        peer.origin.finished.set()

    server = origin(script)
    balancer = tcp(lb, server)
    client = balancer.client().send(b"x")
    client.expect_nothing(0.1)
    client.reset()
    assert server.finished.wait(20)


def test_a_server_that_refuses(lb):
    """Nobody there: the client's connection ends without a byte."""
    balancer = tcp(lb, address.free(), defaults="    retries 0")
    with balancer.client() as client:
        client.expect_end()


def test_connections_go_round(lb, origin):
    """Balancing is by connection."""
    servers = [origin(lambda peer: peer.send(peer.origin.name), name=f"pv{n}") for n in (1, 2, 3)]
    balancer = tcp(lb, *servers)
    seen = []
    for _ in range(6):
        with balancer.client() as client:
            seen.append(client.read_rest().decode())
    assert seen == ["pv1", "pv2", "pv3"] * 2


def test_inactivity(lb, origin):
    """timeout client and timeout server end a connection on which nothing moves."""
    balancer = tcp(
        lb,
        origin(lambda peer: peer.expect_end()),
        defaults="    timeout client 300ms\n    timeout server 300ms",
    )
    with balancer.client() as client:
        assert client.seconds_until_end() >= 0.25


def test_it_is_counted(lb, origin):
    """Sessions and bytes of both sides."""
    balancer = tcp(lb, origin(echo))
    with balancer.client() as client:
        client.send(pattern(200000))
        assert client.read_exactly(200000) == pattern(200000)
        client.half_close()
        client.expect_close()
    balancer.wait_idle()
    row = balancer.server()
    assert (row["stot"], row["bin"], row["bout"]) == ("1", "200000", "200000")


# ---- the log line


def test_the_line(lb, origin):
    """option tcplog, byte for byte: dates and times are all that the test cannot know."""
    balancer = tcp(lb, origin(echo))
    with balancer.client() as client:
        port = client.port
        client.send(b"hello")
        assert client.read_exactly(5) == b"hello"
        client.half_close()
        client.expect_close()
    line = balancer.log.wait_text(f"127.0.0.1:{port} ").decode()
    assert re.fullmatch(
        rf"<150>\w\w\w [ \d]\d \d\d:\d\d:\d\d haproxy\[{balancer.pid}\]: 127\.0\.0\.1:{port} "
        r"\[\d\d/\w\w\w/\d{4}:\d\d:\d\d:\d\d\.\d{3}\] web pool/s1 \d+/\d+/\d+ 5 -- "
        r"1/1/0/0/0 0/0\n",
        line,
    ), line


def state_of(balancer, port):
    """The two letters of a client's line."""
    line = balancer.log.wait_text(f"127.0.0.1:{port} ").decode()
    return re.search(r" \d+ ([-A-Za-z]{2}) \d+/", line)[1]


def silent(peer):
    """Reads, says nothing, and closes when all is over."""
    peer.read_rest()
    peer.origin.finished.wait(pace.seconds(20))


def test_how_it_ended(lb, origin):
    """The two letters: who ended it, and when."""

    def resets(peer):
        peer.read_exactly(1)
        peer.reset()

    balancer = tcp(
        lb,
        origin(silent),
        defaults=f"    timeout client {pace.stretched(300)}ms\n    timeout server 60s",
    )
    with balancer.client() as client:
        port = client.port
        client.send("x")
        client.expect_end()
    assert state_of(balancer, port) == "cD"
    client = balancer.client().send("x")
    port = client.port
    client.expect_nothing(0.1)
    client.reset()
    assert state_of(balancer, port) == "CD"

    # A refusal may be faster than the client's byte.
    balancer = tcp(
        lb, origin(resets), address.free(), defaults="    retries 0\n    no option dontlognull"
    )
    with balancer.client() as client:
        port = client.port
        client.send("x").expect_end()
    assert state_of(balancer, port) == "SD"
    with balancer.client() as client:
        port = client.port
        client.send("x").expect_end()
    assert state_of(balancer, port) == "SC"


def test_the_side_that_is_silent_is_named(lb, origin):
    """A client that keeps its direction closed is not waited for: the server's time-out counts."""
    balancer = tcp(
        lb,
        origin(silent),
        defaults=f"    timeout client {pace.stretched(100)}ms\n"
        f"    timeout server {pace.stretched(600)}ms",
    )
    with balancer.client() as client:
        port = client.port
        client.send("x").half_close()
        assert client.seconds_until_end() >= 0.5
    assert state_of(balancer, port) == "sD"


@pytest.mark.parametrize(
    "timeouts, state",
    [
        ("timeout server-fin 300ms", "sD"),
        ("timeout tunnel 300ms\n    timeout server-fin 20s\n    timeout client-fin 20s", "sD"),
        ("timeout tunnel 300ms", "cD"),
    ],
)
def test_a_half_closed_or_idle_tunnel(lb, origin, timeouts, state):
    """timeout tunnel for all, timeout server-fin once only the server is waited for."""
    balancer = tcp(lb, origin(silent), defaults="    " + timeouts)
    with balancer.client() as client:
        port = client.port
        client.send("x")
        if "server-fin 300ms" in timeouts:
            client.half_close()
        ended = client.seconds_until_end()
    assert 0.29 <= ended <= pace.seconds(5)
    if "20s" not in timeouts:
        assert state_of(balancer, port) == state


@pytest.mark.torc_only("2.6 notices with the next byte only")
def test_independent_streams(lb, origin):
    """With the option the server's silence is the server's, however much it is sent."""

    def listener(peer):
        while peer.sock.recv(65536):
            pass

    for option, ends in (("    option independent-streams", True), ("", False)):
        balancer = tcp(
            lb,
            origin(listener),
            defaults=f"    timeout server {pace.stretched(500)}ms\n{option}",
        )
        with balancer.client() as client:
            port = client.port
            for _ in range(10):
                try:
                    client.send("x")
                except OSError:
                    break
                time.sleep(pace.stretched(0.1))
            if ends:
                client.expect_end()
                assert state_of(balancer, port) == "sD"
            else:
                client.expect_nothing(0.05)


# ---- connecting


def test_a_client_that_leaves_before_anybody_is_there(lb, origin):
    """CC: it said nothing and went; one that said something is served."""
    balancer = tcp(
        lb, address.free(), defaults="    retries 3\n    timeout connect 2s\n    no option dontlognull"
    )
    client = balancer.client()
    port = client.port
    client.expect_nothing(0.2)
    client.half_close()
    client.expect_end()
    assert state_of(balancer, port) == "CC"


def test_what_came_before_the_server_is_kept(lb, origin):
    """A refused connect goes elsewhere with the bytes that the client has sent meanwhile."""
    server = origin(echo)
    balancer = tcp(lb, address.free(), server, defaults="    retries 3\n    option redispatch 1")
    for _ in range(2):
        with balancer.client() as client:
            client.send(pattern(3000))
            assert client.read_exactly(3000) == pattern(3000)
            client.half_close()
            client.expect_close()


def test_the_address_of_a_proxy_header(lb, origin):
    """accept-proxy: the client of the line is the header's; the server's greeting waits for it."""
    where = address.free()
    balancer = tcp(
        lb,
        origin(lambda peer: (peer.send("hi"), echo(peer))),
        frontend="    bind %s:%d accept-proxy" % where,
    )
    with Client(where) as client:
        client.expect_nothing(0.1)
        client.send("PROXY TCP4 192.0.2.7 192.0.2.8 4711 80\r\n")
        assert client.read_exactly(2) == b"hi"
        client.send("x")
        assert client.read_exactly(1) == b"x"
        client.half_close()
        client.expect_close()
    assert b" 192.0.2.7:4711 [" in balancer.log.wait_text("192.0.2.7")


def test_much_then_little_then_much(lb, origin):
    """A tunnel that is spliced while it carries much answers small pieces at once in between."""
    size = 4 * MB

    def script(peer):
        for _ in range(3):
            assert peer.read_exactly(4) == b"more"
            peer.send_pattern(size)
            for _ in range(20):
                assert peer.read_exactly(1) == b"?"
                peer.send("!")

    balancer = tcp(lb, origin(script))
    with balancer.client() as client:
        for _ in range(3):
            client.send("more")
            assert client.hash_exactly(size) == pattern_hash(size)
            for _ in range(20):
                client.send("?")
                assert client.read_exactly(1) == b"!"
        client.expect_close()


def test_backup_and_maxconn(lb, origin):
    """A backup server when no other is there; the frontend's maxconn leaves the next one waiting."""
    spare = origin(lambda peer: (peer.send(b"spare"), peer.expect_end()))
    servers = "    server a %s:%d check inter 100ms fall 1\n    server b %s:%d backup" % (
        *address.free(),
        *spare.address,
    )
    balancer = tcp(lb, servers=servers, frontend="    maxconn 1")
    balancer.wait_server("a", "DOWN")
    with balancer.client() as first:
        assert first.read_exactly(5) == b"spare"
        with balancer.client() as second:
            second.expect_nothing(0.2)
            first.close()
            assert second.read_exactly(5) == b"spare"
