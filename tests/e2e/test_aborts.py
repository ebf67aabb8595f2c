# SPDX-License-Identifier: GPL-2.0-or-later
"""Either side goes away, or breaks the protocol, in every phase: what the other side sees, and the
termination state in the log."""

import pytest

from tools import address, pace
from tools.errors import expect_error
from tools.unreachable import Unreachable
from tools.wire import Closed, pattern

pytestmark = pytest.mark.usefixtures("body_mode")

BIG = 100_000_000


def script(*steps):
    """A server that reads a head and then takes these steps: bytes to send, or functions."""

    def serve(peer):
        peer.origin.note(peer.read_head())
        for step in steps:
            if callable(step):
                step(peer)
            else:
                peer.send(step)

    return serve


def wait_for_end(peer):
    """Keeps the connection until the balancer ends it."""
    peer.sock.settimeout(None)
    try:
        peer.read_rest()
    except ConnectionResetError:
        pass
    peer.origin.finished.set()


def reset(peer):
    peer.reset()


def send_big(peer):
    peer.sock.settimeout(None)
    peer.send_pattern(BIG)


def big_answer():
    return script(f"HTTP/1.1 200 OK\r\nContent-Length: {BIG}\r\n\r\n", send_big)


# The client, before its request is complete


@pytest.mark.parametrize("how", ["close", "reset", "half_close"])
def test_client_leaves_in_the_middle_of_its_head(lb, origin, how):
    """CR--: the request was never complete; no server hears of it."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send("GET /half HTTP/1.1\r\nHos")
        getattr(client, how)()
        if how == "half_close":
            expect_error(client, 400)
        line = balancer.log.access()
    assert (line.state, line.request) == ("CR--", "<BADREQ>")
    # To a client that has reset nothing can be sent: HAProxy logs 400 all the same.
    assert line.status in ((400, -1) if how == "reset" else (400,))
    assert (line.frontend, line.backend, line.server) == ("web", "web", "<NOSRV>")
    assert line.times[:4] == (-1, -1, -1, -1)
    assert server.accepted == 0


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_leaves_without_a_byte(lb, origin, how):
    """option dontlognull: no line for a connection on which nothing was received."""
    balancer = lb(origin())
    client = balancer.client()
    getattr(client, how)()
    balancer.get("/later")
    assert balancer.log.access().request == "GET /later HTTP/1.1"
    balancer.wait_idle()
    balancer.log.expect_no_access()


def test_client_leaves_without_a_byte_and_is_logged(lb, origin):
    """Without dontlognull that connection has a line: CR-- and <BADREQ>."""
    balancer = lb(origin(), defaults="    no option dontlognull")
    balancer.client().close()
    line = balancer.log.access()
    assert (line.state, line.request) == ("CR--", "<BADREQ>")
    assert line.status in (400, -1)


def test_client_leaves_after_an_answer(lb, origin):
    """The end of a kept connection between requests is nothing to log."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.get("/only")
    assert balancer.log.access().state == "----"
    balancer.wait_idle()
    balancer.get("/later")
    assert balancer.log.access().request == "GET /later HTTP/1.1"


# The client, while its request is on its way


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_leaves_while_we_connect(lb, how):
    """CC--: with option abortonclose the connect is given up."""
    with Unreachable() as nowhere:
        balancer = lb(nowhere, defaults="    option abortonclose")
        client = balancer.client().request()
        pace.until(
            lambda: int(balancer.server()["scur"]) == 1, "the session to be assigned to the server"
        )
        getattr(client, how)()
        line = balancer.log.access()
    assert line.state == "CC--"
    assert (line.server, line.reached) == ("s1", "RW--")


def test_client_leaves_while_it_uploads(lb, origin):
    """CD-- (CH-- by the manual): the body stays incomplete, and the server sees that."""
    ended = []

    def serve(peer):
        peer.read_head()
        try:
            peer.read_exactly(10000)
        except (Closed, ConnectionResetError) as end:
            ended.append(end)
        peer.origin.finished.set()

    server = origin(serve)
    balancer = lb(server)
    client = balancer.client()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n", b"x" * 100)
    pace.until(lambda: server.accepted, "the server to be connected")
    client.close()
    line = balancer.log.access()
    assert line.state in ("CD--", "CH--")
    assert line.request == "POST / HTTP/1.1"
    assert server.finished.wait(pace.seconds(10))
    assert ended


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_leaves_while_the_server_thinks(lb, origin, how):
    """With option abortonclose the server's connection ends too: CH-- (or CD-- after a reset)."""
    server = origin(script(wait_for_end))
    balancer = lb(server, defaults="    option abortonclose")
    client = balancer.client().request()
    server.wait_requests(1)
    getattr(client, how)()
    line = balancer.log.access()
    assert line.state in (("CH--",) if how == "close" else ("CH--", "CD--"))
    if how == "close":
        assert line.status == 400
    assert server.finished.wait(pace.seconds(10))


