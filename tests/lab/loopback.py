# SPDX-License-Identifier: GPL-2.0-or-later
"""The same demonstration where no namespaces can be made: on addresses of the loopback network.

    virtual address 127.0.25.203:8080       servers 127.0.10.1 .. 127.0.10.4, port 8080
    syslog          127.0.0.1:5514          everything else in one folder

haproxy.cfg is the published file with addresses, paths and (since nothing is added to this
machine's accounts) user and group replaced; `differences()` lists the lines.  Every process is
the leader of a session of its own and carries a mark in its environment: that is how all of them
are found again.
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess

from . import files
from .lab import Answer, for_stand_in, program_under_test
from .node import LabError, TOOLS, environment, start_time, wait_for

VIP = "127.0.25.203"
PORT = 8080
SYSLOG_PORT = 5514


class Server:
    """nginx on 127.0.10.N."""

    def __init__(self, lab, number):
        self.lab, self.name = lab, f"pv{number}"
        self.address = f"127.0.10.{number}"
        self.folder = f"{lab.folder}/{self.name}"

    def start(self):
        os.makedirs(f"{self.folder}/html", exist_ok=True)
        conf = files.nginx_conf(f"{self.address}:{PORT}", self.folder, self.folder,
                                user="www-data" if os.geteuid() == 0 else None)
        temporary = "".join(f"    {kind}_temp_path {self.folder};\n" for kind in
                            ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = "daemon off;\n" + conf.replace("http {\n", "http {\n" + temporary, 1)
        for name, text in (("nginx.conf", conf), ("html/index.html", files.page(self.name)),
                           ("html/hc.html", "fine\n")):
            with open(f"{self.folder}/{name}", "w", encoding="utf-8") as stream:
                stream.write(text)
        self.lab.launch(self.name, [files.tool("nginx"), "-c", f"{self.folder}/nginx.conf", "-p",
                                    f"{self.folder}/", "-e", f"{self.folder}/error.log"])
        wait_for(lambda: listening(self.address, PORT), what=f"nginx on {self.address}")

    def stop(self):
        self.lab.signal(self.name, signal.SIGTERM)

    def kill(self):
        self.lab.signal(self.name, signal.SIGKILL)

    def freeze(self):
        self.lab.signal(self.name, signal.SIGSTOP)

    def thaw(self):
        self.lab.signal(self.name, signal.SIGCONT)


def listening(address, port):
    try:
        socket.create_connection((address, port), 1).close()
        return True
    except OSError:
        return False


def session_members(leader):
    """Every process of a session."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if os.getsid(int(entry)) == leader:
                    found.append(int(entry))
            except OSError:
                pass
    return found


class LoopbackLab:
    """What the demonstration asks of a Lab, without namespaces."""

    vip = f"{VIP}:{PORT}"

    def __init__(self, folder):
        self.folder = folder
        self.program = program_under_test()
        self.sessions = {} # name: [process number, start time]
        self.pv = {number: Server(self, number) for number in range(1, 5)}
        self.log_path = f"{folder}/haproxy.log"

    def config_text(self):
        text = for_stand_in(files.published("haproxy.cfg"), self.program)
        for old, new in self._replacements():
            text = re.sub(old, new, text, flags=re.MULTILINE)
        return text

    def _replacements(self):
        root = os.geteuid() == 0
        return [(r"192\.168\.25\.203:80\b", self.vip),
                (r"\b10\.0\.(10\.\d):80\b", rf"127.0.\1:{PORT}"),
                (r"^log 127\.0\.0\.1 ", f"log 127.0.0.1:{SYSLOG_PORT} "),
                (r"^chroot .*", f"chroot {self.folder}/jail" if root else ""),
                (r"/run/haproxy/admin\.sock", f"{self.folder}/admin.sock"),
                (r"^user haproxy", "user nobody" if root else ""),
                (r"^group haproxy", "group nogroup" if root else "")]

    def differences(self):
        """The lines that are not as published."""
        return [new for old, new in zip(files.published("haproxy.cfg").splitlines(),
                                        self.config_text().splitlines()) if old != new and new]

    def up(self, begun):
        """Starts everything; begun() is called after each step, to keep a record."""
        for port, address in ((PORT, VIP), (PORT, "127.0.10.1")):
            if listening(address, port):
                raise LabError(f"something listens on {address}:{port} already")
        os.makedirs(f"{self.folder}/jail", exist_ok=True)
        with open(f"{self.folder}/rsyslog.conf", "w", encoding="utf-8") as stream:
            stream.write(files.rsyslog_conf(port=SYSLOG_PORT, log=self.log_path, work=self.folder))
        with open(f"{self.folder}/haproxy.cfg", "w", encoding="utf-8") as stream:
            stream.write(self.config_text())
        for server in self.pv.values():
            server.start()
            begun()
        self.launch("syslog", [files.tool("rsyslogd"), "-n", "-f", f"{self.folder}/rsyslog.conf",
                               "-i", f"{self.folder}/rsyslogd.pid",
                               "-M", f"{TOOLS}/usr/lib/{os.uname().machine}-linux-gnu/rsyslog"])
        self.launch("torc", [self.program, "-db", "-f", f"{self.folder}/haproxy.cfg"])
        begun()
        wait_for(lambda: listening(VIP, PORT), 10,
                 lambda: f"torc on {self.vip}; it said:\n{self.messages()}")

    def launch(self, name, argv):
        with open(f"{self.folder}/{name}.output", "ab") as output:
            started = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True, cwd="/",
                                       env={**environment(), "TORC_LAB": self.folder})
        self.sessions[name] = [started.pid, start_time(started.pid)]

    def signal(self, name, number):
        for pid in session_members(self.sessions[name][0]):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def messages(self):
        with open(f"{self.folder}/torc.output", encoding="utf-8", errors="replace") as text:
            return text.read()

    def request(self, path="/", headers=None):
        link = http.client.HTTPConnection(VIP, PORT, timeout=5)
        link.request("GET", path, headers=headers or {})
        response = link.getresponse()
        answer = Answer(response, response.read())
        link.close()
        return answer

    get = request

    def _alive(self):
        """Everything that carries our mark, and whatever shares a session with what we began."""
        found = set()
        for leader, _ in self.sessions.values():
            found.update(session_members(leader))
        mark = f"TORC_LAB={self.folder}\0".encode()
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/environ", "rb") as stream:
                        if mark in stream.read() + b"\0":
                            found.add(int(entry))
                except OSError:
                    pass
        # A child that was ours and has ended is waited for.
        for pid in list(found):
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
            if not os.path.exists(f"/proc/{pid}"):
                found.discard(pid)
        return found

    def down(self):
        def ended():
            left = self._alive()
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return not left
        wait_for(ended, 10, "the end of every process")
        shutil.rmtree(self.folder, ignore_errors=True)

    def state(self):
        return {"kind": "loopback", "sessions": self.sessions}

    @classmethod
    def attach(cls, state, folder):
        lab = cls(folder)
        lab.sessions = state.get("sessions", {})
        return lab
