# SPDX-License-Identifier: GPL-2.0-or-later
"""The published file, unchanged, on the published network: namespaces, real nginx, real rsyslogd.

Its timeout http-request is 20 ms.  On a busy machine a client may be late by its own fault and get
408: then it asks once more, as a person would.
"""

import base64
import os
import re
import shutil
import signal

import pytest

from lab import CLIENT, VIP, Lab, files, namespaces_refused
from tools import pace, processes, programs
from tools.balancer import parse_csv
from tools.errors import BODIES
from tools.site import Capture, ask
from tools.wire import Stream

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
]


@pytest.fixture(scope="module")
def shared():
    """One lab for the tests that only look."""
    with Lab() as lab:
        yield lab


@pytest.fixture
def lab():
    """A lab of one's own, for tests that break something."""
    with Lab() as own:
        yield own


def wait_probed(lab):
    """Until each server was probed once."""
    pace.until(
        lambda: all("L7OK" in stats(lab)["myLB", f"pv{number}"]["check_status"]
                    for number in lab.pv),
        "every server to be probed",
    )


def stats(lab):
    return parse_csv(lab.lb1.runtime("show stat"))


# Step 3: a browser opens the virtual address


def test_each_server_answers_in_turn(shared):
    """Four requests reach the four servers, in order; the page says which."""
    wait_probed(shared)
    first = ask(shared).server
    number = int(first[2:])
    for step in range(1, 9):
        assert ask(shared).server == f"pv{(number - 1 + step) % 4 + 1}"


def test_nginx_sees_the_clients_address(shared):
    """$remote_addr is 192.168.25.2 in every access log."""
    for _ in range(8):
        ask(shared, "/index.html?seen")
    for server in shared.pv.values():
        lines = pace.until(
            lambda server=server: [line for line in server.access_log() if "?seen" in line],
            "a line in the access log",
        )
        assert {line.split()[0] for line in lines} == {CLIENT}


def test_a_clients_own_x_forwarded_for_changes_nothing(shared):
    """It is kept, and ours is behind it: nginx still sees 192.168.25.2."""
    for _ in range(4):
        ask(shared, "/index.html?spoof", {"X-Forwarded-For": "203.0.113.9"})
    for server in shared.pv.values():
        lines = pace.until(
            lambda server=server: [line for line in server.access_log() if "?spoof" in line],
            "a line in the access log",
        )
        assert {line.split()[0] for line in lines} == {CLIENT}


def test_probes_on_the_wire_and_not_in_the_log(shared):
    """At least ten probes arrive at pv1, each exactly the published one, from 10.0.0.1; the
    access log has no line for them."""
    capture = Capture(shared.pv[1], "eth0")
    try:
        def probes():
            sent = capture.payloads_to("10.0.10.1").items()
            return [(key, data) for key, data in sent if b"hc.html" in data]

        pace.until(lambda: len(probes()) >= 10, "ten probes", limit=25)
        for (source, _), data in probes():
            assert source == "10.0.0.1"
            assert data == b"GET /hc.html HTTP/1.0\r\n\r\n"
    finally:
        capture.stop()
    for server in shared.pv.values():
        assert not [line for line in server.access_log() if "hc.html" in line]


def test_requests_come_from_the_inner_address(shared):
    """Every connection to a server comes from 10.0.0.1, never from the virtual address."""
    capture = Capture(shared.pv[2], "eth0")
    try:
        for _ in range(8):
            ask(shared, "/index.html?from")
        found = pace.until(
            lambda: [data for data in capture.payloads_to("10.0.10.2").items()
                     if b"?from" in data[1]],
            "requests on the wire",
        )
        opened = {source for source, _, target, _, flags, _ in capture.segments
                  if target == "10.0.10.2" and flags & 0x12 == 0x02}
    finally:
        capture.stop()
    assert opened == {"10.0.0.1"}
    for (source, _), data in found:
        assert source == "10.0.0.1"
        assert f"x-forwarded-for: {CLIENT}\r\n" in data.decode().lower()
        assert "connection: close\r\n" in data.decode().lower()
        assert data.startswith(b"GET /index.html?from HTTP/1.1\r\n")


