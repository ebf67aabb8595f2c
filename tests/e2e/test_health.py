# SPDX-License-Identifier: GPL-2.0-or-later
"""Health checks on the wire, in the statistics, in the log, and in what clients notice."""

import re
import threading
import time

import pytest

from tools import address, pace
from tools.errors import expect_error
from tools.unreachable import Unreachable

HTTPCHK = "    option httpchk GET /hc.html"
QUICK = "check inter 100ms fastinter 50ms downinter 100ms"


class Probed:
    """A server whose answer to probes the test changes; ordinary requests are always served."""

    def __init__(self, answer="HTTP/1.0 200 OK\r\n\r\n"):
        self.answer = answer
        self.probes = []
        self.times = []

    def __call__(self, peer):
        head = peer.read_head()
        if "/hc.html" not in head.start_line and not head.start_line.startswith("OPTIONS"):
            peer.origin.note(head)
            peer.answer(b"served")
            return
        self.times.append(time.monotonic())
        answer = self.answer
        if callable(answer):
            answer(peer)
        elif answer:
            peer.send(answer)
        try:
            # Everything that comes until the balancer ends the connection belongs to the probe.
            peer.half_close()
            rest = peer.read_rest()
        except OSError:
            rest = b""
        self.probes.append((head.raw + rest, peer.source[0]))


def last_check(row):
    """The status of the last probe that ended: "* " says that another one is under way."""
    return row["check_status"].removeprefix("* ")


def hang(peer):
    peer.sock.settimeout(None)
    peer.expect_end()


def message(balancer, name, state):
    """The log's line about this change of state, without its head."""
    line = balancer.log.wait_text(f"Server pool/{name} is {state}").decode()
    return re.fullmatch(r"<(\d+)>\w{3} [ \d]\d [\d:]{8} haproxy\[(\d+)\]: (.*)\n", line)


# The wire


def test_the_probe_byte_for_byte(lb, origin):
    """option httpchk GET /hc.html is `GET /hc.html HTTP/1.0` and an empty line, nothing else."""
    script = Probed()
    lb(origin(script), backend=HTTPCHK, server=QUICK)
    pace.until(lambda: len(script.probes) >= 3, "three probes")
    assert {raw for raw, _ in script.probes} == {b"GET /hc.html HTTP/1.0\r\n\r\n"}


@pytest.mark.parametrize(
    "option, wire",
    [
        ("option httpchk", "OPTIONS / HTTP/1.0\r\n\r\n"),
        ("option httpchk /hc.html", "OPTIONS /hc.html HTTP/1.0\r\n\r\n"),
        ("option httpchk HEAD /hc.html", "HEAD /hc.html HTTP/1.0\r\n\r\n"),
    ],
)
def test_other_forms_of_httpchk(lb, origin, option, wire):
    """Without a method OPTIONS is used, without a version HTTP/1.0."""
    script = Probed()
    lb(origin(script), backend=f"    {option}", server=QUICK)
    pace.until(lambda: script.probes, "a probe")
    assert script.probes[0][0] == wire.encode()


def test_httpchk_with_a_host(lb, origin):
    """The old way to give a Host field: as a part of the version."""
    script = Probed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    lb(
        origin(script),
        backend="    option httpchk GET /hc.html HTTP/1.1\\r\\nHost:\\ www.example.net",
        server=QUICK,
    )
    pace.until(lambda: script.probes, "a probe")
    raw = script.probes[0][0].decode().lower()
    assert raw.startswith("get /hc.html http/1.1\r\n")
    assert "\r\nhost: www.example.net\r\n" in raw


