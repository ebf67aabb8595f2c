# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules: what is denied, answered, redirected, rewritten and routed, and what the log and the
counters say of it."""

import base64
import os
import pathlib
import signal
import tempfile

import pytest

from tools import pace
from tools.allocations import Counter

ROUTES = """
    acl api path_beg /api /v1
    acl static path_end -i .png .css
    acl moved hdr(host) -i old.example
    http-request deny if { path /deny } or { path -m sub .. }
    http-request deny deny_status 429 if { path /many }
    http-request return status 200 content-type text/plain string "all is well" if { path /hello }
    http-request return status 404 content-type text/plain lf-string "no %[path,lower] for %ci" hdr X-Path %[path] if { path_beg -i /lf/ }
    http-request redirect location https://%[req.hdr(host)]/new code 301 if { path /old }
    http-request set-header X-Client %[src]
    http-request add-header X-Many one
    http-request add-header X-Many "two %{+Q}[path] %{+Q}ft"
    http-request del-header X-Drop
    http-request set-header X-Api yes if api !static
    redirect prefix https://www.example drop-query append-slash if moved { path_beg /a }
    redirect scheme https code 308 if moved
    use_backend api if api
    use_backend %[path,field(2,/)] if { path_beg /by/ } || { path_beg /other/ }
    http-response set-header X-Front response
"""

BACKENDS = """
backend api
    http-request replace-path /api/(.*) /\\1
    http-request set-query a=1 unless { query -m found }
    http-request deny if { hdr(x-token) bad }
    http-response set-header X-Back api
    http-response del-header X-Secret
    http-response deny if { res.hdr(x-leak) -m found }
    server s1 API
backend other
    server s1 OTHER