def test_the_balancers_own_requests_get_no_x_forwarded_for(shared):
    """except 127.0.0.0/8 speaks of loopback clients; LB1's own address is not one of them."""
    capture = Capture(shared.pv[3], "eth0")
    try:
        for _ in range(8):
            ask(shared, "/index.html?self", node=shared.lb1)
        found = pace.until(
            lambda: [data for _, data in capture.payloads_to("10.0.10.3").items()
                     if b"?self" in data],
            "requests on the wire",
        )
    finally:
        capture.stop()
    for data in found:
        assert re.search(rb"(?i)x-forwarded-for: 192\.168\.25\.20[13]\r\n", data)


# Step 5: ab


def run_ab(lab, *words):
    """ab's report; once more when it was itself too slow for 20 ms (408) or for 30 ms between
    two requests (a kept connection is closed under it, which it counts as failed)."""
    program = shutil.which("ab") or programs.need("ab")
    output = ""
    for _ in range(8):
        done = lab.client.run([program, *words, f"http://{VIP}/index.html"])
        output = done.stdout + done.stderr
        failed = re.search(r"^Failed requests: +0$", output, re.MULTILINE) is None
        if done.returncode == 0 and not failed and "Non-2xx responses" not in output:
            break
    assert re.search(r"^Failed requests: +0$", output, re.MULTILINE), output
    assert "Non-2xx responses" not in output, output
    return output


def test_ab(shared):
    """ab -n 50 -c 10 as published: 50 complete, none failed, none but 2xx."""
    wait_probed(shared)
    output = run_ab(shared, "-n", "50", "-c", "10")
    assert re.search(r"^Complete requests: +50$", output, re.MULTILINE), output


def test_ab_with_kept_connections(shared):
    """ab -k: answers keep the connection in spite of 30 ms between requests."""
    output = run_ab(shared, "-k", "-n", "200", "-c", "5")
    assert re.search(r"^Complete requests: +200$", output, re.MULTILINE), output
    assert not re.search(r"^Keep-Alive requests: +0$", output, re.MULTILINE), output


# Step 6: the statistics


def test_the_statistics_ask_for_a_password(shared):
    """401, realm "Haproxy Statistics"."""
    answer = ask(shared, "/stats")
    assert answer.status == 401
    assert answer.header("www-authenticate") == 'Basic realm="Haproxy Statistics"'
    assert answer.text == BODIES[401]


def test_the_statistics_open_for_haproxy_admin(shared):
    """haproxy:admin opens the page; it shows the four servers."""
    word = base64.b64encode(b"haproxy:admin").decode()
    answer = ask(shared, "/stats", {"Authorization": f"Basic {word}"})
    assert answer.status == 200
    for name in ("myLB", "pv1", "pv2", "pv3", "pv4"):
        assert name in answer.text
    rows = parse_csv(ask(shared, "/stats;csv", {"Authorization": f"Basic {word}"}).text)
    assert set(rows) == {("myLB", name)
                         for name in ("FRONTEND", "pv1", "pv2", "pv3", "pv4", "BACKEND")}


def test_frontend_and_backend_share_a_name(shared):
    """They are told apart by svname, and by their ids."""
    rows = stats(shared)
    front, back = rows["myLB", "FRONTEND"], rows["myLB", "BACKEND"]
    assert (front["iid"], back["iid"]) == ("2", "3")
    assert back["slim"] == "5000"


# Step 7: the log


