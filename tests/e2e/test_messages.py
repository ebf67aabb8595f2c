# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a message on its way: fields kept, dropped and added; answers without a body;
interim answers; answers that come early."""

import threading

import pytest

from tools import pace
from tools.wire import pattern

pytestmark = pytest.mark.usefixtures("body_mode")


def scripted(*lines, body=b""):
    """A server that gives this answer and closes."""

    def script(peer):
        peer.read_request()
        peer.send("\r\n".join(lines) + "\r\n\r\n", body)

    return script


def test_fields_arrive_as_they_were_sent(lb, origin):
    """Unknown fields of a request pass unchanged and in order, also when repeated or empty."""
    server = origin()
    balancer = lb(server)
    balancer.get("/", "X-One: 1", "X-Two:   spaces inside  ", "X-Empty:", "X-One: again, \"q\"")
    seen = [(name.lower(), value) for name, value in server.requests[0].fields]
    own = [pair for pair in seen if pair[0].startswith("x-")]
    assert own == [
        ("x-one", "1"),
        ("x-two", "spaces inside"),
        ("x-empty", ""),
        ("x-one", 'again, "q"'),
    ]


def test_fields_of_an_answer_arrive_as_they_were_sent(lb, origin):
    """The same towards the client; several Set-Cookie stay several."""
    script = scripted(
        "HTTP/1.1 203 Own Reason",
        "Set-Cookie: a=1; Path=/",
        "Set-Cookie: b=2",
        "X-Any: thing",
        "Content-Length: 2",
        body=b"ok",
    )
    answer = lb(origin(script)).get()
    assert answer.start_line == "HTTP/1.1 203 Own Reason"
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2"]
    assert answer.one("x-any") == "thing"


@pytest.mark.torc_only("gives field names in lower case")
def test_field_names_keep_their_case(lb, origin):
    """Names pass in the case in which they came."""
    server = origin()
    lb(server).get("/", "X-MiXeD: 1")
    assert ("X-MiXeD", "1") in server.requests[0].fields


def test_the_target_is_passed_on_unchanged(lb, origin):
    """Nothing in a target is decoded, joined or normalised."""
    server = origin()
    target = "/a//b/../c%2F%41;p=1?q=%20&x=a+b&y=[1]#f".split("#", maxsplit=1)[0]
    lb(server).get(target)
    assert server.requests[0].target == target


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"])
def test_any_method(lb, origin, method):
    """Methods pass, known or not, with a body."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        answer = client.request(method, "/hash", body=b"abc").read_response()
        assert answer.body.startswith(b"3 ")
    assert server.requests[0].method == method


@pytest.mark.torc_only("passes the fields named by Connection on")
def test_fields_named_by_connection_are_dropped(lb, origin):
    """RFC 9110 7.6.1: what Connection names ends at this hop."""
    server = origin()
    lb(server).get("/", "Connection: keep-alive, X-Hop", "X-Hop: 1", "X-End: 2")
    assert server.requests[0].one("x-hop") is None
    assert server.requests[0].one("x-end") == "2"


@pytest.mark.torc_only("is not asked here")
def test_connection_cannot_take_framing_away(lb, origin):
    """A client cannot make the balancer drop the length of the body that it forwards."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send(
            "POST /hash HTTP/1.1\r\nHost: t\r\nConnection: content-length, host\r\n"
            "Content-Length: 4\r\n\r\nbody"
        )
        assert client.read_response().body.startswith(b"4 ")
    assert server.requests[0].one("host") == "t"


# Answers without a body


def test_head_has_no_body(lb, origin):
    """An answer to HEAD ends with its head, whatever length it names."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.request("HEAD", "/size/500000")
        answer = client.read_response("HEAD")
        assert answer.one("content-length") == "500000"
        assert client.get("/next").body == b"origin\n"


