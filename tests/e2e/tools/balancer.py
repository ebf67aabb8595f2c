# SPDX-License-Identifier: GPL-2.0-or-later
"""The program under test: configured, started, talked to, and ended with everything it started."""

import csv
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import uuid

from lab.node import as_shell
from tools import address, pace, processes, programs
from tools.client import Client
from tools.logs import Receiver

# Long enough never to fire by accident, also in a slow build on a busy machine.
PATIENT = """
    timeout http-request 30s
    timeout http-keep-alive 30s
    timeout queue 30s
    timeout connect 30s
    timeout client 30s
    timeout server 30s
"""

ORDINARY = """
global
    log {log} local2
    stats socket {socket} mode 600 level admin
    stats timeout 30s
    nbthread {threads}
{global_}
defaults
    log global
    mode http
    option httplog
    option dontlognull
    option http-server-close
{patient}{defaults}
frontend web
    bind {bind}
    default_backend pool
{frontend}
backend pool
    balance roundrobin
{backend}
{servers}
"""

SANITIZER_REPORT = re.compile(
    r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|AddressSanitizer:"
)


class Balancer:
    """Started by start(), ended by stop().  `address` is where its frontend listens."""

    def __init__(
        self,
        *origins,
        config=None,
        global_="",
        defaults="",
        frontend="",
        backend="",
        servers="",
        server="",
        threads=2,
        args=(),
        env=None,
        bind=None,
        log=None,
    ):
        self.program = programs.under_test()
        self.reference = "haproxy" in self.program.name
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="torc-e2e-"))
        self.address = bind or address.free()
        self.log = log or Receiver()
        self.socket_path = str(self.folder / "admin.sock")
        self.pidfile = self.folder / "pid"
        self.args = list(args)
        self.mark = uuid.uuid4().hex
        self.extra_env = env or {}
        self.process = None
        self.returncode = None
        self.stopped = False
        lines = [servers] if servers else []
        for number, origin in enumerate(origins, 1):
            where = origin if isinstance(origin, str) else "%s:%d" % _address_of(origin)
            lines.append(f"    server s{number} {where} {server}")
        self.text = (config or ORDINARY).format(
            log=self.log.where,
            socket=self.socket_path,
            bind="%s:%d" % self.address,
            folder=self.folder,
            threads=threads,
            global_=global_,
            patient=PATIENT,
            defaults=defaults,
            frontend=frontend,
            backend=backend,
            servers="\n".join(lines),
        )
        self.config_path = self.folder / "torc.cfg"

    # Life

    def write_config(self, text=None):
        self.text = text or self.text
        self.config_path.write_text(self.text)

    def start(self, wait=True):
        self.write_config()
        env = programs.environment(
            self.program, **{processes.MARK: self.mark}, **self.extra_env
        )
        env.setdefault("ASAN_OPTIONS", "abort_on_error=0:exitcode=99")
        env.setdefault("TSAN_OPTIONS", "exitcode=99:halt_on_error=0")
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
        with open(self.folder / "stdout", "ab") as out, open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                [str(self.program), "-f", str(self.config_path), *self.args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=env,
                cwd=self.folder,
                start_new_session=True,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            code = self.process.poll()
            if code not in (None, 0):
                raise AssertionError(f"ended with {code} at start:\n{self.stderr()}")
            return processes.listening(self.address) and self.answers_on_socket()

        pace.until(ready, "the balancer to be ready", limit=20)

    def answers_on_socket(self):
        if "stats socket" not in self.text:
            return True
        try:
            return b"Uptime" in self.cli_bytes("show info")
        except OSError:
            return False

    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        """The process that was started and all that belong to it."""
        if self.process is None:
            return []
        found = set(processes.marked(self.mark)) | set(processes.descendants(self.pid))
        if processes.alive(self.pid):
            found.add(self.pid)
        return sorted(pid for pid in found if processes.alive(pid))

    def worker_pid(self):
        """The process that forwards: for torc the balancer, a child of the keeper."""
        if self.reference:
            return self.pid
        return pace.until(self._balancer_pid, "a balancer process")

    def _balancer_pid(self):
        """The child with the most threads: the planner and the like have one."""
        found = [
            pid for pid in self.pids() if pid != self.pid and len(processes.threads(pid)) > 1
        ]
        return max(found, key=lambda pid: len(processes.threads(pid))) if found else None

    def signal(self, number):
        os.kill(self.pid, number)

    def wait_exit(self, limit=15):
        try:
            self.returncode = self.process.wait(pace.seconds(limit))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {pace.seconds(limit):.0f} s") from None
        return self.returncode

    def stop(self):
        """SIGTERM, and the checks that every ended program has to pass: it ends by itself with
        143, leaves no process, and no sanitizer complained."""
        if self.stopped:
            return
        self.stopped = True
        problems = []
        try:
            if self.process is not None:
                problems = self._end()
        finally:
            self.log.close()
        complaint = SANITIZER_REPORT.search(self.stderr())
        if complaint:
            problems.append(f"sanitizer report ({complaint[0]}):\n{self.stderr()[-8000:]}")
        assert not problems, "; ".join(problems)

    def _end(self):
        problems = []
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                code = as_shell(self.wait_exit())
                if code != 143:
                    problems.append(f"SIGTERM gave exit code {code}, 143 was due")
            except AssertionError:
                problems.append("SIGTERM did not end it")
        try:
            pace.until(lambda: not self.pids(), "its processes to end", limit=5)
        except AssertionError:
            left = {pid: processes.threads(pid) for pid in self.pids()}
            problems.append(f"processes were left behind: {left}")
        processes.end(self.pids())
        if self.process.poll() is None:
            self.process.wait(10)
        return problems

    def abandon(self):
        """Kills everything at once: for tests that do not care how it ends."""
        self.stopped = True
        if self.process is not None:
            processes.end(self.pids())
            self.process.wait(10)
        self.log.close()

    def stderr(self):
        try:
            return (self.folder / "stderr").read_text(errors="replace")
        except OSError:
            return ""

    def stdout(self):
        return (self.folder / "stdout").read_text(errors="replace")

    def report(self):
        """What is shown when a test fails."""
        lines = "".join(line.decode(errors="replace") for line in self.log.lines[-60:])
        return (
            f"command: {self.program} {' '.join(self.args)}\n--- configuration\n{self.text}"
            f"\n--- stderr\n{self.stderr()[-6000:]}\n--- log\n{lines}"
        )

    # Traffic

    def client(self, **options):
        return Client(self.address, **options)

    def get(self, target="/", *fields, **options):
        """One GET on a connection of its own."""
        with self.client(**options) as client:
            return client.get(target, *fields)

    # Control

    def cli_bytes(self, command, limit=10):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(pace.seconds(limit))
            sock.connect(self.socket_path)
            sock.sendall(command.encode() + b"\n")
            answer = bytearray()
            while True:
                piece = sock.recv(65536)
                if not piece:
                    return bytes(answer)
                answer += piece

    def cli(self, command):
        return self.cli_bytes(command).decode()

    def info(self):
        """`show info` as a dictionary of texts."""
        pairs = [line.split(":", 1) for line in self.cli("show info").splitlines() if ":" in line]
        return {name: value.strip() for name, value in pairs}

    def stats(self):
        return parse_csv(self.cli("show stat"))

    def server(self, name="s1", backend="pool"):
        return self.stats()[backend, name]

    def wait_server(self, name, status, backend="pool", limit=20):
        """Waits until the statistics show this status ("UP", "DOWN", "UP 1/2", ..)."""
        return pace.until(
            lambda: self.server(name, backend)["status"] == status,
            f"{backend}/{name} to be {status}; it is {self.server(name, backend)}",
            limit,
            step=0.02,
        )

    def wait_idle(self):
        """No client connection is left but those of the stats socket, and all are accounted."""
        pace.until(
            lambda: int(self.stats()["web", "FRONTEND"]["scur"]) == 0, "all sessions to end"
        )


def _address_of(origin):
    return origin if isinstance(origin, tuple) else origin.address


def parse_csv(text):
    """{(pxname, svname): {column: text}}"""
    lines = [line for line in text.splitlines() if line]
    assert lines and lines[0].startswith("# "), f"no statistics: {text[:300]!r}"
    rows = {}
    for row in csv.DictReader([lines[0][2:], *lines[1:]]):
        rows[row["pxname"], row["svname"]] = row
    return rows


def elapsed(started):
    return time.monotonic() - started