def test_log_lines_arrive_at_rsyslogd(shared):
    """The request's line is in the file of facility local2, with the published names."""
    before = len(shared.lb1.log())
    ask(shared, "/index.html?logged")
    line = shared.lb1.wait_log(r"\?logged HTTP/1\.1\"$", after=before)
    assert re.search(
        r" (haproxy|torc)\[\d+\]: 192\.168\.25\.2:\d+ \[[^\]]+\] myLB myLB/pv[1-4] "
        r"\d+/0/\d+/\d+/\d+ 200 \d+ - - ---- \d+/\d+/\d+/\d+/0 0/0 "
        r'"GET /index\.html\?logged HTTP/1\.1"$',
        line,
    ), line


def test_the_published_times_are_milliseconds(shared):
    """A client that says nothing gets 408 after 20 ms."""
    with shared.client.connect(VIP, 80) as sock:
        client = Stream(sock)
        answer = client.read_response()
        assert answer.status == 408 and answer.body.decode() == BODIES[408]
        client.expect_close()


# Breaking things


def test_a_frozen_server_is_left_out(lab):
    """SIGSTOP of pv2's nginx: L7TOUT within its second; the others answer; then it comes back."""
    wait_probed(lab)
    lab.pv[2].freeze()
    lab.lb1.wait_log(r"Server myLB/pv2 is DOWN, reason: Layer7 timeout, check duration: \d+ms\. "
                     r"3 active and 0 backup servers left\.", limit_s=10)
    assert {ask(lab).server for _ in range(6)} == {"pv1", "pv3", "pv4"}
    lab.pv[2].thaw()
    lab.lb1.wait_log(r"Server myLB/pv2 is UP, reason: Layer7 check passed, code: 200",
                     limit_s=30)
    assert {ask(lab).server for _ in range(8)} == {"pv1", "pv2", "pv3", "pv4"}


def test_a_killed_server_is_left_out(lab):
    """kill -9 of pv3's nginx: refused connects go elsewhere at once, before the probe sees it."""
    wait_probed(lab)
    lab.pv[3].kill()
    assert {ask(lab).status for _ in range(8)} == {200}
    lab.lb1.wait_log(r"Server myLB/pv3 is DOWN, reason: Layer4 connection problem, info: "
                     r'"Connection refused', limit_s=10)
    assert {ask(lab).server for _ in range(6)} == {"pv1", "pv2", "pv4"}
    lab.pv[3].start()
    lab.lb1.wait_log(r"Server myLB/pv3 is UP", limit_s=30)


def test_a_reload_of_nginx_is_not_noticed(lab):
    """nginx -s reload on all four: every request is answered, no server goes down."""
    wait_probed(lab)
    for server in lab.pv.values():
        server.reload()
        assert {ask(lab).status for _ in range(4)} == {200}
    assert not [line for line in lab.lb1.log() if "is DOWN" in line]


def test_the_statistics_with_all_servers_down(lab):
    """/stats answers when no server does; clients get 503."""
    for server in lab.pv.values():
        server.stop()
    lab.lb1.wait_log(r"backend myLB has no server available!", limit_s=15)
    answer = ask(lab)
    assert answer.status == 503 and answer.text == BODIES[503]
    word = base64.b64encode(b"haproxy:admin").decode()
    page = ask(lab, "/stats", {"Authorization": f"Basic {word}"})
    assert page.status == 200 and "DOWN" in page.text


def test_the_log_daemon_goes_and_comes(lab):
    """Without rsyslogd requests go on; with it lines arrive again."""
    ask(lab)
    lab.lb1.stop_syslog()
    assert {ask(lab).status for _ in range(20)} == {200}
    lab.lb1.start_syslog()
    before = len(lab.lb1.log())

    def arrived():
        ask(lab, "/index.html?again")
        return [line for line in lab.lb1.log()[before:] if "?again" in line]

    pace.until(arrived, "a line after rsyslogd is back")


def test_the_balancer_is_killed(lab):
    """kill -9 of the process that forwards: the next one serves; the address is never refused."""
    if "haproxy" in os.path.basename(lab.program):
        pytest.skip("haproxy has no keeper")
    wait_probed(lab)
    keeper = lab.lb1.torc.pid
    worker = max(processes.descendants(keeper), key=lambda pid: len(processes.threads(pid)))
    os.kill(worker, signal.SIGKILL)
    # A refused connection would raise here.
    assert ask(lab).status == 200
    assert lab.lb1.torc.poll() is None