"""


def script(*fields):
    def serve(peer):
        while True:
            head = peer.read_request()
            if head.has_token("connection", "close"):
                peer.answer(b"hello\n", "200 OK", *fields)
                return
            peer.answer(b"hello\n", "200 OK", *fields, close=False)

    return serve


@pytest.fixture
def routed(lb, origin):
    """A balancer with all the rules above; its three origins."""
    pool, api, other = origin(), origin(script("X-Secret: 1", "X-Keep: 1")), origin()
    balancer = lb(
        pool,
        frontend=ROUTES + BACKENDS.replace("API", api.where).replace("OTHER", other.where),
    )
    return balancer, pool, api, other


def field(answer, name):
    return answer.one(name)


def test_answers_of_our_own(routed):
    """deny, return and redirect answer by themselves, keep the connection, and are counted."""
    balancer, pool, _, _ = routed
    with balancer.client() as client:
        answer = client.get("/deny")
        assert answer.status == 403 and b"Request forbidden by administrative rules." in answer.body
        assert client.get("/many").status == 429
        answer = client.get("/hello")
        assert (answer.status, answer.body) == (200, b"all is well")
        assert field(answer, "content-type") == "text/plain"
        answer = client.get("/lf/AbC")
        assert (answer.status, answer.body) == (404, b"no /lf/abc for 127.0.0.1")
        assert field(answer, "x-path") == "/lf/AbC"
        answer = client.get("/old?x=1")
        assert (answer.status, field(answer, "location")) == (301, "https://test/new")
        assert client.get("/fine").status == 200
    lines = [balancer.log.access() for _ in range(6)]
    assert [(line.status, line.state) for line in lines] == [
        (403, "PR--"), (429, "PR--"), (200, "LR--"), (404, "LR--"), (301, "LR--"), (200, "----")]
    assert [(line.backend, line.server) for line in lines[:5]] == [("web", "<NOSRV>")] * 5
    assert lines[0].reached == "R---"
    assert len(pool.requests) == 1
    row = balancer.stats()["web", "FRONTEND"]
    assert (row["dreq"], row["intercepted"]) == ("2", "3")


@pytest.mark.parametrize(
    "head", ["GET http://inner/ HTTP/1.1\r\nHost: outer", "GET http://inner/ HTTP/1.0"]
)
def test_an_absolute_target_is_the_host(lb, origin, head):
    """RFC 9112 3.2.2: who is asked by the target is asked; no rule may be shown another."""
    balancer = lb(origin(), frontend="    http-request deny if { hdr(host) inner }")
    with balancer.client() as client:
        client.send(head + "\r\n\r\n")
        assert client.read_response().status == 403


@pytest.mark.parametrize(
    "target, host, status, location",
    [
        ("/a?b=c", "old.example", 302, "https://www.example/a/"),
        ("/z?b=c", "OLD.example", 308, "https://OLD.example/z?b=c"),
    ],
)
def test_redirects(routed, target, host, status, location):
    """`redirect` as a line of its own comes behind the rules of http-request."""
    balancer = routed[0]
    with balancer.client() as client:
        answer = client.request("GET", target, host=host).read_response()
        assert (answer.status, field(answer, "location")) == (status, location)
        answer = client.request("HEAD", target, host=host).read_response(method="HEAD")
        assert answer.status == status


def test_a_request_with_a_body_is_answered(routed):
    """Its body is passed over when it is here, else the connection ends behind the answer."""
    balancer = routed[0]
    with balancer.client() as client:
        client.send("POST /deny HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
        assert client.read_response().status == 403
        assert client.get("/hello").status == 200
        client.send("POST /deny HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart")
        answer = client.read_response()
        assert answer.status == 403 and answer.has_token("connection", "close")


def test_requests_that_came_together(routed):
    """Behind an answer of ours the next request of the same packet is served."""
    balancer, pool, _, _ = routed
    with balancer.client() as client:
        host = " HTTP/1.1\r\nHost: a\r\n"
        client.send(
            f"GET /deny{host}\r\nPOST /hello{host}Content-Length: 3\r\n\r\nabc"
            f"GET /x{host}\r\nGET /old{host}\r\n")
        assert [client.read_response().status for _ in range(4)] == [403, 200, 200, 301]
    assert len(pool.requests) == 1


def test_requests_are_rewritten(routed):
    """Fields are set, added and removed; everything else comes as it was."""
    balancer, pool, _, _ = routed
    with balancer.client() as client:
        answer = client.get(
            "/x?y=z", "X-Client: faked", "x-client: twice", "X-Drop: 1", "x-drop: 2", "X-Stay: 3")
    assert field(answer, "x-front") == "response"
    head = pool.requests[0]
    assert head.start_line == "GET /x?y=z HTTP/1.1"
    assert head.all("x-client") == ["127.0.0.1"]
    assert head.all("x-many") == ["one", 'two /x "web"']
    assert head.all("x-drop") == [] and head.all("x-stay") == ["3"] and head.all("x-api") == []


def test_routes(routed):
    """use_backend by conditions and by a name out of the request; default_backend for the rest."""
    balancer, pool, api, other = routed
    with balancer.client() as client:
        answer = client.get("/api/users")
        assert field(answer, "x-back") == "api" and field(answer, "x-front") == "response"
        assert answer.all("x-secret") == [] and field(answer, "x-keep") == "1"
        assert client.get("/v1/x?b=2").status == 200
        assert client.get("/other/thing").status == 200
        assert client.get("/by/nobody").status == 200
        assert client.get("/api/x", "X-Token: bad").status == 403
    assert [head.target for head in api.requests] == ["/users?a=1", "/v1/x?b=2"]
    assert api.requests[0].all("x-api") == ["yes"]
    assert [head.target for head in other.requests] == ["/other/thing"]
    assert [head.target for head in pool.requests] == ["/by/nobody"]
    stats = balancer.stats()
    assert stats["api", "BACKEND"]["dreq"] == "1" and stats["web", "FRONTEND"]["dreq"] == "1"
    assert (stats["api", "BACKEND"]["req_tot"], stats["pool", "BACKEND"]["req_tot"]) == ("3", "1")
    lines = [balancer.log.access() for _ in range(5)]
    assert [line.backend for line in lines] == ["api", "api", "other", "pool", "api"]
    assert lines[4].state == "PR--"


def test_responses_are_denied(lb, origin):
    """http-response deny: the client gets 502, the server's answer goes nowhere."""
    balancer = lb(
        origin(script("X-Leak: secret")),
        backend="    http-response deny if { res.hdr(x-leak) -m found }\n"
        "    http-response set-header X-Never 1",
        frontend="    http-after-response set-header X-After always",
    )
    answer = balancer.get()
    assert answer.status == 502 and b"secret" not in answer.raw + answer.body
    assert field(answer, "x-after") == "always" and answer.all("x-never") == []
    line = balancer.log.access()
    assert (line.status, line.state, line.server) == (502, "PH--", "s1")
    stats = balancer.stats()
    assert [stats[name]["dresp"] for name in
            (("web", "FRONTEND"), ("pool", "BACKEND"), ("pool", "s1"))] == ["1"] * 3


