# SPDX-License-Identifier: GPL-2.0-or-later
"""Every time-out of the published file: what it does when it fires, and that it fires not before.

Upper limits are only there to end a test; what is checked is the lower one: from a moment at which
the time has certainly not begun.  A time that a client or a server has to beat is stretched on a busy
machine."""

import time

import pytest

from tools import pace
from tools.errors import expect_error
from tools.unreachable import Unreachable
from tools.wire import Closed, pattern



def test_a_silent_client_gets_408(lb, origin):
    """timeout http-request runs from the accept: 408, and no log line with dontlognull."""
    server = origin()
    balancer = lb(server, defaults="    timeout http-request 200ms")
    started = time.monotonic()
    with balancer.client() as client:
        expect_error(client, 408)
        assert time.monotonic() - started >= 0.19
        client.expect_close()
    balancer.get("/later")
    assert balancer.log.access().request == "GET /later HTTP/1.1"
    balancer.wait_idle()
    balancer.log.expect_no_access()
    assert server.accepted == 1


def test_a_silent_client_is_logged_without_dontlognull(lb, origin):
    """cR-- 408 <BADREQ>, the time being that of the time-out."""
    balancer = lb(
        origin(), defaults="    timeout http-request 200ms\n    no option dontlognull"
    )
    with balancer.client() as client:
        expect_error(client, 408)
    line = balancer.log.access()
    assert (line.state, line.status, line.request) == ("cR--", 408, "<BADREQ>")
    assert line.times[:4] == (-1, -1, -1, -1)
    assert line.total_ms >= 199


def test_http_ignore_probes_says_nothing_to_a_silent_client(lb, origin):
    """option http-ignore-probes: the connection that said nothing is closed without 408."""
    balancer = lb(
        origin(), defaults="    timeout http-request 100ms\n    option http-ignore-probes"
    )
    with balancer.client() as client:
        client.expect_close()


@pytest.mark.parametrize("part", ["G", "GET / HTTP/1.1\r\nHost: t\r\n"])
def test_half_a_request_gets_408(lb, origin, part):
    """One byte is enough for a log line: cR--."""
    balancer = lb(origin(), defaults="    timeout http-request 200ms")
    with balancer.client() as client:
        client.send(part)
        expect_error(client, 408)
        client.expect_close()
    line = balancer.log.access()
    assert (line.state, line.status, line.request) == ("cR--", 408, "<BADREQ>")
    assert (line.frontend, line.backend, line.server) == ("web", "web", "<NOSRV>")


def test_bytes_do_not_prolong_the_time_for_a_head(lb, origin):
    """A client that sends a byte now and then gets its 408 all the same."""
    balancer = lb(origin(), defaults="    timeout http-request 300ms")
    started = time.monotonic()
    with balancer.client() as client:
        client.send("GET / HTTP/1.1\r\nX: ")
        client.sock.settimeout(0.02)
        while time.monotonic() - started < pace.seconds(10):
            try:
                if client.sock.recv(1, 2):  # MSG_PEEK: the answer is there
                    break
            except TimeoutError:
                client.send("x")
        client.sock.settimeout(client.patience_s)
        expect_error(client, 408)
        assert time.monotonic() - started >= 0.29


def test_the_time_for_a_head_does_not_cover_the_body(lb, origin):
    """timeout http-request ends with the head: a slow body is the client time-out's."""
    limit_ms = pace.stretched(100)
    balancer = lb(origin(), defaults=f"    timeout http-request {limit_ms}ms")
    with balancer.client() as client:
        client.send("POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\na")
        client.expect_nothing(limit_ms * 0.003)
        client.send("bc")
        assert client.read_response().body.startswith(b"3 ")


def test_the_time_for_a_head_does_not_cover_the_answer(lb, origin):
    """A server may think for longer than the client had for its request."""

    limit_ms = pace.stretched(100)

    def script(peer):
        peer.read_request()
        peer.expect_nothing(limit_ms * 0.003)
        peer.answer()

    balancer = lb(origin(script), defaults=f"    timeout http-request {limit_ms}ms")
    assert balancer.get().status == 200


def test_an_idle_connection_is_closed_silently(lb, origin):
    """timeout http-keep-alive: no 408, no log line, an end in order."""
    balancer = lb(origin(), defaults="    timeout http-keep-alive 150ms")
    with balancer.client() as client:
        started = time.monotonic()
        client.get("/only")
        client.expect_close()
        assert time.monotonic() - started >= 0.149
    assert balancer.log.access().request == "GET /only HTTP/1.1"
    balancer.get("/later")
    assert balancer.log.access().request == "GET /later HTTP/1.1"


