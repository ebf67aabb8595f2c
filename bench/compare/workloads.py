# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked for: the pages, the servers that have them, and how clients come."""

import os
import time
import urllib.error
import urllib.request

import place
import proxies

PAGES = {
    "/index.html": 612,  # the size of nginx's own welcome page
    "/hc.html": 3,
    "/64k": 64 * 1024,
    "/1m": 1024 * 1024,
    "/64m": 64 * 1024 * 1024,
}


class Workload:
    """name; what it is; the page; connections; the load's program; how the proxies are set up."""

    def __init__(self, name, says, page="/index.html", connections=100, load="wrk", unit="request",
                 client_close=False, server_close=False, log=False, published=False, splices=False,
                 apart=False):
        self.name = name
        self.says = says
        self.page = page
        self.connections = connections
        self.load = load
        self.unit = unit  # what the processor time is counted by: "request", or "GB" of bodies
        self.client_close = client_close
        self.server_close = server_close
        self.log = log
        self.published = published
        self.apart = apart  # large pages have servers of their own
        self.splices = splices  # HAProxy also with its settings for large bodies

    def has(self, proxy):
        # HAProxy splices only when it is told to: for small answers that is no difference.
        return self.splices or proxy != "haproxy-splice"


ALL = [
    Workload("keep-alive-100", "612 bytes, 100 connections kept on both sides, no log"),
    Workload("keep-alive-log", "the same with httplog", log=True),
    Workload("keep-alive-10", "612 bytes, 10 connections kept on both sides, no log",
             connections=10),
    Workload("keep-alive-1000", "612 bytes, 1000 connections kept on both sides, no log",
             connections=1000),
    Workload("client-close", "612 bytes, 100 clients that close after each answer, kept server "
             "connections (http-reuse always), no log", client_close=True),
    Workload("server-close", "612 bytes, 100 kept client connections, http-server-close, no log",
             server_close=True),
    Workload("published", "612 bytes, the published file with its httplog, ab without -k: every "
             "connection is closed", load="ab", connections=10, server_close=True, log=True,
             published=True),
    Workload("body-64k", "64 KB, 20 connections kept on both sides, no log", page="/64k",
             connections=20, unit="GB", splices=True),
    Workload("body-1m", "1 MB, 10 connections kept on both sides, no log", page="/1m",
             connections=10, unit="GB", splices=True),
    Workload("body-64m", "64 MB, 4 connections kept on both sides, no log", page="/64m",
             connections=4, unit="GB", splices=True),
]


def named(name):
    return next(workload for workload in ALL if workload.name == name)


def write_pages(folder):
    pages = os.path.join(folder, "pages")
    os.mkdir(pages)
    text = b"torc, the load balancer of this house. "
    for name, size in PAGES.items():
        with open(pages + name, "wb") as page:
            page.write((text * (size // len(text) + 1))[:size])


def start_origin(regime, folder, port=80, nice=0):
    """One nginx that is all four servers; `nice` is added to our own."""
    listens = "\n".join(f"        listen {address}:{port} backlog=8192;"
                        for address in place.SERVERS)
    path = os.path.join(folder, f"origin-{port}")
    with open(path + ".conf", "w", encoding="ascii") as out:
        out.write(f"""worker_processes 1;
daemon off;
user root;
pid {path}.pid;
error_log {path}.error crit;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    keepalive_timeout 60s;
    open_file_cache max=16;
    {proxies.nginx_temporary_folders(folder, f"origin-{port}")}
    server {{
{listens}
        root {folder}/pages;
    }}
}}
""")
    return place.Process([place.program("nginx"), "-c", path + ".conf", "-e", path + ".error"],
                         "rest", regime, path + ".log", nice)


def wait_until_served(proxy):
    """Until a few requests in a row are answered, so that all servers are in."""
    deadline = time.monotonic() + 10
    good = 0
    while good < 8:
        if proxy.process.ended():
            raise proxies.Failed(f"{proxy.name} ended: {proxy.process.said()[-2000:]}")
        if time.monotonic() > deadline:
            raise proxies.Failed(f"{proxy.name} does not serve: {proxy.process.said()[-2000:]}")
        try:
            with urllib.request.urlopen(proxy.url("/hc.html"), timeout=2) as answer:
                good = good + 1 if answer.status == 200 and answer.read() else 0
        except (urllib.error.URLError, OSError):
            good = 0
            time.sleep(0.05)
