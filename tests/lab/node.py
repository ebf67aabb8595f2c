# SPDX-License-Identifier: GPL-2.0-or-later
"""A node: a machine of the lab as seen from outside it.

A node is one process (init.py) in namespaces of its own.  Commands enter them with nsenter;
files are reached through /proc/PID/root, so that nothing is ever written on the host; sockets
are made in the node's network by a thread that visits it, so that a test can speak and listen
there from its own process.
"""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from . import pace

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOOLS = f"{ROOT}/build/tools"
PYTHON = "/usr/bin/python3"

CLONE_NEWNET = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)


class LabError(Exception):
    """Something of the lab itself, not of what is tested in it."""


def environment():
    """Of every command on a node: the unpacked daemons and their libraries come first."""
    architecture = os.uname().machine
    places = ("/usr/local/sbin", "/usr/local/bin", f"{TOOLS}/usr/sbin", "/usr/sbin", "/usr/bin",
              "/sbin", "/bin")
    kept = {name: value for name, value in os.environ.items()
            if name.startswith(("ASAN_", "UBSAN_", "TSAN_", "LSAN_", "TERM", "LANG", "LC_", "TZ"))}
    return {**kept, "HOME": "/root", "PATH": ":".join(places),
            "LD_LIBRARY_PATH": f"{TOOLS}/usr/lib/{architecture}-linux-gnu:"
                               f"{TOOLS}/lib/{architecture}-linux-gnu:"
                               f"{TOOLS}/usr/lib/{architecture}-linux-gnu/frr"}


def as_shell(status):
    """A status as a shell tells it: 128 and the number of the signal that the program died of."""
    return status if status >= 0 else 128 - status


