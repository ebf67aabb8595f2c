# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections: kept and pipelined towards clients, closed after each request towards servers."""

import pytest

from tools.wire import Message, pattern

pytestmark = pytest.mark.usefixtures("body_mode")


def test_a_client_keeps_its_connection(lb, origin):
    """Many requests follow each other on one connection of the client."""
    balancer = lb(origin())
    with balancer.client() as client:
        for number in range(50):
            answer = client.get(f"/{number}")
            assert answer.body == b"origin\n"
            assert not answer.has_token("connection", "close")
    ports = {line.port for line in balancer.log.wait_access(50)}
    assert len(ports) == 1


def test_every_request_has_a_server_connection_of_its_own(lb, origin):
    """http-server-close: a new connection for every request, and the server is told so."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        for number in range(5):
            client.get(f"/{number}")
    assert server.accepted == 5
    for request in server.requests:
        assert request.one("connection").lower() == "close"
        assert request.version == "HTTP/1.1"


def test_pipelined_requests_are_answered_in_order(lb, origin):
    """Twenty requests sent at once get twenty answers, in order, on the same connection."""
    balancer = lb(origin(), origin(), origin())
    with balancer.client() as client:
        client.send(
            b"".join(
                b"GET /size/%d HTTP/1.1\r\nHost: t\r\n\r\n" % (number * 1000)
                for number in range(20)
            )
        )
        for number in range(20):
            assert client.read_response().body == pattern(number * 1000)


def test_pipelined_requests_with_bodies(lb, origin):
    """Bodies of pipelined requests do not run into each other, whatever their framing."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.send(
            "POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc"
            "POST /hash HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nde\r\n0\r\n\r\n"
            "GET /1 HTTP/1.1\r\nHost: t\r\n\r\n"
            "POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"
            "GET /2 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
        )
        lengths = [client.read_response().body.split()[0] for _ in range(2)]
        assert lengths == [b"3", b"2"]
        assert client.read_response().body == b"origin\n"
        assert client.read_response().body.split()[0] == b"0"
        assert client.read_response().body == b"origin\n"
        client.expect_close()


def test_a_slow_answer_does_not_let_the_next_one_pass(lb, origin):
    """The second of two pipelined requests is not answered before the first."""

    def script(peer):
        request = peer.read_request()
        if request.target == "/slow":
            peer.expect_nothing(0.2)
        peer.answer(request.target.encode())

    balancer = lb(origin(script), origin(script))
    with balancer.client() as client:
        client.request("GET", "/slow").request("GET", "/fast")
        assert client.read_response().body == b"/slow"
        assert client.read_response().body == b"/fast"


def test_connection_close_is_honoured(lb, origin):
    """A client that says close gets its answer with close, and then the end."""
    balancer = lb(origin())
    with balancer.client() as client:
        answer = client.get("/", "Connection: close")
        assert answer.has_token("connection", "close")
        client.expect_close()


def test_what_follows_a_close_is_not_served(lb, origin):
    """Requests after one that said close are not forwarded."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send(
            "GET /1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
            "GET /2 HTTP/1.1\r\nHost: t\r\n\r\n"
        )
        assert client.read_response().status == 200
        client.expect_end()
    balancer.log.access()
    assert [request.target for request in server.requests] == ["/1"]


def test_an_old_client_gets_one_answer(lb, origin):
    """HTTP/1.0 without keep-alive: one answer, then the end."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send("GET / HTTP/1.0\r\n\r\n")
        answer = client.read_response()
        assert answer.body == b"origin\n"
        client.expect_close()
    assert balancer.log.access().request == "GET / HTTP/1.0"


def test_an_old_client_may_ask_to_stay(lb, origin):
    """HTTP/1.0 with keep-alive: the answer says keep-alive, and the connection goes on."""
    balancer = lb(origin())
    with balancer.client() as client:
        for _ in range(3):
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = client.read_response()
            assert answer.body == b"origin\n"
            assert answer.has_token("connection", "keep-alive")


@pytest.mark.torc_only("sends chunks to HTTP/1.0 clients")
def test_an_old_client_gets_no_chunks(lb, origin):
    """A chunked answer reaches an HTTP/1.0 client without its framing, ended by the close."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.send("GET /chunked/200000/777 HTTP/1.0\r\n\r\n")
        head = client.read_head()
        assert head.one("transfer-encoding") is None
        assert head.one("content-length") is None
        assert client.read_rest() == pattern(200000)


@pytest.mark.torc_only("sends chunks to HTTP/1.0 clients")
def test_an_old_client_that_would_stay_gets_the_end_after_chunks(lb, origin):
    """Without chunks only the close can end that body, whatever the client asked for."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.send("GET /chunked/5000/700 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        head = client.read_head()
        assert not head.has_token("connection", "keep-alive")
        assert client.read_rest() == pattern(5000)


