# SPDX-License-Identifier: GPL-2.0-or-later
"""The statistics: the page behind its password, the csv, and the commands of the stats socket."""

import base64
import json
import os
import re
import socket
import stat

import pytest

from tools import address, pace
from tools.balancer import parse_csv
from tools.errors import BODIES
from tools.wire import pattern

PAGE = """
    stats enable
    stats hide-version
    stats uri /stats
    stats realm Haproxy\\ Statistics
    stats auth haproxy:admin
    stats auth second:pass:word
"""

COLUMNS = (
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,"
    "status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,"
    "tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,"
    "hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,"
    "srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,"
    "ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,"
    "check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,"
    "conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,"
    "srv_icur,src_ilim,qtime_max,ctime_max,rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,"
    "used_conn_cur,need_conn_est,uweight,agg_server_status,agg_server_check_status,"
    "agg_check_status"
).split(",")


def basic(credentials="haproxy:admin"):
    return "Authorization: Basic " + base64.b64encode(credentials.encode()).decode()


# The page


def test_the_page_asks_for_a_password(lb, origin):
    """401 with the realm as configured."""
    server = origin()
    balancer = lb(server, backend=PAGE)
    answer = balancer.get("/stats")
    assert answer.start_line == "HTTP/1.1 401 Unauthorized"
    assert answer.one("www-authenticate") == 'Basic realm="Haproxy Statistics"'
    assert answer.body.decode() == BODIES[401]
    assert server.accepted == 0


@pytest.mark.parametrize(
    "credentials",
    [
        basic("haproxy:wrong"),
        basic("haproxy:admi"),
        basic("haproxy:adminx"),
        basic("haprox:admin"),
        basic(":"),
        basic(""),
        basic("haproxy"),
        "Authorization: Basic",
        "Authorization: Basic !!!!",
        "Authorization: Bearer " + base64.b64encode(b"haproxy:admin").decode(),
        "Authorization: Basic " + "QUFB" * 2000,
        "Proxy-Authorization: Basic " + base64.b64encode(b"haproxy:admin").decode(),
    ],
)
def test_a_wrong_password(lb, origin, credentials):
    """Anything but the right pair gets 401 again."""
    assert lb(origin(), backend=PAGE).get("/stats", credentials).status == 401


@pytest.mark.parametrize("credentials", ["haproxy:admin", "second:pass:word"])
def test_the_right_password(lb, origin, credentials):
    """Each pair of `stats auth` opens the page; a password may hold a colon."""
    answer = lb(origin(), backend=PAGE).get("/stats", basic(credentials))
    assert answer.status == 200
    assert answer.one("content-type").startswith("text/html")
    assert answer.one("cache-control") == "no-cache"
    page = answer.body.decode()
    for word in ("pool", "web", "s1", "Frontend", "Backend", "Sessions", "LastChk"):
        assert word in page, word


@pytest.mark.torc_only("logs 400 here")
def test_a_wrong_password_is_logged_as_401(lb, origin):
    """The status in the log is the one that the client saw."""
    balancer = lb(origin(), backend=PAGE)
    balancer.get("/stats", basic("haproxy:wrong"))
    line = balancer.log.access()
    assert (line.status, line.server) == (401, "<STATS>")
    assert line.state in ("PR--", "LR--")


def test_the_page_in_the_log(lb, origin):
    """<STATS>, LR--."""
    balancer = lb(origin(), backend=PAGE)
    balancer.get("/stats", basic())
    line = balancer.log.access()
    assert (line.backend, line.server, line.state, line.status) == ("pool", "<STATS>", "LR--", 200)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_page_without_and_with_a_body(lb, origin, method):
    """HEAD gets the same head without a body, and the connection goes on."""
    balancer = lb(origin(), backend=PAGE)
    with balancer.client() as client:
        client.request(method, "/stats", basic())
        answer = client.read_response(method)
        assert answer.status == 200
        assert bool(answer.body) == (method == "GET")
        if not answer.has_token("connection", "close"):
            assert client.get("/other").body == b"origin\n"


def test_put_goes_to_the_server(lb, origin):
    """Only GET, HEAD and POST are intercepted."""
    server = origin()
    balancer = lb(server, backend=PAGE)
    with balancer.client() as client:
        client.request("PUT", "/stats", basic(), body=b"x")
        assert client.read_response().body == b"origin\n"
    assert server.requests[0].method == "PUT"
    assert balancer.log.access().server == "s1"


