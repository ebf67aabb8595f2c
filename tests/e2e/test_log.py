# SPDX-License-Identifier: GPL-2.0-or-later
"""option httplog by UDP: the line byte for byte, and a log that never holds up a request."""

import datetime
import re
import socket
import threading
import time

import pytest

from tools import address, pace
from tools.logs import Receiver
from tools.wire import pattern


def test_the_line(lb, origin):
    """Every field of an ordinary request's line."""
    balancer = lb(origin())
    before = datetime.datetime.now().replace(microsecond=0)
    with balancer.client() as client:
        answer = client.get("/index.html?a=1")
        port = client.port
        # The answer's bytes with its head.  HAProxy counts its own form of the head, not the bytes.
        length = r"\d+" if balancer.reference else len(answer.raw) + len(answer.body)
        line = balancer.log.access()
    after = datetime.datetime.now()

    # 150 is local2 (18) * 8 + info (6).  The times are the only bytes that the test cannot know.
    pid = balancer.pid
    expected = (
        rf"<150>(\w\w\w [ \d]\d \d\d:\d\d:\d\d) haproxy\[{pid}\]: 127\.0\.0\.1:{port} "
        r"\[(\d\d/\w\w\w/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] web pool/s1 \d+/0/\d+/\d+/\d+ 200 "
        rf"{length} - - ---- 1/1/0/0/0 0/0 "
        r'"GET /index\.html\?a=1 HTTP/1\.1"' + "\n"
    )
    match = re.fullmatch(expected, line.raw.decode())
    assert match, f"{line.raw!r} is not {expected}"
    sent = datetime.datetime.strptime(f"{before.year} {match[1]}", "%Y %b %d %H:%M:%S")
    accepted = datetime.datetime.strptime(match[2], "%d/%b/%Y:%H:%M:%S.%f")
    assert before <= sent <= after
    assert before <= accepted <= after


def test_the_day_is_padded_with_a_space(lb, origin):
    """`Nov  3`, as syslog has it: two columns for the day, the first one a space below 10."""
    balancer = lb(origin())
    balancer.get()
    line = balancer.log.access()
    assert line.day == f"{datetime.datetime.now().day:2d}"


def test_times_are_of_their_phases(lb, origin):
    """TR, Tr and Ta: a slow request, a slow server, and all of it; Ta is at least their sum.

    A busy machine may let the balancer read a first byte late, which makes a phase shorter for
    it than it was for us: hence the room below the lower limits."""
    late = 0.1

    def script(peer):
        peer.read_request()
        peer.expect_nothing(0.3)
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
        peer.expect_nothing(0.3)
        peer.send("k")

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.send("GET / HTTP/1.1\r\n")
        client.expect_nothing(0.3)
        client.send("Host: t\r\n\r\n")
        client.read_response()
    line = balancer.log.access()
    least = (0.3 - late) * 1000
    assert line.head_ms >= least
    assert line.response_ms >= least
    assert line.total_ms >= line.head_ms + line.response_ms + least - 3
    assert line.queue_ms == 0


def test_the_idle_time_before_a_request_is_not_counted(lb, origin):
    """TR and Ta begin with the first byte of the request, not with the connection."""
    balancer = lb(origin())
    idle_s = pace.stretched(0.4)
    with balancer.client() as client:
        client.expect_nothing(idle_s)
        client.get()
        client.expect_nothing(idle_s)
        client.get()
    for _ in range(2):
        line = balancer.log.access()
        assert line.total_ms < 1000 * idle_s
        assert line.head_ms < 1000 * idle_s


def test_the_idle_time_is_not_in_the_date_either(lb, origin):
    """%tr is the date of the request's first byte."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.expect_nothing(1.1)
        before = datetime.datetime.now() - datetime.timedelta(milliseconds=100)
        client.get()
    line = balancer.log.access()
    assert datetime.datetime.strptime(line.accepted, "%d/%b/%Y:%H:%M:%S.%f") >= before


@pytest.mark.torc_only("counts its own form of a head")
def test_bytes_are_those_that_were_sent(lb, origin, body_mode):
    """B counts head and body as they went to the client, also in chunks."""
    balancer = lb(origin())
    with balancer.client() as client:
        for path in ("/size/0", "/size/300000", "/chunked/10000/100"):
            client.request("GET", path)
            head = client.read_head()
            before = len(head.raw)
            if head.has_token("transfer-encoding", "chunked"):
                data, _, sizes = client.read_chunks()
                framing = sum(len(f"{size:x}") + 4 for size in sizes) + 5
                length = before + len(data) + framing
            else:
                length = before + len(client.read_exactly(int(head.one("content-length"))))
            assert balancer.log.access().bytes == length


@pytest.mark.parametrize(
    "target, logged",
    [
        ("/plain?x=y&z", "/plain?x=y&z"),
        ('/quote"quote', "/quote#22quote"),
        ("/hash?a%23b", "/hash?a%23b"),
        ("/braces{a|b}", "/braces{a|b}"),
    ],
)
def test_escaping(lb, origin, target, logged):
    """Quotes cannot end the field early: what is not printable, `"` and `#` become #XX."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.request("GET", target)
        status = client.read_response().status
    line = balancer.log.access()
    if status == 200:
        assert line.request == f"GET {logged} HTTP/1.1"
    else:
        assert (status, line.request) == (400, "<BADREQ>")


