# SPDX-License-Identifier: GPL-2.0-or-later
"""The demonstration: the published network with torc in its middle, on this one machine.

    tests/lab/demo                      brings it up, follows the log, Ctrl-C takes it down
    tests/lab/demo up                   brings it up and returns
    tests/lab/demo down                 takes it down, also what a killed one left
    tests/lab/demo watch [SECONDS]      what the client sees, live
    tests/lab/demo on NODE COMMAND...   runs a command on client, internet, lb1, lb2, pv1 .. pv4
    tests/lab/demo stop|start|freeze|thaw|kill pvN      what servers go through
    tests/lab/demo kill torc            kill -9 of the process that serves on lb1
    tests/lab/demo halt lbN             what balancers go through: the machine is shut down,
    tests/lab/demo crash lbN            loses its power,
    tests/lab/demo stop|start lbN       torc is stopped in an orderly way and started,
    tests/lab/demo kill lbN             every process of torc gets SIGKILL,
    tests/lab/demo freeze|thaw lbN      or SIGSTOP, as a machine that is paused,
    tests/lab/demo pull|plug lbN [eth1] a cable, the outer one if not told otherwise;
    tests/lab/demo return lbN           and whatever it was: it is back
    tests/lab/demo who                  which balancer has which virtual address
    tests/lab/demo reload [lbN]         as after a change of /etc/haproxy/haproxy.cfg
    tests/lab/demo ask [lbN] "show info"    a command to torc's stats socket
    tests/lab/demo log                  follows the balancers' logs

`make demo`, `make demo-up` and `make demo-down` are the first three.  A demonstration that stays
is bound to this process by a pipe and ends with it, however it ends; one that was brought up
with `up` is found again through a small record in /run.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from . import files, uring
from .lab import INNER_VIP, NAME_SERVER, OUTSIDE, VIP, WEB_SERVER, Lab, program_under_test
from .loopback import PORT, LoopbackLab
from .loopback import VIP as LOOPBACK_VIP
from .node import LabError, environment, namespaces_refused, start_time, wait_for
from .watch import watch

FOLDER = ("/run/torc-demo" if os.geteuid() == 0
          else f"{tempfile.gettempdir()}/torc-demo-{os.geteuid()}")
STATE = f"{FOLDER}/state.json"
TAG = "torc-demo"
HOST_PORT = 8025
SELF = os.path.relpath(os.path.join(os.path.dirname(__file__), "demo"))
INNER = f"nat {{\n  from 10.0.0.0/16\n  out eth0\n  source {VIP}\n}}\n"
SERVER_ACTIONS = ("stop", "start", "freeze", "thaw", "kill") # and of balancers
BALANCER_ACTIONS = ("halt", "crash", "return", "pull", "plug")
STATS_USER = {"Authorization": "Basic aGFwcm94eTphZG1pbg=="} # haproxy:admin, as published


def save(lab):
    os.makedirs(FOLDER, exist_ok=True)
    with open(f"{STATE}.new", "w", encoding="ascii") as stream:
        json.dump(lab.state(), stream)
    os.replace(f"{STATE}.new", STATE)


def running():
    """The lab that is up, or None."""
    try:
        with open(STATE, encoding="ascii") as stream:
            state = json.load(stream)
    except (OSError, ValueError):
        return None
    if state["kind"] == "loopback":
        return LoopbackLab.attach(state, FOLDER)
    lab = Lab.attach(state)
    return lab if lab.client.alive() else None


# --- up and down ---------------------------------------------------------------------------------

def bring_up(detached):
    """The lab, up; what is shown while it comes."""
    reason = uring.refused()
    if reason and os.path.basename(program_under_test()) == "torc":
        raise LabError(f"io_uring is refused here, and torc is made of it.\n{reason}")
    take_down()
    reason = namespaces_refused()
    lab = up_on_loopback(reason) if reason else up_in_namespaces(detached)
    show_answers(lab)
    return lab


def up_in_namespaces(detached):
    pair = os.path.basename(program_under_test()) == "torc"
    lab = Lab(torc=False, variant=None, routers=pair, inner=INNER if pair else None,
              internet=True, detached=detached, tag=TAG)
    try:
        lab.up()
        lab.forward_from_host(HOST_PORT)
        save(lab)
        print("The published network, in namespaces of this machine:\n")
        print("  client                 192.168.25.2")
        print(f"  internet               {OUTSIDE}   names {NAME_SERVER}, pages {WEB_SERVER}")
        for node in lab.balancers:
            print(f"  {node.name}   torc, rsyslogd   192.168.25.20{node.number}   "
                  f"10.0.0.{node.number}")
        print(f"  the virtual addresses  {VIP}   {INNER_VIP}")
        print("  pv1 .. pv4   nginx                      10.0.10.1 .. 10.0.10.4\n")
        print(f"lb1$ {' '.join(lab.lb1.torc_argv('-p', lab.lb1.PID_FILE))}")
        try:
            for node in lab.balancers:
                node.start_daemon()
                node.wait_listening()
        finally:
            print(indented(lab.lb1.messages()))
        if pair:
            print("Each one is silent for three seconds and a half, to hear whether there is a "
                  "master ...")
            lab.lb1.wait_holds(limit_s=10)
            print("\n" + "\n".join(who(lab)) + "\n")
    except BaseException:
        lab.down()
        shutil.rmtree(FOLDER, ignore_errors=True)
        raise
    return lab


def up_on_loopback(reason):
    lab = LoopbackLab(FOLDER)
    print(f"No network namespaces here ({reason}): the same set-up on loopback addresses.")
    if os.geteuid() == 0: # root without the right to: a container
        print(uring.container_hint())
    try:
        lab.up(lambda: save(lab))
    except BaseException:
        lab.down()
        raise
    print("\nhaproxy.cfg is the published file but for these lines:\n")
    print(indented("\n".join(lab.differences())))
    print(indented(lab.messages()))
    return lab


def take_down():
    """Everything that carries our tag or stands in our record; True when there was something."""
    lab = running()
    if isinstance(lab, LoopbackLab) or os.path.isdir(f"{FOLDER}/jail"):
        (lab or LoopbackLab(FOLDER)).down()
        return True
    nodes = tagged()
    for pid in nodes:
        with contextlib.suppress(ProcessLookupError): # one node's end brings others with it
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not tagged(), 10, "the end of the nodes")
    shutil.rmtree(FOLDER, ignore_errors=True)
    return bool(nodes)


def tagged():
    """The first processes of all nodes of a demonstration, whoever made them."""
    found = []
    mark = f'"tag": "{TAG}"'.encode()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as stream:
                    words = stream.read().split(b"\0")
            except OSError:
                continue
            if len(words) > 4 and words[-3].endswith(b"/lab/init.py") and mark in words[-2]:
                found.append(int(entry))
    return found


def who(lab):
    return [f"  {address:15} is on {owner(lab, address, interface)}"
            for address, interface in ((VIP, "eth0"), (INNER_VIP, "eth1"))]


def owner(lab, address=VIP, interface="eth0"):
    return " and ".join(node.name for node in lab.balancers
                        if node.alive() and node.holds(address, interface)) or "nobody"


# --- what is shown -------------------------------------------------------------------------------

def indented(text):
    return "".join(f"    {line}\n" for line in text.splitlines())


def show_answers(lab):
    """One answer from each server, and the statistics' address."""
    if isinstance(lab, LoopbackLab):
        site, stats = f"http://{lab.vip}/", f"http://{lab.vip}/stats"
    else:
        site, stats = f"http://{VIP}/", f"http://127.0.0.1:{lab.forward_port}/stats"
    print(f"client$ curl {site}" + "     (four times)")
    for _ in lab.pv:
        answer = lab.get("/")
        print(f"    {answer.status} {answer.reason}: "
              + (f"this page was served by {answer.server}" if answer.server else answer.text))
    status = lab.get("/stats", headers=STATS_USER).status
    print(f"\nStatistics: {stats}   user haproxy, password admin"
          + ("" if status == 200 else f"   (answers {status})"))
    print("\nWhat to try next" + (", in another terminal:" if sys.stdout.isatty() else ":"))
    print(indented(suggestions(lab, site)))


