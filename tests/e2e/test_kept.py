# SPDX-License-Identifier: GPL-2.0-or-later
"""Kept server connections: who gets one, which come back, and what is sent again."""

import threading

import pytest

from tools import pace
from tools.wire import pattern

pytestmark = pytest.mark.usefixtures("body_mode")

KEEP = "    option http-keep-alive\n"


def keeping(lb, *origins, backend="", **options):
    return lb(*origins, defaults=KEEP, threads=1, backend=backend, **options)


def talk(peer, *answers):
    """Answers request after request on one connection, then waits for its end."""
    for answer in answers:
        request = peer.read_request()
        peer.answer(request.target.encode(), "200 OK", *answer, close=False)
    return peer


def test_one_connection_serves_many_requests(lb, origin):
    """Sizes around every way of moving a body; the server sees keep-alive requests."""
    server = origin()
    balancer = keeping(lb, server)
    sizes = [0, 1, 4000, 5000, 70000, 300000, 1 << 20, 17]
    with balancer.client() as client:
        for size in sizes:
            assert client.get(f"/size/{size}").body == pattern(size)
        for size in (0, 3, 70000, 300000):
            client.send(f"POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n",
                        pattern(size))
            assert client.read_response().body.split()[0] == str(size).encode()
    assert server.accepted == 1
    assert not any(request.all("connection") for request in server.requests)
    row = balancer.server()
    assert (row["connect"], row["reuse"]) == ("1", str(len(sizes) + 3))
    assert (row["safe_conn_cur"], row["used_conn_cur"]) == ("1", "0")


def test_a_closed_client_leaves_its_server_connection(lb, origin):
    """http-reuse always: the next client's first request goes over it, safe: only a later one."""
    for mode, accepted in (("always", 1), ("aggressive", 3), ("safe", 3), ("never", 3)):
        server = origin()
        balancer = keeping(lb, server, backend=f"    http-reuse {mode}\n")
        for number in range(3):
            with balancer.client() as client:
                client.get(f"/{number}")
        assert server.accepted == accepted, mode


def test_safe_shares_what_is_idle(lb, origin):
    """The second request of a connection takes a connection that another client has left."""
    server = origin()
    balancer = keeping(lb, server)
    with balancer.client() as first, balancer.client() as second:
        first.get("/1")
        second.get("/2")
        assert server.accepted == 2
        for number in range(6):
            (first if number % 2 else second).get(f"/{number}")
    assert server.accepted == 2


def test_never_keeps_them_apart(lb, origin):
    """Each client has its own connection, and takes it along when it leaves."""
    ended = []

    def script(peer):
        try:
            talk(peer, *[()] * 9)
        finally:
            ended.append(peer.number)

    server = origin(script)
    balancer = keeping(lb, server, backend="    http-reuse never\n")
    with balancer.client() as first:
        with balancer.client() as second:
            for client in (first, second, first, second):
                client.get("/")
            assert server.accepted == 2
        pace.until(lambda: len(ended) == 1, "the second one's connection to end")
        first.get("/")
        assert server.accepted == 2


@pytest.mark.parametrize("fields", [
    ("Connection: close",),
    ("Connection: foo, close",),
])
def test_an_answer_that_closes_is_believed(lb, origin, fields):
    def script(peer):
        talk(peer, fields)
        peer.expect_close()

    server = origin(script)
    balancer = keeping(lb, server)
    with balancer.client() as client:
        for number in range(3):
            assert client.get(f"/{number}").body == f"/{number}".encode()
    assert server.accepted == 3


def test_more_than_was_asked_for_spoils_it(lb, origin):
    """Bytes behind an answer, at once or later, are nobody's answer: the connection ends."""
    spoilt = threading.Event()

    def script(peer):
        request = peer.read_request()
        body = request.target.encode()
        extra = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        if request.target == "/at-once":
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
            peer.send(head.encode() + body + extra.encode())
        else:
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n", body)
            if request.target == "/last":
                return
            peer.expect_nothing(0.1)
            peer.send(extra)
            spoilt.set()
        peer.expect_close()

    server = origin(script)
    balancer = keeping(lb, server, backend="    http-reuse always\n")
    with balancer.client() as client:
        assert client.get("/at-once").body == b"/at-once"
        assert client.get("/later").body == b"/later"
        pace.until(lambda: spoilt.is_set() and balancer.server()["srv_icur"] == "0",
                   "the connection to be dropped")
        assert client.get("/last").body == b"/last"
    assert server.accepted == 3


def test_an_idle_server_may_close(lb, origin):
    """Its end is seen while nobody waits; the next request gets a new connection, no retry."""
    gone = threading.Event()

    def script(peer):
        talk(peer, ())
        peer.close()
        gone.set()

    server = origin(script)
    balancer = keeping(lb, server)
    with balancer.client() as client:
        for number in range(3):
            gone.clear()
            assert client.get(f"/{number}").status == 200
            assert gone.wait(5)
            pace.until(lambda: balancer.server()["srv_icur"] == "0", "its end to be seen")
    lines = balancer.log.wait_access(3)
    assert all(line.retries == 0 for line in lines)


