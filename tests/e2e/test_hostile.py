# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers that mean harm, or behave as if they did: what comes at the wrong moment, in the wrong
order, or far too much of it, takes nothing from anybody else."""

import asyncio
import signal
import threading
import time

import pytest

from tools import address, pace, processes
from tools.client import Client
from tools.unreachable import Unreachable
from tools.wire import pattern


# Bytes that come before anybody asked for them


def test_the_next_request_comes_while_we_connect(lb, origin):
    """A client's second request arrives while the first still waits for a connection."""
    with Unreachable() as nowhere:
        balancer = lb(nowhere)
        worker = balancer.worker_pid()
        client = balancer.client().request("GET", "/first")
        pace.until(lambda: int(balancer.server()["scur"]) == 1, "the connect to begin")
        client.request("GET", "/second")
        time.sleep(0.2)
        client.request("GET", "/third")
        time.sleep(0.2)
        assert balancer.worker_pid() == worker
        assert int(balancer.server()["scur"]) == 1
        client.reset()


ROUND = bytes(range(256)) * 4096  # wherever it is cut, the next byte is known


def send_until_full(sock, patience):
    """Sends rounds until nothing was taken for this many pauses, or the peer has gone."""
    sock.setblocking(False)
    sent, quiet = 0, 0
    while quiet < patience:
        try:
            sent += sock.send(ROUND[sent % 256 :])
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.02)
        except ConnectionError:
            return


def test_a_server_resets_while_its_answer_waits_for_the_client(lb, origin, body_mode):
    """A server answers early and much, to a client that does not read, and resets while the
    request is still being sent to it: what the client gets is in order."""

    def script(peer):
        peer.read_head()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n")
        send_until_full(peer.sock, 20)
        peer.reset()
        peer.origin.finished.set()

    server = origin(script, receive_bytes=4096)
    balancer = lb(server)
    worker = balancer.worker_pid()
    with balancer.client(receive_bytes=4096) as client:
        client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 40000000\r\n\r\n")
        send_until_full(client.sock, 10)
        assert server.finished.wait(pace.seconds(10))
        send_until_full(client.sock, 10)
        client.sock.settimeout(client.patience_s)
        client.read_head()
        body = bytearray()
        try:
            body += client.read_rest()
        except ConnectionError:
            body += client.buffer
        assert body and body == (ROUND * 40)[: len(body)]
    assert balancer.worker_pid() == worker
    balancer.wait_idle()


def test_requests_that_come_while_we_retry(lb, origin):
    """The same, and the server comes: every request is answered, in order."""
    server = origin()
    server.refuse()
    balancer = lb(server)
    worker = balancer.worker_pid()
    with balancer.client() as client:
        client.request("GET", "/size/1")
        pace.until(lambda: int(balancer.server()["wretr"]) >= 1, "a retry")
        client.request("GET", "/size/2", "X-Long: " + "a" * 3000)
        time.sleep(0.05)
        client.request("GET", "/size/3")
        server.resume()
        for size in (1, 2, 3):
            assert client.read_response().body == pattern(size)
    assert balancer.worker_pid() == worker


