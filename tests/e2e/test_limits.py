# SPDX-License-Identifier: GPL-2.0-or-later
"""maxconn: who is too many waits in the listening socket's queue and is served in turn."""

import pytest

from tools import pace


def holding(peer):
    """Answers when the test says so."""
    peer.read_request()
    peer.origin.finished.wait(pace.seconds(20))
    peer.answer()


@pytest.mark.parametrize("where", ["frontend", "global"])
def test_the_excess_waits(lb, origin, where):
    """With maxconn 3 two of five clients wait unharmed until others have left."""
    server = origin(holding)
    options = {
        # One connection of the process is the look at the statistics.
        "frontend": {"frontend": "    maxconn 3"},
        "global": {"global_": "    maxconn 3"},
    }[where]
    balancer = lb(server, **options)
    clients = [balancer.client().request("GET", "/", "Connection: close") for _ in range(5)]
    server.wait_requests(3)
    for client in clients[3:]:
        client.expect_nothing(0.2)
    assert server.accepted == 3
    server.finished.set()
    for client in clients:
        assert client.read_response().status == 200
        client.close()
    assert server.accepted == 5
    for line in balancer.log.wait_access(5):
        assert line.state == "----"
        assert line.feconn <= 3


def test_the_place_of_an_idle_client_is_given_on(lb, origin):
    """A kept connection counts until it ends; then the next one is accepted."""
    balancer = lb(origin(), frontend="    maxconn 1")
    first = balancer.client()
    assert first.get().status == 200
    second = balancer.client().request()
    second.expect_nothing(0.2)
    first.close()
    assert second.read_response().status == 200
    second.close()


def test_statistics_count_no_more_than_the_limit(lb, origin):
    """scur and smax of the frontend stay within slim."""
    server = origin(holding)
    balancer = lb(server, frontend="    maxconn 2")
    clients = [balancer.client().request() for _ in range(4)]
    server.wait_requests(2)
    row = balancer.stats()["web", "FRONTEND"]
    assert (row["scur"], row["smax"], row["slim"]) == ("2", "2", "2")
    server.finished.set()
    for client in clients:
        client.sock.settimeout(pace.seconds(10))
    for client in clients[:2]:
        assert client.read_response().status == 200
        client.close()
    for client in clients[2:]:
        assert client.read_response().status == 200
        client.close()


@pytest.mark.slow
def test_a_thousand_clients_for_ten_places(lb, origin):
    """All are served, ten at a time."""
    balancer = lb(origin(backlog=1024), frontend="    maxconn 10\n    backlog 2000")
    clients = [balancer.client(patience_s=30) for _ in range(1000)]
    for client in clients:
        client.request("GET", "/", "Connection: close")
    for client in clients:
        assert client.read_response().status == 200
        client.close()
    assert int(balancer.stats()["web", "FRONTEND"]["smax"]) <= 10
