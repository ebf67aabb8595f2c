# SPDX-License-Identifier: GPL-2.0-or-later
"""Where it is measured: namespaces of its own, the published addresses, cores, processes."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time

REGIMES = ["one-core", "two-cores"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, "build", "tools")

VIP = "192.168.25.203"
SERVERS = ["10.0.10.1", "10.0.10.2", "10.0.10.3", "10.0.10.4"]
LOG_PORT = 514

# reno: the machine's own choice may pace (bbr does, even on loopback).  The port range and the
# reuse of ports let a close per request go on for minutes.
SETTINGS = {
    "net.ipv4.tcp_congestion_control": "reno",
    "net.ipv4.ip_local_port_range": "2048 65535",
    "net.ipv4.ip_local_reserved_ports": "8081-8084",
    "net.ipv4.tcp_tw_reuse": "1",
    "net.core.somaxconn": "8192",
    "net.ipv4.tcp_max_syn_backlog": "8192",
}


def is_inside():
    return os.environ.get("TORC_BENCH_INSIDE") == "yes"


def enter(arguments):
    """The same program again, in namespaces that end with it."""
    if os.geteuid() != 0:
        print("bench: needs root (network namespaces, pinned cores)", file=sys.stderr)
        return 2
    inside = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
              sys.executable, os.path.join(ROOT, "bench", "compare"), *arguments]
    return subprocess.run(inside, env={**os.environ, "TORC_BENCH_INSIDE": "yes"},
                          check=False).returncode


def furnish(nice):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in [VIP, *SERVERS]:
        subprocess.run(["ip", "address", "add", address + "/32", "dev", "lo"], check=True)
    for name, value in SETTINGS.items():
        with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as setting:
            setting.write(value)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        go_before_other_sessions(nice)
    except PermissionError:
        print("bench: not allowed to go before other programs; keep the machine quiet")


def go_before_other_sessions(nice):
    """Where the scheduler groups processes by session (sched_autogroup), a priority counts within
    the session only: ours becomes one of its own, and is given the priority too."""
    os.setsid()  # inside, we are never the leader of a group
    try:
        with open("/proc/self/autogroup", "w", encoding="ascii") as group:
            group.write(str(nice))
    except FileNotFoundError:
        pass  # this kernel has no groups


def cores():
    return sorted(os.sched_getaffinity(0))


def is_possible(regime):
    return regime == "one-core" or len(cores()) >= 2


def core_of(role, regime):
    """The core of "proxy" or "rest"."""
    mine = cores()
    return mine[0] if role == "proxy" or regime == "one-core" else mine[1]


class Process:
    """A program on one core, with all that it starts."""

    def __init__(self, argv, role, regime, log, nice=0):
        core = core_of(role, regime)
        self.log = log

        def settle():
            os.sched_setaffinity(0, {core})
            os.nice(nice)
            # Dies with us whatever happens.
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)

        with open(log, "wb") as out:
            self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env=environment(), preexec_fn=settle)

    def processes(self):
        """Its process id and those of all its descendants."""
        parents = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as stat:
                        parents[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
                except OSError:
                    pass
        found = [self.child.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_ns(self):
        """Processor time of all its threads, to the nanosecond."""
        total = 0
        for pid in self.processes():
            for task in tasks(pid):
                try:
                    with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
                        total += int(stat.read().split()[0])
                except OSError:
                    pass
        return total

    def memory_kb(self):
        """Resident memory, shared pages counted once (Pss)."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
                    total += sum(int(line.split()[1]) for line in rollup
                                 if line.startswith("Pss:"))
            except OSError:
                pass
        return total

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def ended(self):
        return self.child.poll() is not None

    def stop(self):
        left = self.processes()
        self.child.terminate()
        try:
            self.child.wait(3)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        # What a stopped parent has left behind (none of it is older than this run).
        deadline = time.monotonic() + 2
        while any(is_alive(pid) for pid in left) and time.monotonic() < deadline:
            time.sleep(0.02)
        for pid in filter(is_alive, left):
            os.kill(pid, signal.SIGKILL)


def tasks(pid):
    try:
        return os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def environment():
    folders = [f"{TOOLS}/{name}" for name in ("usr/lib", "lib") if os.path.isdir(f"{TOOLS}/{name}")]
    libraries = [f"{folder}/{machine}" for folder in folders for machine in os.listdir(folder)
                 if machine.endswith("-linux-gnu")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)} if libraries else dict(os.environ)


def program(name):
    """The path of a program: unpacked, else installed; None where there is none."""
    for folder in (f"{TOOLS}/usr/sbin", f"{TOOLS}/usr/bin", "/usr/sbin", "/usr/bin"):
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    return None
