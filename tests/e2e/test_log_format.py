# SPDX-License-Identifier: GPL-2.0-or-later
"""log-format: every variable and flag, byte for byte as HAProxy writes them, where its bytes can be
known beforehand."""

import datetime
import re
import socket

import pytest

from tools import address
from tools.client import Client
from tools.logs import Receiver

DATE = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d"
REQUEST = 'GET /a"]\\{|}?q=1 HTTP/1.1\r\nHost: example.org\r\nX-Long: 0123456789\r\n\r\n'


def configure(lb, origin, log_format, **options):
    """A balancer of one worker whose frontend has this format."""
    frontend = f'    log-format "{log_format}"\n' + options.pop("frontend", "")
    return lb(origin, frontend=frontend, threads=1, **options)


def text_of(line):
    return line.decode().split("]: ", 1)[1]


def ask(balancer, request=REQUEST):
    """One request; (its line, the client's port)."""
    with balancer.client() as client:
        port = client.port
        client.send(request)
        client.read_response()
    return text_of(balancer.log.wait_text("|end")), port


CASES = [
    # what, the format, the line: {port} the client's, {bind} and {server} addresses
    ("addresses", "%ci %cp %fi %fp %si %sp", "127.0.0.1 {port} {bind} {server}"),
    ("ours", "%bi %bp", r"127.0.0.1 \d+"),
    ("hexadecimal", "%{+X}ci:%{+X}cp", "7F000001:{port:04X}"),
    ("places", "%f %ft %b %s %H", "web web pool s1 {host}"),
    ("request", "%r", "GET /a#22]\\{{|}}?q=1 HTTP/1.1"),
    ("quoted", "%{+Q}r", '"GET /a#22]\\{{|}}?q=1 HTTP/1.1"'),
    ("escaped", "%{+Q,+E}r", '"GET /a#22\\]\\\\{{|}}?q=1 HTTP/1.1"'),
    ("its parts", "%HM %HU %HP %HPO %HQ %HV", "GET /a#22]\\{{|}}?q=1 /a#22]\\{{|}} /a#22]\\{{|}} ?q=1 HTTP/1.1"),
    ("outcome", "%ST %ts %tsc %rc", "200 -- ---- 0"),
    ("crowd", "%ac %fc %bc %sc %sq %bq", "1 1 0 0 0 0"),
    ("nothing", "%CC %CS %ID %sslc %sslv", "- - - - -"),
    ("nothing at all", "%{-M}CC,%{+Q}CC,%{-M}ID", ',"",'),
    ("flags of all", "%{+Q}o %s %{-Q}s %f", '"s1" s1 "web"'),
    ("percent", "100%% %s", "100% s1"),
    ("blanks", "  a   b  %hr  %hs  c", "a b c"),
    ("numbers", "%lc %{+X}pid", "0 {pid:04X}"),
    ("samples", "%[src] %[dst_port] %{+Q}[hostname,upper]", '127.0.0.1 {bind_port} "{host_upper}"'),
]