def test_the_idle_time_ends_with_the_next_requests_first_byte(lb, origin):
    """After that byte timeout http-request counts: 408 for a request that stays half."""
    limit_ms = pace.stretched(200)
    balancer = lb(
        origin(),
        defaults=f"    timeout http-keep-alive 20s\n    timeout http-request {limit_ms}ms",
    )
    with balancer.client() as client:
        client.get("/1")
        client.expect_nothing(limit_ms * 0.002)
        client.send("GET /2")
        expect_error(client, 408)
    assert balancer.log.access().state == "----"
    assert balancer.log.access().state == "cR--"


def test_the_published_time_for_a_head(lb, origin):
    """timeout http-request 20 is 20 ms: a head in two parts, 50 ms apart, gets 408."""
    balancer = lb(origin(), defaults="    timeout http-request 20\n    timeout http-keep-alive 30")
    started = time.monotonic()
    with balancer.client() as client:
        client.send("GET / HTTP/1.1\r\n")
        expect_error(client, 408)
        assert time.monotonic() - started >= 0.018
    line = balancer.log.access()
    assert line.state == "cR--" and line.total_ms >= 19


def test_the_published_idle_time(lb, origin):
    """timeout http-keep-alive 30 is 30 ms: two requests in a row pass, then the end comes."""
    balancer = lb(origin(), defaults="    timeout http-keep-alive 30")
    with balancer.client() as client:
        started = time.monotonic()
        client.send("GET /1 HTTP/1.1\r\nHost: t\r\n\r\n" "GET /2 HTTP/1.1\r\nHost: t\r\n\r\n")
        assert client.read_response().status == 200
        assert client.read_response().status == 200
        client.expect_close()
        assert time.monotonic() - started >= 0.029


def test_a_client_that_stops_uploading(lb, origin):
    """timeout client is inactivity: one that stops in its body is ended, and the server too."""
    ended = []

    def script(peer):
        peer.read_head()
        try:
            peer.read_exactly(10000)
        except (Closed, ConnectionResetError) as end:
            ended.append(end)
        peer.origin.finished.set()

    server = origin(script)
    balancer = lb(server, defaults="    timeout client 200ms\n    timeout server 1s")
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n", b"x" * 100)
        try:
            client.read_rest()
        except ConnectionResetError:
            pass
    line = balancer.log.access()
    assert line.state in ("cD--", "cH--", "sH--", "sD--")
    assert line.total_ms >= 199
    assert server.finished.wait(pace.seconds(10)) and ended


@pytest.mark.torc_only("waits for the server's time-out here")
def test_a_client_that_stops_uploading_is_told_apart(lb, origin):
    """cH-- (or cD--): it is the client's time-out, also when the server's is longer."""

    def script(peer):
        peer.read_head()
        peer.read_rest()

    balancer = lb(origin(script), defaults="    timeout client 200ms")
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n", b"x" * 100)
        try:
            client.read_rest()
        except ConnectionResetError:
            pass
    assert balancer.log.access().state in ("cH--", "cD--")


def test_a_client_that_never_reads(lb, origin, body_mode):
    """cD--: a client that takes no more of its answer is ended after timeout client."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        peer.send_pattern(100_000_000)

    balancer = lb(origin(script), defaults="    timeout client 1s")
    with balancer.client(receive_bytes=65536) as client:
        client.request()
        client.read_head()
        line = balancer.log.access()
    assert (line.state, line.status) == ("cD--", 200)
    # Once its time, not twice.
    assert 990 <= line.total_ms <= pace.seconds(1.7) * 1000


def test_a_client_that_reads_slowly_is_not_ended(lb, origin, body_mode):
    """timeout client is inactivity: who takes some bytes now and then is served to the end."""
    # More than the kernel's buffers on the way take.
    size = 30_000_000

    def script(peer):
        peer.read_request()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")
        peer.send_pattern(size)

    limit_ms = pace.stretched(700)
    balancer = lb(
        origin(script),
        defaults=f"    timeout client {limit_ms}ms\n    timeout server {limit_ms}ms",
    )
    with balancer.client(receive_bytes=32768) as client:
        client.request()
        client.read_head()
        got = bytearray(client.buffer)
        client.buffer.clear()
        started = time.monotonic()
        while len(got) < size:
            # Two of its own time-outs pass before it begins to hurry.  Not slower than this: a
            # kernel with megabytes of buffer reports room only when a third of it is free.
            patient = time.monotonic() - started < limit_ms * 0.00215
            time.sleep(limit_ms * 0.0000086 if patient else 0)
            piece = client.sock.recv(65536)
            assert piece, f"ended after {len(got)} bytes"
            got += piece
        assert time.monotonic() - started > limit_ms * 0.002
        assert bytes(got) == pattern(size)
    assert balancer.log.access().state == "----"


def test_a_server_that_does_not_answer(lb, origin):
    """sH-- 504: timeout server before the head of the answer."""

    def script(peer):
        peer.read_request()
        peer.expect_end()
        peer.origin.finished.set()

    server = origin(script)
    balancer = lb(server, defaults="    timeout server 200ms")
    with balancer.client() as client:
        started = time.monotonic()
        expect_error(client.request(), 504)
        assert time.monotonic() - started >= 0.19
    line = balancer.log.access()
    assert (line.state, line.status, line.reached) == ("sH--", 504, "RWC-")
    assert line.total_ms >= 199
    assert server.finished.wait(pace.seconds(10))


def test_a_server_that_stops_in_its_answer(lb, origin, body_mode):
    """sD--: timeout server in the body; the client sees an end before the promised length."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", pattern(200000))
        peer.expect_end()

    balancer = lb(origin(script), defaults=f"    timeout server {pace.stretched(200)}ms")
    with balancer.client() as client:
        client.request()
        client.read_head()
        with pytest.raises((Closed, ConnectionResetError)):
            client.read_exactly(300000)
    line = balancer.log.access()
    assert (line.state, line.status) == ("sD--", 200)
    assert line.total_ms >= 199