def test_what_http_check_says_and_expects(lb, origin):
    """`http-check send` over the words of the option; `expect` looks into the body."""
    probed = Probed("HTTP/1.1 500 Odd\r\nContent-Length: 9\r\n\r\nall alive")
    lines = HTTPCHK + """
    http-check send meth GET uri /hc.html?now ver HTTP/1.1 hdr Host www.example hdr X-Probe "a b"
    http-check expect string alive"""
    balancer = lb(origin(probed), backend=lines, server=QUICK)
    pace.until(lambda: last_check(balancer.server()) == "L7OK", "a passing check")
    request = probed.probes[0][0].decode()
    assert request.startswith("GET /hc.html?now HTTP/1.1\r\n")
    assert "host: www.example\r\n" in request.lower() and "x-probe: a b\r\n" in request.lower()
    probed.answer = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndead"
    pace.until(lambda: balancer.server()["status"] == "DOWN", "the server to be down")
    assert last_check(balancer.server()) == "L7RSP"


def test_probes_come_in_their_interval(lb, origin):
    """inter is the time between probes: ten take at least nine of it, from before the start on (a
    busy machine lets us see the first one late)."""
    script = Probed()
    server = origin(script)
    started = time.monotonic()
    lb(server, backend=HTTPCHK, server="check inter 200ms")
    pace.until(lambda: len(script.times) >= 10, "ten probes")
    assert script.times[9] - started >= 1.8, script.times


def test_servers_are_not_probed_at_the_same_time(lb, origin):
    """The first probes are spread over the interval: server i of n starts inter*i/n later."""
    scripts = [Probed() for _ in range(4)]
    inter_ms = pace.stretched(1000)
    lb(*[origin(script) for script in scripts], backend=HTTPCHK, server=f"check inter {inter_ms}ms")
    pace.until(lambda: all(script.times for script in scripts), "a probe at each server")
    starts = [script.times[0] for script in scripts]
    assert starts == sorted(starts)
    assert starts[3] - starts[0] >= 0.0005 * inter_ms


def test_a_check_port(lb, origin):
    """`port` probes elsewhere than requests go."""
    script = Probed()
    server, checked = origin(), origin(script, where=None)
    balancer = lb(
        servers=f"    server s1 {server.where} {QUICK} addr {checked.address[0]} "
        f"port {checked.address[1]}",
        backend=HTTPCHK,
    )
    pace.until(lambda: len(script.probes) >= 2, "two probes")
    assert balancer.get().body == b"origin\n"
    assert all("/hc.html" not in request.target for request in server.requests)


# Judgement


@pytest.mark.parametrize("status", [200, 204, 301, 302, 399])
def test_what_passes(lb, origin, status):
    """2xx and 3xx are healthy: L7OK with the code."""
    script = Probed(f"HTTP/1.1 {status} Fine\r\n\r\n")
    balancer = lb(origin(script), backend=HTTPCHK, server=QUICK)
    row = pace.until(
        lambda: last_check(row := balancer.server()) == "L7OK" and row["status"] == "UP" and row,
        "a verdict",
    )
    assert row["check_code"] == str(status)
    assert row["check_desc"] == "Layer7 check passed"


@pytest.mark.parametrize(
    "answer, status, reason",
    [
        (
            "HTTP/1.1 500 Oops\r\n\r\n",
            "L7STS",
            r'Layer7 wrong status, code: 500, info: "Oops", check duration: \d+ms',
        ),
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "L7STS",
            r'Layer7 wrong status, code: 404, info: "Not Found", check duration: \d+ms',
        ),
        ("220 mail ready\r\n\r\n", "L7RSP", r"Layer7 invalid response(, info: .*)?, check duration: \d+ms"),
    ],
    ids=["500", "404", "garbage"],
)
def test_what_fails(lb, origin, answer, status, reason):
    """Other answers take the server down, with their message word for word."""
    script = Probed(answer)
    balancer = lb(origin(script), origin(), backend=HTTPCHK, servers="", server=QUICK)
    balancer.wait_server("s1", "DOWN")
    row = balancer.server()
    assert last_check(row) == status
    found = message(balancer, "s1", "DOWN")
    assert found and found[1] == "145"
    assert re.fullmatch(
        rf"Server pool/s1 is DOWN, reason: {reason}\. 1 active and 0 backup servers left\. "
        r"0 sessions active, 0 requeued, 0 remaining in queue\.",
        found[3],
    ), found[3]


