# SPDX-License-Identifier: GPL-2.0-or-later
"""mode tcp: bytes both ways, whatever they are, and the ends of each direction.

While the program answers `mode tcp` with "not available yet" these tests wait for it."""

import subprocess
import threading

import pytest

from tools import address, programs
from tools.wire import pattern, pattern_hash

pytestmark = pytest.mark.usefixtures("body_mode")


@pytest.fixture(scope="module", autouse=True)
def available(tmp_path_factory):
    path = tmp_path_factory.mktemp("tcp") / "tcp.cfg"
    path.write_text("frontend web\n    mode tcp\n    bind 127.0.0.1:1\n")
    program = programs.under_test()
    done = subprocess.run(
        [str(program), "-c", "-f", str(path)],
        env=programs.environment(program),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if "'mode tcp' is known, but not available yet" in done.stderr:
        pytest.skip("mode tcp is not available yet")

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
