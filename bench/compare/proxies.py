# SPDX-License-Identifier: GPL-2.0-or-later
"""The proxies under test, set up alike: one thread each, the same four servers, the same log.

torc and HAProxy read the same file, but for two things of the published one: HAProxy since 1.6
refuses the address on its backend line, and each needs a port of its own here.  The published user,
group, chroot and daemon are left out for both: they need users that the machine may not have."""

import os
import re
import socket

import place

NAMES = ["torc", "haproxy", "haproxy-splice", "nginx"]
PORTS = {"torc": 8081, "haproxy": 8082, "nginx": 8083, "haproxy-splice": 8084}
PUBLISHED = os.path.join(place.ROOT, "tests", "lab", "published", "haproxy.cfg")


class Failed(Exception):
    """A proxy is missing or does not start."""


class Proxy:
    """A running proxy."""

    def __init__(self, name, process, stats_socket=None):
        self.name = name
        self.process = process
        self.stats_socket = stats_socket

    def url(self, page):
        return f"http://{place.VIP}:{PORTS[self.name]}{page}"

    def activity(self):
        """torc's own counters, {} where there are none."""
        if self.name != "torc":
            return {}
        text = ask(self.stats_socket, "show activity")
        return {name: int(total) for name, total in re.findall(r"^(\w+): (\d+)", text, re.M)}

    def stop(self):
        self.process.stop()


def ask(path, command):
    """One command on a stats socket."""
    answer = b""
    try:
        with socket.socket(socket.AF_UNIX) as stats:
            stats.settimeout(5)
            stats.connect(path)
            stats.sendall(command.encode() + b"\n")
            while chunk := stats.recv(65536):
                answer += chunk
    except OSError as error:
        print(f"bench: {path}: {error}")
    return answer.decode(errors="replace")


def start(name, workload, regime, folder):
    path = f"{folder}/{workload.name}-{regime}-{name}"
    if name == "nginx":
        return start_nginx(workload, regime, path)
    binary = torc_program() if name == "torc" else place.program("haproxy")
    if not binary or not os.access(binary, os.X_OK):
        raise Failed(f"{name} is not there: make, make packages-bench")
    with open(path + ".cfg", "w", encoding="utf-8") as out:
        out.write(config_published(name, path) if workload.published
                  else config_plain(name, workload, path))
    process = place.Process([binary, "-db", "-f", path + ".cfg"], "proxy", regime, path + ".log")
    return Proxy(name, process, path + ".sock")


def torc_program():
    return os.environ.get("TORC_UNDER_TEST") or os.path.join(place.ROOT, "build", "torc")


def config_published(name, path):
    """The published file with the least changes that it needs here."""
    with open(PUBLISHED, encoding="utf-8") as published:
        text = published.read()
    text = re.sub(r"(?m)^(chroot|user|group|daemon|stats socket)\b.*\n", "", text)
    text = text.replace("global\n", f"global\nnbthread 1\nstats socket {path}.sock\n", 1)
    text = text.replace(f"bind {place.VIP}:80", f"bind {place.VIP}:{PORTS[name]}")
    if name != "torc":
        text = text.replace(f"backend myLB {place.VIP}:80", "backend myLB")
    return text


def config_plain(name, workload, path):
    log = "log global\n    option httplog" if workload.log else "no log"
    mode = "option http-server-close" if workload.server_close else "option http-keep-alive"
    reuse = "http-reuse always" if workload.client_close else ""
    splice = "option splice-response" if name == "haproxy-splice" else ""
    pipes = "tune.pipesize 1048576" if name == "haproxy-splice" else ""
    def servers(port):
        return "\n".join(f"    server pv{i} {address}:{port}"
                         for i, address in enumerate(place.SERVERS, 1))

    apart = "use_backend large if { path /64m }" if workload.apart else ""
    large = f"backend large\n    balance roundrobin\n{servers(81)}" if workload.apart else ""
    return f"""global
    nbthread 1
    maxconn 4000
    log 127.0.0.1:{place.LOG_PORT} local2
    stats socket {path}.sock mode 600 level admin
    {pipes}

defaults
    mode http
    {log}
    {mode}
    {splice}
    {reuse}
    option forwardfor
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 60s

frontend front
    bind {place.VIP}:{PORTS[name]}
    {apart}
    default_backend back

backend back
    balance roundrobin
{servers(80)}

{large}
"""


def nginx_temporary_folders(folder, name):
    """nginx makes these at start, wherever it is told to."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n    ".join(f"{kind}_temp_path {folder}/{name}-{kind};" for kind in kinds)


def start_nginx(workload, regime, path):
    binary = place.program("nginx")
    if not binary:
        raise Failed("nginx is not there: make packages-bench")
    kept = "" if workload.server_close else "keepalive 1024; keepalive_requests 100000000;"
    version = "proxy_http_version 1.1; proxy_set_header Connection \"\";" if kept else ""
    log = f"syslog:server=127.0.0.1:{place.LOG_PORT},facility=local2" if workload.log else "off"
    servers = " ".join(f"server {address}:80;" for address in place.SERVERS)
    folder, name = os.path.split(path)
    with open(path + ".conf", "w", encoding="ascii") as out:
        out.write(f"""worker_processes 1;
daemon off;
user root;
pid {path}.pid;
error_log {path}.error crit;
events {{ worker_connections 8192; }}
http {{
    access_log {log};
    keepalive_requests 100000000;
    keepalive_timeout 60s;
    proxy_buffers 16 64k;
    proxy_max_temp_file_size 0;
    {nginx_temporary_folders(folder, name)}
    upstream back {{ {servers} {kept} }}
    server {{
        listen {place.VIP}:{PORTS["nginx"]} backlog=8192;
        location / {{
            proxy_pass http://back;
            proxy_set_header X-Forwarded-For $remote_addr;
            {version}
        }}
    }}
}}
""")
    process = place.Process([binary, "-c", path + ".conf", "-e", path + ".error"], "proxy", regime,
                            path + ".log")
    return Proxy("nginx", process)
