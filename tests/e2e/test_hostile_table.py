# SPDX-License-Identifier: GPL-2.0-or-later
"""Every message of tests/hostile through a running balancer: the refused ones reach nobody, and
what passes is framed the same for every reader, however lenient."""

import threading

import pytest

from tools import hostile, pace
from tools.readers import READERS, agreed, messages
from tools.wire import Closed


class Recorder:
    """A socket that keeps what came in on it."""

    def __init__(self, sock, bytes_in):
        self.sock, self.bytes_in = sock, bytes_in

    def recv(self, count):
        piece = self.sock.recv(count)
        self.bytes_in += piece
        return piece

    def __getattr__(self, name):
        return getattr(self.sock, name)


@pytest.mark.torc_only("takes and repairs some of them")
@pytest.mark.limit(120)
def test_requests(lb, origin):
    """A refusal has its status, ends the connection and reaches no server; what passes is one
    message, or as many as the table says, to every reader."""
    streams, lock = [], threading.Lock()

    def script(peer):
        stream = bytearray()
        peer.sock = Recorder(peer.sock, stream)
        while True:
            peer.read_request()
            with lock:  # only now: a request that is refused half-way never comes so far
                if not any(one is stream for one in streams):
                    streams.append(stream)
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    server = origin(script)
    balancer = lb(server)
    worker = balancer.worker_pid()
    for row in hostile.rows("requests.txt"):
        seen = len(server.requests)
        del streams[:]
        with balancer.client() as client:
            try:
                client.send(row.bytes)
                client.half_close()
                answers = messages(READERS[0], client.read_rest(), response=True)
            except (BrokenPipeError, ConnectionResetError, EOFError):  # a reset may cut it short
                assert len(row.bytes) > 16000, f"{row.name}: reset before a short request was read"
                answers = []
        statuses = [int(line.split()[1]) for line, _ in answers]
        if row.status:
            assert statuses in ([row.status], []), row.name
            assert statuses or len(row.bytes) > 16000, row.name
            assert len(server.requests) == seen, f"{row.name}: a server was asked"
            continue
        assert statuses == [200] * row.count, row.name
        assert len(server.requests) - seen == row.count, row.name
        for stream in streams:
            agreed(bytes(stream))
            assert b"h2c" not in stream, row.name
    assert balancer.worker_pid() == worker


@pytest.mark.torc_only("takes and repairs some of them")
@pytest.mark.limit(120)
def test_responses(lb, origin):
    """What a server frames badly is 502 and its connection is never used again; what passes has
    one framing, and nothing that came behind it reaches the client."""
    table = hostile.rows("responses.txt")
    at = {"row": None}

    def script(peer):
        peer.read_request()
        peer.send(at["row"].bytes)
        try:
            peer.read_request()
        except (Closed, ConnectionResetError):
            at["closed"].set()
            raise
        peer.answer(b"used again")

    server = origin(script)
    balancer = lb(server)
    worker = balancer.worker_pid()
    for row in table:
        at["row"], at["closed"] = row, threading.Event()
        with balancer.client() as client:
            client.send("GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            stream = client.read_rest()
        answers = [one for one in agreed(stream, response=True) if one[0].split()[1][:1] != b"1"]
        assert len(answers) == 1, f"{row.name}: {stream!r}"
        line, body = answers[0]
        if row.status:
            assert int(line.split()[1]) == row.status, row.name
            assert at["closed"].wait(pace.seconds(10)), f"{row.name}: the connection was kept"
        else:
            assert int(line.split()[1]) in (200, 204, 304), row.name
            assert b"extra" not in stream, row.name
            assert body in (b"abcd", b""), row.name
    assert balancer.worker_pid() == worker
