# SPDX-License-Identifier: GPL-2.0-or-later
"""The published pair: two torcs, the published files, one owner of each address.

The files say one advertisement a second, so a silent death costs 3.6 s and every test here a few
seconds of waiting.  What is asked is where the addresses are, what the peer saw, and what a client
lost meanwhile.
"""

import base64
import json
import os
import re
import signal
import sys
import time

import pytest

from lab import VIP, Lab, files, namespaces_refused
from lab.deaths import keeper_kills
from lab.kernel import Kernel
from lab.lab import INNER_VIP
from lab.node import children, wait_for
from tools import pace, processes

pytestmark = [
    pytest.mark.lab,
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(90),
]

TAKE_OVER_S = 3.61 # three adverts and the skew of priority 102
INNER = f"""nat {{
  from 10.0.0.0/16
  out eth0
  source {VIP}
}}
"""


@pytest.fixture
def pair(request):
    """Both balancers with both addresses on lb1."""
    with Lab(routers=True, servers=2) as lab:
        lab.lb1.wait_holds(limit_s=10)
        lab.lb1.wait_holds(address=INNER_VIP, interface="eth1", limit_s=10)
        yield lab
        if getattr(request.node, "torc_failed", False):
            for balancer in lab.balancers:
                sys.stderr.write(f"---- {balancer.name}\n{balancer.messages()[-4000:]}")


def balancer_of(node, name="torc"):
    """The pid of the balancer process: the keeper's child that is not its guard."""
    def named(pid):
        with open(f"/proc/{pid}/comm", encoding="ascii") as comm:
            return comm.read().strip()
    return next(pid for pid in children(node.torc.pid) if named(pid) == name)


def zombies(node):
    def state(pid):
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(") ")[2][0]
    try:
        return [pid for pid in children(node.torc.pid) if state(pid) == "Z"]
    except FileNotFoundError: # reaped meanwhile
        return zombies(node)


def states(node, since=0):
    """The transitions that a node has told of: [("VI_1", "MASTER"), ...]."""
    return re.findall(r"\((VI_\d)\) Entering (\w+) STATE", node.messages()[since:])


def test_the_address_is_on_one_balancer(pair):
    assert pair.lb1.holds() and not pair.lb2.holds()
    assert pair.get("/").server in ("pv1", "pv2")
    assert states(pair.lb2) == [("VI_1", "BACKUP"), ("VI_2", "BACKUP")]


def test_a_planned_stop_loses_no_ping(pair):
    """The post's own test, a hundred times as fast: LB1 stops and comes back."""
    ping = pair.client.popen(["ping", "-i", "0.02", "-q", VIP], stdout=-1, text=True)
    pair.lb1.torc.signal(signal.SIGTERM)
    pair.lb2.wait_holds()
    assert pair.lb1.torc.wait(10) == 143
    pair.lb1.torc = None
    assert not pair.lb1.holds()
    pair.lb1.start_torc()
    pair.lb1.wait_holds()
    pair.lb2.wait_holds(False)
    time.sleep(0.5)
    ping.signal(signal.SIGINT)
    lost = re.search(r"(\d+) packets transmitted, (\d+) received", ping.communicate()[0])
    assert int(lost.group(1)) - int(lost.group(2)) <= 2


def test_a_killed_balancer_moves_nothing(pair):
    since = len(pair.lb1.messages())
    os.kill(balancer_of(pair.lb1), signal.SIGKILL)
    assert pair.wait_serving()
    time.sleep(2)
    assert pair.lb1.holds() and not pair.lb2.holds()
    assert states(pair.lb1, since) == []


def test_a_killed_balancer_does_not_hold_its_keeper_up(pair):
    """Who reaps a process whose threads somebody has looked at waits for the last of them, and a
    keeper of real-time priority does not let that one finish on its core."""
    def tasks(pid):
        return [int(task) for task in os.listdir(f"/proc/{pid}/task")]
    def busy_s(pid):
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as text:
            return int(text.read().split()[0]) / 1e9
    keeper, balancer = pair.lb1.torc.pid, balancer_of(pair.lb1)
    core = {min(os.sched_getaffinity(keeper))}
    for pid in (keeper, balancer):
        for task in tasks(pid):
            os.sched_setaffinity(task, core)
            with open(f"/proc/{pid}/task/{task}/stat", encoding="ascii") as text:
                text.read()
    def policies(pid):
        return {os.sched_getscheduler(task) for task in tasks(pid)}
    def serves_as_before():
        """It went before all else while nobody served, and is as the one before now."""
        return any(policies(pid) == ordinary for pid in children(keeper) if pid != balancer and
                   "torc/worker" in "".join(processes.threads(pid).values()))
    before, ordinary = busy_s(keeper), policies(balancer)
    os.kill(balancer, signal.SIGKILL)
    assert pair.wait_serving()
    assert busy_s(keeper) - before < 0.3
    wait_for(serves_as_before, 5, "the next balancer's threads to be as the last one's")
    wait_for(lambda: balancer not in children(keeper), 2, "the dead to be reaped")