def test_a_refused_probe(lb, origin):
    """L4CON, with the message of the reference."""
    balancer = lb(address.free(), origin(), backend=HTTPCHK, server=QUICK)
    balancer.wait_server("s1", "DOWN")
    assert last_check(balancer.server()) == "L4CON"
    found = message(balancer, "s1", "DOWN")
    assert re.fullmatch(
        r'Server pool/s1 is DOWN, reason: Layer4 connection problem, info: "Connection refused'
        r'[^"]*", check duration: \d+ms\. 1 active and 0 backup servers left\. '
        r"0 sessions active, 0 requeued, 0 remaining in queue\.",
        found[3],
    ), found[3]


def test_a_hanging_server(lb, origin):
    """timeout check 20: L7TOUT after 20 ms, not after the interval."""
    script = Probed(hang)
    balancer = lb(
        origin(script), origin(), backend=HTTPCHK, defaults="    timeout check 20", server=QUICK
    )
    balancer.wait_server("s1", "DOWN")
    row = balancer.server()
    assert last_check(row) == "L7TOUT"
    assert int(row["check_duration"]) >= 20
    found = message(balancer, "s1", "DOWN")
    assert re.match(
        r"Server pool/s1 is DOWN, reason: Layer7 timeout, check duration: \d+ms\. ", found[3]
    )


def test_a_probe_that_cannot_connect(lb, origin):
    """L4TOUT: neither accepted nor refused."""
    with Unreachable() as nowhere:
        balancer = lb(
            nowhere,
            origin(),
            backend=HTTPCHK,
            server=QUICK,
            defaults="    timeout connect 200ms\n    timeout check 100ms",
        )
        balancer.wait_server("s1", "DOWN")
        assert last_check(balancer.server()) == "L4TOUT"


def test_an_answer_in_pieces_is_one_answer(lb, origin):
    """A status line that comes byte by byte is judged when it is complete."""

    def dribble(peer):
        for byte in b"HTTP/1.0 200 OK\r\n\r\n":
            peer.send(bytes([byte]))

    script = Probed(dribble)
    balancer = lb(origin(script), backend=HTTPCHK, server=QUICK)
    pace.until(lambda: len(script.probes) >= 3, "three probes")
    assert balancer.server()["status"] == "UP"


def test_a_tcp_check(lb, origin):
    """`check` without httpchk: connecting is enough, L4OK, and nothing is sent.  (The server's
    program may never hear of it: the handshake can be ended with a reset.)"""
    seen = []

    def script(peer):
        try:
            seen.append(peer.read_rest())
        except ConnectionResetError:
            pass

    balancer = lb(origin(script), address.free(), server=QUICK)
    balancer.wait_server("s2", "DOWN")
    row = pace.until(
        lambda: last_check(row := balancer.server()) == "L4OK" and row, "a verdict"
    )
    assert (row["status"], row["check_desc"]) == ("UP", "Layer4 check passed")
    assert set(seen) <= {b""}


# States


def test_no_check(lb, origin):
    """A server without `check` says so and is used."""
    balancer = lb(origin())
    assert balancer.server()["status"] == "no check"
    assert balancer.get().status == 200


def test_maintenance_from_the_start(lb, origin):
    """`disabled`: MAINT, neither probed nor used."""
    script = Probed()
    balancer = lb(origin(script), server=QUICK + " disabled", backend=HTTPCHK)
    assert balancer.server()["status"] == "MAINT"
    with balancer.client() as client:
        expect_error(client.request(), 503)
    assert not script.times