def test_a_server_that_sends_slowly_is_not_ended(lb, origin, body_mode):
    """timeout server is inactivity: bytes now and then keep an answer alive."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 200020\r\n\r\n", pattern(200000))
        for number in range(20):
            time.sleep(limit_ms * 0.001 / 12)
            peer.send(b"%d" % (number % 10))

    limit_ms = pace.stretched(600)
    balancer = lb(
        origin(script),
        defaults=f"    timeout server {limit_ms}ms\n    timeout client {limit_ms}ms",
    )
    answer = balancer.get()
    assert answer.body == pattern(200000) + b"01234567890123456789"
    assert balancer.log.access().state == "----"


def test_a_server_that_does_not_read(lb, origin, body_mode):
    """timeout server counts while a request body cannot be sent either."""

    def script(peer):
        peer.read_head()
        peer.origin.finished.wait(pace.seconds(20))

    server = origin(script, receive_bytes=65536)
    balancer = lb(server, defaults="    timeout server 300ms")
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\n\r\n")
        try:
            client.send_pattern(100_000_000)
            client.read_rest()
        except (BrokenPipeError, ConnectionResetError):
            pass
    line = balancer.log.access()
    server.finished.set()
    assert line.state in ("sD--", "sH--")
    assert line.total_ms >= 299


def test_a_server_that_cannot_be_reached(lb):
    """sC-- 503: timeout connect."""
    with Unreachable() as nowhere:
        balancer = lb(nowhere, defaults="    timeout connect 200ms\n    retries 0")
        with balancer.client() as client:
            started = time.monotonic()
            expect_error(client.request(), 503)
            assert time.monotonic() - started >= 0.19
        line = balancer.log.access()
    assert (line.state, line.status, line.reached) == ("sC--", 503, "RW--")
    assert line.total_ms >= 199


def test_each_retry_has_its_own_time_to_connect(lb):
    """Three attempts of 150 ms each: sC-- with /2."""
    with Unreachable() as nowhere:
        balancer = lb(nowhere, defaults="    timeout connect 150ms\n    retries 2")
        with balancer.client() as client:
            expect_error(client.request(), 503)
        line = balancer.log.access()
    assert (line.state, line.retries) == ("sC--", 2)
    assert line.total_ms >= 450


def test_timeouts_without_a_unit_are_milliseconds(lb, origin):
    """As published: 86400 is 86.4 s, so nothing of an ordinary request is cut."""
    balancer = lb(
        origin(),
        defaults="\n".join(
            f"    timeout {name} 86400" for name in ("queue", "connect", "client", "server")
        ),
    )
    with balancer.client() as client:
        client.request()
        assert client.read_response().status == 200
        client.expect_nothing(0.3)


def test_a_tunnel_has_a_time_of_its_own(lb, origin):
    """timeout tunnel replaces those of client and server after 101."""

    def script(peer):
        peer.read_head()
        peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        peer.expect_end()

    short_ms = pace.stretched(100)
    defaults = (
        f"    timeout client {short_ms}ms\n    timeout server {short_ms}ms\n"
        f"    timeout tunnel {short_ms + 400}ms"
    )
    balancer = lb(origin(script), defaults=defaults)
    with balancer.client() as client:
        started = time.monotonic()
        client.request("GET", "/", "Connection: upgrade", "Upgrade: x")
        assert client.read_head().status == 101
        client.expect_end()
        assert time.monotonic() - started >= short_ms * 0.001 + 0.39
