# SPDX-License-Identifier: GPL-2.0-or-later
"""The published network in network namespaces: the Lab.

    outside 192.168.25.0/24                    inside 10.0.0.0/16
    client .2 ----+                      +---- pv1 10.0.10.1   nginx
                  |                      +---- pv2 10.0.10.2   nginx
                  +---- .201  lb1  10.0.0.1 -- pv3 10.0.10.3   nginx
                  +---- .202  lb2  10.0.0.2 -- pv4 10.0.10.4   nginx
    internet .1 --+    (.203 and 10.0.0.3 are the virtual addresses)
      203.0.113.53 names, 203.0.113.80 pages, where one is wanted

Two bridges on a node of their own are the two networks.  Every node has its own network, mounts,
processes and host name, and on lb1 runs a real rsyslogd.  A Lab is a context manager:

    with Lab() as lab:                       # everything runs when the body begins
        assert lab.get("/").server == "pv1"
        lab.pv[2].freeze()
        lab.lb1.wait_log("Server myLB/pv2 is DOWN")

Which torc: Lab(variant="plain"), or the environment's TORC_VARIANT (plain, asan, tsan), or a
path in TORC_UNDER_TEST; Debian's haproxy works as a stand-in.  How bodies move: Lab(body="copy")
or TORC_BODY (splice, copy).
"""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess

from . import files
from .node import HERE, LabError, Node, ROOT, TOOLS, environment, wait_for

VIP = "192.168.25.203"
INNER_VIP = "10.0.0.3"
CLIENT = "192.168.25.2"
OUTSIDE = "192.168.25.1" # the way to the rest of the world
NAME_SERVER, WEB_SERVER = "203.0.113.53", "203.0.113.80"
VARIANTS = {"plain": f"{ROOT}/build/torc", "asan": f"{ROOT}/build/asan/torc",
            "tsan": f"{ROOT}/build/tsan/torc"}


def program_under_test(variant=None):
    """The full path of the program: of that variant, or as the environment says."""
    path = os.environ.get("TORC_UNDER_TEST")
    if variant is None and path:
        return os.path.abspath(path)
    return VARIANTS[variant or os.environ.get("TORC_VARIANT", "plain")]


def for_stand_in(config, program):
    """Debian's haproxy refuses the address on the published backend line; torc gets it all."""
    if os.path.basename(program) == "haproxy":
        return config.replace(f"backend myLB {VIP}:80", "backend myLB")
    return config


def ask_socket(path, command, timeout=10):
    """One command to a stats socket; the answer as text."""
    stream = socket.socket(socket.AF_UNIX)
    stream.settimeout(timeout)
    # The kernel takes 107 bytes of a path: a folder's descriptor makes any path short.
    folder = os.open(os.path.dirname(path), os.O_PATH)
    with stream:
        try:
            stream.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        finally:
            os.close(folder)
        stream.sendall(command.encode() + b"\n")
        parts = []
        while part := stream.recv(65536):
            parts.append(part)
    return b"".join(parts).decode(errors="replace")


class Answer:
    """An HTTP answer: status, reason, headers (a list of pairs), body (bytes)."""

    def __init__(self, response, body):
        self.status, self.reason = response.status, response.reason
        self.headers, self.body = response.getheaders(), body

    def header(self, name):
        """The first value of a field, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def text(self):
        return self.body.decode(errors="replace")

    @property
    def server(self):
        """Which of the lab's servers made this page, or None."""
        found = re.search(r"<title>(\w+)</title>", self.text)
        return found and found.group(1)


class WebServer(Node):
    """pv1 .. pv4: nginx with the published parts."""

    PAGES = f"{files.WEB}/html"
    ACCESS_LOG = "/var/log/nginx/access.log"
    ERROR_LOG = "/var/log/nginx/error.log"
    CONF = "/etc/nginx/nginx.conf"

    def furnish(self):
        for folder in ("/var/log/nginx", f"{files.WEB}/html", "/etc/nginx"):
            os.makedirs(self.path(folder), exist_ok=True)
        self.write(self.CONF, files.nginx_conf())
        self.write(f"{self.PAGES}/index.html", files.page(self.name))
        self.write(f"{self.PAGES}/hc.html", "fine\n")

    def nginx(self, *words):
        self.launch([files.tool("nginx"), "-c", self.CONF, "-p", f"{files.WEB}/", *words])

    def start(self):
        """Starts nginx; it serves when this returns."""
        self.nginx()

    def stop(self):
        """A polite end, and the wait for it."""
        self.nginx("-s", "stop")
        wait_for(lambda: not self.processes("nginx"), what=f"the end of nginx on {self.name}")

    def kill(self):
        """kill -9 of every nginx process."""
        self.signal("nginx", signal.SIGKILL)
        wait_for(lambda: not self.processes("nginx"), what=f"the end of nginx on {self.name}")

    def reload(self):
        self.nginx("-s", "reload")

    def freeze(self):
        """The kernel still accepts connections; nobody answers on them."""
        self.signal("nginx", signal.SIGSTOP)

    def thaw(self):
        self.signal("nginx", signal.SIGCONT)

    def running(self):
        return bool(self.processes("nginx"))

    def access_log(self):
        return self.lines(self.ACCESS_LOG)

    def error_log(self):
        return self.lines(self.ERROR_LOG)


