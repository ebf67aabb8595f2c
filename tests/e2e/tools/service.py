# SPDX-License-Identifier: GPL-2.0-or-later
"""The program as a service: its command line, its processes, its exit code.

Balancer (tools/balancer.py) is for tests about traffic; this one is for tests about starting,
stopping and being replaced.  It asks for nothing but that somebody answers at an address.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

from lab.node import as_shell
from tools import address, pace, processes, programs

PLAIN = """
global
    nbthread 2
{global_}
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend web
    bind {bind}
{frontend}
    default_backend pool
backend pool
{backend}
"""


class Service:
    def __init__(self, program=None, **parts):
        self.program = pathlib.Path(program or programs.under_test())
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="torc-e2e-"))
        self.folder.chmod(0o755)
        self.address = address.free()
        self.config_path = self.folder / "torc.cfg"
        self.pidfile = self.folder / "pid"
        self.stderr_path = self.folder / "stderr"
        self.mark = uuid.uuid4().hex
        self.process = None
        self.write(**parts)

    def close(self):
        processes.end(self.pids())
        if self.process is not None:
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    # Configuration

    def write(self, text=None, **parts):
        """A whole file, or parts of the ordinary one: global_, frontend, backend, bind."""
        names = {"global_": "", "frontend": "", "backend": "", "bind": "%s:%d" % self.address}
        names.update(parts)
        self.config_path.write_text((text or PLAIN).format(folder=self.folder, **names))

    # Life

    def command(self, *args):
        return [str(self.program), "-f", str(self.config_path), *map(str, args)]

    def start(self, *args, wait=True, env=None, **options):
        environment = programs.environment(
            self.program, **{processes.MARK: self.mark}, **(env or {})
        )
        with open(self.stderr_path, "ab") as err:
            self.process = subprocess.Popen(
                self.command(*args),
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
                env=environment,
                cwd=self.folder,
                start_new_session=True,
                **options,
            )
        if wait:
            pace.until(self.answers, f"the service to answer; {self.stderr()}", limit=20)
        return self

    def run(self, *args, **options):
        """Runs it to its end: (exit code, what it printed)."""
        self.start(*args, wait=False, **options)
        return self.wait_exit(), self.stderr()

    def stderr(self):
        return self.stderr_path.read_text(errors="replace") if self.stderr_path.exists() else ""

    def wait_said(self, text, limit=10):
        pace.until(
            lambda: text in self.stderr(), f"'{text}' to be said; it said:\n{self.stderr()}", limit
        )

    def wait_exit(self, limit=15):
        try:
            return as_shell(self.process.wait(pace.seconds(limit)))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs:\n{self.stderr()}") from None

    # Processes

    @property
    def pid(self):
        return self.process.pid

    def pids(self):
        return [pid for pid in processes.marked(self.mark) if processes.alive(pid)]

    def balancers(self, keeper=None):
        """Children of the keeper that have workers (under ThreadSanitizer every one has threads)."""
        return [
            pid
            for pid in processes.children(keeper or self.pid)
            if processes.alive(pid) and any(
                name.startswith("torc/worker") for name in processes.threads(pid).values()
            )
        ]

    def balancer(self):
        """The balancer, when there is exactly one."""

        def only():
            found = self.balancers()
            return found[0] if len(found) == 1 else None

        return pace.until(only, "exactly one balancer", limit=20)

    def wait_new_balancer(self, old):
        return pace.until(
            lambda: next((pid for pid in self.balancers() if pid != old), None),
            f"another balancer than {old}; {self.stderr()}",
            limit=20,
        )

    def signal(self, number):
        os.kill(self.pid, number)

    # Traffic

    def answers(self, where=None):
        """Whether a request gets any answer at all."""
        try:
            return bool(exchange(where or self.address))
        except OSError:
            return False


def exchange(where, request=b"GET / HTTP/1.0\r\n\r\n", limit=5):
    kind = socket.AF_UNIX if isinstance(where, (str, bytes)) else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as sock:
        sock.settimeout(pace.seconds(limit))
        sock.connect(where)
        sock.sendall(request)
        return sock.recv(65536)


class Visitors:
    """Somebody who asks again and again, and notes each failure."""

    def __init__(self, where):
        import threading

        self.where = where
        self.asked = 0
        self.failures = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            self.asked += 1
            try:
                if not exchange(self.where):
                    self.failures.append("closed without an answer")
            except OSError as error:
                self.failures.append(repr(error))
            time.sleep(0.002)

    def wait_more(self, number=20):
        goal = self.asked + number
        pace.until(lambda: self.asked >= goal, "more requests")
