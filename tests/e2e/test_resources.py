# SPDX-License-Identifier: GPL-2.0-or-later
"""What the program costs: memory, descriptors, heap calls; and that peers who are slow cost others
nothing."""

import pathlib
import signal
import tempfile
import threading
import time

import pytest

from tools import pace, processes
from tools.allocations import Counter
from tools.wire import pattern, pattern_hash


def worker_descriptors(balancer):
    return len(processes.descriptors(balancer.worker_pid()))


# Memory


@pytest.mark.plain_only
@pytest.mark.torc_only("has its own memory plan")
def test_a_fresh_program_is_small(lb, origin):
    """With maxconn 50000 the resident memory of all its processes together is under 20 MB until
    the first request: Rss, so that what they share is counted in each of them."""
    balancer = lb(origin(), global_="    maxconn 50000", frontend="    maxconn 50000")
    sizes = {pid: processes.memory_kb(pid) for pid in balancer.pids()}
    resident = sum(size["Rss"] for size in sizes.values())
    assert resident < 20 * 1024, (
        sizes, {pid: processes.comm(pid) for pid in sizes}
    )


@pytest.mark.torc_only("threads share a table of descriptors")
def test_the_table_of_descriptors_never_grows(lb, origin):
    """It has room for all connections before the first one comes: one that grows while threads
    share it stops the thread that needs it for tens of milliseconds."""
    balancer = lb(origin(), global_="    maxconn 1000", frontend="    maxconn 1000")
    status = pathlib.Path(f"/proc/{balancer.worker_pid()}/status").read_text(encoding="ascii")
    size = int(status.split("FDSize:")[1].split()[0])
    assert size >= 2000


@pytest.mark.plain_only
@pytest.mark.torc_only("gives each connection its memory")
def test_idle_connections_hold_no_buffers(lb, origin):
    """Two thousand kept connections that wait cost less than 4 KiB each."""
    balancer = lb(origin(), frontend="    maxconn 5000", global_="    maxconn 6000")
    with balancer.client() as client:
        client.get("/size/100000")
    worker = balancer.worker_pid()
    idle = [balancer.client() for _ in range(200)]
    for client in idle:
        assert client.get().status == 200
    before = processes.memory_kb(worker)["Pss"]
    more = [balancer.client() for _ in range(2000)]
    for client in more:
        assert client.get().status == 200
    after = processes.memory_kb(worker)["Pss"]
    for client in idle + more:
        client.close()
    assert after - before < 2000 * 4, f"{(after - before) / 2000:.2f} KiB a connection"


@pytest.mark.plain_only
@pytest.mark.torc_only("allocates for each request")
def test_requests_allocate_nothing(lb, origin):
    """The workers make no heap call between their first thousand requests and the second."""
    with tempfile.TemporaryDirectory(prefix="torc-e2e-") as name:
        counter = Counter(pathlib.Path(name))
        balancer = lb(origin(), origin(), env=counter.env)
        worker = balancer.worker_pid()
        assert counter.by_thread(), "nothing was counted: LD_PRELOAD did not reach the program"

        def thousand_requests():
            for _ in range(10):
                with balancer.client() as client:
                    for number in range(25):
                        client.get(f"/size/{number * 100}")
                        client.get("/chunked/20000/999")
                        client.get("/size/140000")
                        client.request("POST", "/hash", body=b"x" * 5000).read_response()

        # The first round also does what is done once: names of time zones and the like.
        thousand_requests()
        first, names = counter.of_threads(worker, "torc/worker")
        assert len(names) == 2, processes.threads(worker)
        thousand_requests()
        second, _ = counter.of_threads(worker, "torc/worker")
        assert second == first


@pytest.mark.plain_only
@pytest.mark.torc_only("allocates for each request")
def test_failures_allocate_nothing(lb, origin):
    """The same for what goes wrong: refused requests, aborts, garbage from servers."""

    def script(peer):
        peer.read_head()
        if peer.number % 2:
            peer.send("garbage\r\n\r\n")

    with tempfile.TemporaryDirectory(prefix="torc-e2e-") as name:
        counter = Counter(pathlib.Path(name))
        balancer = lb(origin(script), env=counter.env)
        worker = balancer.worker_pid()

        def round_of_failures():
            for _ in range(50):
                with balancer.client() as client:
                    client.send("BAD\r\n\r\n").read_response()
                with balancer.client() as client:
                    assert client.request().read_response().status == 502
                client = balancer.client().send("GET / HT")
                client.reset()

        round_of_failures()
        balancer.log.wait_access(150)
        first, _ = counter.of_threads(worker, "torc/worker")
        round_of_failures()
        balancer.log.wait_access(300)
        second, _ = counter.of_threads(worker, "torc/worker")
        assert second == first


@pytest.mark.plain_only
@pytest.mark.slow
def test_memory_does_not_grow(lb, origin):
    """Five thousand requests later the program is as big as after the first two thousand."""
    balancer = lb(origin())
    worker = balancer.worker_pid()

    def rounds(count):
        for _ in range(count):
            with balancer.client() as client:
                for _ in range(50):
                    client.get("/size/3000")
            with balancer.client() as client:
                client.get("/size/150000")

    rounds(40)
    before = processes.memory_kb(worker)["Rss"]
    rounds(60)
    after = processes.memory_kb(worker)["Rss"]
    assert after - before < 1024, f"{before} kB became {after} kB"


# Descriptors