def test_a_long_target_is_cut(lb, origin):
    """The request line is logged up to 1023 bytes, and the datagram is at most 1024."""
    balancer = lb(origin())
    balancer.get("/" + "a" * 3000)
    raw = None

    def arrived():
        nonlocal raw
        raw = next((line for line in balancer.log.lines if b"aaaa" in line), None)
        return raw

    pace.until(arrived, "the line of the long request")
    assert len(raw) <= 1024 + 1  # HAProxy adds the line feed to a cut line
    assert raw.startswith(b"<150>") and b'"GET /aaaa' in raw
    assert raw.endswith(b"\n")


def test_a_longer_line_where_it_is_allowed(lb, origin):
    """`log ... len 4096`: now the request line's own limit is seen."""
    config_log = "    log {} len 4096 local3\n"
    receiver = lb(origin(), start=False)
    receiver.text = receiver.text.replace(
        f"    log {receiver.log.where} local2\n", config_log.format(receiver.log.where)
    )
    receiver.start()
    receiver.get("/" + "a" * 3000)
    line = receiver.log.access()
    assert line.pri == 19 * 8 + 6
    assert line.request == "GET /" + "a" * (1023 - 5)


def test_counters_of_the_moment(lb, origin):
    """ac/fc/bc/sc are the connections at the time of the line."""

    def script(peer):
        peer.read_request()
        if peer.number == 0:
            peer.origin.finished.wait(pace.seconds(10))
        peer.answer()

    server = origin(script)
    balancer = lb(server)
    first = balancer.client().request("GET", "/first")
    server.wait_requests(1)
    second = balancer.client().request("GET", "/second")
    second.read_response()
    line = balancer.log.access()
    assert line.request == "GET /second HTTP/1.1"
    assert (line.feconn, line.beconn, line.srvconn) == (2, 1, 1)
    server.finished.set()
    first.read_response()
    assert balancer.log.access().request == "GET /first HTTP/1.1"
    first.close()
    second.close()


def test_one_line_for_each_request_of_a_connection(lb, origin):
    """Kept and pipelined requests have their own lines, in order, with the same port."""
    balancer = lb(origin())
    with balancer.client() as client:
        for number in range(10):
            client.request("GET", f"/{number}")
        for number in range(10):
            client.read_response()
    lines = balancer.log.wait_access(10)
    assert [line.request for line in lines] == [f"GET /{number} HTTP/1.1" for number in range(10)]


def test_the_tag_can_be_chosen(lb, origin):
    """log-tag."""
    balancer = lb(origin(), global_="    log-tag balancer-7")
    balancer.get()
    assert balancer.log.access().tag == "balancer-7"


def test_two_receivers(lb, origin):
    """Every log line of the configuration gets every line that its level admits."""
    from tools.logs import Receiver  # pylint: disable=import-outside-toplevel

    second, third = Receiver(), Receiver()
    try:
        balancer = lb(
            origin(),
            global_=f"    log {second.where} local4 info\n    log {third.where} local5 notice",
        )
        balancer.get("/both")
        assert balancer.log.access().pri == 150
        assert second.access().pri == 20 * 8 + 6
        assert not third.access_lines()
    finally:
        second.close()
        third.close()


def test_a_unix_socket(lb, origin):
    """log /path: datagrams to a unix socket."""
    balancer = lb(origin(), start=False)
    path = balancer.folder / "log.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(pace.seconds(10))
        balancer.text = balancer.text.replace(
            f"log {balancer.log.where} local2", f"log {path} local0"
        )
        balancer.start()
        balancer.get("/unix")
        while True:
            line = receiver.recv(4096)
            if b'"GET /unix HTTP/1.1"' in line:
                break
        assert line.startswith(b"<134>")


