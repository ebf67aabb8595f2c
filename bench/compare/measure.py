# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of load against one proxy, and what a row of runs comes to."""

import csv
import os
import re
import socket
import statistics
import subprocess

import place


class Failed(Exception):
    """The load generator did not do its work."""


# Lines of the log end here: a socket that nobody reads, so that receiving them costs nobody
# anything.  The kernel counts what it drops, which tells how many lines came.
LOG_SOCKET = []


def log_lines():
    """Datagrams that arrived for the log so far, or None."""
    if not LOG_SOCKET:
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sink.bind(("127.0.0.1", place.LOG_PORT))
        LOG_SOCKET.append(sink)
    while True:
        try:
            LOG_SOCKET[0].recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError:
            break
    wanted = f"0100007F:{place.LOG_PORT:04X}"
    with open("/proc/net/udp", encoding="ascii") as table:
        for line in table:
            words = line.split()
            if words[1] == wanted:
                return int(words[12])
    return None


def run(proxy, workload, regime, seconds, folder):
    lines = log_lines()
    before = proxy.process.cpu_ns(), proxy.activity()
    load = run_wrk if workload.load == "wrk" else run_ab
    sample = load(proxy.url(workload.page), workload, regime, seconds, folder)
    after = proxy.process.cpu_ns(), proxy.activity()
    requests = max(sample["requests"], 1)
    cpu_ns = after[0] - before[0]
    if workload.unit == "GB":
        sample["cpu"] = cpu_ns / max(sample["bytes"], 1)  # seconds for 10^9 bytes
    else:
        sample["cpu"] = cpu_ns / 1000 / requests  # microseconds for a request
    sample["log_lines"] = (log_lines() - lines) / requests
    sample["memory_kb"] = proxy.process.memory_kb()
    for name in ("enters", "completions"):
        if name in after[1] and name in before[1]:
            sample[name] = (after[1][name] - before[1][name]) / requests
    return sample


def call(argv, regime, limit_s):
    core = place.core_of("rest", regime)
    done = subprocess.run(["taskset", "-c", str(core), *argv], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit_s,
                          check=False)
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv)}: {text[-1000:]}")
    return text


def find(pattern, text, default=None):
    match = re.search(pattern, text)
    if match is None and default is None:
        raise Failed(f"no /{pattern}/ in: {text[-1000:]}")
    return match.group(1) if match else default


def milliseconds(text):
    """wrk's "812.00us", "1.25ms", "1.02s"."""
    number, unit = re.match(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def size(text):
    """wrk's "1.23GB"."""
    number, unit = re.match(r"([\d.]+)([KMGT]?)B", text).groups()
    return float(number) * 1024 ** " KMGT".index(unit or " ")


def run_wrk(url, workload, regime, seconds, _folder):
    fields = ["-H", "Connection: close"] if workload.client_close else []
    text = call(["wrk", "-t1", f"-c{workload.connections}", f"-d{max(1, round(seconds))}s",
                 "--latency", *fields, url], regime, seconds + 30)
    errors = sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", text))
    errors += int(find(r"Non-2xx or 3xx responses: (\d+)", text, "0"))
    return {"requests": int(find(r"(\d+) requests in", text)),
            "bytes": size(find(r"requests in [^,]+, (\S+) read", text)),
            "rate": float(find(r"Requests/sec:\s+([\d.]+)", text)),
            "p50_ms": milliseconds(find(r"(?m)^ +50% +(\S+)", text)),
            "p99_ms": milliseconds(find(r"(?m)^ +99% +(\S+)", text)),
            "errors": errors}


def run_ab(url, workload, regime, seconds, folder):
    table = os.path.join(folder, "ab.csv")
    text = call(["ab", "-q", "-r", "-s", "10", "-c", str(workload.connections), "-t",
                 str(max(1, round(seconds))), "-n", "10000000", "-e", table, url],
                regime, seconds + 30)
    with open(table, encoding="ascii") as rows:
        percentiles = {row[0]: float(row[1]) for row in list(csv.reader(rows))[1:]}
    return {"requests": int(find(r"Complete requests:\s+(\d+)", text)),
            "rate": float(find(r"Requests per second:\s+([\d.]+)", text)),
            "p50_ms": percentiles["50"], "p99_ms": percentiles["99"],
            "errors": int(find(r"Failed requests:\s+(\d+)", text)) +
            int(find(r"Non-2xx responses:\s+(\d+)", text, "0"))}


def summary(samples):
    """Medians, how far the dearest and the cheapest run were apart, and all errors."""
    whole = {}
    for name in samples[0]:
        values = [sample[name] for sample in samples if name in sample]
        whole[name] = sum(values) if name in ("errors", "requests") else statistics.median(values)
    costs = [sample["cpu"] for sample in samples]
    whole["cpu_from"], whole["cpu_to"] = min(costs), max(costs)
    whole["runs"] = len(samples)
    return whole


def cost(value, unit):
    return f"{value:.3f} s/GB" if unit == "GB" else f"{value:.2f} us/request"


def one_line(sample, unit):
    text = (f"{cost(sample['cpu'], unit):>18} {sample['rate']:9.0f} requests/s  p50 "
            f"{sample['p50_ms']:6.2f} ms  p99 {sample['p99_ms']:6.2f} ms")
    if "enters" in sample:
        text += f"  {sample['enters']:.2f} enters"
    if sample["errors"]:
        text += f"  {sample['errors']} ERRORS"
    return text