class Internet(Node):
    """What lies behind the outer network: names by UDP and TCP, pages by name.  It knows nothing of
    the inner network, as the real one does not."""

    def start(self):
        """Its addresses are here, and it answers, when this returns."""
        self.ip([f"address add {address}/32 dev lo" for address in (NAME_SERVER, WEB_SERVER)])
        self.popen(["/usr/bin/python3", "-I", "-S", f"{HERE}/internet.py", NAME_SERVER, WEB_SERVER],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: f"{WEB_SERVER}:80 " in self.run(["ss", "-Hlnt"]).stdout,
                 what="the pages of the internet")


class Balancer(Node):
    """lb1, lb2: torc, and the syslog daemon it talks to."""

    CONFIG = "/etc/haproxy/haproxy.cfg"
    TORC = "/usr/local/sbin/torc"
    STDERR = "/var/log/torc.stderr"
    SOCKET = "/run/haproxy/admin.sock"
    PID_FILE = "/run/haproxy.pid"

    KEEPALIVED = "/etc/keepalived/keepalived.conf"
    INNER = "/etc/torc/torc.conf"

    routers = False # with the files of the virtual routers, which then hold the addresses
    program = None # of the lab
    body = "splice"
    torc = None    # the Process, when it runs in the foreground

    def furnish(self, account=True):
        """Account and folders that the published file names; they exist on this node only."""
        if account:
            passwd, group, number = files.with_account(self.read("/etc/passwd"),
                                                       self.read("/etc/group"))
            self.write("/etc/passwd", passwd)
            self.write("/etc/group", group)
            for folder, mode in (("/var/lib/haproxy", 0o755), ("/run/haproxy", 0o2775)):
                os.makedirs(self.path(folder), exist_ok=True)
                os.chmod(self.path(folder), mode)
            os.chown(self.path("/run/haproxy"), number, number)
        self.write("/etc/rsyslog.conf", files.rsyslog_conf())

    # --- syslog ---

    def start_syslog(self):
        self.launch([files.tool("rsyslogd"), "-f", "/etc/rsyslog.conf", "-i", "/run/rsyslogd.pid",
                     "-M", f"{TOOLS}/usr/lib/{os.uname().machine}-linux-gnu/rsyslog"])
        wait_for(lambda: "127.0.0.1:514" in self.run(["ss", "-Hlnu"]).stdout, what="rsyslogd")

    def stop_syslog(self):
        self.signal("rsyslogd", signal.SIGTERM)
        wait_for(lambda: not self.processes("rsyslogd"), what="the end of rsyslogd")

    def log(self):
        """Lines that rsyslogd has written for the balancer."""
        return self.lines(files.LOG)

    def wait_log(self, pattern, limit_s=10, after=0):
        """The first line from number `after` on that matches the expression."""
        return wait_for(lambda: next((line for line in self.log()[after:]
                                      if re.search(pattern, line)), None),
                        limit_s, lambda: f"a log line like {pattern!r}; there are {self.log()[-5:]}")

    # --- torc ---

    def write_config(self, text):
        self.write(self.CONFIG, text)

    def write_routers(self, text, inner=None):
        """keepalived.conf, and torc.conf where the inner network has a way out."""
        self.write(self.KEEPALIVED, text)
        if inner is not None:
            self.write(self.INNER, inner)
        self.routers = True

    def holds(self, address=VIP, interface="eth0"):
        """Is this (virtual) address here now?"""
        shown = self.run(["ip", "-o", "address", "show", "dev", interface]).stdout
        return f" {address}/" in shown

    def wait_holds(self, held=True, address=VIP, interface="eth0", limit_s=10):
        wait_for(lambda: self.holds(address, interface) == held, limit_s,
                 lambda: f"{address} {'on' if held else 'off'} {self.name}; "
                         f"it said:\n{self.messages()[-3000:]}")

    def torc_argv(self, *words, config=True):
        """The command line; words come last.  `-dS` is how bodies are made to go by copy."""
        argv = [self.TORC]
        if "/asan/" in self.program or "/tsan/" in self.program:
            argv = ["setarch", "-R", *argv]
        if config:
            argv += ["-f", self.CONFIG]
            for path in (self.KEEPALIVED, self.INNER) if self.routers else ():
                if self.exists(path):
                    argv += ["-f", path]
        if self.body == "copy":
            argv.append("-dS")
        return argv + list(words)

    def install_torc(self):
        """Copies the program to where a package would put it, so that it can be replaced there."""
        if not os.path.exists(self.program):
            raise LabError(f"{self.program} is not there: build it first")
        target = self.path(self.TORC)
        shutil.copy2(self.program, f"{target}.new")
        os.chmod(f"{target}.new", 0o755)
        os.replace(f"{target}.new", target)

    def check_config(self, *words):
        """`torc -c`: a CompletedProcess."""
        return self.run(self.torc_argv("-c", *words))

    def start_torc(self, *words, wait=True):
        """Starts torc in the foreground (-db); what it prints goes to messages().  With `wait`,
        its first listener accepts when this returns."""
        self.install_torc()
        with open(self.path(self.STDERR), "ab") as log:
            self.torc = self.popen(self.torc_argv("-db", *words), stdout=log, stderr=log)
        if wait:
            self.wait_listening()
        return self.torc

    def start_daemon(self, *words):
        """Starts torc as the published file says: `daemon`.  LabError when it does not start."""
        self.install_torc()
        with open(self.path(self.STDERR), "ab") as log:
            done = self.run(self.torc_argv("-p", self.PID_FILE, *words), stdout=log, stderr=log)
        if done.returncode != 0:
            raise LabError(f"torc did not start (status {done.returncode})")

    def wait_listening(self, port=80, limit_s=10):
        def listens():
            if self.torc and self.torc.poll() is not None:
                raise LabError(f"torc ended with status {self.torc.poll()}:\n{self.messages()}")
            return f":{port} " in self.run(["ss", "-Hlnt"]).stdout
        wait_for(listens, limit_s, lambda: f"torc to listen; it said:\n{self.messages()}")

    def pull_plug(self):
        super().pull_plug()
        if self.torc: # a frozen one's nsenter is stopped, and would not bury it
            self.torc.popen.send_signal(signal.SIGCONT)

    def stop_torc(self, number=signal.SIGTERM, limit_s=10):
        """Sends the signal to the foreground torc and waits; its status."""
        if not self.torc:
            return None
        self.torc.signal(number)
        try:
            status = self.torc.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.torc.signal(signal.SIGKILL)
            raise LabError(f"torc was still there {limit_s} s after signal {number}") from None
        self.torc = None
        return status

    def keeper(self):
        """The pid of torc's keeper, its oldest process; LabError when there is none."""
        found = self.processes("torc")
        if not found:
            raise LabError(f"torc does not run on {self.name}")
        return found[0]

    def signal_keeper(self, number):
        os.kill(self.keeper(), number)

    def reload_torc(self):
        self.torc.signal(signal.SIGUSR2)

    def messages(self):
        """Everything that torc wrote to stdout and stderr."""
        return self.read(self.STDERR) if self.exists(self.STDERR) else ""

    def runtime(self, command, path=SOCKET, timeout=10):
        """One command to the stats socket; the answer as text.  A unix socket has no network:
        it is reached through the node's files."""
        return ask_socket(self.path(path), command, timeout)


