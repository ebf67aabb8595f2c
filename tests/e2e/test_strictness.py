# SPDX-License-Identifier: GPL-2.0-or-later
"""What two readers could frame differently is refused: nothing of it reaches a server."""

import pytest

from tools.errors import BODIES

GET = "GET / HTTP/1.1\r\nHost: t\r\n"
POST = "POST / HTTP/1.1\r\nHost: t\r\n"

# Refused by HAProxy as well.
REFUSED = {
    "two lengths that differ": POST + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody!",
    "a list of lengths that differ": POST + "Content-Length: 4, 5\r\n\r\nbody!",
    "a length with a sign": POST + "Content-Length: +4\r\n\r\nbody",
    "a length below zero": POST + "Content-Length: -4\r\n\r\nbody",
    "an empty length": POST + "Content-Length: \r\n\r\n",
    "a length with a space": POST + "Content-Length: 4 4\r\n\r\nbody",
    "a length in hexadecimal": POST + "Content-Length: 0x4\r\n\r\nbody",
    "a space before the colon": "GET / HTTP/1.1\r\nHost : t\r\n\r\n",
    "a space before the colon of a length": POST + "Content-Length : 4\r\n\r\nbody",
    "a field without a name": GET + ": b\r\n\r\n",
    "a line without a colon": GET + "nothing\r\n\r\n",
    "a space in a name": GET + "A B: c\r\n\r\n",
    "a bare CR in a value": GET + "A: a\rb\r\n\r\n",
    "chunked twice": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked twice on two lines": POST
    + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two hosts that differ": GET + "Host: u\r\n\r\n",
    "no target": "GET HTTP/1.1\r\nHost: t\r\n\r\n",
    "no version": "GET /\r\n\r\n",
    "a version that is none": "GET / HTTP/x.1\r\nHost: t\r\n\r\n",
    "a control byte in the target": "GET /a\x01b HTTP/1.1\r\nHost: t\r\n\r\n",
    "a space first": " GET / HTTP/1.1\r\nHost: t\r\n\r\n",
    "a method that is no token": "G@T / HTTP/1.1\r\nHost: t\r\n\r\n",
    "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on\r\n\r\n",
}

# Taken by HAProxy 2.6 in one way or another, and refused here.
STRICTER = {
    "bare line feeds": "GET / HTTP/1.1\nHost: t\n\n",
    "a bare line feed in a head": GET + "A: b\nB: c\r\n\r\n",
    "a folded line": GET + "A: b\r\n c\r\n\r\n",
    "a folded first line": "GET / HTTP/1.1\r\n Host: t\r\n\r\n",
    "a NUL in a value": GET + "A: \0\r\n\r\n",
    "a length of 2^64": POST + "Content-Length: 18446744073709551616\r\n\r\n",
    "a tab in the request line": "GET\t/\tHTTP/1.1\r\nHost: t\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "chunks in HTTP/1.0": "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}