@pytest.mark.parametrize("fields", [("Connection: close",), ()])
@pytest.mark.parametrize("how", ["at once", "in two pieces"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_client_leaves_while_the_server_thinks(lb, origin, method, how, fields):
    """option abortonclose: whatever its request was, its session does not stay for as long as the
    server may think."""

    def script(peer):
        peer.read_request()
        peer.sock.settimeout(None)
        peer.read_rest()

    server = origin(script)
    balancer = lb(server, defaults="    option abortonclose")
    client = balancer.client()
    if method == "POST" and how == "in two pieces":
        lines = ["POST / HTTP/1.1", "Host: t", "Content-Length: 5", *fields]
        client.send("\r\n".join(lines) + "\r\n\r\n")
        time.sleep(0.1)
        client.send("12345")
    else:
        client.request(method, "/", *fields, body=b"x" if method == "POST" else None)
    server.wait_requests(1)
    client.close()
    assert balancer.log.access().state == "CH--"
    balancer.wait_idle()


def test_servers_that_do_not_close_use_up_no_descriptors(lb, origin):
    """A server that answers and keeps the connection, in spite of our wish, a thousand times in a
    second, while there are three hundred descriptors."""

    class Kept(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            if data.endswith(b"\r\n\r\n"):
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nkept")

    where, loop = address.free(), asyncio.new_event_loop()
    listener = loop.run_until_complete(loop.create_server(Kept, *where, backlog=1000))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        balancer = lb(
            "%s:%d" % where, threads=1, global_="    ulimit-n 300", defaults="    retries 0"
        )
        with balancer.client() as client:
            for number in range(1500):
                answer = client.get()
                assert (number, answer.status) == (number, 200)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()
        loop.close()


def test_every_address_accepts_under_a_small_limit(lb, origin):
    """As long as there is a place, whichever address a client comes to: sockets that are idle hold
    none of them.  And not one too many."""
    first, second = address.free(), address.free()
    balancer = lb(
        origin(), bind=first, frontend=f"    maxconn 4\n    bind {second[0]}:{second[1]}"
    )
    for where in (second, first, second, first):
        with Client(where) as client:
            assert client.get("/size/5").body == pattern(5)
    kept = [Client(where) for where in (first, second, second, second)]
    for client in kept:
        assert client.get("/size/5").body == pattern(5)
    with Client(first) as waiting:
        waiting.request("GET", "/size/6")
        waiting.expect_nothing(0.3)
        kept[1].close()
        assert waiting.read_response().body == pattern(6)
    for client in kept:
        client.close()


def test_clients_that_take_nothing_cannot_hold_all_buffers(lb, origin):
    """More clients that do not read their long answers than there are large buffers: an answer in
    chunks, which cannot be spliced, still finds its way."""
    balancer = lb(origin(backlog=2000), threads=1, global_="    maxconn 4000")
    deaf = []
    for _ in range(1400):
        client = balancer.client(receive_bytes=2304)
        client.request("GET", "/chunked/9000000/60000")
        deaf.append(client)
    pace.until(lambda: int(balancer.server()["scur"]) == 1400, "all of them to be served")
    time.sleep(1)  # the first megabytes still go into the clients' sockets
    with balancer.client() as client:
        assert client.get("/chunked/400000/60000").body == pattern(400000)
    for client in deaf:
        client.reset()


def test_a_cut_answer_is_passed_on_as_far_as_it_came(lb, origin, body_mode):
    """What a server sent before it broke off reaches a client that reads slowly."""
    sent = 3_000_000

    def script(peer):
        peer.read_head()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        peer.send_pattern(sent)
        peer.close()

    balancer = lb(origin(script))
    client = balancer.client(receive_bytes=4096).request()
    head = client.read_head()
    time.sleep(0.5)
    body = client.read_rest()
    assert head.status == 200
    assert body == pattern(len(body))
    assert len(body) == sent


@pytest.mark.torc_only("needs -W to be reloaded")
def test_a_kept_client_survives_a_reload(lb, origin):
    """An answer that promised to keep the connection is under way when the balancer is replaced:
    the client's next request is served still, and told that it was the last."""

    def script(peer):
        head = peer.read_head()
        if head.target == "/second":
            peer.answer(b"second")
            return
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        peer.origin.note(head)
        peer.origin.finished.wait(pace.seconds(10))
        peer.send("later")

    server = origin(script)
    balancer = lb(server)
    first = balancer.worker_pid()
    with balancer.client() as client:
        client.request("GET", "/first")
        head = client.read_head()
        assert not head.has_token("connection", "close")
        balancer.signal(signal.SIGUSR2)
        pace.until(lambda: "Loading success" in balancer.stderr(), "another balancer")
        time.sleep(0.2)
        server.finished.set()
        assert client.read_exactly(10) == b"firstlater"
        answer = client.get("/second")
        assert answer.body == b"second" and answer.has_token("connection", "close")
        client.expect_close()
    pace.until(lambda: not processes.alive(first), "the former one to end")
