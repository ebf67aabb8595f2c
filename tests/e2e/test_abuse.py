# SPDX-License-Identifier: GPL-2.0-or-later
"""Too much of everything.  Each has an answer that is bounded and counted, costs memory in
proportion, and takes nothing from an ordinary client beside it."""

import contextlib
import re
import socket
import subprocess

import pytest

from tools import pace, processes
from tools.wire import Closed

HEAD = "GET / HTTP/1.1\r\nHost: t\r\n"
POST = "POST /hash HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
GONE = (BrokenPipeError, ConnectionResetError, Closed)

# What a balancer's memory may grow by beyond what was sent to it at one time.
ALLOWANCE_KB = 2048


@contextlib.contextmanager
def bystander(balancer, sent_kb=0):
    """An ordinary client is served before, during and after; the memory grows by at most ten times
    of what was sent; the same process lives on."""
    worker = balancer.worker_pid()
    with balancer.client() as ordinary:
        for _ in range(50):
            assert ordinary.get("/size/2000").status == 200
        before = processes.memory_kb(worker)["Pss"]
        yield ordinary
        assert ordinary.get("/size/2000").status == 200
        grown = processes.memory_kb(worker)["Pss"] - before
    assert balancer.worker_pid() == worker
    assert grown < ALLOWANCE_KB + 10 * sent_kb, f"{grown} KB for {sent_kb} KB"


def logged(balancer, statuses):
    """The first line of the log with one of these."""

    def found():
        return [line for line in balancer.log.access_lines() if line.status in statuses]

    pace.until(found, f"a line with {statuses}")
    return found()[0]


def pour(client, piece, count):
    """Sends piece after piece until the other side has had enough.  Returns the answer's status, or
    None when a reset overtook it."""
    try:
        for _ in range(count):
            client.send(piece)
        return client.read_response().status
    except GONE:
        try:
            return client.read_response().status if client.buffer else None
        except GONE:
            return None


@pytest.mark.plain_only
@pytest.mark.torc_only("says 400 and has other limits")
@pytest.mark.parametrize(
    "first, piece, count, statuses",
    [
        (HEAD + "X: ", "x" * 65536, 160, (431,)),
        (HEAD, "X-A: b\r\n" * 1000, 200, (431,)),
        ("GET /", "a" * 65536, 160, (414,)),
        (POST + "1;a=", "b" * 65536, 16, (400,)),
        (POST + "1\r\na\r\n0\r\n", "X-Trailer: and so on\r\n" * 500, 100, (400,)),
    ],
    ids=["10 MB of value", "200000 fields", "10 MB of target", "1 MB of extension", "1 MB of trailers"],
)
def test_a_head_that_is_far_too_long(lb, origin, first, piece, count, statuses):
    """It is answered when its limit is reached and not collected any further."""
    balancer = lb(origin())
    with bystander(balancer, sent_kb=16):
        with balancer.client() as client:
            client.send(first)
            status = pour(client, piece, count)
        assert status in (None, *statuses)
    logged(balancer, statuses)