def test_half_closed_is_given_up_and_told(lb, origin):
    """Who only shut its side can still read, and reads that nobody works for it any more."""
    server = origin(script(wait_for_end))
    balancer = lb(server, defaults="    option abortonclose")
    with balancer.client().request() as client:
        server.wait_requests(1)
        client.half_close()
        assert client.read_response().status == 400
        client.expect_end()
    assert server.finished.wait(pace.seconds(10))


def test_client_leaves_while_the_server_thinks_and_the_answer_comes(lb, origin):
    """Without abortonclose a half closed client is one that waits: the server may finish."""

    def serve(peer):
        peer.read_request()
        peer.expect_nothing(0.2)
        peer.answer(b"late")

    balancer = lb(origin(serve))
    with balancer.client() as client:
        client.request().half_close()
        assert client.read_response().body == b"late"
    assert balancer.log.access().status == 200


@pytest.mark.parametrize("how", ["close", "reset"])
def test_client_leaves_in_the_middle_of_an_answer(lb, origin, how):
    """CD--: the server's connection ends soon, the bytes that were sent are counted."""
    server = origin(big_answer())
    balancer = lb(server)
    client = balancer.client(receive_bytes=65536).request()
    client.read_head()
    client.read_exactly(200000)
    getattr(client, how)()
    line = balancer.log.access()
    assert (line.state, line.status) == ("CD--", 200)
    assert 200000 < line.bytes < BIG


# The server


def test_server_refuses(lb):
    """SC--: nobody listens there; 503 after the retries."""
    balancer = lb(address.free(), defaults="    retries 0")
    with balancer.client() as client:
        expect_error(client.request(), 503)
    line = balancer.log.access()
    assert (line.state, line.status, line.server, line.reached) == ("SC--", 503, "s1", "RW--")


def test_no_server(lb, origin):
    """SC-- and <NOSRV>: no server is usable."""
    balancer = lb(origin(), server="disabled")
    with balancer.client() as client:
        expect_error(client.request(), 503)
    line = balancer.log.access()
    assert (line.state, line.status, line.server, line.reached) == ("SC--", 503, "<NOSRV>", "R---")


@pytest.mark.parametrize("end", [None, reset], ids=["close", "reset"])
def test_server_ends_without_an_answer(lb, origin, end):
    """SH--: 502."""
    balancer = lb(origin(script(*([end] if end else []))))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    line = balancer.log.access()
    assert (line.state, line.status, line.reached) == ("SH--", 502, "RWC-")


@pytest.mark.parametrize("end", [lambda peer: None, reset], ids=["close", "reset"])
def test_server_ends_before_it_reads(lb, origin, end):
    """A server that accepts and leaves at once: 502 as well."""
    balancer = lb(origin(end))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    assert balancer.log.access().state == "SH--"


def test_server_ends_in_the_middle_of_its_head(lb, origin):
    """SH--: an answer without the end of its head is none."""
    balancer = lb(origin(script("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n")))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    assert balancer.log.access().state == "SH--"