def test_the_way_down_and_up(lb, origin):
    """rise 3 fall 2: UP 1/2 on the way down, DOWN 1/3 and DOWN 2/3 on the way up."""
    script = Probed()
    server = origin(script)
    balancer = lb(
        server, backend=HTTPCHK, server="check inter 400ms fastinter 400ms rise 3 fall 2"
    )
    balancer.wait_server("s1", "UP")
    pace.until(lambda: script.probes, "the first probe")
    script.answer = "HTTP/1.0 503 Busy\r\n\r\n"
    balancer.wait_server("s1", "UP 1/2")
    balancer.wait_server("s1", "DOWN")
    script.answer = "HTTP/1.0 200 OK\r\n\r\n"
    balancer.wait_server("s1", "DOWN 1/3")
    balancer.wait_server("s1", "DOWN 2/3")
    balancer.wait_server("s1", "UP")
    found = message(balancer, "s1", "UP")
    assert found[1] == "149"
    assert re.fullmatch(
        r"Server pool/s1 is UP, reason: Layer7 check passed, code: 200, check duration: \d+ms\. "
        r"1 active and 0 backup servers online\. 0 sessions requeued, 0 total in queue\.",
        found[3],
    ), found[3]
    row = balancer.server()
    assert int(row["chkdown"]) == 1 and int(row["chkfail"]) >= 2


def test_the_first_failure_takes_a_new_server_down(lb, origin):
    """A server starts UP with health = rise: one failed probe is enough, whatever fall is."""
    script = Probed("HTTP/1.0 500 No\r\n\r\n")
    balancer = lb(origin(script), backend=HTTPCHK, server="check inter 20s fall 10")
    balancer.wait_server("s1", "DOWN")
    assert len(script.times) == 1


def test_the_last_one_lost(lb, origin):
    """`backend pool has no server available!`, an emergency; clients get 503."""
    script = Probed("HTTP/1.0 500 No\r\n\r\n")
    balancer = lb(origin(script), backend=HTTPCHK, server=QUICK)
    line = balancer.log.wait_text("backend pool has no server available!")
    assert line.startswith(b"<144>")
    with balancer.client() as client:
        expect_error(client.request(), 503)
    assert balancer.log.access().server == "<NOSRV>"


def test_every_change_of_health_can_have_a_line(lb, origin):
    """option log-health-checks: also failures that do not take the server down yet."""
    probed = Probed()
    lines = HTTPCHK + "\n    option log-health-checks\n    timeout check 10s"
    balancer = lb(origin(probed), backend=lines, server=QUICK + " rise 1 fall 3")
    balancer.log.wait_text("Health check for server pool/s1 succeeded, reason: Layer7 check passed")
    probed.answer = "HTTP/1.0 503 Busy\r\n\r\n"
    for line in (
        r"Health check for server pool/s1 failed, reason: Layer7 wrong status, code: 503, "
        r'info: "Busy", check duration: \d+ms, status: 2/3 UP\.',
        r"Health check for server pool/s1 failed, .*, status: 1/3 UP\.",
        r"Health check for server pool/s1 failed, .*, status: 0/1 DOWN\.",
    ):
        pace.until(
            lambda line=line: any(re.search(line.encode(), one) for one in balancer.log.lines), line
        )


def test_a_reason_is_said_once(lb, origin):
    """Where checks have lines of their own, the change of state does not repeat the reason."""
    script = Probed("HTTP/1.0 500 No\r\n\r\n")
    lines = HTTPCHK + "\n    option log-health-checks"
    balancer = lb(origin(script), backend=lines, server=QUICK + " rise 1 fall 1")
    balancer.log.wait_text("Health check for server pool/s1 failed, reason: Layer7 wrong status")
    balancer.log.wait_text("Server pool/s1 is DOWN. 0 active and 0 backup servers left.")


def test_changes_are_said_on_stderr_too(lb, origin):
    """[WARNING] (pid) : Server .. is DOWN .."""
    script = Probed("HTTP/1.0 500 No\r\n\r\n")
    balancer = lb(origin(script), origin(), backend=HTTPCHK, server=QUICK)
    balancer.wait_server("s1", "DOWN")
    pace.until(lambda: "Server pool/s1 is DOWN" in balancer.stderr(), "the message on stderr")
    assert re.search(
        r"^\[(WARNING|ALERT)\] +\(\d+\) : Server pool/s1 is DOWN, reason: ",
        balancer.stderr(),
        re.MULTILINE,
    )