def wait_for(condition, limit_s=5.0, what="something"):
    """The first true value of condition(); LabError when none comes in time, with what() or
    what: that which was waited for.  How patient that is, pace.py says."""
    began = time.monotonic()
    pause = 0.002
    while True:
        # Asked before the condition: a waiter that was not run itself looks once more.
        over = pace.is_over(began, limit_s)
        value = condition()
        if value:
            return value
        if over:
            waited_s = time.monotonic() - began
            raise LabError(f"waited {waited_s:.1f} s for {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def start_time(pid):
    """Of a process in clock ticks since boot: with the number it names a process for good."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as text:
            return int(text.read().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
            return [int(word) for word in text.read().split()]
    except OSError:
        return []


class Process:
    """A program that runs on a node.  `pid` is its number as the host sees it."""

    def __init__(self, popen):
        self.popen = popen # of nsenter, which waits for the program
        self.pid = wait_for(lambda: self._find(), what=f"the start of {popen.args}")
        self.stdin, self.stdout, self.stderr = popen.stdin, popen.stdout, popen.stderr

    def _find(self):
        if self.popen.poll() is not None:
            return -1
        return next(iter(children(self.popen.pid)), None)

    def signal(self, number):
        if self.popen.poll() is None and self.pid > 0:
            os.kill(self.pid, number)
            if number in (signal.SIGCONT, signal.SIGKILL):
                self.popen.send_signal(signal.SIGCONT) # nsenter stops itself with its program

    def poll(self):
        """None while it runs; else its status, as subprocess gives it."""
        return self.popen.poll()

    def wait(self, timeout=10):
        return as_shell(self.popen.wait(pace.seconds(timeout)))

    def communicate(self, data=None, timeout=30):
        return self.popen.communicate(data, pace.seconds(timeout))

    def stop(self, timeout=5):
        """Asks, waits, insists."""
        self.signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            return self.wait(timeout)


class Node:
    """One machine.  `name` is what the lab calls it, `addresses` are {interface: "a.b.c.d/n"}."""

    SHADOWED = ("/etc", "/var/lib", "/usr/local/sbin")
    EMPTIED = ("/run", "/var/log", "/var/spool", "/var/tmp",
               "/etc/haproxy", "/etc/keepalived", "/etc/torc", "/etc/nginx", "/etc/frr",
               "/var/lib/haproxy", "/var/lib/nginx")

    def __init__(self, name, host_name=None, addresses=None, gateway=None):
        self.name = name
        self.host_name = host_name or name
        self.addresses = addresses or {}
        self.gateway = gateway
        self.pid = 0
        self.started = 0
        self._life = -1
        self._unshare = None

    # --- coming and going ---

    def begin(self, detached=False, tag="", beside=None):
        """Starts the namespaces; `settle` waits for them, so that all nodes begin at once.  The
        tag is there to be found in the process's command line.  Beside another node: it ends when
        that one's maker does."""
        self._ready, ready = os.pipe()
        life = beside.life() if beside else -1
        if life < 0 and not detached:
            life, self._life = os.pipe()
        wanted = {"tag": tag, "host_name": self.host_name, "shadowed": self.SHADOWED,
                  "emptied": self.EMPTIED, "ready_fd": ready, "life_fd": life}
        passed = [fd for fd in (ready, life) if fd >= 0]
        self._unshare = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child",
             PYTHON, "-I", "-S", f"{HERE}/init.py", json.dumps(wanted)],
            pass_fds=passed, start_new_session=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        for fd in passed:
            os.close(fd)

    def life(self):
        """The end of the pipe that this node waits on, once more; -1 when it waits on none."""
        with open(f"/proc/{self.pid}/cmdline", "rb") as words:
            wanted = json.loads(words.read().split(b"\0")[-2])
        if wanted["life_fd"] < 0:
            return -1
        return os.open(f"/proc/{self.pid}/fd/{wanted['life_fd']}", os.O_RDONLY)

    def settle(self):
        with os.fdopen(self._ready) as pipe:
            # One line, not up to the end: unshare holds the other side as well.
            answer = json.loads(pipe.readline() or '{"error": "no namespaces"}')
        if "error" in answer:
            raise LabError(f"{self.name}: {answer['error']}")
        self.pid = answer["pid"]
        self.started = start_time(self.pid)

    def pull_plug(self):
        """Ends everything on the node.  The kernel cleans up behind process 1."""
        try:
            if self.alive():
                os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def end(self):
        """Ends everything, and waits until it is gone."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
        self.pull_plug()
        if self._unshare:
            self._unshare.wait()
            self._unshare = None
        wait_for(lambda: not self.alive(), what=f"the end of {self.name}")

    def alive(self):
        return self.pid > 0 and start_time(self.pid) == self.started

    # --- commands ---

    def entering(self, argv):
        """The command line that runs argv on this node."""
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "-u", "-i", "--", *argv]

    def ip(self, orders):
        """Carries out a list of orders to ip(8).  Enters the network only: a process number in
        an order is the host's."""
        subprocess.run(["nsenter", "-t", str(self.pid), "-n", "ip", "-batch", "-"], text=True,
                       input="\n".join(orders) + "\n", check=True)

    def run(self, argv, timeout=30, check=False, **options):
        """Runs a command to its end; a CompletedProcess with text in stdout and stderr."""
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        if "input" not in options:
            options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("env", environment())
        options.setdefault("text", True)
        done = subprocess.run(self.entering(argv), timeout=pace.seconds(timeout), check=False, **options)
        if check and done.returncode != 0:
            raise LabError(f"{self.name}: {' '.join(argv)}: status {done.returncode}\n"
                           f"{done.stdout or ''}{done.stderr or ''}")
        return done

    def launch(self, argv, **options):
        """Runs a command that leaves a daemon behind.  That may keep our pipes for good, so its
        output goes by way of a file; LabError unless the status is 0."""
        with tempfile.TemporaryFile("w+") as output:
            done = self.run(argv, stdout=output, stderr=output, **options)
            if done.returncode != 0:
                output.seek(0)
                raise LabError(f"{self.name}: {' '.join(argv)}: status {done.returncode}\n"
                               f"{output.read()}")

    def popen(self, argv, **options):
        """Starts a program and leaves it running: a Process."""
        options.setdefault("env", environment())
        options.setdefault("stdin", subprocess.DEVNULL)
        return Process(subprocess.Popen(self.entering(argv), start_new_session=True, **options))

    def processes(self, name=None):
        """Host process numbers on this node, oldest first; `name` is the kernel's short name."""
        try:
            space = os.readlink(f"/proc/{self.pid}/ns/pid")
        except OSError:
            return []
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.pid:
                continue
            try:
                if os.readlink(f"/proc/{entry}/ns/pid") != space:
                    continue
                with open(f"/proc/{entry}/comm", encoding="utf-8") as text:
                    if name is None or text.read().strip() == name:
                        found.append(int(entry))
            except OSError:
                continue
        return sorted(found, key=start_time)

    def signal(self, name, number):
        """Sends a signal to every process of that name; how many there were."""
        found = self.processes(name)
        for pid in found:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass
        return len(found)

    # --- files ---

    def path(self, path):
        """Where a file of the node is for a process of the host."""
        return f"/proc/{self.pid}/root{path}"

    def read(self, path, binary=False):
        with open(self.path(path), "rb") as stream:
            data = stream.read()
        return data if binary else data.decode(errors="replace")

    def write(self, path, content, mode=0o644):
        full = self.path(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
        os.chmod(full, mode)

    def exists(self, path):
        return os.path.exists(self.path(path))

    def lines(self, path):
        """The complete lines of a text file; none when there is no such file yet."""
        try:
            text = self.read(path)
        except FileNotFoundError:
            return []
        return text[:text.rfind("\n") + 1].splitlines()

    # --- sockets of the caller's process in this node's network ---

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0):
        """A socket that lives in the node's network and is used here."""
        made = []

        def visit():
            with open(f"/proc/{self.pid}/ns/net", "rb") as space:
                if libc.setns(space.fileno(), CLONE_NEWNET) != 0:
                    made.append(LabError(f"{self.name}: {os.strerror(ctypes.get_errno())}"))
                    return
            try:
                made.append(socket.socket(family, kind, protocol))
            except OSError as error:
                made.append(error)

        # Only that thread moves, and it ends there.
        thread = threading.Thread(target=visit)
        thread.start()
        thread.join()
        if isinstance(made[0], Exception):
            raise made[0]
        return made[0]

    def connect(self, host, port=80, timeout=10, source=None):
        """A connected TCP socket from this node; `source` is an (address, port) of ours."""
        stream = self.socket()
        try:
            stream.settimeout(timeout)
            if source:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                stream.bind(source)
            stream.connect((host, port))
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            stream.close()
            raise
        return stream

    def listen(self, host, port, backlog=128):
        """A listening TCP socket on this node."""
        stream = self.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stream.bind((host, port))
        stream.listen(backlog)
        return stream


def namespaces_refused():
    """None where nodes can be made, else why not."""
    if os.geteuid() != 0:
        return "this needs root"
    probe = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--mount-proc",
         "sh", "-c", "mount -t tmpfs none /run && ip link add probe0 type veth peer name probe1"
                     " && ip link add probe2 type bridge"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        check=False)
    if probe.returncode == 0:
        return None
    return (probe.stderr.strip().splitlines() or [f"status {probe.returncode}"])[-1]


if __name__ == "__main__":
    sys.exit("this is a module: see tests/lab/demo")