def test_a_receiver_that_is_gone_delays_nobody(lb, origin):
    """Nobody listens: requests are served as before, and lines arrive once somebody does."""
    balancer = lb(origin())
    balancer.get("/before")
    assert balancer.log.access().request == "GET /before HTTP/1.1"
    balancer.log.close()
    for number in range(50):
        assert balancer.get(f"/gone/{number}").status == 200
    balancer.log.reopen()

    def back():
        assert balancer.get("/back").status == 200
        return any(b'"GET /back HTTP/1.1"' in line for line in list(balancer.log.lines))

    pace.until(back, "a line after the receiver is back")


def test_a_receiver_that_is_full_delays_nobody(lb, origin):
    """Somebody listens but never reads: the kernel drops, requests go on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        where = address.free(socket.SOCK_DGRAM)
        deaf.bind(where)
        balancer = lb(origin(), global_="    log %s:%d local2" % where)
        started = time.monotonic()
        with balancer.client() as client:
            for _ in range(500):
                assert client.get().status == 200
        assert time.monotonic() - started < pace.seconds(30)
        assert len(balancer.log.wait_access(500)) == 500


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["dgram", "stream"])
def test_a_unix_receiver_that_is_full_delays_nobody(lb, origin, kind):
    """A unix socket blocks its writer when its queue is full: the line is dropped instead."""
    balancer = lb(origin(), start=False)
    path = balancer.folder / "log.sock"
    with socket.socket(socket.AF_UNIX, kind) as deaf:
        deaf.bind(str(path))
        balancer.text = balancer.text.replace(
            f"log {balancer.log.where} local2", f"log {path} local0"
        )
        balancer.start()
        with balancer.client() as client:
            for _ in range(500):
                assert client.get().status == 200


@pytest.mark.slow
def test_no_line_is_lost_or_doubled_under_load(lb, origin):
    """Five hundred requests from ten clients at once: five hundred different lines."""
    balancer = lb(origin(), origin())
    failures = []

    def one(name):
        try:
            with balancer.client() as client:
                for number in range(50):
                    client.get(f"/{name}/{number}")
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=one, args=(name,)) for name in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    lines = balancer.log.wait_access(500)
    assert len(lines) == 500
    assert len({line.request for line in lines}) == 500


def test_separate_errors_and_dontlog_normal(lb, origin):
    """option dontlog-normal: only what went wrong has a line."""
    balancer = lb(origin(), defaults="    option dontlog-normal")
    assert balancer.get("/fine").status == 200
    with balancer.client() as client:
        client.send("nonsense\r\n\r\n")
        client.read_response()
    assert balancer.log.access().request == "<BADREQ>"


def test_logasap(lb, origin):
    """option logasap: the line comes with the answer's head, + before Ta and B."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n", pattern(10000))
        peer.origin.finished.wait(pace.seconds(10))
        peer.send(pattern(20000)[10000:])

    server = origin(script)
    balancer = lb(server, defaults="    option logasap")
    with balancer.client() as client:
        client.request()
        line = balancer.log.access()
        assert str(line.total_ms).startswith("+") and str(line.bytes).startswith("+")
        server.finished.set()
        assert client.read_response().body == pattern(20000)


def test_without_a_format(lb, origin):
    """A frontend that has targets and no format says who came, once for each request."""
    balancer = lb(origin(), start=False)
    balancer.text = balancer.text.replace("    option httplog\n", "")
    balancer.start()
    with balancer.client() as client:
        for _ in range(2):
            client.get()
        where = "%s:%d" % balancer.address
        line = f"Connect from 127.0.0.1:{client.port} to {where} (web/HTTP)\n".encode()
    pace.until(
        lambda: [text.endswith(b"]: " + line) for text in balancer.log.lines].count(True) == 2,
        "both lines",
    )


def test_a_sample(lb, origin):
    """`sample 2-3:4` sends half of the lines to one of two targets."""
    some = Receiver()
    balancer = lb(
        origin(), threads=1, defaults=f"    log {some.where} sample 2-3:4 local2 info info"
    )
    try:
        for number in range(8):
            balancer.get(f"/{number}")
        balancer.log.wait_access(8)
        pace.until(lambda: len(some.lines) >= 4, "four lines of eight")
        seen = [line.request for line in some.access_lines()]
        assert seen == [f"GET /{number} HTTP/1.1" for number in (1, 2, 5, 6)]
    finally:
        some.close()