def test_probes_are_not_logged(lb, origin):
    """Probes leave no access log line and no count of sessions."""
    script = Probed()
    balancer = lb(origin(script), backend=HTTPCHK, server=QUICK)
    pace.until(lambda: len(script.probes) >= 5, "five probes")
    assert balancer.server()["stot"] == "0"
    assert not balancer.log.access_lines()


# What clients notice


def test_a_server_that_goes_down_is_not_asked_any_more(lb, origin):
    """After DOWN no request reaches it; running ones are finished."""

    def slow(peer):
        head = peer.read_head()
        if "/hc.html" in head.start_line:
            peer.send("HTTP/1.0 200 OK\r\n\r\n" if healthy else "HTTP/1.0 500 No\r\n\r\n")
            return
        peer.origin.note(head)
        peer.origin.finished.wait(pace.seconds(15))
        peer.answer(b"finished")

    healthy = True
    sick = origin(slow, name="sick")
    balancer = lb(sick, origin(name="well"), backend=HTTPCHK, server=QUICK)
    with balancer.client() as client:
        client.request()
        sick.wait_requests(1)
        healthy = False
        balancer.wait_server("s1", "DOWN")
        for _ in range(6):
            assert balancer.get().body == b"well\n"
        assert len(sick.requests) == 1
        sick.finished.set()
        assert client.read_response().body == b"finished"


def test_on_marked_down_shutdown_sessions(lb, origin):
    """The option that ends them: D in the log."""
    healthy = True

    def script(peer):
        head = peer.read_head()
        if "/hc.html" in head.start_line:
            peer.send("HTTP/1.0 200 OK\r\n\r\n" if healthy else "HTTP/1.0 500 No\r\n\r\n")
            return
        peer.origin.note(head)
        peer.expect_end()

    server = origin(script)
    balancer = lb(
        server, backend=HTTPCHK, server=QUICK + " on-marked-down shutdown-sessions"
    )
    with balancer.client() as client:
        client.request()
        server.wait_requests(1)
        healthy = False
        assert client.read_response().status in (502, 503)
    assert balancer.log.access().state[0] == "D"


def test_nobody_notices_a_server_that_is_replaced(lb, origin):
    """One of three servers refuses, comes back, refuses again: connects that are refused go elsewhere.

    What the kernel had accepted for a server at the moment it closes is reset with its socket: a
    request that was sent there cannot be taken back, so one for each client and closing may fail."""
    servers = [origin(Probed()) for _ in range(3)]
    balancer = lb(
        *servers,
        backend=HTTPCHK,
        defaults="    option redispatch\n    retries 3",
        server="check inter 100ms fall 1 rise 1",
    )
    lost, failures, stop = [], [], threading.Event()

    def load():
        while not stop.is_set():
            try:
                answer = balancer.get()
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)
                return
            if answer.status == 502:
                lost.append(answer)
            elif answer.status != 200:
                failures.append(answer)

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            servers[0].refuse()
            balancer.wait_server("s1", "DOWN")
            servers[0].resume()
            balancer.wait_server("s1", "UP")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(failures) <= 2 * len(threads), failures
    assert {answer.status for answer in failures} <= {502}


def test_a_thousand_checks_of_one_server_leave_nothing(lb, origin):
    """Probes do not leak descriptors: their count stays the same."""
    from tools import processes  # pylint: disable=import-outside-toplevel

    script = Probed()
    balancer = lb(origin(script), backend=HTTPCHK, server="check inter 5ms")
    worker = balancer.worker_pid()
    pace.until(lambda: len(script.times) >= 50, "50 probes", limit=20)
    before = len(processes.descriptors(worker))
    pace.until(lambda: len(script.times) >= 250, "250 probes", limit=20)
    assert len(processes.descriptors(worker)) <= before + 3