@pytest.mark.parametrize(
    "answer",
    [
        "hello, this is SMTP\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nbody",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["no-http", "two-lengths", "space-before-colon", "status", "negative-length"],
)
def test_server_answers_garbage(lb, origin, answer):
    """PH--: what is no answer, or one that two readers could frame differently, becomes 502."""
    balancer = lb(origin(script(answer)))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    line = balancer.log.access()
    assert (line.state, line.status) == ("PH--", 502)


@pytest.mark.torc_only("takes a bare line feed")
def test_server_answers_with_bare_line_feeds(lb, origin):
    """RFC 9112 2.2: a head whose lines end in LF alone is refused."""
    balancer = lb(origin(script("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    assert balancer.log.access().state == "PH--"


def test_servers_answer_has_a_head_that_is_too_long(lb, origin):
    """PH--: a head longer than the buffer becomes 502."""
    balancer = lb(origin(script("HTTP/1.1 200 OK\r\nX: ", b"x" * 70000, "\r\n\r\n", wait_for_end)))
    with balancer.client() as client:
        expect_error(client.request(), 502)
    assert balancer.log.access().state == "PH--"


@pytest.mark.parametrize("end", [None, reset], ids=["close", "reset"])
def test_server_ends_in_the_middle_of_a_body(lb, origin, end):
    """SD--: the client gets what came, and an end before the promised length."""
    steps = ["HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", pattern(1000)]
    balancer = lb(origin(script(*steps, *([end] if end else []))))
    with balancer.client() as client:
        client.request()
        client.read_head()
        with pytest.raises((Closed, ConnectionResetError)):
            client.read_exactly(300000)
    line = balancer.log.access()
    assert (line.state, line.status) == ("SD--", 200)


def test_server_ends_in_the_middle_of_a_chunk(lb, origin):
    """SD--: the client does not see the last chunk."""
    steps = ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nab\r\n5\r\nhel"]
    balancer = lb(origin(script(*steps)))
    with balancer.client() as client:
        client.request()
        client.read_head()
        with pytest.raises((Closed, ConnectionResetError)):
            client.read_chunks()
    assert balancer.log.access().state == "SD--"


@pytest.mark.parametrize("together", [True, False], ids=["at-once", "later"])
def test_server_sends_a_bad_chunk(lb, origin, together):
    """A chunk size that is none ends the answer: with 502 where its head was not sent yet, else in
    the middle, and the client sees no last chunk.  Whether the server broke the protocol (P) or
    the transfer (S): HAProxy says the one or the other."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"
    bad = b"zz\r\n0\r\n\r\n"

    def serve(peer):
        peer.read_request()
        if together:
            peer.send(head + bad)
        else:
            peer.send(head)
            peer.origin.finished.wait(pace.seconds(10))
            peer.send(bad)
        wait_for_end(peer)

    server = origin(serve)
    balancer = lb(server)
    with balancer.client() as client:
        client.request()
        answer = client.read_head()
        if answer.status == 200:
            server.finished.set()
            with pytest.raises((Closed, ConnectionResetError)):
                client.read_chunks()
        else:
            assert together and answer.status == 502
    line = balancer.log.access()
    assert line.state in ("PD--", "PH--", "SD--")
    assert line.status == answer.status


def test_client_sends_a_bad_chunk(lb, origin):
    """A chunk size that is none is refused with 400; the server never sees the body's end."""
    complete = []

    def serve(peer):
        head = peer.read_head()
        assert head.has_token("transfer-encoding", "chunked")
        complete.append(peer.read_chunks())

    balancer = lb(origin(serve))
    with balancer.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nab\r\nzz\r\n0\r\n\r\n"
        )
        expect_error(client, 400)
    line = balancer.log.access()
    assert line.state in ("PR--", "PD--", "PH--")
    assert line.status == 400
    assert not complete


def test_server_leaves_while_the_client_uploads(lb, origin):
    """S: a server that resets during an upload ends it for the client too."""
    balancer = lb(origin(script(lambda peer: peer.read_exactly(50), reset)))
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10000\r\n\r\n", b"x" * 100)
        try:
            answer = client.read_rest()
        except ConnectionResetError:
            answer = b""
        assert answer == b"" or answer.startswith(b"HTTP/1.1 502 ")
    line = balancer.log.access()
    assert line.state in ("SD--", "SH--")
    assert line.status in (-1, 502)


def test_a_failed_server_does_not_fail_the_next_request(lb, origin):
    """After each kind of failure the balancer serves on."""
    count = iter(range(100))
    ends = [None, reset, "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\n"]

    def serve(peer):
        number = next(count)
        peer.read_head()
        if number % 2:
            peer.answer(b"good")
            return
        end = ends[number // 2 % 4]
        if callable(end):
            end(peer)
        elif end:
            peer.send(end)

    balancer = lb(origin(serve))
    for number in range(16):
        answer = balancer.get()
        assert answer.status == (200 if number % 2 else 502)


def test_many_clients_leave_at_once(lb, origin):
    """A hundred clients reset in the middle of their answers; nothing is left of them."""
    balancer = lb(origin(big_answer()))
    clients = [balancer.client(receive_bytes=65536).request() for _ in range(100)]
    for client in clients:
        client.read_head()
    for client in clients:
        client.reset()
    lines = balancer.log.wait_access(100)
    assert {line.state for line in lines} == {"CD--"}
    balancer.wait_idle()
    assert int(balancer.server()["scur"]) == 0