class Lab:
    """The whole network.  See the top of this file.

    config      text for haproxy.cfg; None: as published
    torc        False: everything but torc, which the test starts itself
    words       more words for torc's command line
    balancers   ("lb1",) or ("lb1", "lb2"); torc and the VIP are on the first
    servers     how many of pv1.. there are
    account     False: no haproxy user, group or folder on the balancers either
    detached    the lab outlives this process (end it with down() of an attached Lab)
    routers     True: the published keepalived files on both balancers, torc runs on each of
                them, and the virtual addresses are where the election puts them
    inner       text of torc.conf, with `routers`
    internet    True: there is a world outside, which the servers reach through the balancers
    tag         stands in the command line of every node's first process
    """

    def __init__(self, config=None, torc=True, variant=None, body=None, words=(),
                 balancers=("lb1",), servers=4, account=True, detached=False,
                 routers=False, inner=None, internet=False, tag=""):
        if routers and len(balancers) == 1:
            balancers = ("lb1", "lb2")
        self.routers, self.inner = routers, inner
        self.config, self.with_torc, self.words = config, torc, tuple(words)
        self.program = program_under_test(variant)
        self.body = body or os.environ.get("TORC_BODY", "splice")
        self.account, self.detached, self.tag = account, detached, tag
        self.switch = Node("switch")
        self.client = Node("client", addresses={"eth0": f"{CLIENT}/24"})
        self.internet = (Internet("internet", addresses={"eth0": f"{OUTSIDE}/24"}) if internet
                         else None)
        self.balancers = [self._balancer(name) for name in balancers]
        self.lb1 = self.balancers[0]
        self.lb2 = self.balancers[1] if len(balancers) > 1 else None
        self.pv = {number: WebServer(f"pv{number}", addresses={"eth0": f"10.0.10.{number}/16"},
                                     gateway=INNER_VIP if routers else f"10.0.0.{self.lb1.number}")
                   for number in range(1, servers + 1)}
        self.forward_port = None

    def _balancer(self, name):
        number = int(name[2:])
        node = Balancer(name, f"ubuntu14-pvha{number}", {"eth0": f"192.168.25.{200 + number}/24",
                                                       "eth1": f"10.0.0.{number}/16"},
                        OUTSIDE if self.internet else None)
        node.number, node.program, node.body = number, self.program, self.body
        return node

    @property
    def nodes(self):
        """Every node by name."""
        return {node.name: node for node in
                (self.switch, self.client, *([self.internet] if self.internet else []),
                 *self.balancers, *self.pv.values())}

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    # --- building ---

    def up(self):
        """Network, files, daemons, and torc where it is wanted."""
        for node in self.nodes.values():
            node.begin(self.detached, self.tag)
        for node in self.nodes.values():
            node.settle()
        self.wire()
        for server in self.pv.values():
            server.furnish()
            if self.internet:
                server.write("/etc/resolv.conf", f"nameserver {NAME_SERVER}\n")
            server.start()
        if self.internet:
            self.internet.start()
        for balancer in self.balancers:
            self.furnish(balancer)
        if not self.routers:
            self.hold_vip(self.lb1)
        for balancer in (self.balancers if self.routers else [self.lb1]) if self.with_torc else ():
            balancer.start_torc(*self.words)

    def furnish(self, balancer):
        """A balancer's files and its syslog daemon."""
        balancer.furnish(self.account)
        balancer.write_config(self.config_text())
        balancer.start_syslog()
        if self.routers:
            balancer.write_routers(files.published(f"keepalived-{balancer.name}.conf"), self.inner)

    def _cables(self, node):
        """{interface: bridge} of a node."""
        if node in self.balancers:
            return {"eth0": "outer", "eth1": "inner"}
        return {"eth0": "inner" if node in self.pv.values() else "outer"}

    def wire(self):
        """Two bridges, a cable from each to its nodes, addresses, routes."""
        self.switch.ip([order for bridge in ("outer", "inner")
                        for order in (f"link add {bridge} type bridge", f"link set {bridge} up")])
        self.switch.ip(["link set lo up"])
        self.plug(*(node for node in self.nodes.values() if node is not self.switch))

    def plug(self, *nodes):
        """New cables from the switch to nodes that have none, addresses and routes there."""
        orders = []
        for node in nodes:
            for name, bridge in self._cables(node).items():
                port = f"{node.name}-{name}"
                orders.append(f"link add {port} type veth peer name {name} netns {node.pid}")
                orders.append(f"link set {port} master {bridge} up")
        self.switch.ip(orders)
        for node in nodes:
            orders = ["link set lo up"]
            for name, address in node.addresses.items():
                orders += [f"address add {address} dev {name}", f"link set {name} up"]
            if node.gateway:
                orders.append(f"route add default via {node.gateway}")
            node.ip(orders)

    # --- cables ---

    def cable(self, node, plugged, interface="eth0"):
        """Pulls a cable, or plugs it in again: both ends see the carrier go and come."""
        self.switch.ip([f"link set {node.name}-{interface} {'up' if plugged else 'down'}"])

    def lose(self, node, direction, lost=True, interface="eth0"):
        """A cable that carries nothing "from" a node, or nothing "to" it, and looks well.  The
        switch's port drops it: a filter of one instruction, which returns TC_ACT_SHOT."""
        port = f"{node.name}-{interface}"
        hook = {"from": "ingress", "to": "egress"}[direction]
        self.switch.run(["tc", "qdisc", "add", "dev", port, "clsact"]) # there already: fine
        if lost:
            self.switch.run(["tc", "filter", "replace", "dev", port, hook, "pref", "1", "handle",
                             "1", "bpf", "bytecode", "1,6 0 0 2", "direct-action"], check=True)
        else:
            self.switch.run(["tc", "filter", "del", "dev", port, hook])

    # --- a balancer goes and comes ---

    def power_off(self, balancer):
        """As if its plug were pulled: from one moment to the next nothing comes from it any more,
        and nobody's cable but its own is dead."""
        self.switch.ip([f"link set {balancer.name}-{name} nomaster"
                        for name in self._cables(balancer)])
        balancer.pull_plug()

    def power_on(self, balancer):
        """Another machine in its place, with everything but torc running on it."""
        if balancer.alive():
            self.power_off(balancer)
        balancer.end()
        ports = [f"{balancer.name}-{name}" for name in self._cables(balancer)]
        # Its ends of the cables go when the kernel comes to it.
        for port in ports:
            self.switch.run(["ip", "link", "del", port])
        balancer.begin(self.detached, self.tag, beside=self.client)
        balancer.settle()
        self.plug(balancer)
        self.furnish(balancer)
        balancer.torc = None

    def config_text(self):
        text = self.config if self.config is not None else files.published("haproxy.cfg")
        return for_stand_in(text, self.program)

    def hold_vip(self, balancer, held=True, address=f"{VIP}/32", interface="eth0"):
        """Puts the virtual address on a balancer, or takes it away: until VRRP does that."""
        balancer.run(["ip", "address", "add" if held else "del", address, "dev", interface],
                     check=True)

    def down(self):
        """Everything goes.  Nothing to do for what is gone already."""
        for node in self.nodes.values():
            node.pull_plug()
        for node in self.nodes.values():
            node.end()

    # --- a lab that outlives its maker ---

    def state(self):
        """What another process needs to find this lab."""
        return {"kind": "namespaces", "program": self.program, "body": self.body,
                "routers": self.routers, "internet": bool(self.internet),
                "inner": self.inner, "tag": self.tag,
                "balancers": [node.name for node in self.balancers], "servers": len(self.pv),
                "forward_port": self.forward_port,
                "nodes": {name: [node.pid, node.started] for name, node in self.nodes.items()}}

    @classmethod
    def attach(cls, state):
        lab = cls(balancers=state["balancers"], servers=state["servers"],
                  routers=state["routers"], internet=state["internet"], inner=state["inner"],
                  detached=True, tag=state["tag"])
        lab.forward_port = state["forward_port"]
        for node in lab.balancers:
            node.program, node.body = state["program"], state["body"]
            node.routers = lab.routers
        for name, node in lab.nodes.items():
            node.pid, node.started = state["nodes"].get(name, (0, 0))
        return lab

    # --- asking ---

    def request(self, method="GET", path="/", headers=None, body=None, host=VIP, port=80,
                node=None, timeout=10, connection=None):
        """One request from the client (or another node): an Answer.  Give the http.client
        connection of an earlier `open()` to use it again."""
        link = connection or self.open(host, port, node, timeout)
        try:
            link.request(method, path, body, headers or {})
            response = link.getresponse()
            return Answer(response, response.read())
        finally:
            if not connection:
                link.close()

    def get(self, path="/", **options):
        return self.request("GET", path, **options)

    def open(self, host=VIP, port=80, node=None, timeout=10):
        """An http.client connection whose socket is in the client's network."""
        link = http.client.HTTPConnection(host, port, timeout=timeout)
        link.sock = (node or self.client).connect(host, port, timeout)
        link.auto_open = 0 # a new socket would be made in the host's network
        return link

    def wait_serving(self, limit_s=10):
        """Until the virtual address answers anything at all."""
        def answers():
            try:
                return self.get("/", timeout=2)
            except (OSError, http.client.HTTPException):
                return None
        return wait_for(answers, limit_s, "an answer from the virtual address")

    # --- a door from the host ---

    def forward_from_host(self, port):
        """Listens on the host's 127.0.0.1 and passes connections on, from the client, to the
        virtual address.  The listener is made here and served on the client's node: it ends with
        that.  Takes another port when this one is in use; the port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        with listener:
            subprocess.Popen(
                self.client.entering(["/usr/bin/python3", "-I", "-S", f"{os.path.dirname(__file__)}/forward.py",
                                      str(listener.fileno()), VIP, "80"]),
                pass_fds=[listener.fileno()], start_new_session=True, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            self.forward_port = listener.getsockname()[1]
        return self.forward_port