def test_a_balancer_that_stays_away_hands_the_address_over(pair):
    """The health is the priority: 101 is less than the other one's 102."""
    os.kill(balancer_of(pair.lb1), signal.SIGSTOP)
    pair.lb2.wait_holds(limit_s=6)
    assert pair.get("/").server in ("pv1", "pv2")
    assert "from 103 to 101" in pair.lb1.messages()


def test_a_killed_keeper_leaves_no_address_behind(pair):
    """The peer has the addresses then: they are on it alone."""
    pair.lb1.torc.signal(signal.SIGKILL)
    wait_for(lambda: not pair.lb1.holds(), 2, "the guard")
    assert not pair.lb1.holds(INNER_VIP, "eth1")
    pair.lb2.wait_holds(limit_s=5)


def test_addresses_and_translation_go_with_their_keeper():
    """100 ms are promised (`make bench-deaths` measures that, fifty times); a busy machine gets
    three times as long, and none of the kills may take longer."""
    gone = list(keeper_kills(5))
    assert max(max(times) for times in gone) < pace.seconds(300), gone


def test_when_all_processes_are_killed_the_kernel_takes_the_address_away(pair):
    victims = [pair.lb1.torc.pid, *children(pair.lb1.torc.pid)]
    for pid in [*victims[1:], victims[0]]: # the guard before its keeper
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not pair.lb1.holds(), 5, "the end of the lifetime")
    pair.lb2.wait_holds(limit_s=5)


def test_a_frozen_node_yields_when_it_wakes(pair):
    frozen = children(pair.lb1.torc.pid)
    pair.lb1.torc.signal(signal.SIGSTOP)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    pair.lb2.wait_holds(limit_s=6)
    wait_for(lambda: not pair.lb1.holds(), 5, "the end of the lifetime")
    since = len(pair.lb1.messages())
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    pair.lb1.torc.signal(signal.SIGCONT)
    pair.lb1.wait_holds(limit_s=10)
    pair.lb2.wait_holds(False)
    assert ("VI_1", "BACKUP") in states(pair.lb1, since)


def test_a_pulled_cable(pair):
    started = time.monotonic()
    pair.switch.ip(["link set lb1-eth0 down"])
    pair.lb1.wait_holds(False)
    pair.lb2.wait_holds(limit_s=6)
    assert time.monotonic() - started < pace.seconds(TAKE_OVER_S + 1)
    assert ("VI_1", "FAULT") in states(pair.lb1)
    assert pair.lb1.holds(INNER_VIP, "eth1") # they are in no group
    pair.switch.ip(["link set lb1-eth0 up"])
    pair.lb1.wait_holds(limit_s=10)
    pair.lb2.wait_holds(False)


WAYS = """  virtual_routes {
    10.9.0.0/16 via 192.168.25.1 dev eth0 src 192.168.25.203
    10.8.0.0/16 via 10.0.0.99
  }
  virtual_rules {
    from 10.7.0.0/16 table 77
  }
  virtual_ipaddress {"""


def test_what_somebody_removes_is_put_back(pair):
    """An address; a route and a rule; a route that went with its interface, unsaid."""
    def has(kind, what):
        return what in pair.lb1.run(["ip", kind, "show"]).stdout
    pair.lb1.run(["ip", "address", "del", f"{VIP}/32", "dev", "eth0"], check=True)
    wait_for(pair.lb1.holds, 2, "the address to be put back")
    text = files.published("keepalived-lb1.conf")
    pair.lb1.write_routers(text.replace("  virtual_ipaddress {", WAYS, 1))
    pair.lb1.torc.signal(signal.SIGHUP)
    wait_for(lambda: has("rule", "10.7.0.0/16"), 5, "the rule")
    for kind, what in (("route", "10.9.0.0/16"), ("route", "10.8.0.0/16")):
        wait_for(lambda: has(kind, what), 3, what)
    pair.lb1.ip(["route del 10.9.0.0/16", "rule del from 10.7.0.0/16 table 77"])
    wait_for(lambda: has("route", "10.9.0.0/16"), 3, "the route again")
    wait_for(lambda: has("rule", "10.7.0.0/16"), 3, "the rule again")
    pair.lb1.ip(["link set eth1 down"])
    wait_for(lambda: not has("route", "10.8.0.0/16"), 3, "the route to go")
    pair.lb1.ip(["link set eth1 up"])
    wait_for(lambda: has("route", "10.8.0.0/16"), 5, "the route after its interface")
    pair.lb1.write_routers(text)
    pair.lb1.torc.signal(signal.SIGHUP)
    wait_for(lambda: not has("route", "10.8.0.0/16") and not has("rule", "10.7.0.0/16"), 5,
             "both to go")