def test_no_rule_writes_a_second_field(lb, origin):
    """What a client puts into its request cannot end the field that a rule makes of it."""
    server = origin()
    balancer = lb(
        server,
        frontend="    http-request set-header X-Path %[path,url_dec]\n"
        "    http-response set-header X-Path %[capture.req.hdr(0)]\n"
        "    http-request capture path,url_dec len 100",
    )
    answer = balancer.get("/a%0d%0aX-Injected:%201%00b")
    assert server.requests[0].all("x-injected") == []
    assert server.requests[0].all("x-path") == ["/a%0D%0AX-Injected: 1%00b"]
    assert answer.all("x-injected") == []
    assert answer.one("x-path").startswith("/a%0D%0AX-Injected: 1")


@pytest.mark.torc_only("its rewrites need room beside the body")
def test_long_fields_fit(lb, origin, body_mode):
    """What rules add may be much longer than the message; the bodies stay whole."""
    server = origin()
    long = "v" * 3000
    balancer = lb(
        server,
        frontend=f"    http-request set-header X-A {long}\n    http-request set-header X-B {long}\n"
        f"    http-response set-header X-A {long}\n    http-response set-header X-B {long}",
    )
    with balancer.client() as client:
        answer = client.request("POST", "/hash", body=b"b" * 3000).read_response()
        assert answer.body.startswith(b"3000 ")
        assert field(answer, "x-a") == long and field(answer, "x-b") == long
        answer = client.get("/size/2000000")
        assert len(answer.body) == 2000000 and field(answer, "x-b") == long
        assert len(client.get("/chunked/30000").body) == 30000
    assert all(head.all("x-a") == [long] for head in server.requests)


@pytest.mark.torc_only("it has room for more")
def test_what_does_not_fit_is_an_error(lb, origin):
    """More than tune.bufsize: 500, counted as a failed rewrite."""
    server = origin()
    rules = "".join(f"    http-request set-header X-{i} {'v' * 3000}\n" for i in range(7))
    balancer = lb(server, frontend=rules)
    assert balancer.get().status == 500
    line = balancer.log.access()
    assert (line.status, line.state) == (500, "PR--")
    assert server.requests == []
    assert balancer.stats()["web", "FRONTEND"]["wrew"] == "1"


def test_passwords(lb, origin):
    """A userlist, asked with http_auth, and the answer that asks for the password."""
    balancer = lb(
        origin(),
        frontend="    http-request auth realm Here unless { http_auth(people) }\n"
        "    http-request deny unless { http_auth_group(people) admins }\n"
        "userlist people\n    group admins users bob\n    user bob insecure-password secret\n"
        "    user eve password $5$0123456789abcdef$OxVOhdgsVNhwzBqn8yPZ2rWVlSyIYSNP9zDZY5F/j49",
    )

    def ask(credentials):
        token = base64.b64encode(credentials.encode()).decode()
        return balancer.get("/", f"Authorization: Basic {token}").status

    answer = balancer.get()
    assert answer.status == 401
    assert field(answer, "www-authenticate") == 'Basic realm="Here"'
    assert [ask("bob:secret"), ask("bob:wrong"), ask("ann:secret"), ask("bob")] == [
        200, 401, 401, 401]


def test_tarpit(lb, origin):
    """The answer comes after timeout tarpit; a client that leaves is let go."""
    balancer = lb(
        origin(), defaults="    timeout tarpit 150ms", frontend="    http-request tarpit")
    answer = balancer.get()
    assert answer.status == 500
    line = balancer.log.access()
    assert (line.status, line.state) == (500, "PT--") and int(line.total_ms) >= 140
    with balancer.client() as client:
        client.request()
    assert balancer.log.access().state == "PT--"
    balancer.wait_idle()


def test_error_pages(lb, origin, tmp_path):
    """errorfile, errorloc, http-error and an http-errors section, in place of our pages."""
    (tmp_path / "503.http").write_text(
        "HTTP/1.0 503 Busy\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nbusy\n")
    (tmp_path / "404.http").write_text(
        "HTTP/1.0 404 Not here\r\nContent-Type: text/plain\r\n\r\nnot here\n")
    balancer = lb(
        frontend=f"    errorfile 503 {tmp_path}/503.http\n    errorfile 429 /dev/null\n"
        "    errorloc303 400 http://sorry.example/\n"
        '    http-error status 403 content-type text/plain string "go away" hdr X-Why rules\n'
        "    http-request deny if { path /deny }\n"
        "    http-request deny deny_status 429 if { path /silent }\n"
        "    http-request deny deny_status 400 if { path /bad }\n"
        "    http-request return status 404 errorfiles site if { path /site }\n"
        f"http-errors site\n    errorfile 404 {tmp_path}/404.http",
    )
    answer = balancer.get()
    assert (answer.status, answer.body) == (503, b"busy\n")
    assert balancer.log.access().status == 503
    answer = balancer.get("/deny")
    assert (answer.status, answer.body, field(answer, "x-why")) == (403, b"go away", "rules")
    assert (balancer.get("/site").status, balancer.get("/site").body) == (404, b"not here\n")
    with balancer.client() as client:
        client.request("GET", "/silent")
        assert client.read_rest() == b""
    with balancer.client() as client:
        answer = client.get("/bad")
        assert (answer.status, field(answer, "location")) == (303, "http://sorry.example/")