def suggestions(lab, site):
    client = "" if isinstance(lab, LoopbackLab) else f"{SELF} on client "
    lines = [f"{client}curl -i {site}",
             f"{SELF} watch             # what the client sees, live; leave it running",
             f"{client}ab -n 50 -c 10 {site}index.html",
             f"{client}wrk -t1 -c50 -d5 {site}",
             f"{SELF} freeze pv3        # accepts, answers nothing: DOWN in a second",
             f"{SELF} thaw pv3",
             f"{SELF} stop pv2          # refuses connections; `start pv2` brings it back",
             f"{SELF} kill torc         # kill -9 of the process that serves",
             f"{SELF} ask 'show info'"]
    if client:
        lines.append(f"{SELF} on pv1 tail -3 /var/log/nginx/access.log")
        lines.append(f"{SELF} halt lb1         # shut down: the addresses go to lb2 first")
        lines.append(f"{SELF} return lb1       # and back, from whatever happened to it")
        lines.append(f"{SELF} crash lb1        # loses its power; also: stop, kill, freeze, pull")
        lines.append(f"{SELF} on pv1 curl http://packages.example/    # the servers' way out")
        lines.append(f"{SELF} ask 'show vrrp'; {SELF} who")
        lines.append(f"{SELF} on lb1 bash      # a shell; /etc/haproxy/haproxy.cfg is torc's file")
    return "\n".join(lines)