def test_files_that_speak_of_reloads(pair):
    """reload_file is there while the files are read; reload_time_file says when they are."""
    node, said, when = pair.lb1, "/run/reload", "/run/when"
    text = files.published("keepalived-lb1.conf")
    node.write_routers(text.replace("global_defs {", f"""global_defs {{
  reload_file {said}
  reload_time_file {when}""", 1))
    node.torc.signal(signal.SIGHUP)
    wait_for(lambda: "Loading success" in node.messages(), 10, "the reload")
    node.write(said, "mine")
    since = len(node.messages())
    node.torc.signal(signal.SIGHUP)
    wait_for(lambda: not node.exists(said), 10, "the file to be taken away")
    wait_for(lambda: "Loading success" in node.messages()[since:], 10, "the reload")
    since = len(node.messages())
    node.write(when, "tomorrow")
    wait_for(lambda: "no reload is scheduled" in node.messages()[since:], 4, "the complaint")
    node.write(when, time.strftime("%Y-%m-%d %H:%M:%SZ\n", time.gmtime(
        time.time() + 3 * pace.crowd())))
    wait_for(lambda: "a reload is scheduled for" in node.messages()[since:], 4, "the plan")
    wait_for(lambda: "Loading success" in node.messages()[since:], 15, "the reload")
    assert not node.exists(when)
    assert states(node, since) == []


def test_a_carrier_that_comes_back_soon(pair):
    """interface_up_down_delays: a short gap is no fault, a long one is, and its end has to last."""
    text = files.published("keepalived-lb1.conf")
    pair.lb1.write_routers(text + "interface_up_down_delays { eth0 1.5 0.7 }\n")
    pair.lb1.torc.signal(signal.SIGHUP)
    wait_for(lambda: "Loading success" in pair.lb1.messages(), 10, "the reload")
    def carrier(state):
        pair.switch.ip([f"link set lb1-eth0 {state}"])
    for _ in range(5): # a short gap is made by programs that wait their turn
        pair.lb1.wait_holds()
        since = len(pair.lb1.messages())
        started = time.monotonic()
        carrier("down")
        wait_for(lambda: "eth0 is down" in pair.lb1.messages()[since:], 3, "the carrier to go")
        time.sleep(0.4)
        carrier("up")
        if time.monotonic() - started < 1.4:
            break
    else:
        pytest.skip("this machine is too busy to make a short gap")
    time.sleep(2)
    assert states(pair.lb1, since) == []
    started = time.monotonic()
    carrier("down")
    wait_for(lambda: ("VI_1", "FAULT") in states(pair.lb1, since), 4, "the fault")
    assert time.monotonic() - started > 1.4
    started = time.monotonic()
    carrier("up")
    wait_for(lambda: ("VI_1", "BACKUP") in states(pair.lb1, since), 4, "the end of the fault")
    assert time.monotonic() - started > 0.6


UNTRACKED = """vrrp_instance VI_3 {
  virtual_router_id 33
  unicast_peer { 192.168.25.202 }
  virtual_ipaddress {
    10.0.0.33/32 dev eth1 no_track
    10.0.0.34/32 dev eth1
  }
  virtual_routes {
    default via 10.0.0.99 dev eth1
    10.6.0.0/16 nexthop via 10.0.0.99 nexthop dev eth1 weight 3
    10.5.0.0/16 dev eth1 no_track
  }
  virtual_rules { from 10.7.0.0/16 table 77 no_track
  }
}
vrrp_instance VI_4 {
  interface eth1
  use_vmac vip4
  virtual_router_id 44
  virtual_ipaddress { 10.0.0.44 }
}
"""


