# SPDX-License-Identifier: GPL-2.0-or-later
"""Who gets the next request: the exact order of round robin, over all workers."""

import collections
import threading

import pytest

from tools import pace, processes


def order(balancer, count):
    """Which server answered, for `count` requests, each on a connection of its own."""
    return [balancer.get().body.decode().strip() for _ in range(count)]


def servers(origin, count):
    return [origin(name=f"pv{number}") for number in range(1, count + 1)]


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_successive_requests_go_round(lb, origin, threads):
    """One client sees pv1 pv2 pv3 pv4 pv1 .., beginning with the first, whatever the workers."""
    balancer = lb(*servers(origin, 4), threads=threads)
    assert order(balancer, 16) == ["pv1", "pv2", "pv3", "pv4"] * 4


def test_requests_of_one_connection_go_round(lb, origin):
    """Balancing is by request, not by connection."""
    balancer = lb(*servers(origin, 3))
    with balancer.client() as client:
        seen = [client.get().body.decode().strip() for _ in range(9)]
    assert seen == ["pv1", "pv2", "pv3"] * 3


def test_weights(lb, origin):
    """A server of weight 3 beside two of weight 1 gets three of five, and never all in a row."""
    pool = servers(origin, 3)
    text = "\n".join(
        f"    server s{number} {server.where} weight {weight}"
        for number, (server, weight) in enumerate(zip(pool, (3, 1, 1)), 1)
    )
    balancer = lb(servers=text)
    seen = order(balancer, 20)
    assert collections.Counter(seen) == {"pv1": 12, "pv2": 4, "pv3": 4}
    assert seen[:5] == seen[5:10] == seen[10:15]
    assert "pv1 pv1 pv1" not in " ".join(seen)
    assert seen[0] == "pv1"


def test_weight_zero_gets_nothing(lb, origin):
    pool = servers(origin, 2)
    balancer = lb(
        servers=f"    server s1 {pool[0].where} weight 0\n    server s2 {pool[1].where}"
    )
    assert order(balancer, 6) == ["pv2"] * 6
    assert pool[0].accepted == 0


def test_backup_servers_wait_for_the_others_to_fail(lb, origin):
    """backup: used when no other server is, the first one alone."""
    pool = servers(origin, 3)
    check = "check inter 50ms fall 1 rise 1"
    balancer = lb(
        servers=f"    server s1 {pool[0].where} {check}\n"
        f"    server s2 {pool[1].where} {check} backup\n"
        f"    server s3 {pool[2].where} {check} backup"
    )
    assert order(balancer, 4) == ["pv1"] * 4
    pool[0].refuse()
    balancer.wait_server("s1", "DOWN")
    assert order(balancer, 4) == ["pv2"] * 4
    pool[0].resume()
    balancer.wait_server("s1", "UP")
    assert order(balancer, 4) == ["pv1"] * 4


def test_allbackups(lb, origin):
    """option allbackups: all of them together."""
    pool = servers(origin, 3)
    balancer = lb(
        backend="    option allbackups",
        servers=f"    server s1 {pool[0].where} disabled\n"
        f"    server s2 {pool[1].where} backup\n    server s3 {pool[2].where} backup",
    )
    assert collections.Counter(order(balancer, 8)) == {"pv2": 4, "pv3": 4}


def test_a_dead_server_is_left_out_and_taken_in_again(lb, origin):
    """The order goes on over those that live."""
    pool = servers(origin, 4)
    balancer = lb(*pool, server="check inter 50ms fall 1 rise 1")
    for name in ("s1", "s2", "s3", "s4"):
        balancer.wait_server(name, "UP")
    pool[1].refuse()
    balancer.wait_server("s2", "DOWN")
    assert collections.Counter(order(balancer, 9)) == {"pv1": 3, "pv3": 3, "pv4": 3}
    pool[1].resume()
    balancer.wait_server("s2", "UP")
    assert collections.Counter(order(balancer, 8)) == {"pv1": 2, "pv2": 2, "pv3": 2, "pv4": 2}


@pytest.mark.slow
def test_many_at_once_are_spread_exactly(lb, origin):
    """Round robin is exact also when eight clients hurry: no server gets one more."""
    pool = servers(origin, 4)
    balancer = lb(*pool)
    failures = []

    def one():
        try:
            with balancer.client() as client:
                for _ in range(50):
                    client.get()
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert [len(server.requests) for server in pool] == [100] * 4


@pytest.mark.torc_only("has other counters")
def test_connections_spread_over_the_workers(lb, origin):
    """Of 1,000 new connections no worker of two gets under 35 %."""
    balancer = lb(origin())
    before = cpu_connections(balancer)
    for _ in range(1000):
        assert balancer.get("/", "Connection: close").status == 200
    pace.until(
        lambda: sum(cpu_connections(balancer)) - sum(before) >= 1000, "1,000 to be counted"
    )
    shares = [now - then for now, then in zip(cpu_connections(balancer), before)]
    assert len(shares) == 2
    assert min(shares) >= 0.35 * sum(shares), shares


def cpu_connections(balancer):
    """Connections that each worker has accepted, from `show activity`."""
    for line in balancer.cli("show activity").splitlines():
        name, _, rest = line.partition(":")
        if name.strip() in ("connections", "conns", "connections_total", "accepted"):
            numbers = rest.replace("[", " ").replace("]", " ").split()
            per_worker = [int(number) for number in numbers if number.isdigit()]
            return per_worker[-2:]
    raise AssertionError(balancer.cli("show activity"))


def test_no_worker_is_idle(lb, origin):
    """Two workers run, each on its own thread."""
    balancer = lb(origin())
    names = processes.threads(balancer.worker_pid())
    assert len(names) >= 2, names


def test_templates_presets_and_names(lb, origin):
    """server-template with default-server's words; a name that nobody knows puts its server into
    maintenance and keeps nobody else from serving."""
    pool = servers(origin, 2)
    balancer = lb(
        servers=f"    default-server weight 7 maxconn 30\n"
        f"    server-template a 2 {pool[0].where}\n"
        f"    server-template b 4-5 {pool[1].where} weight 14\n"
        "    server lost no-such-name.invalid:80\n"
        "    server waiting localhost:80 init-addr none\n"
        f"    server given no-such-name.invalid:{pool[0].address[1]} weight 7 "
        f"init-addr libc,{pool[0].address[0]}\n",
    )
    stats = balancer.stats()
    assert [name for _, name in stats if name[0] in "ablwg"] == [
        "a1", "a2", "b4", "b5", "lost", "waiting", "given",
    ]
    assert [stats["pool", name]["weight"] for name in ("a1", "b5", "lost")] == ["7", "14", "7"]
    assert stats["pool", "b4"]["slim"] == "30"
    for name in ("lost", "waiting"):
        assert stats["pool", name]["status"] == "MAINT (resolution)"
    assert collections.Counter(order(balancer, 14)) == {"pv1": 6, "pv2": 8}
    assert "no-such-name.invalid" in balancer.stderr()
