# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab itself: the network is as published, and nothing of it stays on the host."""

import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lab import Lab, Node, namespaces_refused, wait_for  # noqa: E402
from lab import files  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "tests/lab/demo"

nodes_wanted = pytest.mark.skipif(bool(namespaces_refused()), reason="no namespaces here")


def host():
    """What must be the same before and after: the machine, as far as a lab could change it."""
    def words(*argv):
        if not shutil.which(argv[0]):
            return b""
        return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False).stdout

    def tree(folder):
        return sorted(str(path) for path in pathlib.Path(folder).rglob("*"))

    port_80 = [line for line in words("ss", "-Hlnt").decode().splitlines() if ":80 " in line]
    return {"accounts": pathlib.Path("/etc/passwd").read_bytes()
                        + pathlib.Path("/etc/group").read_bytes(),
            "mounts": pathlib.Path("/proc/self/mounts").read_bytes(),
            "links": words("ip", "-br", "link"), "addresses": words("ip", "-br", "address"),
            "namespaces": words("ip", "netns"), "rules": words("nft", "list", "ruleset"),
            "sysctls": words("sysctl", "-a", "-r", r"^net\.(ipv4|core)\.(?!.*(time|nr|mem|rto))"),
            "units": tree("/etc/systemd/system"), "port 80": port_80,
            "folders": [path for path in ("/var/lib/haproxy", "/run/haproxy", "/run/torc-demo",
                                          "/etc/haproxy", "/var/log/nginx")
                        if os.path.exists(path)]}


def nodes_of_demo():
    done = subprocess.run(["pgrep", "-f", '"tag": "torc-demo"'], stdout=subprocess.PIPE,
                          check=False)
    return done.stdout.split()


@pytest.fixture
def bare():
    """The network without torc."""
    with Lab(torc=False) as lab:
        yield lab


@nodes_wanted
def test_addresses_are_the_published_ones(bare):
    lines = bare.lb1.run(["ip", "-br", "-4", "address"]).stdout
    assert "192.168.25.201/24" in lines and "192.168.25.203/32" in lines
    assert "10.0.0.1/16" in lines
    assert bare.lb1.run(["hostname"]).stdout.strip() == "ubuntu14-pvha1"