@pytest.mark.plain_only
def test_heads_by_the_byte(lb, origin):
    """Five hundred clients that send a byte now and then, and never a head."""
    balancer = lb(origin(), frontend="    timeout http-request 3s")
    with bystander(balancer, sent_kb=500 * 5 // 10) as ordinary:
        clients = [balancer.client() for _ in range(500)]
        for byte in "GET / HTTP":
            for client in clients:
                client.send(byte)
            assert ordinary.get("/size/2000").status == 200
        for client in clients:
            assert client.read_response().status == 408
            client.close()


@pytest.mark.plain_only
def test_requests_without_end_and_no_eyes_for_answers(lb, origin):
    """A client pipelines requests for as long as they are taken and reads no answer."""
    balancer = lb(origin())
    with bystander(balancer, sent_kb=100) as ordinary:
        with balancer.client(receive_bytes=4096) as client:
            client.sock.setblocking(False)
            block, sent, quiet = (HEAD + "\r\n").encode() * 5000, 0, 0
            while quiet < 10 and sent < 1000000 * len(HEAD):
                try:
                    sent += client.sock.send(block[sent % (len(HEAD) + 2) :])
                    quiet = 0
                except BlockingIOError:
                    quiet += 1
                    assert ordinary.get("/size/2000").status == 200
            client.reset()
    balancer.wait_idle()


@pytest.mark.plain_only
def test_chunks_of_one_byte(lb, origin):
    """Five bytes of framing for each of data: slow, but whole and in order."""
    balancer = lb(origin())
    with bystander(balancer) as ordinary:
        with balancer.client() as client:
            client.send(POST)
            for _ in range(40):
                client.send("1\r\nx\r\n" * 10000)
                assert ordinary.get("/size/2000").status == 200
            client.send("0\r\n\r\n")
            assert client.read_response().body.startswith(b"400000 ")


@pytest.mark.plain_only
@pytest.mark.torc_only("passes interim answers on for ever")
@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
@pytest.mark.parametrize(
    "first, piece",
    [
        ("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 50),
        ("HTTP/1.1 200 OK\r\n", "X-Endless: and so on\r\n" * 1000),
        ("HTTP/1.1 200 OK\r\nX-Long: ", "x" * 65536),
    ],
    ids=["interim answers", "fields", "value"],
)
def test_a_server_that_does_not_come_to_the_point(lb, origin, first, piece, version):
    """Interim answers, or a head, without end: 502."""

    def script(peer):
        head = peer.read_head()
        if "size" in head.target:
            peer.answer(b"x" * 2000)
            return
        peer.send(first)
        while True:
            peer.send(piece)

    balancer = lb(origin(script))
    with bystander_each(balancer):
        with balancer.client() as client:
            client.send(f"GET / {version}\r\nHost: t\r\n\r\n")
            head = client.read_head()
            while head.status == 103:
                head = client.read_head()
            assert head.status == 502
    assert logged(balancer, (502,)).state == "PH--"


@contextlib.contextmanager
def bystander_each(balancer):
    """As bystander(), for servers that answer once a connection."""
    worker = balancer.worker_pid()
    assert balancer.get("/size/2000").status == 200
    before = processes.memory_kb(worker)["Pss"]
    yield
    assert balancer.get("/size/2000").status == 200
    assert processes.memory_kb(worker)["Pss"] - before < ALLOWANCE_KB
    assert balancer.worker_pid() == worker


@pytest.mark.plain_only
def test_a_flood_of_connections_that_are_reset(lb, origin):
    """Five thousand clients connect, say half a word, and reset: no descriptor, no place, no memory
    stays with them."""
    balancer = lb(origin(), global_="    maxconn 200")
    with bystander(balancer) as ordinary:
        descriptors = len(processes.descriptors(balancer.worker_pid()))
        for number in range(5000):
            with socket.create_connection(balancer.address) as sock:
                if number % 2:
                    sock.send(b"GET /")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if number % 500 == 0:
                assert ordinary.get("/size/2000").status == 200
        pace.until(
            lambda: len(processes.descriptors(balancer.worker_pid())) <= descriptors + 8,
            "the descriptors to be back",
        )


@pytest.mark.plain_only
@pytest.mark.parametrize(
    "mode",
    [("-H", "-x", "24"), ("-B", "-x", "10", "-s", "8192"), ("-X", "-w", "10", "-y", "20", "-n", "1")],
    ids=["slow heads", "slow bodies", "slow reading"],
)
def test_slowhttptest(lb, origin, mode):
    """The tool that everybody points at a balancer: it stays reachable throughout."""
    balancer = lb(origin(), defaults="    timeout http-request 2s\n    timeout client 2s")
    url = "http://%s:%d/size/200000" % balancer.address
    with bystander(balancer, sent_kb=300 * 5 // 10):
        report = subprocess.run(
            ["slowhttptest", "-u", url, "-c", "300", "-r", "300", "-i", "1", "-l", "4", "-p", "2", *mode],
            capture_output=True, text=True, timeout=pace.seconds(40), check=False,
        )
    text = re.sub("\x1b\\[[0-9;]*m", "", report.stdout)
    assert re.search(r"service available:\s+YES", text), text[-2000:]
    assert not re.search(r"service available:\s+NO", text), text[-2000:]