def test_a_stale_connection_is_no_error(lb, origin):
    """A server that closes on the arrival of a second request: a GET is sent again, unseen."""
    seen = []

    def script(peer):
        talk(peer, ())
        seen.append(peer.read_request().target)
        peer.close()

    server = origin(script)
    balancer = keeping(lb, server)
    with balancer.client() as client:
        for number in range(4):
            assert client.get(f"/{number}").body == f"/{number}".encode()
    assert seen == ["/1", "/2", "/3"]
    assert server.accepted == 4
    assert [line.status for line in balancer.log.wait_access(4)] == [200] * 4


def test_an_answer_of_ours_leaves_the_connection_alone(lb, origin):
    """Pipelined: what is denied in between costs the last request's server connection nothing."""
    server = origin()
    balancer = keeping(lb, server, frontend="    http-request deny if { path /no }")
    with balancer.client() as client:
        client.send("".join(f"GET {at} HTTP/1.1\r\nHost: t\r\n\r\n" for at in ("/a", "/no") * 3))
        statuses = [client.read_response().status for _ in range(6)]
    assert statuses == [200, 403] * 3
    assert server.accepted == 1


def test_what_may_have_happened_is_not_sent_again(lb, origin):
    """The same with a POST: it is not repeated; the client sees its connection end."""
    seen = []

    def script(peer):
        talk(peer, ())
        seen.append(peer.read_request().target)
        peer.close()

    server = origin(script)
    balancer = keeping(lb, server)
    with balancer.client() as client:
        client.get("/")
        client.send("POST /once HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nab")
        client.expect_close()
    assert seen == ["/once"]
    assert len([r for r in server.requests if r.target == "/once"]) == 1


@pytest.mark.parametrize(
    "before, rule, seen_twice", [("GET", "POST", False), ("POST", "PUT", True)]
)
def test_what_left_decides_whether_it_is_sent_again(lb, origin, before, rule, seen_twice):
    """`set-method`: whether a request may be repeated is told by what its server saw."""
    seen = []

    def script(peer):
        talk(peer, ())
        seen.append(peer.read_request().method)
        peer.close()

    balancer = keeping(lb, origin(script), frontend=f"    http-request set-method {rule}")
    with balancer.client() as client:
        client.request("POST", "/", body=b"")
        client.read_response()
        client.request(before, "/", body=b"" if before == "POST" else None)
        if seen_twice:
            assert client.read_response().status == 200
        else:
            client.expect_close()
    assert seen == [rule]


def test_pool_max_conn_bounds_what_is_kept(lb, origin):
    server = origin()
    balancer = keeping(lb, server, server="pool-max-conn 0", backend="    http-reuse always\n")
    with balancer.client() as client:
        for number in range(3):
            client.get(f"/{number}")
    assert server.accepted == 3


def test_purge_delay_closes_what_is_not_needed(lb, origin):
    ended = threading.Event()

    def script(peer):
        talk(peer, ())
        peer.expect_close()
        ended.set()

    balancer = keeping(lb, origin(script), server="pool-purge-delay 100ms")
    with balancer.client() as client:
        client.get("/")
        assert ended.wait(pace.seconds(5))


@pytest.mark.parametrize("failure, retry_on", [
    ("empty", "empty-response"),
    ("junk", "junk-response"),
    ("status", "503"),
    ("silence", "response-timeout"),
])
def test_retry_on(lb, origin, failure, retry_on):
    """Named failures are tried again, here elsewhere; others are told to the client."""
    def bad(peer):
        request = peer.read_request()
        if failure == "junk":
            peer.send("SMTP ready\r\n\r\n")
        elif failure == "status":
            peer.answer(b"sorry", "503 Service Unavailable")
        elif failure == "silence":
            peer.expect_close()
        assert request

    more = f"    timeout server {pace.stretched(300)}ms\n" if failure == "silence" else ""
    for words, expected in ((retry_on, b"hello\n"), ("conn-failure", None)):
        balancer = keeping(
            lb, origin(bad), origin(lambda peer: (peer.read_request(), peer.answer())),
            backend=f"    retry-on {words}\n    option redispatch\n{more}")
        with balancer.client() as client:
            client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nab")
            answer = client.read_response()
            assert answer.body == expected if expected else answer.status >= 500


def test_servers_can_be_left_believing(lb, origin):
    """option http-pretend-keepalive: nothing says close, and the connection is closed all the same."""
    server = origin()
    balancer = lb(server, backend="    option http-server-close\n    option http-pretend-keepalive")
    for _ in range(2):
        assert balancer.get("/size/10").body == pattern(10)
    assert server.accepted == 2
    assert not any(request.all("connection") for request in server.requests)