def test_the_uri_is_a_prefix(lb, origin):
    """/statsfoo is the page too, /sta is not."""
    balancer = lb(origin(), backend=PAGE)
    assert b"pool" in balancer.get("/statsfoo", basic()).body
    assert balancer.get("/sta", basic()).body == b"origin\n"
    assert balancer.get("/x/stats", basic()).body == b"origin\n"


def test_the_default_uri(lb, origin):
    """`stats enable` alone: /haproxy?stats, without a password."""
    balancer = lb(origin(), backend="    stats enable")
    assert b"pool" in balancer.get("/haproxy?stats").body
    assert balancer.get("/haproxy").body == b"origin\n"


def test_the_version_is_hidden(lb, origin):
    """hide-version: nothing on the page tells the version."""
    balancer = lb(origin(), backend=PAGE)
    version = balancer.info()["Version"]
    assert version not in balancer.get("/stats", basic()).body.decode()


def test_the_page_with_all_servers_down(lb):
    """The page answers when nobody else does."""
    balancer = lb(
        address.free(), backend=PAGE, server="check inter 100ms"
    )
    balancer.wait_server("s1", "DOWN")
    answer = balancer.get("/stats", basic())
    assert answer.status == 200 and b"DOWN" in answer.body


def test_refresh(lb, origin):
    """stats refresh N is a field of the answer."""
    balancer = lb(origin(), backend=PAGE + "    stats refresh 7s\n")
    assert balancer.get("/stats", basic()).one("refresh") == "7"
    assert balancer.get("/stats;norefresh", basic()).one("refresh") is None


def test_names_are_escaped(lb, origin):
    """Nothing of a request can become part of the page's text."""
    balancer = lb(origin(), backend=PAGE)
    page = balancer.get("/stats;<script>alert(1)</script>;scope=<b>", basic())
    assert b"<script>alert" not in page.body and b"scope=<b>" not in page.body


# csv


def test_csv(lb, origin):
    """Columns 0 to 102 in their order, a comma at the end of each line, rows F, S, B."""
    balancer = lb(origin(), origin(), backend=PAGE)
    answer = balancer.get("/stats;csv", basic())
    assert answer.one("content-type").startswith("text/plain")
    lines = answer.body.decode().splitlines()
    assert lines[0].startswith("# ") and lines[0].endswith(",")
    header = lines[0][2:].rstrip(",").split(",")
    assert header[: len(COLUMNS)] == COLUMNS
    rows = [line for line in lines[1:] if line]
    assert all(line.endswith(",") for line in rows)
    assert [tuple(line.split(",")[:2]) for line in rows] == [
        ("web", "FRONTEND"),
        ("pool", "s1"),
        ("pool", "s2"),
        ("pool", "BACKEND"),
    ]
    for line in rows:
        assert line.count(",") == lines[0].count(",")


# Which of the first 103 columns a row fills, by type, as HAProxy 2.6 does on the socket.
FILLED = {
    "0": "0 1 4-12 17 26-28 32-35 39-44 46-48 51-54 75 77-83 86 87 94",
    "1": "0-11 13-20 22-24 26-28 30 32 33 35 39-44 48-55 58-61 75 76 80 83-87 90-94 99-102",
    "2": "0-9 11 13-24 26-28 30 32 33 35-44 49 50 55 58-61 65 67-69 73 75 83-85 88 90-99",
}


def columns(text):
    numbers = set()
    for part in text.split():
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def test_which_cells_are_filled(lb, origin):
    """Every cell that HAProxy fills has a value, and no cell that it leaves empty has one."""
    balancer = lb(origin(lambda peer: peer.answer()), server="check inter 50ms")
    pace.until(lambda: "L4OK" in balancer.server()["check_status"], "a first probe")
    wrong = []
    for (proxy, name), row in balancer.stats().items():
        for number, column in enumerate(COLUMNS):
            filled = row[column] != ""
            expected = number in columns(FILLED[row["type"]])
            # Columns that depend on what has happened or was configured, and two that HAProxy's
            # manual and HAProxy 2.6 see differently.
            if column in ("lastsess", "last_chk", "downtime", "check_code", "slim"):
                continue
            if column in ("intercepted", "req_tot", "agg_check_status", "agg_server_status",
                          "agg_server_check_status"):
                continue
            if filled != expected:
                wrong.append(f"{proxy}/{name} {number} {column}={row[column]!r}")
    assert not wrong, wrong