def test_what_is_not_tracked_stays_away(pair):
    """A router without an interface, too; a default route beside the machine's own; and a macvlan
    that can be made later."""
    def has(kind, what):
        return what in pair.lb1.run(["ip", kind, "show"]).stdout
    ours = "default via 10.0.0.99 dev eth1"
    theirs = "default via 10.0.0.98 dev eth1"
    pair.lb1.ip([f"route add {theirs}", "link property add dev eth0 altname vip4"])
    pair.lb1.write_routers(files.published("keepalived-lb1.conf") + UNTRACKED)
    pair.lb1.torc.signal(signal.SIGHUP)
    pair.lb1.wait_holds(True, "10.0.0.33", "eth1", limit_s=10)
    wait_for(lambda: has("rule", "10.7.0.0/16"), 3, "the rule")
    assert has("route", ours) and has("route", theirs) and has("route", "nexthop dev eth1 weight 3")
    pair.lb1.ip(["address del 10.0.0.33/32 dev eth1", "address del 10.0.0.34/32 dev eth1",
                 "route del 10.5.0.0/16", "rule del from 10.7.0.0/16 table 77",
                 "route del 10.6.0.0/16"])
    wait_for(lambda: has("route", "10.6.0.0/16"), 3, "the route again")
    pair.lb1.wait_holds(True, "10.0.0.34", "eth1")
    time.sleep(2.5) # two renewals
    assert not pair.lb1.holds("10.0.0.33", "eth1")
    assert not has("route", "10.5.0.0/16") and not has("rule", "10.7.0.0/16")
    refusals = "(VI_4) cannot make its macvlan"
    assert pair.lb1.messages().count(refusals) == 1
    pair.lb1.ip(["link property del dev eth0 altname vip4"])
    pair.lb1.wait_holds(True, "10.0.0.44", "vip4", limit_s=12)
    pair.lb1.write_routers(files.published("keepalived-lb1.conf"))
    pair.lb1.torc.signal(signal.SIGHUP)
    wait_for(lambda: not has("route", "10.6.0.0/16"), 5, "the routes to go")
    wait_for(lambda: not has("route", ours), 2, "our default route to go")
    assert has("route", theirs)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR2])
def test_a_reload_of_the_same_files_moves_nothing(pair, number):
    since, there = len(pair.lb1.messages()), len(pair.lb2.messages())
    pair.lb1.torc.signal(number)
    wait_for(lambda: "Loading success" in pair.lb1.messages()[since:], 10, "the reload")
    time.sleep(4)
    assert states(pair.lb1, since) == [] and states(pair.lb2, there) == []
    assert pair.lb1.holds() and pair.lb1.holds(INNER_VIP, "eth1")


def test_the_inner_gateway_comes_later(pair):
    """Step 10: VI_2 goes and comes back by reloads; VI_1 does not move."""
    both = files.published("keepalived-lb1.conf")
    since = len(pair.lb1.messages())
    pair.lb1.write_routers(both[:both.index("vrrp_instance VI_2")])
    pair.lb1.torc.signal(signal.SIGHUP)
    pair.lb1.wait_holds(False, INNER_VIP, "eth1")
    pair.lb2.wait_holds(True, INNER_VIP, "eth1")
    pair.lb1.write_routers(both)
    pair.lb1.torc.signal(signal.SIGHUP)
    pair.lb1.wait_holds(True, INNER_VIP, "eth1", limit_s=10)
    assert pair.lb1.holds()
    assert [name for name, _ in states(pair.lb1, since)].count("VI_1") == 0


def tracked(node):
    """The connections that the node's kernel tracks."""
    return node.run(["cat", "/proc/net/nf_conntrack"], check=True).stdout.splitlines()


TRUTH = """vrrp_script truth {
  script "/bin/true"
  user root
}
"""
MORE = """state MASTER
  track_backend myLB min 2
  track_script { truth }
"""


def test_too_few_servers_give_the_address_up(pair):
    """track_backend of torc.conf, on one of the two: the prober's verdicts decide."""
    text = files.published("keepalived-lb1.conf")
    pair.lb1.write_routers(TRUTH + text.replace("state MASTER", MORE, 1))
    since = len(pair.lb1.messages())
    pair.lb1.torc.signal(signal.SIGHUP)
    wait_for(lambda: "Loading success" in pair.lb1.messages(), 10, "the reload")
    time.sleep(1) # nor is a new script without an answer yet a reason to let go
    assert pair.lb1.holds() and states(pair.lb1, since) == []
    pair.pv[1].stop()
    pair.lb2.wait_holds(limit_s=20)
    pair.lb1.wait_holds(False)
    assert "backend myLB has 1 servers up, fewer than 2" in pair.lb1.messages()
    pair.pv[1].start()
    pair.lb1.wait_holds(limit_s=20)