# Starting


def test_the_published_file_as_a_daemon(lab):
    """`daemon`, `chroot`, `user` and `group` as published: what runs afterwards is none of root."""
    lab.lb1.stop_torc()
    lab.lb1.start_daemon()
    lab.lb1.wait_listening()
    assert ask(lab).status == 200
    number = int(lab.lb1.read("/etc/passwd").split("haproxy:x:")[1].split(":")[0])
    # Those that forward: the keeper stays what it was, to bind and to supervise.
    forwarding = "torc/worker" if "haproxy" not in os.path.basename(lab.program) else "torc"
    found = [pid for pid in lab.lb1.processes()
             if any(name.startswith(forwarding) for name in processes.threads(pid).values())
             and len(processes.threads(pid)) > 1]
    assert found
    for pid in found:
        with open(f"/proc/{pid}/status", encoding="ascii") as text:
            fields = dict(line.split(":", 1) for line in text)
        assert fields["Uid"].split() == [str(number)] * 4
        assert fields["Gid"].split() == [str(number)] * 4
        assert int(fields["CapEff"], 16) == 0
        assert os.readlink(f"/proc/{pid}/root").endswith("/var/lib/haproxy")


def test_no_break_spaces_are_spaces():
    """The file as copied off a page: U+00A0 where spaces should be; one warning names the file."""
    if "haproxy" in programs.under_test().name:
        pytest.skip("haproxy takes U+00A0 for a part of a word")
    text = files.published("haproxy.cfg")
    copied = "\n".join(
        line.replace(" ", "\u00a0", 1) if number % 3 == 0 else line
        for number, line in enumerate(text.split("\n"))
    )
    assert copied.count("\u00a0") > 10
    with Lab(config=copied) as lab:
        assert ask(lab).status == 200
        done = lab.lb1.check_config()
        assert done.returncode == 0
        warnings = [line for line in done.stderr.splitlines() if "00A0" in line.upper()
                    or "no-break" in line.lower()]
        assert len(warnings) == 1, done.stderr


def test_the_virtual_address_may_be_absent(lab):
    """The standby has no VIP and no ip_nonlocal_bind: the program starts all the same, and serves
    when the address comes."""
    if "haproxy" in os.path.basename(lab.program):
        pytest.skip("haproxy needs ip_nonlocal_bind")
    lab.lb1.stop_torc()
    lab.hold_vip(lab.lb1, held=False)
    lab.lb1.start_torc()
    lab.hold_vip(lab.lb1)
    assert ask(lab).status == 200


def test_check_of_the_published_file(shared):
    """-c: valid, with a warning for the address on the backend line."""
    if "haproxy" in os.path.basename(shared.program):
        pytest.skip("haproxy refuses that line")
    done = shared.lb1.check_config()
    assert done.returncode == 0, done.stderr
    lines = files.published("haproxy.cfg").splitlines()
    number = 1 + lines.index("backend myLB 192.168.25.203:80")
    assert re.search(
        rf"\[WARNING\].*parsing \[[^\]]*:{number}\].*192\.168\.25\.203:80", done.stderr
    )
    assert re.search(r"timeout http-request 20.*suspiciously small", done.stderr)


def test_without_user_and_folders(shared):
    """No haproxy user, group or folder: start says what is missing and how to create it."""
    if "haproxy" in os.path.basename(shared.program):
        pytest.skip("haproxy says less")
    with Lab(torc=False, account=False, servers=1) as lab:
        lab.lb1.install_torc()
        done = lab.lb1.run(lab.lb1.torc_argv("-db"))
        assert done.returncode == 1
        said = done.stdout + done.stderr
        assert "useradd" in said or "adduser" in said
        assert "/var/lib/haproxy" in said or "haproxy" in said