def test_each_socket_has_a_row_where_the_file_says_so(lb, origin):
    """option socket-stats: rows of type 3 behind the frontend's, by the names of the binds."""
    side = "    bind %s:%d name side"
    assert ("web", "side") not in lb(origin(), frontend=side % address.free()).stats()
    balancer = lb(origin(), frontend=side % address.free() + "\n    option socket-stats")
    assert balancer.get("/").status == 200
    balancer.log.wait_access()
    rows = balancer.stats()
    assert (rows["web", "side"]["type"], rows["web", "side"]["stot"]) == ("3", "0")
    assert (rows["web", "sock-1"]["type"], rows["web", "sock-1"]["stot"]) == ("3", "1")


def test_a_server_that_the_file_disables(lb, origin):
    """show servers state: configured and forced maintenance, its checks paused."""
    state = lb(origin(), server="disabled").cli("show servers state")
    line = next(line for line in state.splitlines() if " s1 " in line).split()
    assert (line[5], line[6], line[13]) == ("0", "5", "8")


def test_what_is_counted(lb, origin, body_mode):
    """Sessions, requests, bytes and answers after a known amount of traffic."""
    balancer = lb(origin(), defaults="    retries 0")
    with balancer.client() as client:
        for path in ("/size/200000", "/status/404", "/status/500", "/status/302"):
            assert client.get(path).status
    with balancer.client() as client:
        client.send("garbage\r\n\r\n")
        client.read_response()
    with balancer.client() as client:
        client.send("POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: 150000\r\n\r\n")
        client.send_pattern(150000)
        assert client.read_response().status == 200
    balancer.log.wait_access(6)
    balancer.wait_idle()
    rows = balancer.stats()
    front, back, server = rows["web", "FRONTEND"], rows["pool", "BACKEND"], rows["pool", "s1"]
    assert front["stot"] == "3" and front["conn_tot"] == "3"
    assert front["req_tot"] == "6" and front["ereq"] == "1"
    assert (front["hrsp_2xx"], front["hrsp_3xx"], front["hrsp_5xx"]) == ("2", "1", "1")
    assert front["hrsp_4xx"] == "2"
    assert back["req_tot"] == "5" and back["lbtot"] == server["lbtot"] == "5"
    assert server["stot"] == "5" and server["connect"] == "5" and server["reuse"] == "0"
    assert (server["hrsp_2xx"], server["hrsp_4xx"], server["hrsp_5xx"]) == ("2", "1", "1")
    assert server["req_tot"] == "5"
    assert int(front["bin"]) > 150000 and int(front["bout"]) > 200000
    assert 200000 < int(server["bout"]) < 203000
    assert 150000 < int(server["bin"]) < 153000
    for row in (front, back, server):
        assert row["scur"] == "0"
    assert front["status"] == "OPEN" and back["status"] == "UP"


def test_errors_are_counted(lb, origin):
    """econ for connects that failed, eresp for answers that were none, wretr and wredis."""
    dead, silent = address.free(), origin(lambda peer: peer.read_head())
    balancer = lb(dead, silent, defaults="    option redispatch\n    retries 1")
    with balancer.client() as client:
        assert client.request().read_response().status == 502
    rows = balancer.stats()
    assert rows["pool", "s1"]["econ"] in ("0", "1")
    assert rows["pool", "s2"]["eresp"] == "1"
    assert rows["pool", "BACKEND"]["wredis"] == "1"
    assert rows["pool", "BACKEND"]["hrsp_5xx"] == "1"


def test_current_sessions(lb, origin):
    """scur while requests are under way, smax afterwards."""

    def script(peer):
        peer.read_request()
        peer.origin.finished.wait(pace.seconds(10))
        peer.answer()

    server = origin(script)
    balancer = lb(server)
    clients = [balancer.client().request() for _ in range(3)]
    server.wait_requests(3)
    rows = balancer.stats()
    assert {rows[key]["scur"] for key in rows} == {"3"}
    server.finished.set()
    for client in clients:
        client.read_response()
        client.close()
    balancer.wait_idle()
    rows = balancer.stats()
    assert {rows[key]["scur"] for key in rows} == {"0"}
    assert {rows[key]["smax"] for key in rows} == {"3"}