def test_monitor(lb, origin):
    """monitor-uri is answered without a log line; `monitor fail` makes it 503."""
    server = origin()
    balancer = lb(
        server,
        frontend="    monitor-uri /alive\n    monitor fail if { nbsrv(pool) lt 1 }",
        server="check inter 50ms fall 1 rise 1",
    )
    with balancer.client() as client:
        answer = client.get("/alive")
        assert answer.status == 200 and b"Service ready." in answer.body
        assert client.get("/alive/not").status == 200
    assert balancer.log.access().request == "GET /alive/not HTTP/1.1"
    server.refuse()
    balancer.wait_server("s1", "DOWN")
    pace.until(lambda: balancer.get("/alive").status == 503, "the monitor to fail")
    assert balancer.log.lines and all(b" /alive " not in line for line in balancer.log.lines)


def test_use_server(lb, origin):
    """use-server while that server can serve, else the one that is chosen."""
    first, second = origin(name="one"), origin(name="two")
    balancer = lb(
        first, second,
        backend="    use-server s2 if { url_param(server) two }",
        server="check inter 50ms fall 1 rise 1",
    )
    assert {balancer.get("/?server=two").body for _ in range(4)} == {b"two\n"}
    second.refuse()
    balancer.wait_server("s2", "DOWN")
    assert {balancer.get("/?server=two").body for _ in range(3)} == {b"one\n"}


STATE = " ".join(f"%[{word}]" for word in (
    "connslots(limited)", "be_conn_free(limited)", "avg_queue(limited)", "srv_queue(limited/a)",
    "connslots(open)", "be_conn_free(open)", "connslots(off)", "be_conn_free(off)",
    "srv_sess_rate(limited/a)", "be_sess_rate(limited)"))


def test_state_of_proxies(lb, origin):
    """Places, queues and rates of backends, as HAProxy 2.6 counts them; -1 where nothing limits."""
    server = origin()
    balancer = lb(
        server,
        frontend=f'    http-request return status 200 content-type text/plain lf-string "{STATE}"'
        " if { path /state }\n"
        '    http-request return status 200 content-type text/plain lf-string "%[fe_req_rate]"'
        " if { path /rate }\n"
        "    http-request deny deny_status 429 if { fe_sess_rate gt 100000 }\n"
        "backend limited\n    server a 127.0.0.1:1 maxconn 10 maxqueue 5\n"
        "    server b 127.0.0.1:1 maxconn 20 maxqueue 5\n"
        "backend open\n    server a 127.0.0.1:1 maxconn 10\n    server b 127.0.0.1:1\n"
        "backend off\n    server a 127.0.0.1:1 maxconn 10 disabled",
    )
    assert balancer.get("/state").body == b"40 30 0 0 -1 -1 0 0 0 0"
    # A second may pass between two requests, not between each two of many.
    pace.until(lambda: int(balancer.get("/rate").body) > 1, "requests to be counted by the second")


def test_captured_request_line(lb, origin):
    """capture.req.* know the request in rules for its response, as it came."""
    balancer = lb(
        origin(),
        frontend="    http-request set-path /other\n"
        "    http-response set-header X-Was \"%[capture.req.method] %[capture.req.uri] "
        '%[capture.req.ver]"',
    )
    with balancer.client() as client:
        answer = client.get("/a/b?c=d")
    assert field(answer, "x-was") == "GET /a/b?c=d HTTP/1.1"


def test_captures(lb, origin):
    """Captured fields and samples stand between braces in the log line, escaped and cut."""
    balancer = lb(
        origin(script("Server: scripted|x")),
        frontend="    capture request header Host len 6\n"
        "    capture request header X-None len 10\n"
        "    http-request capture path,field(2,/) len 10\n"
        "    capture response header Server len 20",
    )
    balancer.get("/word/2", "X-None: a", 'X-None: b"{')
    assert balancer.log.access().captures == " {test|b#22#7B|word} {scripted#7Cx}"
    balancer.get("/long-word-here/2")
    assert balancer.log.access().captures == " {test||long-word-} {scripted#7Cx}"


