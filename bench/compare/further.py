# SPDX-License-Identifier: GPL-2.0-or-later
"""What the table of workloads does not show: latency at a fixed rate, small requests beside large
ones, a reload under load, memory, heap calls.

Every function gives rows {"name", "says", "value", "unit", "at_most" or None}; a value of None was
not measured, which is said.  What needs a rival runs it in turns with torc, as the table does."""

import os
import re
import resource
import signal
import socket
import statistics
import struct
import subprocess
import sys
import time

import measure
import place
import proxies
import workloads

PACE = os.path.join(place.ROOT, "build", "bench", "load", "pace")
SMALL = workloads.named("keep-alive-100")
APART = workloads.Workload("apart", "small and large pages from servers of their own", apart=True)
STEPS_BACK = 39  # from the highest priority to the lowest


def row(name, says, value, unit, at_most=None):
    return {"name": name, "says": says, "value": value, "unit": unit, "at_most": at_most}


def pace_argv(proxy, page, rate, connections, seconds, nice=0):
    core = place.core_of("rest", "two-cores")
    return ["taskset", "-c", str(core), "nice", "-n", str(nice), PACE, place.VIP, str(proxies.PORTS[proxy.name]), page,
            str(int(rate)), str(connections), str(seconds)]


def paced(proxy, rate, seconds, page="/index.html", connections=100):
    done = subprocess.run(pace_argv(proxy, page, rate, connections, seconds),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 30,
                          check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise measure.Failed(f"pace: {text[-1000:]}")
    return said(text)


def said(text):
    """What pace tells, by name."""
    return {name: float(value) for name, value in re.findall(r"(\w+) (-?[\d.]+)", text)}


class Both:
    """torc and HAProxy, started alike, on two cores."""

    def __init__(self, folder, names=("torc", "haproxy"), workload=SMALL):
        self.regime = "two-cores"
        self.origins = [workloads.start_origin(self.regime, folder)]
        if workload.apart:
            self.origins.append(workloads.start_origin(self.regime, folder, 81, STEPS_BACK))
        self.proxies = {}
        try:
            for name in names:
                self.proxies[name] = proxies.start(name, workload, self.regime, folder)
                workloads.wait_until_served(self.proxies[name])
        except BaseException:
            self.stop()
            raise

    def stop(self):
        for proxy in self.proxies.values():
            proxy.stop()
        for origin in self.origins:
            origin.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def latency(folder, seconds, rounds):
    """Open loop at shares of what HAProxy can do here."""
    rows = []
    with Both(folder) as both:
        full = statistics.median(
            measure.run(both.proxies["haproxy"], SMALL, both.regime, seconds, folder)["rate"]
            for _ in range(3))
        rows.append(row("capacity", "HAProxy's requests a second, 100 connections, two cores",
                        full, "/s"))
        for share in (50, 80):
            found = {name: [] for name in both.proxies}
            for number in range(rounds):
                order = list(both.proxies)[::-1 if number % 2 else 1]
                for name in order:
                    found[name].append(paced(both.proxies[name], full * share / 100, seconds))
            for quantile in ("p50", "p99", "p999"):
                value = {name: statistics.median(s[quantile] for s in samples)
                         for name, samples in found.items()}
                says = (f"{quantile} at {share} % of that, open loop: {value['torc']:.2f} ms, "
                        f"HAProxy {value['haproxy']:.2f} ms")
                rows.append(row(f"{quantile} at {share} %", says,
                                value["torc"] / max(value["haproxy"], 0.001), "of HAProxy",
                                None if quantile == "p50" else 0.8))
            errors = sum(s["errors"] for s in found["torc"])
            rows.append(row(f"errors at {share} %", "requests of torc that failed then", errors,
                            "", 0))
    return rows + beside(folder, full, seconds, rounds)


def beside(folder, full, seconds, rounds):
    """Small requests, alone and beside transfers of 64 MB, four a second.

    The transfers have servers of their own, and these and their clients step back on the core that
    they share with the small requests' servers and clients: what is left is what the proxy does."""
    with Both(folder, workload=APART) as both:
        return [beside_of(proxy, full, seconds, rounds) for proxy in both.proxies.values()]


def beside_of(proxy, full, seconds, rounds):
    alone, with_large, moved = [], [], 0
    for _ in range(rounds):
        alone.append(paced(proxy, full / 5, seconds)["p99"])
        with subprocess.Popen(pace_argv(proxy, "/64m", 4, 8, seconds + 1, STEPS_BACK),
                              stdout=subprocess.PIPE) as large:
            time.sleep(0.3)
            with_large.append(paced(proxy, full / 5, seconds)["p99"])
            moved += said(large.communicate(timeout=seconds + 30)[0].decode())["requests"]
    before, after = statistics.median(alone), statistics.median(with_large)
    return row(f"beside 64 MB, {proxy.name}",
               f"p99 of small requests at 20 % of capacity: {before:.2f} ms alone, {after:.2f} ms "
               f"beside four transfers of 64 MB a second; {moved:.0f} of "
               f"{4 * rounds * (seconds + 1)} transfers got through",
               after / max(before, 0.001), "of alone", 1.5 if proxy.name == "torc" else None)


def reload(folder, seconds):
    """A reload in the middle of open-loop load."""
    with Both(folder, names=("torc",)) as both:
        torc = both.proxies["torc"]
        with subprocess.Popen(pace_argv(torc, "/index.html", 4000, 100, seconds + 2),
                              stdout=subprocess.PIPE) as load:
            time.sleep((seconds + 2) / 2)
            torc.process.child.send_signal(signal.SIGUSR2)
            text = load.communicate(timeout=seconds + 30)[0].decode()
    found = said(text)
    return [row("reload", f"requests of {found['requests']:.0f} that failed over a reload in the "
                f"middle, p99.9 {found['p999']:.2f} ms", found["errors"], "", 0)]


# ---- memory ----

IDLE = 3000
HALF = 1500


def connect(port):
    client = socket.create_connection((place.VIP, port), timeout=10)
    client.settimeout(10)
    return client


def ask_once(client):
    client.sendall(b"GET /index.html HTTP/1.1\r\nHost: bench\r\n\r\n")
    wanted, got = None, b""
    while wanted is None or len(got) < wanted:
        got += client.recv(65536)
        end = got.find(b"\r\n\r\n")
        if end >= 0 and wanted is None:
            length = re.search(rb"(?i)content-length: (\d+)", got[:end + 2])
            wanted = end + 4 + int(length.group(1))


def growth(proxy, count, prepare):
    """Bytes of user memory that `count` more connections cost, after 400 have warmed it up."""
    port = proxies.PORTS[proxy.name]
    clients = []

    def add(more):
        for _ in range(more):
            client = connect(port)
            prepare(client)
            clients.append(client)
        time.sleep(0.3)  # the last ones are still being looked at
        return proxy.process.memory_kb() * 1024

    try:
        before = add(400)
        return (add(count) - before) / count
    finally:
        for client in clients:
            # Without TIME_WAIT: the next measurement wants the ports.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        time.sleep(0.5)


def half_head(size):
    def prepare(client):
        head = b"GET / HTTP/1.1\r\nHost: bench\r\nX-Filler: "
        client.sendall(head + b"a" * (size - len(head)))
    return prepare


def memory(folder):
    rows = []
    resource.setrlimit(resource.RLIMIT_NOFILE,
                       (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    shapes = [("idle connection", "user memory of a kept client connection that waits", IDLE,
               ask_once, 1024)]
    shapes += [(f"half a head of {size} bytes", "user memory of a client that has sent so much and "
                "no end", HALF, half_head(size), most)
               for size, most in ((1000, 5 * 1024), (4000, 5 * 1024), (12000, 12000 + 1024))]
    for shape, says, count, prepare, most in shapes:
        # Started anew: what an earlier crowd has left behind would be used again for nothing.
        # With http-reuse always: a server connection of each client's own is not its memory.
        with Both(folder, workload=workloads.named("client-close")) as both:
            for name, proxy in both.proxies.items():
                rows.append(row(f"{shape}, {name}", says, growth(proxy, count, prepare), "bytes",
                                most if name == "torc" else None))
    fresh = place.Process([proxies.torc_program(), "-db", "-f", write_fresh(folder)], "proxy",
                          "two-cores", f"{folder}/fresh.log")
    try:
        time.sleep(1)
        if fresh.ended():
            raise proxies.Failed(fresh.said())
        rows.append(row("fresh", "a fresh torc with maxconn 50000, all its processes",
                        fresh.memory_kb() / 1024, "MB", 20))
    finally:
        fresh.stop()
    return rows


def write_fresh(folder):
    path = f"{folder}/fresh.cfg"
    with open(path, "w", encoding="ascii") as out:
        out.write(f"""global
    maxconn 50000
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend front
    bind {place.VIP}:8090
    maxconn 50000
    default_backend back
backend back
    server pv1 {place.SERVERS[0]}:80
""")
    return path


def heap(folder, seconds):
    """Calls of malloc and free by worker threads: the library of the end-to-end tests counts."""
    sys.path.insert(0, os.path.join(place.ROOT, "tests", "e2e"))
    sys.path.insert(0, os.path.join(place.ROOT, "tests"))
    from pathlib import Path  # pylint: disable=import-outside-toplevel

    from tools.allocations import Counter  # pylint: disable=import-outside-toplevel

    counted = Path(folder) / "heap"
    counted.mkdir()
    counter = Counter(counted)
    os.environ.update(counter.env)
    try:
        with Both(folder, names=("torc",)) as both:
            torc = both.proxies["torc"]
            for name in counter.env:
                os.environ.pop(name)
            pids = torc.process.processes()
            measure.run(torc, SMALL, both.regime, seconds, folder)
            before = sum(counter.of_threads(pid, "torc/worker")[0] for pid in pids)
            done = measure.run(torc, SMALL, both.regime, seconds, folder)["requests"]
            calls = sum(counter.of_threads(pid, "torc/worker")[0] for pid in pids) - before
    finally:
        for name in counter.env:
            os.environ.pop(name, None)
    return [row("heap calls", f"of worker threads for {done} requests", calls, "", 0)]
