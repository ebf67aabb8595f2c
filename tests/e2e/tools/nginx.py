# SPDX-License-Identifier: GPL-2.0-or-later
"""A real nginx on a loopback address, unprivileged in everything but its start."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from tools import address, pace, processes, programs

CONFIG = """
daemon off;
master_process on;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    sendfile on;
    server {{
        listen {where} backlog=4096;
        root {folder}/html;
        location ~* /hc.html {{ access_log off; }}
    }}
}}
"""


class Nginx:
    """Serves files; start(), stop(), kill(), freeze(), thaw(), reload()."""

    def __init__(self, name="nginx"):
        self.name = name
        self.program = programs.need("nginx")
        self.address = address.free()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="torc-e2e-nginx-"))
        self.folder.chmod(0o755)
        (self.folder / "html").mkdir(mode=0o755)
        self.file("index.html", f"{name}\n".encode())
        self.file("hc.html", b"fine\n")
        (self.folder / "nginx.conf").write_text(
            CONFIG.format(folder=self.folder, where=self.where)
        )
        self.process = None

    @property
    def where(self):
        return "%s:%d" % self.address

    def file(self, name, content):
        path = self.folder / "html" / name
        path.write_bytes(content)
        path.chmod(0o644)

    def start(self):
        with open(self.folder / "stderr", "ab") as err:
            self.process = subprocess.Popen(
                [self.program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"),
                 "-e", str(self.folder / "error.log")],
                stdin=subprocess.DEVNULL,
                stdout=err,
                stderr=err,
                env=programs.environment(self.program),
                start_new_session=True,
            )
        pace.until(lambda: processes.listening(self.address), f"{self.name} to listen")
        pace.until(lambda: processes.children(self.process.pid), f"{self.name} to have a worker")
        return self

    def pids(self):
        if self.process is None:
            return []
        return [self.process.pid, *processes.descendants(self.process.pid)]

    def _signal_all(self, number):
        for pid in self.pids():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        self._signal_all(signal.SIGSTOP)

    def thaw(self):
        self._signal_all(signal.SIGCONT)

    def reload(self):
        os.kill(self.process.pid, signal.SIGHUP)

    def stop(self):
        """In order: workers finish what they have."""
        os.kill(self.process.pid, signal.SIGQUIT)
        self.process.wait(pace.seconds(10))
        self.process = None

    def kill(self):
        pids = self.pids()
        self._signal_all(signal.SIGKILL)
        self.process.wait(pace.seconds(10))
        pace.until(lambda: not any(processes.alive(pid) for pid in pids), "nginx to die")
        self.process = None

    def access_log(self):
        path = self.folder / "access.log"
        return path.read_text().splitlines() if path.exists() else []

    def close(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