@pytest.mark.parametrize("log_format, expected", [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_variables(lb, origin, log_format, expected):
    """The text between the tag and the end of the line."""
    server = origin()
    balancer = configure(lb, server, log_format + "|end")
    line, port = ask(balancer)
    host = socket.gethostname()
    values = {
        "port": port,
        "bind": "%s %d" % balancer.address,
        "bind_port": balancer.address[1],
        "server": "%s %d" % server.address,
        "host": host,
        "host_upper": host.upper(),
        "pid": balancer.pid,
    }
    expected = expected.format(**values) + "|end\n"
    if "\\d" in expected:
        assert re.fullmatch(expected.replace("|", r"\|"), line), line
    else:
        assert line == expected


def test_times_and_dates(lb, origin):
    """Second request of a connection: idle before it, its own date, dates with their zones."""
    now = datetime.datetime.now()
    balancer = configure(
        lb,
        origin(),
        "%Th %Ti %TR %Tw %Tc %Tr %Td %Ta %Tq %Tt %Tu [%t] [%tr] [%T] [%Tl] [%trg] [%trl] %Ts %ms "
        "%{+X}Ts|%HU|end",
    )
    with balancer.client() as client:
        client.get("/first")
        client.expect_nothing(0.3)
        client.get("/second")
    line = text_of(balancer.log.wait_text("|/second|end"))
    match = re.fullmatch(
        r"0 (\d+) (\d+) 0 (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) (\d+) "
        rf"\[({DATE}\.\d{{3}})\] \[({DATE}\.\d{{3}})\] \[({DATE}) \+0000\] \[({DATE}) [-+]\d{{4}}\] "
        rf"\[{DATE} \+0000\] \[{DATE} [-+]\d{{4}}\] (\d+) (\d{{3}}) ([0-9A-F]+)\|/second\|end\n",
        line,
    )
    assert match, line
    idle, head, connect, response, data, active, with_idle, total, user = map(
        int, match.groups()[:9]
    )
    assert idle >= 250 and with_idle == idle + head
    assert head + connect + response + data <= active + 3
    assert active <= 250 and user <= 250 and total >= idle + active - 1
    accepted = datetime.datetime.strptime(match[10], "%d/%b/%Y:%H:%M:%S.%f")
    asked = datetime.datetime.strptime(match[11], "%d/%b/%Y:%H:%M:%S.%f")
    assert (asked - accepted).total_seconds() >= 0.25
    assert abs((accepted - now).total_seconds()) < 10
    assert match[10].endswith("." + match[15])
    assert int(match[16], 16) == int(match[14])


def test_a_bad_request(lb, origin):
    """What was never read is <BADREQ>, what was never reached -1 or a dash."""
    balancer = configure(
        lb, origin(), "%ST %{+Q}r %HM %HU %HV %s %si %sp %TR %Tw %Tc %Tr %Td %Tq %U %tsc|end"
    )
    with balancer.client() as client:
        client.send("BAD\r\n\r\n")
        client.read_response()
    assert text_of(balancer.log.wait_text("|end")) == (
        '400 "<BADREQ>" <BADREQ> <BADREQ> <BADREQ> <NOSRV> - - -1 -1 -1 -1 -1 -1 0 PR--|end\n'
    )


def test_captures(lb, origin):
    """Groups and lists of captured fields; braces and bars in them are coded."""
    balancer = configure(
        lb,
        origin(lambda peer: (peer.read_request(), peer.answer(b"x", "200 OK", "Server: a{b|c}d"))),
        "%hr %hs|%hrl|%hsl|%{+Q}hr|%{+Q}hsl|%[capture.req.hdr(1)]|end",
        frontend=(
            "    capture request header Host len 7\n"
            "    capture request header X-None len 9\n"
            "    capture response header Server len 9\n"
        ),
    )
    line, _ = ask(balancer)
    coded = "a#7Bb#7Cc#7Dd"
    assert line == (
        f'{{example|}} {{{coded}}}|example -|{coded}|"{{example|}}"|"{coded}"|-|end\n'
    )


def test_in_mode_tcp(lb, origin):
    """A connection's line."""
    balancer = lb(
        origin(lambda peer: peer.send(peer.read_exactly(3))),
        threads=1,
        defaults="    mode tcp\n    no option http-server-close",
        frontend='    log-format "%f %b %s %B %U %ts %ci %Tw %Td %Tt %ST %rc|end"',
    )
    with balancer.client() as client:
        client.send("abc")
        assert client.read_exactly(3) == b"abc"
        client.expect_close()
    line = text_of(balancer.log.wait_text("|end"))
    assert re.fullmatch(r"web pool s1 3 3 -- 127\.0\.0\.1 \d+ \d+ \d+ 0 0\|end\n", line), line


def test_the_common_log_format(lb, origin):
    """option httplog clf."""
    balancer = lb(origin(), defaults="    option httplog clf", threads=1)
    with balancer.client() as client:
        port = client.port
        client.get("/x")
    line = text_of(balancer.log.wait_text('"GET /x HTTP/1.1"'))
    assert re.fullmatch(
        rf'127\.0\.0\.1 - - \[{DATE} \+0000\] "GET /x HTTP/1\.1" 200 \d+ "" "" {port} \d+ "web" '
        r'"pool" "s1" \d+ 0 \d+ \d+ \d+ ---- 1 1 0 0 0 0 0 "" "" \n',
        line,
    ), line


def test_structured_data(lb, origin):
    """log-format-sd, in lines to targets of the format rfc5424."""
    some = Receiver()
    balancer = configure(
        lb,
        origin(),
        "%s|end",
        frontend=(
            f"    log {some.where} format rfc5424 local2\n"
            r'    log-format-sd "[x@1 path=\"%{+E}HP\" server=\"%s\"]"' + "\n"
        ),
    )
    try:
        ask(balancer)
        line = some.wait_text("|end").decode()
        assert line.endswith(' - [x@1 path="/a#22\\]\\\\{|}" server="s1"] s1|end\n'), line
    finally:
        some.close()


def test_unique_ids(lb, origin):
    """The server and the log know a request by the same name."""
    server = origin()
    balancer = configure(
        lb,
        server,
        "%ID|end",
        frontend=(
            '    unique-id-format "%{+X}o %ci:%cp_%fi:%fp_%Ts_%rt:%pid"\n'
            "    unique-id-header X-Unique-ID\n"
        ),
    )
    seen = set()
    with balancer.client() as client:
        for _ in range(2):
            client.get()
        for request in server.wait_requests(2):
            name = request.one("x-unique-id")
            assert re.fullmatch(r"7F000001:[0-9A-F]{4}_[0-9A-F]{8}:[0-9A-F]+_[0-9A-F]+_[0-9A-F]+:[0-9A-F]+", name)
            assert balancer.log.wait_text(f"{name}|end")
            seen.add(name)
    assert len(seen) == 2


@pytest.mark.torc_only("its line of a failed handshake has other variables")
def test_connections_without_a_request(lb, origin):
    """error-log-format: somebody who is not the balancer that accept-proxy was promised."""
    where = address.free()
    balancer = lb(
        origin(),
        frontend='    error-log-format "%ci %ts %ST"\n'
        + "    bind %s:%d accept-proxy" % where,
    )
    with Client(where) as client:
        client.send("GET / HTTP/1.1\r\n\r\n")
        client.expect_end()
    assert text_of(balancer.log.wait_text("127.0.0.1 PR")) == "127.0.0.1 PR -1\n"