# Other statuses than 400.
OTHERWISE = {
    "a coding that we do not know": (POST + "Transfer-Encoding: gzip\r\n\r\n", {400}),
    "chunked under another coding": (POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                                     {400, 422, 501}),
    "nearly chunked": (POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", {400, 501}),
    "chunked in quotes": (POST + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n', {400, 501}),
    "chunked not last": (POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", {400, 501}),
}


def answer_to(client, text):
    """The answer, or None when it was lost: who closes with unread bytes before it sends a reset,
    which may overtake the answer (RFC 9112 9.6)."""
    try:
        client.send(text, "GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n")
        return client.read_response()
    except (BrokenPipeError, ConnectionResetError):
        assert len(text) > 16000, "reset before a short request was read"
        return None


def refused(lb, origin, text, statuses=(400,)):
    """Sends it, with a second request after it that must never be served."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        answer = answer_to(client, text)
        if answer:
            assert answer.status in statuses
            if answer.status == 400:
                assert answer.body.decode() == BODIES[400]
            try:
                client.half_close()
                assert client.read_rest() == b""
            except OSError:
                pass
    line = balancer.log.access()
    assert (line.state, line.request) == ("PR--", "<BADREQ>")
    assert line.status in statuses and (not answer or line.status == answer.status)
    assert (line.frontend, line.backend, line.server) == ("web", "web", "<NOSRV>")
    assert line.times[:4] == (-1, -1, -1, -1)
    assert server.accepted == 0
    assert balancer.get("/after").status == 200


@pytest.mark.parametrize("case", REFUSED)
def test_refused(lb, origin, case):
    """400, PR--, <BADREQ>; the next request on that connection is not served."""
    refused(lb, origin, REFUSED[case])


@pytest.mark.parametrize("case", STRICTER)
@pytest.mark.torc_only("is more lenient")
def test_refused_here(lb, origin, case):
    """The same for what HAProxy 2.6 still repairs or passes on."""
    refused(lb, origin, STRICTER[case])


@pytest.mark.parametrize("case", OTHERWISE)
def test_refused_with_a_status_of_its_own(lb, origin, case):
    """Transfer codings that nobody behind us could be trusted to read as we do."""
    text, statuses = OTHERWISE[case]
    refused(lb, origin, text, statuses)


@pytest.mark.torc_only("says 400")
@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/3.0", "HTTP/0.9"])
def test_another_major_version(lb, origin, version):
    """505, or 400 for what never was a version with fields."""
    refused(lb, origin, f"GET / {version}\r\nHost: t\r\n\r\n", {505, 400})


def test_a_length_beside_chunks_is_dropped(lb, origin):
    """RFC 9112 6.1: Transfer-Encoding overrides; no server sees both, the connection ends."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send(
            POST + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
        )
        answer = client.read_response()
        if answer.status == 200:
            assert answer.has_token("connection", "close")
            assert server.requests[0].one("content-length") is None
        else:
            assert answer.status == 400
        client.expect_end()
    balancer.log.access()
    assert "/smuggled" not in [request.target for request in server.requests]


def test_equal_lengths_are_one(lb, origin):
    """RFC 9112 6.3: a repeated equal length is forwarded once."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send("POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody")
        assert client.read_response().body.startswith(b"4 ")
    assert server.requests[0].all("content-length") == ["4"]


def test_chunked_in_any_case(lb, origin):
    """Codings are compared without case."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send(
            "POST /hash HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: ChUnKeD\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
        assert client.read_response().body.startswith(b"3 ")


@pytest.mark.parametrize(
    "chunks",
    [
        "3 \r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "\r\n3\r\nabc\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nabc",
        "-1\r\nabc\r\n0\r\n\r\n",
    ],
)
@pytest.mark.torc_only("takes spaces and bare line feeds in chunk lines")
def test_bad_chunk_lines(lb, origin, chunks):
    """Chunk lines are read strictly: a server that reads otherwise is never asked."""
    complete = []

    def script(peer):
        peer.read_head()
        complete.append(peer.read_chunks())
        peer.answer()

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)
        answer = client.read_response()
        assert answer.status == 400
        client.expect_end()
    assert balancer.log.access().state in ("PR--", "PD--", "PH--")
    assert not complete


# Sizes


def test_a_head_that_just_fits(lb, origin):
    """Fifteen thousand bytes of head pass, also when they come in pieces."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send(GET + "X-Long: " + "v" * 14900)
        client.expect_nothing(0.05)
        client.send("\r\n\r\n")
        assert client.read_response().status == 200
    assert len(server.requests[0].one("x-long")) == 14900


@pytest.mark.parametrize(
    "text, statuses",
    [
        ("GET /" + "a" * 20000 + " HTTP/1.1\r\nHost: t\r\n\r\n", {414, 400}),
        (GET + "A: " + "a" * 20000 + "\r\n\r\n", {431, 400}),
        (GET + "".join(f"A{number}: b\r\n" for number in range(300)) + "\r\n", {431, 400}),
    ],
    ids=["target", "field", "fields"],
)
def test_a_head_that_is_too_long(lb, origin, text, statuses):
    """414 for the request line, 431 for the fields (older releases said 400 for both)."""
    refused(lb, origin, text, statuses)


@pytest.mark.torc_only("2.6 says 400")
@pytest.mark.parametrize(
    "text, status",
    [
        ("GET /" + "a" * 20000 + " HTTP/1.1\r\nHost: t\r\n\r\n", 414),
        (GET + "A: " + "a" * 20000 + "\r\n\r\n", 431),
        (GET + "".join(f"A{number}: b\r\n" for number in range(300)) + "\r\n", 431),
    ],
    ids=["target", "field", "fields"],
)
def test_what_is_too_long_is_named(lb, origin, text, status):
    """RFC 9110 15.5.15 and RFC 6585 5."""
    refused(lb, origin, text, {status})


def test_a_head_without_end(lb, origin):
    """A client that sends fields for ever is answered and ended, not collected."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.send(GET)
        try:
            for _ in range(10000):
                client.send("X-Endless: and so on\r\n")
            client.read_rest()
        except (BrokenPipeError, ConnectionResetError):
            pass
    line = balancer.log.access()
    assert line.state == "PR--" and line.status in (400, 431)