def test_counters_survive_many_workers(lb, origin):
    """The sums over four workers are exact."""
    balancer = lb(origin(), threads=4)
    for _ in range(100):
        balancer.get("/size/1000", "Connection: close")
    balancer.log.wait_access(100)
    rows = balancer.stats()
    assert rows["web", "FRONTEND"]["req_tot"] == "100"
    assert rows["pool", "s1"]["stot"] == "100"
    assert rows["pool", "s1"]["hrsp_2xx"] == "100"


def test_json(lb, origin):
    """;json is JSON, with the fields of the csv."""
    answer = lb(origin(), backend=PAGE).get("/stats;json", basic())
    assert answer.one("content-type").startswith("application/json")
    tree = json.loads(answer.body)
    names = {
        field["field"]["name"]: field["value"]["value"] for field in tree[0] if "field" in field
    }
    assert (names["pxname"], names["svname"]) == ("web", "FRONTEND")


@pytest.mark.slow
def test_a_page_of_a_thousand_servers(lb, origin):
    """A page much longer than any buffer comes whole, also to a slow reader."""
    server = origin()
    text = "\n".join(f"    server s{number} {server.where}" for number in range(1000))
    balancer = lb(backend=PAGE, servers=text)
    with balancer.client(receive_bytes=8192) as client:
        client.request("GET", "/stats;csv", basic())
        answer = client.read_response()
    assert len(parse_csv(answer.body.decode())) == 1002
    assert balancer.get("/stats", basic()).body.count(b"s999") >= 1
    assert len(balancer.stats()) == 1002


# The socket


def test_the_socket_has_its_mode(lb, origin):
    """mode 660 as configured, and it is a socket."""
    balancer = lb(origin(), start=False)
    balancer.text = balancer.text.replace("mode 600", "mode 660")
    balancer.start()
    status = os.stat(balancer.socket_path)
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o660


def test_one_command_then_the_end(lb, origin):
    """Without `prompt` the connection ends after one line of commands."""
    balancer = lb(origin())
    assert balancer.cli_bytes("show version").strip()


def test_several_commands_on_a_line(lb, origin):
    """`;` separates commands; each answer ends with an empty line."""
    text = lb(origin()).cli("show info; show stat")
    assert "Uptime_sec:" in text and "# pxname," in text
    assert text.index("Uptime_sec:") < text.index("# pxname,")


def test_prompt(lb, origin):
    """prompt: `> ` before each command, until quit."""
    balancer = lb(origin())
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(pace.seconds(10))
        sock.connect(balancer.socket_path)
        sock.sendall(b"prompt\n")
        assert sock.recv(64).endswith(b"> ")
        for _ in range(3):
            sock.sendall(b"show version\n")
            text = b""
            while not text.endswith(b"> "):
                piece = sock.recv(4096)
                assert piece
                text += piece
            assert len(text.strip()) > 2
        sock.sendall(b"quit\n")
        assert sock.recv(64) == b""


def test_show_info(lb, origin):
    """The keys that tools read, in HAProxy's order."""
    balancer = lb(origin(), threads=2)
    info = balancer.info()
    wanted = ("Name Version Nbthread Nbproc Pid Uptime Uptime_sec Maxsock Maxconn Hard_maxconn "
              "CurrConns CumConns CumReq ConnRate SessRate Run_queue Idle_pct node Stopping Jobs "
              "Listeners DroppedLogs TotalBytesOut").split()
    order = [name for name in info if name in wanted]
    assert order == wanted
    assert info["Nbthread"] == "2" and info["Stopping"] == "0"
    assert info["Pid"] == str(balancer.pid)
    assert re.fullmatch(r"\d+d \d+h\d\dm\d\ds", info["Uptime"])


def test_show_info_counts(lb, origin):
    """CumReq and CurrConns follow traffic."""
    balancer = lb(origin())
    before = int(balancer.info()["CumReq"])
    with balancer.client() as client:
        client.get()
        client.get()
        balancer.log.wait_access(2)
        info = balancer.info()
        assert int(info["CurrConns"]) >= 1
    assert int(info["CumReq"]) >= before + 2


def test_show_servers_state(lb, origin):
    """The state file's format: a version, a header, a line per server."""
    server = origin()
    lines = lb(server, server="check").cli("show servers state").splitlines()
    assert lines[0] == "1"
    assert lines[1].startswith("# be_id be_name srv_id srv_name srv_addr srv_op_state ")
    words = lines[2].split()
    assert words[1:6] == ["pool", "1", "s1", server.address[0], "2"]
    assert words[18] == str(server.address[1])


