# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes over the stats socket: a server's state, weight, health and maxconn, in HAProxy's words."""

import collections
import threading

import pytest

from tools import pace


def order(balancer, count):
    return collections.Counter(balancer.get().body.decode() for _ in range(count))


def named(peer):
    peer.read_request()
    peer.answer(peer.origin.name.encode())


def pool(origin, count):
    return [origin(named, name=f"pv{number}") for number in range(1, count + 1)]


@pytest.mark.parametrize("check", ["", "check inter 100ms"])
def test_states(lb, origin, check):
    """ready, drain and maint, at once in the statistics and in balancing; a server out of
    maintenance is probed again; disable and enable are two of them."""
    balancer = lb(*pool(origin, 3), server=check)
    up = "UP 1/3" if check else "no check"
    assert balancer.cli("set server pool/s1 state maint") == "\n"
    assert balancer.server("s1")["status"] == "MAINT"
    assert order(balancer, 4) == {"pv2": 2, "pv3": 2}
    assert balancer.cli("set server pool/s2 state drain") == "\n"
    assert balancer.server("s2")["status"].startswith("DRAIN")
    assert order(balancer, 3) == {"pv3": 3}
    assert balancer.cli("set server pool/s1 state ready") == "\n"
    assert balancer.server("s1")["status"] in (up, "UP")
    assert order(balancer, 4) == {"pv1": 2, "pv3": 2}
    assert balancer.cli("enable server pool/s2") == "\n"
    assert balancer.cli("set server pool/s2 state ready") == "\n"
    assert balancer.cli("disable server pool/s3") == "\n"
    assert order(balancer, 4) == {"pv1": 2, "pv2": 2}
    assert balancer.cli("enable server pool/s3") == "\n"
    assert order(balancer, 6) == {"pv1": 2, "pv2": 2, "pv3": 2}
    if check:
        balancer.wait_server("s1", "UP")
        pace.until(
            lambda: balancer.server("s3")["check_status"] == "L4OK", "s3 to be probed again"
        )


def test_maintenance_lasts_while_probes_fail(lb, origin):
    """No probe wakes a server that was put into maintenance; out of it the first one decides."""
    servers = pool(origin, 2)
    balancer = lb(*servers, server="check inter 50ms fall 1 rise 1")
    balancer.cli("set server pool/s1 state maint")
    servers[0].refuse()
    assert order(balancer, 2) == {"pv2": 2}
    assert balancer.server("s1")["status"] == "MAINT"
    balancer.cli("set server pool/s1 state ready")
    balancer.wait_server("s1", "DOWN")
    servers[0].resume()
    balancer.wait_server("s1", "UP")


def test_weights(lb, origin):
    """Absolute and relative weights; what cannot be is said in HAProxy's words."""
    balancer = lb(*pool(origin, 2), server="weight 4")
    assert balancer.cli("get weight pool/s1") == "4 (initial 4)\n\n"
    assert balancer.cli("set weight pool/s1 12") == "\n"
    assert balancer.cli("get weight pool/s1") == "12 (initial 4)\n\n"
    assert order(balancer, 8) == {"pv1": 6, "pv2": 2}
    assert balancer.cli("set server pool/s1 weight 50%") == "\n"
    assert balancer.server("s1")["weight"] == "2"
    assert balancer.cli("set weight pool/s2 0%") == "\n"
    assert order(balancer, 3) == {"pv1": 3}
    for wrong in ("x", "", "257", "-1", "3x"):
        assert "eight" in balancer.cli(f"set weight pool/s1 {wrong}")
    assert balancer.server("s1")["weight"] == "2"


def test_static_algorithms_take_all_or_nothing(lb, origin):
    balancer = lb(*pool(origin, 2), backend="balance static-rr")
    assert "only accepts weights '0%' and '100%'" in balancer.cli("set weight pool/s1 3")
    assert balancer.cli("set weight pool/s1 0%") == "\n"
    assert order(balancer, 3) == {"pv2": 3}
    assert balancer.cli("set weight pool/s1 100%") == "\n"
    assert order(balancer, 4) == {"pv1": 2, "pv2": 2}


def test_health(lb, origin):
    balancer = lb(*pool(origin, 2), server="check inter 30s")
    balancer.wait_server("s1", "UP")
    assert balancer.cli("set server pool/s1 health down") == "\n"
    assert balancer.server("s1")["status"] == "DOWN"
    assert order(balancer, 3) == {"pv2": 3}
    assert balancer.cli("set server pool/s1 health up") == "\n"
    assert order(balancer, 4) == {"pv1": 2, "pv2": 2}


def test_maxconn(lb, origin):
    """A limit that is set while requests run queues the next ones; a higher one calls them up."""
    gate = threading.Semaphore(0)
    inside = []

    def script(peer):
        inside.append(peer.read_request().target)
        gate.acquire()
        peer.answer(b"x")

    balancer = lb(origin(script), threads=2)
    assert balancer.cli("set maxconn server pool/s1 1") == "\n"
    assert balancer.server()["slim"] == "1"
    clients = [balancer.client().request("GET", f"/{number}") for number in range(3)]
    pace.until(lambda: balancer.stats()["pool", "BACKEND"]["qcur"] == "2", "two to wait")
    pace.until(lambda: len(inside) == 1, "one to be served")
    assert balancer.cli("set maxconn server pool/s1 3") == "\n"
    pace.until(lambda: len(inside) == 3, "all to be called up")
    for client in clients:
        gate.release()
    for client in clients:
        assert client.read_response().status == 200


@pytest.mark.parametrize(
    "command, answer",
    [
        ("set server pool/s1", "only supports"),
        ("set server pool/s1 state", "expects 'ready', 'drain' and 'maint'"),
        ("set server pool/s1 state away", "expects 'ready', 'drain' and 'maint'"),
        ("set server pool/s9 state maint", "No such server."),
        ("set server lake/s1 state maint", "No such backend."),
        ("disable server s1", "Require 'backend/server'."),
        ("set maxconn server pool/s1 x", "nteger"),
    ],
)
@pytest.mark.torc_only("words differ with its version")
def test_mistakes(lb, origin, command, answer):
    assert answer in lb(origin()).cli(command)


def test_state_and_maintenance_survive_a_reload(lb, origin):
    """What an operator has said of a server holds for the next generation, too."""
    balancer = lb(*pool(origin, 2), server="check inter 100ms")
    if balancer.reference:
        pytest.skip("haproxy: needs a state file")
    balancer.cli("set server pool/s1 state maint")
    balancer.cli("set server pool/s2 state drain")
    old = balancer.worker_pid()
    balancer.signal(12)
    pace.until(lambda: balancer.worker_pid() not in (None, old), "a new balancer")
    pace.until(balancer.answers_on_socket, "it to answer")
    assert balancer.server("s1")["status"] == "MAINT"
    assert balancer.server("s2")["status"].startswith("DRAIN")
