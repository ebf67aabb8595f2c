# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked for: the pages, the servers that have them, and how clients come."""

import os
import time
import urllib.error
import urllib.request

import place
import proxies

SMALL_BYTES = 612          # the size of nginx's own welcome page
LARGE_BYTES = 1024 * 1024


class Workload:
    """name; what it is; the page; connections; the load's program; how the proxies are set up."""

    def __init__(self, name, says, page="/index.html", connections=100, load="wrk",
                 server_close=False, log=False, published=False, without=()):
        self.name = name
        self.says = says
        self.page = page
        self.connections = connections
        self.load = load
        self.server_close = server_close
        self.log = log
        self.published = published
        self.without = without

    def has(self, proxy):
        return proxy not in self.without


# HAProxy splices only when it is told to: for small answers that is no difference.
ALL = [
    Workload("keep-alive", "612 bytes, 100 connections kept on both sides, no log",
             without=("haproxy-splice",)),
    Workload("server-close", "612 bytes, 100 kept client connections, http-server-close, httplog",
             server_close=True, log=True, without=("haproxy-splice",)),
    Workload("published", "612 bytes, the published file, ab without -k: every connection is "
             "closed, httplog", load="ab", connections=10, server_close=True, log=True,
             published=True, without=("haproxy-splice",)),
    Workload("large", "1 MB, 16 connections kept on both sides, no log", page="/1m",
             connections=16),
]


def write_pages(folder):
    pages = os.path.join(folder, "pages")
    os.mkdir(pages)
    for name, size in (("index.html", SMALL_BYTES), ("hc.html", 3), ("1m", LARGE_BYTES)):
        with open(os.path.join(pages, name), "wb") as page:
            page.write((b"torc, the load balancer of this house. " * (size // 38 + 1))[:size])


def start_origin(regime, folder):
    """One nginx that is all four servers."""
    listens = "\n".join(f"        listen {address}:80 backlog=8192;" for address in place.SERVERS)
    config = os.path.join(folder, "origin.conf")
    with open(config, "w", encoding="ascii") as out:
        out.write(f"""worker_processes 1;
daemon off;
user root;
pid {folder}/origin.pid;
error_log {folder}/origin.error crit;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    keepalive_timeout 60s;
    open_file_cache max=16;
    {proxies.nginx_temporary_folders(folder, "origin")}
    server {{
{listens}
        root {folder}/pages;
    }}
}}
""")
    return place.Process([place.program("nginx"), "-c", config, "-e", f"{folder}/origin.error"],
                         "rest", regime, f"{folder}/origin.log")


def wait_until_served(proxy, workload):
    """Until a few requests in a row are answered, so that all servers are in."""
    deadline = time.monotonic() + 10
    good = 0
    while good < 8:
        if proxy.process.ended():
            raise proxies.Failed(f"{proxy.name} ended: {proxy.process.said()[-2000:]}")
        if time.monotonic() > deadline:
            raise proxies.Failed(f"{proxy.name} does not serve: {proxy.process.said()[-2000:]}")
        try:
            with urllib.request.urlopen(proxy.url(workload.page), timeout=2) as answer:
                good = good + 1 if answer.status == 200 and answer.read() else 0
        except (urllib.error.URLError, OSError):
            good = 0
            time.sleep(0.05)