@nodes_wanted
def test_files_of_the_host_cannot_be_changed(tmp_path):
    """Also where the machine has the very files that a node is to have for itself."""
    class Machine(Node):
        SHADOWED = (str(tmp_path),)
        EMPTIED = (f"{tmp_path}/own",)

    for name in ("own", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("the host's\n")
    (tmp_path / "file").write_text("the host's\n")
    node = Machine("machine")
    node.begin()
    try:
        node.settle()
        assert not node.exists(f"{tmp_path}/own")
        for name in ("own/file", "file"):
            node.write(f"{tmp_path}/{name}", "the node's\n")
            assert node.read(f"{tmp_path}/{name}") == "the node's\n"
        with pytest.raises(OSError, match="Read-only"):
            node.write(f"{tmp_path}/other/file", "the node's\n")
        assert node.read(f"{tmp_path}/other/file") == "the host's\n"
    finally:
        node.end()
    for name in ("own/file", "other/file", "file"):
        assert (tmp_path / name).read_text() == "the host's\n"


@nodes_wanted
def test_servers_are_reached_from_the_balancer_only_inside(bare):
    for number, server in bare.pv.items():
        answer = bare.get("/", host=f"10.0.10.{number}", node=bare.lb1)
        assert answer.status == 200 and answer.server == server.name
    with pytest.raises(OSError):
        bare.client.connect("10.0.10.1", timeout=1)


@nodes_wanted
def test_probe_page_leaves_no_line_in_the_access_log(bare):
    assert bare.get("/hc.html", host="10.0.10.1", node=bare.lb1).text == "fine\n"
    bare.get("/index.html", host="10.0.10.1", node=bare.lb1)
    wait_for(bare.pv[1].access_log)
    assert len(bare.pv[1].access_log()) == 1


@nodes_wanted
def test_a_server_can_be_frozen_stopped_and_started(bare):
    server = bare.pv[2]
    server.freeze()
    with pytest.raises(OSError):
        bare.get("/", host="10.0.10.2", node=bare.lb1, timeout=0.3)
    server.thaw()
    assert bare.get("/", host="10.0.10.2", node=bare.lb1).server == "pv2"
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        bare.get("/", host="10.0.10.2", node=bare.lb1)
    server.start()
    assert bare.get("/", host="10.0.10.2", node=bare.lb1).server == "pv2"


@nodes_wanted
def test_syslog_writes_what_arrives_by_udp(bare):
    link = bare.lb1.socket(kind=socket.SOCK_DGRAM)
    with link:
        link.sendto(b"<150>Nov 23 03:56:12 haproxy[20876]: a line\n", ("127.0.0.1", 514))
    assert "haproxy[20876]: a line" in bare.lb1.wait_log("a line")


@nodes_wanted
def test_account_and_folders_exist_on_the_node_alone(bare):
    assert "haproxy" in bare.lb1.run(["id", "haproxy"]).stdout
    assert stat.S_ISDIR(os.stat(bare.lb1.path("/var/lib/haproxy")).st_mode)
    assert "haproxy" not in bare.client.read("/etc/passwd")


@nodes_wanted
def test_published_file_arrives_byte_for_byte():
    with Lab(torc=False, config=files.published("haproxy.cfg"), variant="plain") as lab:
        published = (ROOT / "tests/lab/published/haproxy.cfg").read_bytes()
        assert lab.lb1.read(lab.lb1.CONFIG, binary=True) == published


@nodes_wanted
def test_no_account_where_none_is_wanted():
    with Lab(torc=False, account=False) as lab:
        assert lab.lb1.run(["id", "haproxy"]).returncode != 0
        assert not lab.lb1.exists("/run/haproxy") and not lab.lb1.exists("/var/lib/haproxy")


@nodes_wanted
def test_two_balancers_see_each_other_on_both_sides():
    with Lab(torc=False, balancers=("lb1", "lb2")) as lab:
        lb2 = lab.nodes["lb2"]
        for address in ("192.168.25.201", "10.0.0.1"):
            assert lb2.run(["ping", "-c1", "-W2", address]).returncode == 0


@nodes_wanted
def test_a_frozen_program_can_be_thawed_and_ended(bare):
    program = bare.client.popen(["sleep", "60"])
    program.signal(signal.SIGSTOP)
    time.sleep(0.05)
    program.signal(signal.SIGCONT)
    assert program.stop() == 128 + signal.SIGTERM


@nodes_wanted
def test_nodes_end_with_their_maker():
    """kill -9 of the process that made a lab leaves nothing."""
    program = ("import sys, time; sys.path.insert(0, 'tests'); from lab import Lab\n"
               "lab = Lab(torc=False, tag='torc-orphan'); lab.up()\n"
               "later = Lab.attach(lab.state()); later.power_on(later.lb1)\n"
               "print('up', flush=True); time.sleep(60)")
    maker = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    assert maker.stdout.readline() == b"up\n"
    pattern = ["pgrep", "-f", '"tag": "torc-orphan"']
    assert subprocess.run(pattern, stdout=subprocess.DEVNULL, check=False).returncode == 0
    maker.kill()
    maker.wait()
    maker.stdout.close()
    wait_for(lambda: subprocess.run(pattern, stdout=subprocess.DEVNULL,
                                    check=False).returncode == 1, what="the end of the nodes")


@nodes_wanted
def test_a_demonstration_that_fails_leaves_nothing():
    if nodes_of_demo():
        pytest.skip("a demonstration is up")
    done = subprocess.run([DEMO, "up"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "TORC_UNDER_TEST": "/nowhere/torc"}, timeout=20,
                          check=False)
    assert done.returncode == 1 and "/nowhere/torc is not there" in done.stderr
    assert not nodes_of_demo()
    assert not os.path.exists("/run/torc-demo")


@nodes_wanted
def test_demonstration_comes_and_goes_without_a_trace():
    if nodes_of_demo():
        pytest.skip("a demonstration is up")
    before = host()
    up = subprocess.run([DEMO, "up"], stdout=subprocess.PIPE, text=True, check=False)
    try:
        assert up.returncode == 0
        for number in range(1, 5):
            assert f"this page was served by pv{number}" in up.stdout
        asked = subprocess.run([DEMO, "on", "client", "curl", "-s", "http://192.168.25.203/"],
                               stdout=subprocess.PIPE, text=True, check=False)
        assert "This page was served by pv1" in asked.stdout
        asked = subprocess.run([DEMO, "on", "pv1", "curl", "-s", "http://packages.example/"],
                               stdout=subprocess.PIPE, text=True, check=False)
        assert asked.stdout == "192.168.25.203 asked packages.example for /\n"
        # A machine that is shut down, and another one in its place: they go with the others.
        for action in ("halt", "return"):
            subprocess.run([DEMO, action, "lb2"], stdout=subprocess.DEVNULL, check=True)
        seen = subprocess.run([DEMO, "watch", "2.5"], stdout=subprocess.PIPE, text=True, check=True)
        assert re.search(r"^\d\d:\d\d:\d\d  lb1 +[1-4]{3}", seen.stdout), seen.stdout
    finally:
        subprocess.run([DEMO, "down"], stdout=subprocess.DEVNULL, check=True)
    assert not nodes_of_demo()
    after = host()
    assert {key: value for key, value in after.items() if value != before[key]} == {}


@nodes_wanted
def test_demonstration_on_loopback_comes_and_goes():
    """Without the right to make namespaces: the same on 127.x."""
    if nodes_of_demo() or os.path.exists("/run/torc-demo"):
        pytest.skip("a demonstration is up")
    powerless = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin"]
    up = subprocess.run([*powerless, DEMO, "up"], stdout=subprocess.PIPE, text=True, check=False)
    try:
        assert up.returncode == 0
        assert "No network namespaces here" in up.stdout
        for number in range(1, 5):
            assert f"this page was served by pv{number}" in up.stdout
    finally:
        subprocess.run([DEMO, "down"], stdout=subprocess.DEVNULL, check=True)
    assert not os.path.exists("/run/torc-demo")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.25.203", 8080), 1)