def test_the_servers_reach_the_outside_through_the_gateway():
    """Step 8: only its translated packets can be answered; and still after a failover."""
    def reaches():
        return lab.pv[1].run(["ping", "-c", "1", "-W", "1", "192.168.25.2"]).returncode == 0
    with Lab(routers=True, servers=1, inner=INNER) as lab:
        lab.lb1.wait_holds(address=INNER_VIP, interface="eth1", limit_s=10)
        wait_for(reaches, 3, "an answer through LB1")
        # What it translates is tracked, its own connections are not: clients', servers', probes.
        assert any("src=10.0." in row for row in tracked(lab.lb1))
        for _ in range(3):
            assert lab.get("/").status == 200
        time.sleep(1.1)
        assert [row for row in tracked(lab.lb1) if "tcp" in row] == []
        # An upgrade keeps the table: every new connection meanwhile is translated.
        outside = lab.client.socket()
        outside.bind(("192.168.25.2", 7000))
        outside.listen(4096)
        lab.lb1.torc.signal(signal.SIGUSR2)
        while "Loading success" not in lab.lb1.messages():
            lab.pv[1].connect("192.168.25.2", 7000, 1).close()
        assert any("dport=7000" in row for row in tracked(lab.lb1))
        outside.close()
        assert lab.lb1.stop_torc() == 143
        wait_for(reaches, 3, "an answer through LB2")
        forwarding = lab.lb1.run(["cat", "/proc/sys/net/ipv4/ip_forward"]).stdout.strip()
        assert forwarding == "0" # as it was before


def test_a_full_tracking_table_touches_nothing_of_ours():
    """Clients, servers in the translated network and outside of it, probes, adverts."""
    inner = INNER.replace("10.0.0.0/16", "10.0.10.1/32\n  instance VI_2")
    with Lab(routers=True, servers=2, inner=inner) as lab:
        lab.lb1.wait_holds(address=INNER_VIP, interface="eth1", limit_s=10)
        reaches = ["ping", "-c", "1", "-W", "1", "192.168.25.2"]
        wait_for(lambda: lab.pv[1].run(reaches).returncode == 0, 3, "an answer through LB1")
        kernel = Kernel(lab.lb1)
        kernel.fill_tracking()
        kernel.close()
        since = len(lab.lb1.messages()), len(lab.lb2.messages())
        assert lab.pv[1].run(reaches).returncode != 0 # there is no room indeed
        log = len(lab.lb1.log())
        end, seen = time.monotonic() + 3, set()
        while time.monotonic() < end:
            answer = lab.get("/")
            assert answer.status == 200
            seen.add(answer.server)
            lab.pv[1].connect(VIP, timeout=pace.seconds(2)).close() # also from the inner network
            time.sleep(0.1)
        assert seen == {"pv1", "pv2"} # inside of the translated network, and outside
        # One failed probe would do: fall 1, each second.
        assert not [row for row in lab.lb1.log()[log:] if " is DOWN" in row]
        assert lab.lb1.holds() and not lab.lb2.holds()
        assert [states(node, at) for node, at in zip((lab.lb1, lab.lb2), since)] == [[], []]


SCRIPTED = """global_defs {{
  script_user root
  enable_script_security
  vrrp_notify_fifo /run/fifo
  vrrp_notify_fifo_script "/bin/sh /etc/reader.sh"
  vrrp_notify_priority_changes
}}
vrrp_script check {{
  script "/bin/sh /etc/check.sh"
  interval 1
  timeout 30
  weight 20
}}
vrrp_instance VI_1 {{
  virtual_router_id 50
  priority {priority}
  interface eth0
  virtual_ipaddress {{
    192.168.25.203
  }}
  track_script {{
    check
  }}
  notify_master "/bin/sh /etc/told.sh master"
  notify "/bin/sh /etc/told.sh any"
}}
"""


def test_scripts_are_asked_and_told():
    with Lab(routers=True, servers=1, torc=False) as lab:
        for balancer, priority in zip(lab.balancers, (101, 100)):
            balancer.write_routers(SCRIPTED.format(priority=priority))
            balancer.write("/etc/reader.sh", 'exec cat "$1" >> /run/heard\n')
            balancer.write("/etc/told.sh", 'echo "$@" >> /run/told\n')
            balancer.write("/etc/check.sh", "test -e /run/slow && sleep 600\ntest -e /run/good\n")
            balancer.write("/run/good", "")
            balancer.start_torc()
        lab.lb1.wait_holds()
        os.unlink(lab.lb1.path("/run/good"))
        lab.lb2.wait_holds()
        wait_for(lambda: "any INSTANCE VI_1 MASTER 120" in lab.lb2.lines("/run/told"), 3,
                 "the notify script")
        assert "master" in lab.lb2.lines("/run/told")
        reader = lab.lb2.processes("cat")
        assert reader
        # An upgrade while scripts run leaves none of them behind, dead or alive.
        lab.lb2.write("/run/slow", "")
        wait_for(lambda: lab.lb2.processes("sleep"), 3, "a script that takes its time")
        os.unlink(lab.lb2.path("/run/slow"))
        lab.lb2.torc.signal(signal.SIGUSR2)
        wait_for(lambda: "Loading success" in lab.lb2.messages(), 10, "the upgrade")
        wait_for(lambda: not lab.lb2.processes("sleep"), 3, "the end of the script")
        wait_for(lambda: not zombies(lab.lb2), 3, "the last of the script")
        wait_for(lambda: lab.lb1.lines("/run/told")[-1] == "any INSTANCE VI_1 BACKUP 101", 3,
                 "the notify script of the other one")
        # The FIFO's reader has seen no end of file; it sees all that happens, to the last.
        assert lab.lb2.processes("cat") == reader
        assert lab.lb1.stop_torc() == lab.lb2.stop_torc() == 143
        assert not lab.lb2.processes("cat") and not lab.lb2.exists("/run/fifo")
        assert lab.lb2.lines("/run/heard") == [
            'INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" BACKUP_PRIORITY 120',
            'INSTANCE "VI_1" MASTER 120', 'INSTANCE "VI_1" STOP 120']
        assert 'INSTANCE "VI_1" MASTER_PRIORITY 101' in lab.lb1.lines("/run/heard")