def test_no_descriptor_is_left(lb, origin):
    """After requests, failures and aborts as many descriptors are open as before."""

    def script(peer):
        head = peer.read_head()
        if head.target == "/cut":
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n", pattern(200000))
        elif head.target == "/none":
            pass
        elif head.target == "/reset":
            peer.reset()
        else:
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", pattern(300000))

    balancer = lb(origin(script), origin(script))

    def mixture():
        for path in ("/", "/cut", "/none", "/reset"):
            for _ in range(10):
                client = balancer.client()
                client.request("GET", path, "Connection: close")
                try:
                    client.read_rest()
                except OSError:
                    pass
                client.close()
        for _ in range(10):
            client = balancer.client(receive_bytes=16384).request()
            client.read_head()
            client.reset()
            client = balancer.client().send("GET / H")
            client.close()
            client = balancer.client().send("bad\r\n\r\n")
            client.read_response()
            client.close()
        balancer.wait_idle()

    # Pipes and the like are made at their first use.
    mixture()
    before = worker_descriptors(balancer)
    for _ in range(3):
        mixture()
    pace.until(
        lambda: worker_descriptors(balancer) <= before,
        f"descriptors to come back to {before}, there are {worker_descriptors(balancer)}",
        limit=5,
    )


def test_idle_connections_keep_one_descriptor_each(lb, origin):
    """A kept connection costs its socket and nothing more."""
    balancer = lb(origin())
    balancer.get("/size/200000")
    balancer.wait_idle()
    before = worker_descriptors(balancer)
    clients = [balancer.client() for _ in range(100)]
    for client in clients:
        client.get()
    assert worker_descriptors(balancer) <= before + 100 + 4
    for client in clients:
        client.close()
    pace.until(lambda: worker_descriptors(balancer) <= before + 4, "descriptors to be closed")


# Slow peers


def test_slow_readers_do_not_disturb_others(lb, origin, body_mode):
    """Forty clients that do not read long answers, on one worker: small requests go on."""
    balancer = lb(origin(), threads=1)
    deaf = [balancer.client(receive_bytes=4096) for _ in range(40)]
    for client in deaf:
        client.request("GET", "/size/20000000")
    for client in deaf:
        client.read_head()
    with balancer.client() as client:
        for number in range(200):
            assert client.get(f"/size/{number}").body == pattern(number)
        # A long one, too, in spite of all buffers and pipes that the deaf hold.
        client.request("GET", "/size/5000000")
        client.read_head()
        assert client.hash_exactly(5000000) == pattern_hash(5000000)
    for client in deaf:
        client.reset()


def test_slow_writers_do_not_disturb_others(lb, origin):
    """Two hundred clients in the middle of their heads and bodies: others are served."""
    balancer = lb(origin(), threads=1)
    slow = []
    for number in range(200):
        client = balancer.client()
        if number % 2:
            client.send("GET / HTTP/1.1\r\nX-Long: " + "a" * 6000)
        else:
            client.send("POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345")
        slow.append(client)
    with balancer.client() as client:
        for number in range(200):
            assert client.get(f"/size/{number}").body == pattern(number)
    for number, client in enumerate(slow):
        client.send("\r\nHost: t\r\n\r\n" if number % 2 else "67890")
        assert client.read_response().status == 200
        client.close()


def test_slow_servers_do_not_disturb_others(lb, origin, body_mode):
    """Servers that do not read long uploads: other requests go on."""

    def script(peer):
        head = peer.read_head()
        if head.method == "POST":
            peer.origin.finished.wait(pace.seconds(30))
            peer.hash_exactly(int(head.one("content-length")))
        peer.answer(b"small")

    server = origin(script, receive_bytes=16384)
    balancer = lb(server, threads=1)
    size = 8_000_000
    uploads, digests = [], []
    for _ in range(10):
        client = balancer.client()
        client.send(f"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n")
        thread = threading.Thread(target=client.send_pattern, args=(size,), daemon=True)
        thread.start()
        uploads.append((client, thread))
    for _ in range(100):
        assert balancer.get().body == b"small"
    server.finished.set()
    for client, thread in uploads:
        assert client.read_response().body == b"small"
        thread.join(pace.seconds(20))
        client.close()
    assert not digests


# The end


@pytest.mark.parametrize("busy", [False, True])
def test_sigterm_ends_it_at_once(lb, origin, busy):
    """SIGTERM: gone within moments, also with requests under way."""

    def script(peer):
        peer.read_request()
        peer.expect_end()

    server = origin(script)
    balancer = lb(server)
    clients = [balancer.client().request() for _ in range(10 if busy else 0)]
    if busy:
        server.wait_requests(10)
    started = time.monotonic()
    balancer.signal(signal.SIGTERM)
    assert balancer.wait_exit() in (143, -signal.SIGTERM)
    assert time.monotonic() - started < pace.seconds(5)
    for client in clients:
        client.expect_end()
        client.close()


def test_sigusr1_lets_requests_finish(lb, origin):
    """SIGUSR1: no new connections, those under way are served, then exit 0."""

    def script(peer):
        peer.read_request()
        peer.origin.finished.wait(pace.seconds(20))
        peer.answer(b"finished")

    server = origin(script)
    balancer = lb(server)
    idle = balancer.client()
    idle.request("GET", "/first")
    server.wait_requests(1)
    balancer.signal(signal.SIGUSR1)
    pace.until(lambda: not processes.listening(balancer.address), "the listener to be closed")
    server.finished.set()
    answer = idle.read_response()
    assert answer.body == b"finished"
    assert answer.has_token("connection", "close")
    idle.expect_end()
    assert balancer.wait_exit() == 0


def test_sigusr1_closes_idle_connections(lb, origin):
    """A kept connection that waits does not hold up the end."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.get()
        balancer.signal(signal.SIGUSR1)
        client.expect_end()
        assert balancer.wait_exit() == 0