def test_a_backends_rules_behind_a_frontend_without_any(lb, origin):
    """What rules write for one request makes room for the next one's."""
    server = origin()
    long = "x" * 1000
    balancer = lb(server, threads=1, backend=f"    http-request set-header X-Long {long}")
    with balancer.client() as client:
        for _ in range(60):
            assert client.get().status == 200
    assert all(request.one("x-long") == long for request in server.requests)


def test_routes_in_mode_tcp(lb, origin):
    """use_backend by what is known of a connection, before a byte of it was read."""
    here, there = origin(name="here"), origin(name="there")
    balancer = lb(
        here,
        defaults="    mode tcp",
        frontend="    use_backend other if { src 127.0.0.9 }\n"
        f"backend other\n    server s1 {there.where}",
    )
    assert [balancer.get("/", source=f"127.0.0.{n}").body for n in (1, 9)] == [
        b"here\n", b"there\n"]


def test_rules_of_the_statistics(lb, origin):
    """stats http-request: passwords of a userlist, and nothing for some."""
    balancer = lb(
        origin(),
        backend="    stats uri /stats\n    stats http-request deny if { src 127.0.0.9 }\n"
        "    stats http-request auth realm Counters unless { http_auth(people) }",
        frontend="userlist people\n    user bob insecure-password secret",
    )
    assert balancer.get("/stats", source="127.0.0.9").status == 403
    answer = balancer.get("/stats")
    assert answer.status == 401 and 'realm="Counters"' in field(answer, "www-authenticate")
    token = base64.b64encode(b"bob:secret").decode()
    answer = balancer.get("/stats", f"Authorization: Basic {token}")
    assert answer.status == 200 and b"Statistics Report" in answer.body
    assert balancer.get("/other", source="127.0.0.9").status == 200


@pytest.mark.plain_only
@pytest.mark.torc_only("allocates for each request")
def test_rules_allocate_nothing(lb, origin):
    """Regular expressions, formats, hashed passwords, captures, long heads, answers, error pages:
    no heap call in a worker once everything has been done once."""
    with tempfile.TemporaryDirectory(prefix="torc-e2e-") as name:
        counter = Counter(pathlib.Path(name))
        balancer = lb(
            origin(),
            env=counter.env,
            frontend=ROUTES
            + f"    http-request set-header X-Long {'v' * 3000}\n"
            "    http-request replace-header X-Any (a+)+b \\1 if { path_reg ^/(.*x)+$ }\n"
            "    http-request set-path %[path,regsub(a,b,g)]\n"
            "    http-request deny if { hdr(x-user) 1 } !{ http_auth(people) }\n"
            "    http-after-response set-header X-After %[date]%[dst]\n"
            "    http-error status 403 content-type text/plain lf-string %[src]\n"
            "    capture request header Host len 20\n"
            "userlist people\n"
            "    user eve password $5$rounds=1000$0123456789abcdef$x\n"
            "backend api\n    server s1 127.0.0.1:1\n",
        )
        worker = balancer.worker_pid()
        token = base64.b64encode(b"eve:secret").decode()

        def round_of_rules():
            for _ in range(30):
                with balancer.client() as client:
                    for target in ("/deny", "/hello", "/lf/a", "/old", "/xxxxxxx", "/a", "/by/no"):
                        client.get(target, "X-Any: aaab")
                    client.get("/", "X-User: 1", f"Authorization: Basic {token}")
                    client.request("GET", "/", host="old.example").read_response()

        for _ in range(2):
            round_of_rules()
        first, names = counter.of_threads(worker, "torc/worker")
        assert len(names) == 2
        round_of_rules()
        second, _ = counter.of_threads(worker, "torc/worker")
        assert second == first


@pytest.mark.torc_only("has no second process")
def test_files_outlive_their_reading(lb, origin, tmp_path):
    """A balancer that is started in the place of a crashed one has the patterns and the error
    pages that were checked, whatever has become of the files."""
    (tmp_path / "503.http").write_text("HTTP/1.0 503 Busy\r\n\r\nbusy\n")
    (tmp_path / "paths").write_text("# denied\n/secret\n")
    balancer = lb(
        frontend=f"    errorfile 503 {tmp_path}/503.http\n"
        f"    http-request deny if {{ path -f {tmp_path}/paths }}")
    assert (balancer.get().body, balancer.get("/secret").status) == (b"busy\n", 403)
    (tmp_path / "503.http").unlink()
    (tmp_path / "paths").unlink()
    first = balancer.worker_pid()
    os.kill(first, signal.SIGKILL)
    pace.until(lambda: balancer.worker_pid() not in (None, first), "another balancer")
    assert (balancer.get().body, balancer.get("/secret").status) == (b"busy\n", 403)