VMAC = """vrrp_instance FOUR {{
  state BACKUP
  interface eth0
  virtual_router_id 50
  priority {priority}
  advert_int 1
  use_vmac
  virtual_ipaddress {{
    192.168.25.203
  }}
}}
vrrp_instance SIX {{
  interface eth0
  virtual_router_id 60
  priority {priority}
  version 3
  advert_int 0.2
  use_vmac six 00:00:5e:00:02
  virtual_ipaddress {{
    fe80::99:1
    fd00::99/64
  }}
}}
vrrp_instance BASE {{
  interface eth0
  virtual_router_id 70
  priority {priority}
  use_vmac
  vmac_xmit_base
  virtual_ipaddress {{
    192.168.25.205
  }}
}}
"""


def test_an_address_with_a_mac_of_its_own():
    """use_vmac: the client's table of neighbours is right before and after a take-over."""
    addresses = {"192.168.25.203": "00:00:5e:00:01:32", "192.168.25.205": "00:00:5e:00:01:46",
                 "fd00::99": "00:00:5e:00:02:3c"}
    def states_of(balancer):
        rows = json.loads(balancer.runtime("show vrrp json"))
        assert all(row["errors"] == {} for row in rows)
        return {row["state"] for row in rows}
    def neighbours():
        for address in addresses:
            lab.client.run(["ping", "-c", "1", "-W", "1", address], check=True)
        shown = lab.client.run(["ip", "neigh", "show", "dev", "eth0"]).stdout
        return {address: mac for address, mac in addresses.items()
                if re.search(rf"^{address} lladdr {mac} ", shown, re.MULTILINE)}
    with Lab(routers=True, servers=1, torc=False) as lab:
        lab.client.ip(["addr add fd00::2/64 dev eth0 nodad"])
        for balancer, priority in zip(lab.balancers, (101, 100)):
            balancer.write_routers(VMAC.format(priority=priority))
            balancer.start_torc()
        wait_for(lambda: states_of(lab.lb1) == {"MASTER"}, 10, lambda: str(states_of(lab.lb1)))
        wait_for(lambda: states_of(lab.lb2) == {"BACKUP"}, 5, lambda: str(states_of(lab.lb2)))
        assert lab.lb1.holds("192.168.25.203", "vrrp.50") and neighbours() == addresses
        assert lab.get("/").status == 200
        lab.lb1.torc.signal(signal.SIGUSR2) # they stay
        wait_for(lambda: "Loading success" in lab.lb1.messages(), 10, "the upgrade")
        assert states_of(lab.lb1) == {"MASTER"} and neighbours() == addresses
        lab.lb1.torc.signal(signal.SIGKILL)
        wait_for(lambda: "vrrp.50" not in lab.lb1.run(["ip", "link"]).stdout, 3, "the guard")
        wait_for(lambda: states_of(lab.lb2) == {"MASTER"}, 10, lambda: str(states_of(lab.lb2)))
        assert neighbours() == addresses
        assert lab.lb2.stop_torc() == 143
        assert "macvlan" not in lab.lb2.run(["ip", "-d", "link"]).stdout


COUNTED = """vrrp_track_process sleepers {
  process sleep 600
  quorum 2
  weight 20
}
vrrp_instance VI_1 {
  virtual_router_id 50
  priority 100
  interface eth0
  virtual_ipaddress {
    192.168.25.203
  }
  track_process {
    sleepers
  }
}
"""


