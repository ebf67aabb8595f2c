# SPDX-License-Identifier: GPL-2.0-or-later
"""server maxconn: who waits, in which order, for how long, and what the log and statistics say."""

import threading

import pytest

from tools import pace
from tools.errors import expect_error


class Gate:
    """A script for servers that answer when they are let; counts who is inside at a time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.inside = self.most = 0
        self.order = []
        self.open = threading.Semaphore(0)

    def __call__(self, peer):
        request = peer.read_request()
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.order.append(request.target)
        self.open.acquire()
        with self.lock:
            self.inside -= 1  # before the answer: the next one may come right behind it
        peer.answer(peer.origin.name.encode())

    def wait_inside(self, count):
        pace.until(lambda: self.inside == count, f"{count} requests to be inside")


def queue_one_by_one(balancer, count, row, first=1):
    """So many clients, each asking for its number, waiting one behind the other."""
    clients = []
    for number in range(first, first + count):
        clients.append(balancer.client().request("GET", f"/{number}"))
        pace.until(
            lambda: int(balancer.stats()["pool", row]["qcur"]) == len(clients),
            f"{len(clients)} to wait in {row}",
        )
    return clients


@pytest.mark.parametrize("algorithm", ["roundrobin", "leastconn", "first", "random", "static-rr"])
def test_one_at_a_time_in_the_order_of_arrival(lb, origin, algorithm):
    """maxconn 1, four workers: never two at the server, served first come first served from the
    backend's queue, with positions and times in the log."""
    gate = Gate()
    balancer = lb(
        origin(gate), server="maxconn 1", threads=4, defaults=f"balance {algorithm}",
        backend=f"balance {algorithm}",
    )
    clients = [balancer.client().request("GET", "/0")]
    gate.wait_inside(1)
    clients += queue_one_by_one(balancer, 7, "BACKEND")
    row = balancer.stats()["pool", "BACKEND"]
    assert (row["qcur"], row["qmax"], row["scur"]) == ("7", "7", "8")
    assert balancer.server()["scur"] == "1"
    for number, client in enumerate(clients):
        gate.open.release()
        assert client.read_response().body == b"origin"
        line = balancer.log.access()
        assert (line.request.split()[1], line.server) == (f"/{number}", "s1")
        assert (line.srv_queue, line.be_queue) == (0, number)
        assert line.queue_ms >= 0 and line.state == "----"
    assert gate.order == [f"/{number}" for number in range(8)]
    assert gate.most == 1
    row = balancer.stats()["pool", "BACKEND"]
    assert (row["qcur"], row["qmax"]) == ("0", "7")


def test_the_queue_of_a_server(lb, origin):
    """Where a key binds requests to a server they wait in its own queue, up to maxqueue; what
    comes then is refused at once: 503, SQ."""
    gate = Gate()
    balancer = lb(
        origin(gate), server="maxconn 2 maxqueue 3", threads=4, backend="balance hdr(X-Key)"
    )
    key = "X-Key: one"
    inside = [balancer.client().request("GET", "/in", key) for _ in range(2)]
    gate.wait_inside(2)
    waiting = []
    for number in range(3):
        waiting.append(balancer.client().request("GET", f"/{number}", key))
        pace.until(lambda: int(balancer.server()["qcur"]) == len(waiting), "one more to wait")
    assert balancer.server()["qlimit"] == "3"
    with balancer.client() as client:
        expect_error(client.request("GET", "/full", key), 503)
    line = balancer.log.access()
    assert (line.status, line.state, line.server) == (503, "SQ--", "s1")
    assert balancer.server()["econ"] == "1"
    for count in range(3, 6):  # two that go in at once may arrive in either order
        gate.open.release()
        pace.until(lambda: len(gate.order) == count, f"{count} to have been inside")
    for _ in range(2):
        gate.open.release()
    for client in inside + waiting:
        assert client.read_response().status == 200
    lines = [balancer.log.access() for _ in range(5)]
    assert sorted(line.srv_queue for line in lines) == [0, 0, 1, 2, 3]
    assert {line.be_queue for line in lines} == {0}
    assert gate.order[2:] == ["/0", "/1", "/2"]
    assert gate.most == 2


def test_too_long_in_the_queue(lb, origin):
    """timeout queue: 503, sQ, with the time waited, and nobody's turn is lost."""
    gate = Gate()
    balancer = lb(origin(gate), server="maxconn 1", backend="timeout queue 300ms")
    first = balancer.client().request("GET", "/first")
    gate.wait_inside(1)
    with balancer.client() as client:
        expect_error(client.request("GET", "/late"), 503)
    line = balancer.log.access()
    assert (line.status, line.state, line.server, line.reached) == (503, "sQ--", "<NOSRV>", "RW--")
    assert 300 <= line.queue_ms < 1000 * pace.seconds(3)
    assert balancer.stats()["pool", "BACKEND"]["qcur"] == "0"
    gate.open.release()
    assert first.read_response().status == 200
    gate.open.release()
    assert balancer.get("/next").status == 200
    assert gate.order == ["/first", "/next"]


