# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that refuses: tried again, or left for another one, as retries and redispatch say."""

import time

import pytest

from tools import address, pace
from tools.errors import expect_error


def test_one_dead_server_is_tried_again(lb):
    """retries 3 on one server: a second between the attempts, 503 after 3 s, SC-- and /3."""
    balancer = lb(address.free(), defaults="    retries 3\n    option redispatch")
    started = time.monotonic()
    with balancer.client() as client:
        expect_error(client.request(), 503)
    assert time.monotonic() - started >= 2.9
    line = balancer.log.access()
    assert (line.state, line.status, line.server, str(line.retries)) == ("SC--", 503, "s1", "3")
    assert line.connect_ms == line.response_ms == -1
    assert 2900 <= line.total_ms < 15000


def test_the_wait_is_no_longer_than_the_time_to_connect(lb):
    """The wait between two attempts is min(1 s, timeout connect)."""
    balancer = lb(address.free(), defaults="    retries 3\n    timeout connect 100ms")
    with balancer.client() as client:
        expect_error(client.request(), 503)
    line = balancer.log.access()
    assert (line.state, line.retries) == ("SC--", 3)
    assert 299 <= line.total_ms < 1000 * pace.seconds(2.5)


def test_a_server_that_comes_back_is_found(lb, origin):
    """A connect that fails is tried again before the client hears of it."""
    server = origin()
    server.refuse()
    balancer = lb(server, defaults="    retries 3")
    with balancer.client() as client:
        client.request()
        client.expect_nothing(0.3)
        server.resume()
        assert client.read_response().status == 200
    line = balancer.log.access()
    assert line.status == 200 and line.retries in (1, 2, 3)


def test_another_server_is_taken_at_once(lb, origin):
    """Round robin leaves a server that refuses on the first failure: no wait, and /+n."""
    balancer = lb(
        address.free(),
        address.free(),
        origin(),
        defaults="    option redispatch\n    retries 3",
    )
    assert balancer.get().status == 200
    line = balancer.log.access()
    assert (line.status, line.server, line.retries) == (200, "s3", "+2")
    assert line.total_ms < 1000 * pace.seconds(1)


def test_all_servers_refuse(lb):
    """Redispatch ends with the retries."""
    balancer = lb(
        address.free(), address.free(), defaults="    option redispatch\n    retries 3"
    )
    with balancer.client() as client:
        expect_error(client.request(), 503)
    line = balancer.log.access()
    assert (line.status, line.state) == (503, "SC--")
    assert str(line.retries) in ("3", "+3")


def test_without_redispatch_the_server_is_kept(lb, origin):
    """no option redispatch: the chosen server is tried again, not another one."""
    balancer = lb(
        address.free(),
        origin(),
        defaults="    no option redispatch\n    retries 2\n    timeout connect 100ms",
    )
    with balancer.client() as client:
        expect_error(client.request(), 503)
    line = balancer.log.access()
    assert (line.server, line.retries, line.state) == ("s1", 2, "SC--")


def test_a_request_that_was_sent_is_not_sent_again(lb, origin):
    """A server that closes after the request got it: nobody else gets it too."""
    seen = []

    def script(peer):
        seen.append(peer.read_request().target)

    balancer = lb(origin(script), origin(script), defaults="    option redispatch\n    retries 3")
    with balancer.client() as client:
        expect_error(client.request("POST", "/once", body=b"x"), 502)
    assert seen == ["/once"]


@pytest.mark.parametrize("length", [10, 60000, 1000000])
def test_the_body_survives_a_redispatch(lb, origin, body_mode, length):
    """A body that waits for its server is neither lost nor doubled."""
    balancer = lb(address.free(), origin(), defaults="    option redispatch\n    retries 3")
    with balancer.client() as client:
        client.send(f"POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n")
        client.send_pattern(length)
        assert client.read_response().body.startswith(b"%d " % length)
    assert balancer.log.access().retries == "+1"


@pytest.mark.parametrize(
    "option, retries",
    [
        ("option redispatch", "+3"),
        ("option redispatch 1", "+1"),
        ("option redispatch 2", "+2"),
        ("option redispatch -2", "+2"),
        ("no option redispatch", None),
    ],
)
def test_which_retry_leaves_a_server_that_a_key_binds_to(lb, origin, option, retries):
    """The last one unless a number says another, at once; without the option none does.  Between
    two tries of one server lies timeout connect, since it is shorter than a second."""
    gone = origin(name="gone")
    gone.refuse()
    balancer = lb(
        gone, origin(name="there"),
        backend="balance hdr(X-Key)\n    hash-type consistent\n    timeout connect 120ms\n"
        f"    retries 3\n    {option}",
    )
    seen = set()
    for key in range(40):
        answer = balancer.get("/", f"X-Key: {key}")
        line = balancer.log.access()
        seen.add((answer.status, line.server, str(line.retries)))
        if str(line.retries) != "0":
            break
    bound = (200, "s2", retries) if retries else (503, "s1", "3")
    assert seen <= {(200, "s2", "0"), bound} and bound in seen
    waits = int(bound[2]) - 1 if retries else 3
    assert 120 * waits <= line.total_ms < 120 * waits + 1000 * pace.seconds(1)