def test_processes_are_counted():
    """In a namespace of processes, where the kernel's connector says nothing."""
    with Lab(routers=True, servers=1, torc=False) as lab:
        sleepers = [lab.lb1.popen(["sleep", "600"]) for _ in range(2)]
        lab.lb1.write_routers(COUNTED)
        lab.lb1.start_torc()
        wait_for(lambda: "120: 100 + 20 (sleepers)" in lab.lb1.messages(), 3, "the first count")
        started = time.monotonic()
        sleepers[0].signal(signal.SIGKILL)
        wait_for(lambda: "from 120 to 100" in lab.lb1.messages(), 3, "the death")
        assert time.monotonic() - started < pace.seconds(0.5)
        since = len(lab.lb1.messages())
        other, again = (lab.lb1.popen(["sleep", n]) for n in ("601", "600"))
        wait_for(lambda: "from 100 to 120" in lab.lb1.messages()[since:], 5, "the birth")
        for sleeper in (sleepers[1], other, again):
            sleeper.signal(signal.SIGKILL)


SMALL_WORDS = """global_defs {
  vrrp_startup_delay 1.5
  log_unknown_vrids
}
track_file level {
  file /run/level
  init_file 7 overwrite
}
vrrp_instance VI_1 {
  virtual_router_id 51
  priority 90
  interface eth0
  no_accept
  promote_secondaries
  virtual_ipaddress {
    192.168.25.209
  }
  track_file {
    level weight 1
  }
}
vrrp_instance LONELY {
  virtual_router_id 52
  interface eth0
  unicast_peer { }
  unicast_fault_no_peer
}
"""


def test_small_words():
    """Each of these acts in one place; the process is called as torc.conf says."""
    promote = "/proc/sys/net/ipv4/conf/eth0/promote_secondaries"
    with Lab(routers=True, servers=1, torc=False) as lab:
        lab.lb2.start_torc()
        lab.lb1.write("/run/level", "100000\n")
        before = lab.lb1.run(["cat", promote]).stdout
        lab.lb1.write_routers(SMALL_WORDS + "process_name haproxy\n")
        started = time.monotonic()
        lab.lb1.start_torc()
        assert lab.lb1.lines("/run/level") == ["7"]
        wait_for(lambda: lab.lb1.processes("haproxy"), 3, "the name")
        assert lab.lb1.processes("haproxy") == [balancer_of(lab.lb1, "haproxy")]
        wait_for(lambda: ("LONELY", "FAULT: no unicast peer is named") in re.findall(
            r"\((\w+)\) Entering (.*)", lab.lb1.messages().replace(" STATE", "")), 5, "the fault")
        assert time.monotonic() - started > 1.5
        lab.lb1.wait_holds(address="192.168.25.209")
        assert "97: 90 + 7 (level)" in lab.lb1.messages()
        assert lab.lb1.run(["cat", promote]).stdout == "1\n"
        unanswered = ["ping", "-c", "1", "-W", "1", "192.168.25.209"]
        assert lab.client.run(unanswered).returncode != 0
        assert lab.lb1.run(unanswered).returncode != 0
        assert "virtual_router_id 50 on eth0, which is nobody's here" in lab.lb1.messages()
        assert lab.lb1.stop_torc() == 143
        assert lab.lb1.run(["cat", promote]).stdout == before


def test_show_vrrp_tells_who_is_master_and_why(pair):
    def rows(balancer):
        return {row["name"]: row for row in json.loads(balancer.runtime("show vrrp json"))}
    wait_for(lambda: rows(pair.lb2)["VI_1"]["master"] == "192.168.25.201", 3, "an advert")
    master, backup = rows(pair.lb1)["VI_1"], rows(pair.lb2)["VI_1"]
    assert (master["state"], master["priority"]) == ("MASTER", 103)
    assert master["sum"] == "101 + 2 (haproxy) = 103"
    assert (backup["state"], backup["master_priority"]) == ("BACKUP", 103)
    assert backup["adverts_in"] > 0 and backup["errors"] == {}
    assert "Entering MASTER STATE" in master["transitions"][0]["text"]
    assert master["transitions"][0]["from"] == "BACKUP"
    assert 3 < float(master["transitions"][0]["stayed_s"]) < pace.seconds(6)
    word = base64.b64encode(b"haproxy:admin").decode()
    page = pair.get("/stats", headers={"Authorization": f"Basic {word}"}).body.decode()
    assert "101 + 2 (haproxy) = 103</td>" in page and "<td class=ac>MASTER</td>" in page
    text = pair.lb1.runtime("show vrrp")
    assert text.startswith("VI_1: MASTER for ") and "vrid 50 on eth0" in text