def test_head_of_a_chunked_answer(lb, origin):
    """The same with chunked named in the answer."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.request("HEAD", "/chunked/5000")
        assert client.read_response("HEAD").status == 200
        assert client.get("/next").body == b"origin\n"


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_status_without_a_body(lb, origin, status):
    """204 and 304 have no body: the next answer follows at once."""
    script = scripted(f"HTTP/1.1 {status}", "X-A: 1")
    balancer = lb(origin(script))
    with balancer.client() as client:
        for _ in range(3):
            assert client.get().start_line == f"HTTP/1.1 {status}"


def test_304_may_name_a_length(lb, origin):
    """RFC 9110 8.6: the length in a 304 is the one that a 200 would have had."""
    script = scripted("HTTP/1.1 304 Not Modified", "Content-Length: 12345", "ETag: \"x\"")
    balancer = lb(origin(script))
    with balancer.client() as client:
        for _ in range(2):
            answer = client.get()
            assert (answer.status, answer.one("etag")) == (304, '"x"')


# Interim answers


def test_100_continue_is_the_servers(lb, origin):
    """Expect: 100-continue reaches the server; its 100 reaches the client before the body does."""

    def script(peer):
        head = peer.read_head()
        peer.origin.note(head)
        peer.expect_nothing(0.1)
        peer.send("HTTP/1.1 100 Continue\r\n\r\n")
        body = peer.read_exactly(int(head.one("content-length")))
        peer.answer(body.upper())

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.request("POST", "/", "Expect: 100-continue", "Content-Length: 5")
        assert client.read_head().status == 100
        client.send(b"hello")
        assert client.read_response().body == b"HELLO"
    assert server.requests[0].one("expect").lower() == "100-continue"
    assert balancer.log.access().status == 200


def test_an_expectation_that_is_refused(lb, origin):
    """A final answer instead of 100: the client gets it without having sent its body."""

    def script(peer):
        peer.read_head()
        peer.answer(b"no", "417 Expectation Failed")

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request("POST", "/", "Expect: 100-continue", "Content-Length: 5")
        assert client.read_response().status == 417


def test_several_interim_answers(lb, origin):
    """Every 1xx is passed on as it comes, then the final answer; one line is logged."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n")
        peer.send("HTTP/1.1 102 Processing\r\n\r\n")
        peer.answer(b"final")

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request()
        early = client.read_head()
        assert (early.status, early.one("link")) == (103, "</a.css>; rel=preload")
        assert client.read_head().status == 102
        assert client.read_response().body == b"final"
        assert client.get().status in (103, 200)
    assert balancer.log.access().status == 200


def test_a_client_may_send_its_body_without_waiting(lb, origin):
    """With Expect, a client that does not wait for the 100 is served too."""

    def script(peer):
        head = peer.read_head()
        peer.send("HTTP/1.1 100 Continue\r\n\r\n")
        peer.answer(peer.read_exactly(int(head.one("content-length"))))

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request("POST", "/", "Expect: 100-continue", body=b"at once")
        assert client.read_head().status == 100
        assert client.read_response().body == b"at once"


# Answers that come before the request is complete


def test_an_early_answer_reaches_the_client(lb, origin):
    """A server answers and closes while the client still sends: the client gets the answer."""

    def script(peer):
        peer.read_head()
        peer.answer(b"too long", "413 Content Too Large", close=False)
        peer.half_close()
        peer.origin.finished.wait(pace.seconds(10))

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n", b"x" * 1000)
        answer = client.read_response()
        assert (answer.status, answer.body) == (413, b"too long")
    server.finished.set()
    assert balancer.log.access().status == 413


@pytest.mark.torc_only("goes on after an early answer")
def test_an_end_that_the_client_did_not_expect_is_no_reset(lb, origin):
    """RFC 9112 9.6: after an early answer the connection ends.  A client that sent its next request
    already must not lose the answer to a reset: first our side ends, what it sent is read."""

    def script(peer):
        peer.read_head()
        peer.answer(b"early", close=False)
        peer.read_exactly(10)
        peer.origin.finished.set()
        peer.expect_close()

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n01")
        answer = client.read_response()
        assert answer.body == b"early" and answer.has_token("connection", "close")
        client.send("23456789GET /next HTTP/1.1\r\nHost: t\r\n\r\n")
        assert server.finished.wait(pace.seconds(10))
        assert client.read_rest() == b""


def test_an_early_answer_while_the_client_is_stuck(lb, origin):
    """The same when the server stopped reading long ago and the client cannot send any more."""

    def script(peer):
        peer.read_head()
        peer.read_exactly(100000)
        peer.answer(b"enough", "403 Forbidden", close=False)
        peer.origin.finished.wait(pace.seconds(10))

    server = origin(script, receive_bytes=65536)
    balancer = lb(server)
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000000\r\n\r\n")
        client.sock.setblocking(False)
        sent, block = 0, pattern(1 << 20)
        try:
            while sent < 64 << 20:
                sent += client.sock.send(block)
        except BlockingIOError:
            pass
        client.sock.settimeout(client.patience_s)
        assert client.read_response().body == b"enough"
    server.finished.set()


def test_the_rest_of_a_body_is_not_the_next_request(lb, origin):
    """After an early answer the unread body is never taken for a request."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"

    def script(peer):
        peer.origin.note(peer.read_head())
        peer.answer(b"early")

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.send(f"POST /first HTTP/1.1\r\nHost: t\r\nContent-Length: {10 * len(smuggled)}\r\n\r\n")
        assert client.read_response().body == b"early"
        try:
            client.send(smuggled * 10).half_close()
            client.read_rest()
        except (ConnectionError, TimeoutError):
            pass
    balancer.log.access()
    assert [request.target for request in server.requests] == ["/first"]


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("reused", [False, True], ids=["first", "later"])
def test_what_follows_the_last_request_costs_no_answer(lb, origin, version, reused):
    """Old clients send a line end behind a POST's body; it comes late, and nobody reads it."""
    late = threading.Event()

    def script(peer):
        while peer.read_request():
            if len(peer.origin.requests) > reused:
                late.wait(peer.patience_s)
            peer.answer(b"whole", close=False)

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        if reused:
            client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            assert client.read_response().body == b"whole"
        client.send(f"POST / HTTP/{version}\r\nHost: t\r\nConnection: close\r\n"
                    "Content-Length: 4\r\n\r\nbody")
        server.wait_requests(1 + reused)
        client.send("\r\nsomething else")
        late.set()
        assert client.read_response().body == b"whole"
        client.expect_end()
    assert len(server.requests) == 1 + reused