def logs_of(lab):
    """{what a line begins with: path}; another machine in a balancer's place has another log."""
    if isinstance(lab, LoopbackLab):
        return {"": lab.log_path}
    several = len(lab.balancers) > 1
    return {f"{node.name}: " if several else "": node.path(files.LOG)
            for node in lab.balancers if node.alive()}


def follow():
    """Prints the balancers' logs as they grow, until the demonstration is gone."""
    positions = {}
    while lab := running():
        for name, path in logs_of(lab).items():
            try:
                with open(path, "rb") as stream:
                    stream.seek(positions.get(path, 0))
                    text = stream.read()
            except OSError:
                continue
            text = text[:text.rfind(b"\n") + 1]
            positions[path] = positions.get(path, 0) + len(text)
            for line in text.decode(errors="replace").splitlines():
                print(f"{name}{line}")
            sys.stdout.flush()
        time.sleep(0.2)


# --- commands ------------------------------------------------------------------------------------

def stay():
    """Up, the log, down."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    lab = None
    try:
        lab = bring_up(detached=False)
        print("The balancers' logs (Ctrl-C ends the demonstration):\n", flush=True)
        follow()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if lab:
            print("\nTaking it down.")
            lab.down()
            take_down() # and machines that came later
        shutil.rmtree(FOLDER, ignore_errors=True)
    return 0


def up():
    bring_up(detached=True)
    print("It stays up; `make demo-down` takes it away.")
    return 0


def down():
    print("The demonstration is down." if take_down() else "There was nothing to take down.")
    return 0


def on(lab, name, argv):
    """A command on a node, with this terminal."""
    if isinstance(lab, LoopbackLab):
        raise LabError("without namespaces there are no nodes: run the command as it is")
    if name not in lab.nodes:
        raise LabError(f"no node is called '{name}'; there are {', '.join(lab.nodes)}")
    argv = machine(lab, lab.nodes[name]).entering(argv or ["bash"])
    return subprocess.run(argv, env=environment(), check=False).returncode


def serving_node(lab):
    """The balancer that has the address, or the first one that is there."""
    if isinstance(lab, LoopbackLab):
        return None
    there = [node for node in lab.balancers if node.alive()]
    return next((node for node in there if node.holds()), there[0])


def serving_process(lab, node):
    """torc's processes on a balancer; the keeper is the oldest."""
    if isinstance(lab, LoopbackLab):
        from .loopback import session_members
        found = sorted(session_members(lab.sessions["torc"][0]), key=start_time)
    else:
        found = node.processes("torc")
    if not found:
        raise LabError("torc is not running")
    return found


def machine(lab, node):
    """A balancer that is there, or LabError."""
    if not node.alive():
        raise LabError(f"{node.name} is off: `{SELF} return {node.name}`")
    return node