def test_an_old_server(lb, origin):
    """An HTTP/1.0 answer with a length does not end the connection of an HTTP/1.1 client."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")

    balancer = lb(origin(script))
    with balancer.client() as client:
        for _ in range(3):
            assert client.get().body == b"old"


@pytest.mark.torc_only("passes the server's version on")
def test_the_version_in_an_answer_is_ours(lb, origin):
    """RFC 9110 2.5: an intermediary says its own version, not the server's."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")

    assert lb(origin(script)).get().version == "HTTP/1.1"


def test_the_servers_connection_field_stays_with_the_server(lb, origin):
    """Connection and Keep-Alive speak of one hop: the server's close is not the client's."""

    def script(peer):
        peer.read_request()
        peer.answer(b"x", "200 OK", "Connection: close", "Keep-Alive: timeout=5")

    balancer = lb(origin(script))
    with balancer.client() as client:
        for _ in range(2):
            assert not client.get().has_token("connection", "close")


def test_a_server_that_does_not_close_is_closed(lb, origin):
    """The server's connection ends after the answer even if the server would keep it."""
    ended = []

    def script(peer):
        peer.read_request()
        peer.answer(b"stay", close=False)
        peer.expect_end()
        ended.append(peer.number)
        peer.origin.finished.set()

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        assert client.get().body == b"stay"
        assert server.finished.wait(10)
    assert ended == [0]


def test_bytes_after_an_answer_reach_nobody(lb, origin):
    """What a server sends beyond its answer's length is not taken for the next answer."""

    def script(peer):
        peer.read_request()
        peer.answer(b"ok", close=False)
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong")

    balancer = lb(origin(script))
    with balancer.client() as client:
        for _ in range(3):
            assert client.get().body == b"ok"


def test_one_empty_line_before_a_request_is_skipped(lb, origin):
    """RFC 9112 2.2: old clients send an extra CRLF after a body."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.send("\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n")
        assert client.read_response().status == 200
        client.send("\r\nGET / HTTP/1.1\r\nHost: t\r\n\r\n")
        assert client.read_response().status == 200


def test_a_half_closed_client_gets_its_answer(lb, origin):
    """A client that ends its sending side after the request still reads the answer."""

    def script(peer):
        peer.read_request()
        peer.expect_nothing(0.1)
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n", pattern(200000))

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request("GET", "/", "Connection: close").half_close()
        assert client.read_response().body == pattern(200000)
        client.expect_close()
    assert balancer.log.access().state == "----"


def test_a_request_in_single_bytes(lb, origin):
    """A head that comes byte by byte is one request."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        for byte in b"GET /bytes HTTP/1.1\r\nHost: t\r\nX-Long: " + b"v" * 300 + b"\r\n\r\n":
            client.send(bytes([byte]))
        assert client.read_response().status == 200
    assert server.requests[0].one("x-long") == "v" * 300


def test_idle_clients_do_not_disturb(lb, origin):
    """Two hundred clients wait in the middle of a request; another is served."""
    balancer = lb(origin())
    waiting = [balancer.client() for _ in range(200)]
    for client in waiting:
        client.send("GET /")
    assert balancer.get("/other").status == 200
    for client in waiting:
        client.send(" HTTP/1.1\r\nHost: t\r\n\r\n")
    for client in waiting:
        assert isinstance(client.read_response(), Message)
        client.close()


# Fields that say which way a message came


@pytest.mark.torc_only("adds no Via")
def test_who_passes_a_request_on_says_so(lb, origin):
    """RFC 9110 7.6.3: a gateway adds itself to Via, behind those that were there."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.get("/", "Via: 1.0 fred, 1.1 p.example")
    assert server.requests[0].all("via") == ["1.0 fred, 1.1 p.example", "1.1 torc"]


@pytest.mark.torc_only("has no such option")
def test_via_can_be_left_out(lb, origin):
    """Servers may behave differently towards requests that were passed on."""
    server = origin()
    balancer = lb(server, defaults="    no option via")
    assert balancer.get("/").status == 200
    assert server.requests[0].all("via") == []


@pytest.mark.torc_only("does not count")
def test_forwards_are_counted(lb, origin):
    """RFC 9110 7.6.2: one less for OPTIONS, nothing behind us is asked at 0; others do not count."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        for method, value in (("OPTIONS", "3"), ("GET", "0"), ("TRACE", "1")):
            client.request(method, "/", f"Max-Forwards: {value}")
            assert client.read_response().status == 200
        assert [request.one("max-forwards") for request in server.requests] == ["2", "0", "0"]
    for method, value, status in (("OPTIONS", "0", 200), ("TRACE", "0", 405), ("TRACE", "x", 400)):
        with balancer.client() as client:
            client.request(method, "/", f"Max-Forwards: {value}")
            assert client.read_response().status == status
    assert len(server.requests) == 3