def test_an_operator_hands_over_and_takes_back(pair):
    """vrrp release: priority 1 until the peer is master; a reload does not forget it."""
    def row(balancer, name="VI_1"):
        return next(row for row in json.loads(balancer.runtime("show vrrp json"))
                    if row["name"] == name)
    ping = pair.client.popen(["ping", "-i", "0.02", "-q", VIP], stdout=-1, text=True)
    answer = pair.lb1.runtime("vrrp release VI_1")
    assert answer.startswith("VI_1: released, serves until another router is master")
    pair.lb2.wait_holds()
    pair.lb1.wait_holds(False)
    assert pair.lb1.holds(INNER_VIP, "eth1") # VI_2 was not named
    wait_for(lambda: row(pair.lb1)["state"] == "BACKUP", 2, "the released one")
    pair.lb1.write_routers(files.published("keepalived-lb1.conf") + "\n# changed\n")
    since = len(pair.lb1.messages())
    pair.lb1.torc.signal(signal.SIGUSR2)
    wait_for(lambda: "Loading success" in pair.lb1.messages()[since:], 10, "the upgrade")
    wait_for(lambda: row(pair.lb1)["released"], 3, "the page")
    assert (row(pair.lb1)["state"], row(pair.lb1)["priority"]) == ("BACKUP", 1)
    answer = pair.lb1.runtime("vrrp reclaim all")
    assert answer.startswith("VI_1: BACKUP, takes part with priority 103 again\n")
    pair.lb1.wait_holds()
    pair.lb2.wait_holds(False)
    ping.signal(signal.SIGINT)
    lost = re.search(r"(\d+) packets transmitted, (\d+) received", ping.communicate()[0])
    assert int(lost.group(1)) - int(lost.group(2)) <= 2


GROUP = "vrrp_sync_group together {\n  group { VI_1 VI_2 }\n}\n"
OTHERS = """
vrrp_instance SIX {{
  version 3
  virtual_router_id 60
  advert_int 0.1
  priority {priority}
  interface eth0
  virtual_ipaddress {{
    fe80::99:1
    fd00::99
  }}
}}
vrrp_instance UNICAST {{
  version 3
  virtual_router_id 61
  advert_int 0.2
  priority {priority}
  interface eth0
  unicast_peer {{
    {peer}
  }}
  virtual_ipaddress {{
    192.168.25.210
  }}
}}
"""


def test_groups_ipv6_and_unicast():
    """A group falls and rises as one; version 3 on both families, multicast and unicast."""
    def states_of(balancer):
        return {row["name"]: row["state"]
                for row in json.loads(balancer.runtime("show vrrp json"))}
    everywhere = ("VI_1", "VI_2", "SIX", "UNICAST")
    with Lab(routers=True, servers=1, torc=False) as lab:
        for balancer, priority, peer in zip(lab.balancers, (101, 100), (202, 201)):
            text = files.published(f"keepalived-{balancer.name}.conf")
            balancer.write_routers(text.replace("vrrp_instance VI_1", GROUP + "vrrp_instance VI_1")
                                   + OTHERS.format(priority=priority, peer=f"192.168.25.{peer}"))
            balancer.start_torc()
        masters = dict.fromkeys(everywhere, "MASTER")
        backups = dict.fromkeys(everywhere, "BACKUP")
        wait_for(lambda: states_of(lab.lb1) == masters, 10, lambda: str(states_of(lab.lb1)))
        assert states_of(lab.lb2) == backups
        lab.switch.ip(["link set lb1-eth1 down"])
        wait_for(lab.lb2.holds, 8, "the group on LB2")
        wait_for(lambda: lab.lb2.holds(INNER_VIP, "eth1"), 2, "the whole group on LB2")
        assert not lab.lb1.holds() and states_of(lab.lb1)["SIX"] == "MASTER"
        lab.switch.ip(["link set lb1-eth1 up"])
        wait_for(lambda: states_of(lab.lb1) == masters, 10, lambda: str(states_of(lab.lb1)))
        wait_for(lambda: states_of(lab.lb2) == backups, 3, lambda: str(states_of(lab.lb2)))
        errors = [row["errors"] for row in json.loads(lab.lb2.runtime("show vrrp json"))]
        assert errors == [{}] * 4
        assert lab.lb1.stop_torc() == 143
        wait_for(lambda: states_of(lab.lb2) == masters, 3, lambda: str(states_of(lab.lb2)))


def test_an_address_on_an_interface_that_comes_later():
    """Without its interface the router fails, and tries again; with it, it is master."""
    text = files.published("keepalived-lb1.conf").replace(
        "global_defs {", "global_defs {\n  dynamic_interfaces").replace(
            "10.0.0.3 dev eth1", "10.0.0.3 dev later")
    with Lab(routers=True, servers=1, torc=False) as lab:
        lab.lb1.write_routers(text)
        lab.lb1.start_torc()
        wait_for(lambda: ("VI_2", "FAULT") in states(lab.lb1), 8, "the fault")
        assert lab.lb1.holds()
        lab.lb1.ip(["link add later type bridge", "link set later up"])
        lab.lb1.wait_holds(True, INNER_VIP, "later", limit_s=12)
        assert lab.lb1.stop_torc() == 143