def act_on_balancer(lab, action, node, interface):
    """What a balancer goes through: its torc, its cables, its power."""
    if action == "return":
        return bring_back(lab, node)
    machine(lab, node)
    if action in ("pull", "plug"):
        lab.cable(node, action == "plug", interface)
    elif action == "start":
        node.start_daemon()
    elif action in ("stop", "halt"):
        node.signal_keeper(signal.SIGTERM)
        if action == "halt":
            wait_for(lambda: not node.processes("torc"), 30, "the end of torc")
            lab.power_off(node)
    elif action == "crash":
        lab.power_off(node)
    else:
        number = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP, "thaw": signal.SIGCONT}[action]
        for name in ("torc-guard", "torc"): # the guard would tidy up behind the others
            node.signal(name, number)
    return 0


def bring_back(lab, node):
    """Power, cables, and torc: what is missing of them."""
    if not node.alive():
        lab.power_on(node)
        save(lab)
    for interface in ("eth0", "eth1"):
        lab.cable(node, True, interface)
    for name in ("torc-guard", "torc"):
        node.signal(name, signal.SIGCONT)
    if not node.processes("torc"):
        node.start_daemon()
    print(f"{node.name} is back; the addresses follow when it has listened for a while")
    return 0


def act(lab, action, name, interface="eth0"):
    """What a server, or torc, goes through."""
    balancers = {} if isinstance(lab, LoopbackLab) else {node.name: node for node in lab.balancers}
    if name in balancers:
        return act_on_balancer(lab, action, balancers[name], interface)
    if action in BALANCER_ACTIONS:
        raise LabError(f"that is for balancers: {', '.join(balancers) or 'there is no pair here'}")
    if (action, name) == ("kill", "torc"):
        os.kill(serving_process(lab, serving_node(lab))[-1], signal.SIGKILL)
        return 0
    servers = {server.name: server for server in lab.pv.values()}
    if name not in servers:
        raise LabError(f"no server is called '{name}'; there are {', '.join(servers)}")
    getattr(servers[name], action)()
    save(lab) # on loopback, a server that was started again is another process
    return 0


def chosen(lab, words):
    """A balancer named first among the words, else the one that serves; and the other words."""
    if not isinstance(lab, LoopbackLab):
        for node in lab.balancers:
            if words and words[0] == node.name:
                return machine(lab, node), words[1:]
    return serving_node(lab), words


def ask(lab, words):
    node, words = chosen(lab, words)
    command = " ".join(words)
    if isinstance(lab, LoopbackLab):
        from .lab import ask_socket
        print(ask_socket(f"{lab.folder}/admin.sock", command), end="")
    else:
        print(node.runtime(command), end="")
    return 0


def watch_client(lab, limit_s):
    if isinstance(lab, LoopbackLab):
        watch(socket.socket, (LOOPBACK_VIP, PORT), lambda: "torc", limit_s)
    else:
        def who_has_it():
            there = running()
            return owner(there) if there else "gone"
        watch(lab.client.socket, (VIP, 80), who_has_it, limit_s)
    return 0


def main(words):
    try:
        command, words = (words[0], words[1:]) if words else ("demo", [])
        if command == "demo":
            return stay()
        if command == "up":
            return up()
        if command == "down":
            return down()
        lab = running()
        if command in ("help", "-h", "--help") or not lab:
            print(__doc__ if lab or command not in ("on", "log", "ask") else
                  "The demonstration is not up: make demo, or make demo-up")
            return 0 if command in ("help", "-h", "--help") else 1
        if command == "on" and words:
            return on(lab, words[0], words[1:])
        if command == "who" and not words and not isinstance(lab, LoopbackLab):
            print("\n".join(who(lab)))
            return 0
        if command in SERVER_ACTIONS + BALANCER_ACTIONS and len(words) in (1, 2):
            return act(lab, command, *words)
        if command == "reload":
            os.kill(serving_process(lab, chosen(lab, words)[0])[0], signal.SIGUSR2)
            return 0
        if command == "ask" and words:
            return ask(lab, words)
        if command == "watch" and len(words) < 2:
            return watch_client(lab, float(words[0]) if words else None)
        if command == "log":
            follow()
            return 0
        print(__doc__)
        return 2
    except KeyboardInterrupt:
        return 130
    except (LabError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