def test_show_errors(lb, origin):
    """A refused request is kept with its bytes and the place of the error."""
    balancer = lb(origin())
    assert "Total events captured on" in balancer.cli("show errors")
    with balancer.client() as client:
        client.send("GET / HTTP/1.1\r\nBad Name: x\r\n\r\n")
        client.read_response()
    text = balancer.cli("show errors")
    assert "frontend web" in text and "invalid request" in text
    assert "Bad Name" in text and "error at position" in text


def test_show_sess(lb, origin):
    """A session under way is listed with its source and its proxies."""

    def script(peer):
        peer.read_request()
        peer.expect_end()

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.request()
        server.wait_requests(1)
        text = balancer.cli("show sess")
        assert f"src=127.0.0.1:{client.port}" in text
        assert "fe=web" in text and "be=pool" in text and "srv=s1" in text


def test_unknown_command(lb, origin):
    """An unknown word is answered with help, not with silence."""
    text = lb(origin()).cli("nonsense please")
    assert "unknown command" in text.lower() and "help" in text


def test_help(lb, origin):
    text = lb(origin()).cli("help")
    for command in ("show info", "show stat", "show servers state", "quit", "prompt"):
        assert command in text, command


@pytest.mark.parametrize("level, allowed", [("user", False), ("operator", True), ("admin", True)])
def test_levels(lb, origin, level, allowed):
    """`show errors` needs an operator; `show stat` does not."""
    balancer = lb(origin(), start=False)
    balancer.text = balancer.text.replace("level admin", f"level {level}")
    balancer.start()
    assert "# pxname," in balancer.cli("show stat")
    text = balancer.cli("show errors")
    assert ("Permission denied" in text) == (not allowed)


def test_show_stat_of_one_proxy(lb, origin):
    """show stat <iid> <type> <sid> selects."""
    balancer = lb(origin(), origin())
    rows = parse_csv(balancer.cli("show stat -1 4 -1"))
    assert set(rows) == {("pool", "s1"), ("pool", "s2")}
    rows = parse_csv(balancer.cli("show stat pool 2 -1"))
    assert set(rows) == {("pool", "BACKEND")}


def test_the_socket_shows_more_than_the_page(lb, origin):
    """addr and algo are filled on the admin socket, empty on the page."""
    server = origin()
    balancer = lb(server, backend=PAGE)
    rows = balancer.stats()
    assert rows["pool", "s1"]["addr"] == server.where
    assert rows["pool", "BACKEND"]["algo"] == "roundrobin"
    rows = parse_csv(balancer.get("/stats;csv", basic()).body.decode())
    assert rows["pool", "s1"]["addr"] == "" and rows["pool", "BACKEND"]["algo"] == ""


def test_an_idle_socket_is_closed(lb, origin):
    """stats timeout."""
    balancer = lb(origin(), start=False)
    balancer.text = balancer.text.replace("stats timeout 30s", "stats timeout 300ms")
    balancer.start()
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(pace.seconds(10))
        sock.connect(balancer.socket_path)
        assert sock.recv(10) == b""


def test_a_reader_that_stops_disturbs_nobody(lb, origin):
    """A client of the socket that asks for much and reads nothing: others are answered."""
    server = origin()
    text = "\n".join(f"    server s{number} {server.where}" for number in range(2000))
    balancer = lb(servers=text)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(balancer.socket_path)
        deaf.sendall(b"show stat\n")
        assert int(balancer.info()["Nbthread"]) == 2
        assert balancer.get().body == b"origin\n"


def test_many_connections_to_the_socket(lb, origin):
    """Fifty looks in a row, and several at once, are all answered."""
    balancer = lb(origin())
    for _ in range(50):
        assert "Uptime" in balancer.cli("show info")


def test_traffic_and_statistics_at_once(lb, origin):
    """Looking at the statistics all the time harms no request."""
    import threading  # pylint: disable=import-outside-toplevel

    balancer = lb(origin())
    stop, failures = threading.Event(), []

    def look():
        while not stop.is_set():
            try:
                assert ("pool", "s1") in balancer.stats()
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)
                return

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        with balancer.client() as client:
            for _ in range(200):
                assert client.get("/size/5000").body == pattern(5000)
    finally:
        stop.set()
        watcher.join()
    assert not failures, failures[0]