# Upgrade


@pytest.mark.parametrize(
    "fields",
    [
        "Connection: upgrade\r\n",
        "Connection: upgrade\r\nUpgrade: h2c\r\n",
        "Upgrade: echo\r\n",
        "Connection: keep-alive\r\nUpgrade: echo\r\n",
    ],
)
def test_a_101_to_what_nobody_asked_for(lb, origin, fields):
    """A 101 says what comes, names it in Connection, and that is what the client asked for: else
    502, and no tunnel."""

    def script(peer):
        peer.read_request()
        peer.send(f"HTTP/1.1 101 Switching Protocols\r\n{fields}\r\nxx")
        peer.expect_close()

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request("GET", "/", "Connection: Upgrade", "Upgrade: echo")
        assert client.read_response().status == 502
    assert balancer.log.access().state == "PH--"


ENDINGS = {
    "a dead server": (503, "    default_backend dead\nbackend dead\n    server d 127.0.0.1:1"),
    "no server": (503, "    default_backend none\nbackend none"),
    "a refusal": (403, "    http-request deny"),
    "an answer": (200, "    http-request return status 200 content-type a/b string hello"),
    "a redirection": (302, "    redirect location /elsewhere"),
}


@pytest.mark.torc_only("goes on after some of them, and reads the tunnel as a request")
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_answer_of_ours_to_an_upgrade_is_the_last(lb, origin, ending):
    """A client may go on in the protocol that it asked for: nothing of that is read as a request."""
    status, frontend = ENDINGS[ending]
    server = origin()
    balancer = lb(server, frontend=frontend, defaults="    retries 0")
    with balancer.client() as client:
        client.send(
            "GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
            "GET /tunnelled HTTP/1.1\r\nHost: t\r\n\r\n"
        )
        answer = client.read_response()
        assert answer.status == status and answer.has_token("connection", "close")
        client.expect_end()
    balancer.log.access()
    assert not server.requests


def test_an_answer_that_requires_a_protocol_says_which(lb, origin):
    """RFC 9110 15.5.22: the Upgrade of a 426 comes through, that of other answers does not."""

    def script(peer):
        for status in ("426 Upgrade Required", "200 OK"):
            peer.read_request()
            peer.send(
                f"HTTP/1.1 {status}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Content-Length: 0\r\n\r\n"
            )
        peer.expect_close()

    balancer = lb(origin(script), defaults="    option http-keep-alive")
    with balancer.client() as client:
        answer = client.get("/")
        assert answer.status == 426 and answer.one("upgrade") == "websocket"
        assert answer.has_token("connection", "upgrade")
        answer = client.get("/")
        assert answer.status == 200
        if not balancer.reference:
            assert answer.one("upgrade") is None and answer.one("connection") is None


def test_no_transfer_coding_to_http10(lb, origin):
    """An HTTP/1.0 client hears nothing of chunks, not even where no body follows."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.close()

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.send("HEAD / HTTP/1.0\r\nHost: t\r\n\r\n")
        head = client.read_head()
        assert head.status == 200 and head.one("transfer-encoding") is None


@pytest.mark.parametrize("server", ["", "send-proxy"])
def test_a_101_that_does_not_wait(lb, origin, server):
    """A server that switches before it was asked: the request leaves whole, then what the client
    sent behind it, and nobody falls over that."""
    heads = []

    def script(peer):
        peer.send("HTTP/1.1 101 Now\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        heads.append(peer.read_until(b"\r\n\r\n"))
        peer.send(peer.read_exactly(5))
        peer.expect_close()

    balancer = lb(origin(script), server=server)
    for _ in range(20):
        with balancer.client() as client:
            client.send(
                "GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello"
            )
            assert client.read_head().status == 101
            assert client.read_exactly(5) == b"hello"
    assert all(b"GET / HTTP/1.1\r\n" in head for head in heads)


def test_a_tunnel_after_101(lb, origin):
    """After 101 Switching Protocols bytes pass both ways, unread, until either end closes."""

    def script(peer):
        head = peer.read_head()
        assert head.has_token("connection", "upgrade") and head.one("upgrade") == "echo"
        peer.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        peer.send(b"server first\n")
        while True:
            line = peer.read_until(b"\n")
            peer.send(line.upper())
            if line == b"bye\n":
                return

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request("GET", "/", "Connection: Upgrade", "Upgrade: echo")
        head = client.read_head()
        assert head.status == 101 and head.has_token("connection", "upgrade")
        assert client.read_exactly(13) == b"server first\n"
        for line in (b"one\n", b"GET / HTTP/1.1\r\n", bytes(range(11, 256)) + b"\n", b"bye\n"):
            client.send(line)
            assert client.read_exactly(len(line)) == line.upper()
        client.expect_close()
    assert balancer.log.access().status == 101
