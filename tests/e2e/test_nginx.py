# SPDX-License-Identifier: GPL-2.0-or-later
"""Real nginx servers behind the balancer: killed, stopped, frozen, reloaded.

Each server is probed as published, quicker.  What clients may notice: nothing, or no more than
HAProxy lets them notice (a request inside a server that dies is lost with it)."""

import collections
import hashlib
import os

import pytest

from tools import pace
from tools.load import Load
from tools.nginx import Nginx

BACKEND = "    option httpchk GET /hc.html"
SERVER = "check inter 200ms fastinter 100ms downinter 200ms rise 2 fall 1"
DEFAULTS = "    option redispatch\n    retries 3\n    timeout check 500ms\n    timeout server 2s"


@pytest.fixture
def pool():
    """Three nginx servers that run."""
    servers = [Nginx(f"pv{number}") for number in range(1, 4)]
    try:
        yield [server.start() for server in servers]
    finally:
        for server in servers:
            server.close()


def balanced(lb, pool):
    balancer = lb(*pool, backend=BACKEND, server=SERVER, defaults=DEFAULTS)
    for number in range(1, 4):
        pace.until(
            lambda number=number: "L7OK" in balancer.server(f"s{number}")["check_status"],
            "each server to be probed",
        )
    return balancer


def who(balancer, count=9):
    """How often each server answers."""
    return collections.Counter(balancer.get().body.decode().strip() for _ in range(count))


def test_all_of_them_answer(lb, pool):
    assert who(balanced(lb, pool)) == {"pv1": 3, "pv2": 3, "pv3": 3}


def test_files_of_every_size(lb, pool, body_mode):
    """Real files through a real server's sendfile arrive whole."""
    balancer = balanced(lb, pool)
    for size in (0, 1, 4096, 131071, 131072, 1 << 20, 20_000_000):
        content = os.urandom(size)
        for server in pool:
            server.file("file.bin", content)
        with balancer.client() as client:
            client.request("GET", "/file.bin")
            head = client.read_head()
            assert int(head.one("content-length")) == size
            assert client.hash_exactly(size) == hashlib.sha256(content).hexdigest()


def test_ranges_and_conditions(lb, pool):
    """206 and 304 of a real server pass."""
    balancer = balanced(lb, pool)
    with balancer.client() as client:
        answer = client.get("/index.html", "Range: bytes=1-2")
        assert (answer.status, answer.body[:1]) == (206, b"v")
    pool[1].stop()
    pool[2].stop()
    balancer.wait_server("s2", "DOWN")
    balancer.wait_server("s3", "DOWN")
    with balancer.client() as client:
        tag = client.get("/index.html").one("etag")
        assert client.get("/index.html", f"If-None-Match: {tag}").status == 304


def test_probes_are_not_in_the_access_log(lb, pool):
    """As published: access_log off for /hc.html; requests have their lines."""
    balancer = balanced(lb, pool)
    who(balancer, 6)
    pace.until(lambda: all(len(server.access_log()) >= 2 for server in pool), "access log lines")
    for server in pool:
        assert not [line for line in server.access_log() if "hc.html" in line]


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_ends(lb, pool, how):
    """nginx ends, in order or by kill -9: others take over.  Only what was inside it, or in the
    queue of its listening socket, may be lost (502); nothing hangs, nothing is refused."""
    balancer = balanced(lb, pool)
    good = (b"HTTP/1.1 200", b"HTTP/1.1 502")
    with Load(balancer.address, clients=4, check=lambda answer: answer[:12] in good) as load:
        load.wait_more(50)
        getattr(pool[1], how)()
        balancer.wait_server("s2", "DOWN")
        load.wait_more(50)
        outcomes = load.stop()
    assert set(outcomes) == {"ok"}, (outcomes, load.examples)
    lost = [line for line in balancer.log.access_lines() if line.status == 502]
    assert len(lost) <= 8, lost
    assert {line.state for line in lost} <= {"SH--"}
    assert set(who(balancer)) == {"pv1", "pv3"}
    pool[1].start()
    balancer.wait_server("s2", "UP")
    assert set(who(balancer)) == {"pv1", "pv2", "pv3"}


def test_a_server_is_frozen(lb, pool):
    """SIGSTOP: the kernel still accepts, nobody answers: L7TOUT, and back after SIGCONT."""
    balancer = balanced(lb, pool)
    pool[1].freeze()
    try:
        balancer.wait_server("s2", "DOWN")
        assert "L7TOUT" in balancer.server("s2")["check_status"]
        assert set(who(balancer)) == {"pv1", "pv3"}
    finally:
        pool[1].thaw()
    balancer.wait_server("s2", "UP")
    assert set(who(balancer)) == {"pv1", "pv2", "pv3"}


def test_a_request_to_a_frozen_server_gets_504(lb, pool):
    """timeout server: the client whose request went there is told."""
    balancer = balanced(lb, pool)
    pool[1].freeze()
    try:
        statuses = {balancer.get().status for _ in range(3)}
    finally:
        pool[1].thaw()
    assert statuses <= {200, 504}
    states = {line.state for line in balancer.log.wait_access(3)}
    assert states <= {"----", "sH--"}


def test_a_server_is_reloaded(lb, pool):
    """nginx -s reload: no verdict changes and no client notices."""
    balancer = balanced(lb, pool)
    with Load(balancer.address) as load:
        for _ in range(3):
            load.wait_more(30)
            pool[1].reload()
        load.wait_more(60)
        outcomes = load.stop()
    assert set(outcomes) == {"ok"}, (outcomes, load.examples)
    assert balancer.server("s2")["chkdown"] == "0"


def test_all_servers_are_lost_and_found(lb, pool):
    """503 while nobody is there, and service as soon as one is."""
    balancer = balanced(lb, pool)
    for server in pool:
        server.kill()
    for number in (1, 2, 3):
        balancer.wait_server(f"s{number}", "DOWN")
    assert balancer.get().status == 503
    pool[2].start()
    balancer.wait_server("s3", "UP")
    assert balancer.get().body == b"pv3\n"


@pytest.mark.slow
def test_uploads(lb, pool, body_mode):
    """Bodies towards a real server: 405 for a POST to a file, however long it is."""
    balancer = balanced(lb, pool)
    for size in (0, 10, 200_000):
        with balancer.client() as client:
            client.send(f"POST /index.html HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n")
            try:
                client.send_pattern(size)
            except OSError:
                pass
            assert client.read_response().status == 405