@pytest.mark.torc_only("looks at its clients again when they are served")
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_goes_away_in_the_queue(lb, origin, how):
    """option abortonclose: CQ, and the ones behind move up."""
    gate = Gate()
    balancer = lb(origin(gate), server="maxconn 1", threads=4, backend="option abortonclose")
    first = balancer.client().request("GET", "/first")
    gate.wait_inside(1)
    waiting = queue_one_by_one(balancer, 3, "BACKEND")
    if how == "close":
        waiting[1].close()
    else:
        waiting[1].reset()
    line = balancer.log.access()
    assert (line.state[:2], line.server, line.request.split()[1]) == ("CQ", "<NOSRV>", "/2")
    assert balancer.stats()["pool", "BACKEND"]["qcur"] == "2"
    for client in (first, waiting[0], waiting[2]):
        gate.open.release()
        assert client.read_response().status == 200
    assert gate.order == ["/first", "/1", "/3"]


@pytest.mark.parametrize("redispatch", ["option redispatch", "no option redispatch"])
def test_a_server_that_goes_leaves_its_queue_behind(lb, origin, redispatch):
    """Its line chooses again with option redispatch; else it waits on for this very server."""
    gates = [Gate(), Gate()]
    pool = [origin(gate, name=f"pv{number}") for number, gate in enumerate(gates, 1)]
    health = origin(name="health")
    check = "check inter 50ms fall 1 rise 1 addr %s port %d" % health.address
    balancer = lb(
        servers=f"    server s1 {pool[0].where} maxconn 1 {check}\n"
        f"    server s2 {pool[1].where} maxconn 1",
        threads=2,
        backend=f"balance hdr(X-Key)\n    hash-type consistent\n    {redispatch}",
    )
    # A key that leads to s1.
    for key in range(100):
        probe = balancer.client().request("GET", f"/{key}", f"X-Key: {key}")
        pace.until(lambda: gates[0].inside or gates[1].inside, "the request to arrive")
        if gates[0].inside:
            break
        gates[1].open.release()
        probe.read_response()
    waiting = []
    for number in range(3):
        waiting.append(balancer.client().request("GET", f"/w{number}", f"X-Key: {key}"))
        pace.until(lambda: int(balancer.server("s1")["qcur"]) == len(waiting), "one more to wait")
    health.refuse()
    balancer.wait_server("s1", "DOWN")
    goes = redispatch == "option redispatch"
    counts = "3 requeued, 0 remaining" if goes else "0 requeued, 3 remaining"
    balancer.log.wait_text(f"1 sessions active, {counts} in queue.")
    if goes:
        pace.until(lambda: gates[1].inside == 1, "one to be served by the other server")
        pace.until(lambda: balancer.server("s2")["qcur"] == "2", "two to wait there")
    else:
        assert balancer.server("s1")["qcur"] == "3"
    for _ in range(4):
        gates[0].open.release()
        gates[1].open.release()
    assert probe.read_response().body == b"pv1"
    for client in waiting:
        assert client.read_response().body == (b"pv2" if goes else b"pv1")
    assert max(gate.most for gate in gates) == 1
    assert balancer.stats()["pool", "s1"]["qcur"] == "0"


@pytest.mark.torc_only("several threads may give one place too many")
def test_many_clients_few_places(lb, origin):
    """40 clients, three servers with two places each, four workers: everybody is served, no server
    ever has more than two, and the busiest moment has all six at work."""
    lock = threading.Lock()
    inside, most, together = {}, {}, [0]

    def script(peer):
        peer.read_request()
        name = peer.origin.name
        with lock:
            inside[name] = inside.get(name, 0) + 1
            most[name] = max(most.get(name, 0), inside[name])
            together[0] = max(together[0], sum(inside.values()))
        threading.Event().wait(0.002)
        with lock:
            inside[name] -= 1
        peer.answer(b"x")

    pool = [origin(script, name=f"pv{number}") for number in range(3)]
    balancer = lb(*pool, server="maxconn 2", threads=4, backend="balance leastconn")
    failures = []

    def client():
        try:
            with balancer.client() as peer:
                for _ in range(15):
                    assert peer.get().status == 200
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=client) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert most == {"pv0": 2, "pv1": 2, "pv2": 2}
    assert together[0] == 6
    balancer.wait_idle()
    stats = balancer.stats()
    for name in ("s1", "s2", "s3", "BACKEND"):
        assert (stats["pool", name]["qcur"], stats["pool", name]["scur"]) == ("0", "0")
