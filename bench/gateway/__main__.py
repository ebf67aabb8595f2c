# SPDX-License-Identifier: GPL-2.0-or-later
"""What does the gateway's table cost the proxied path?

    make bench-gateway                        two kinds of load, three minutes, a table
    python3 bench/gateway --turns 100         more of each
    python3 bench/gateway --load published    one of them, only shown

The published network in namespaces, all of it on one core: client (wrk), balancer, servers.  One torc
serves all the time.  Beside the published virtual routers it has one on a cable of its own, and while
this one is master the nat block acts.  That cable is pulled and plugged in again every turn: the same
process, on the same connections, works without the table and with it.

What a request costs is the processor time of all processes of the network for the requests that torc
has counted: over a veth the kernel handles a packet in the time of whoever sent it, so the
balancer's own share cannot be told from the others'.  The two halves of a turn are next to each other
and change their order from turn to turn; what is judged is the median of all turns' ratios.  Beside it
stand the ratio of the cheapest halves, that of the requests in a second, and, where perf can sample,
how much of the time is spent in functions of netfilter, which other programs on the machine do not
disturb.

Needs root, and what `make packages-bench` provides."""

import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from lab import VIP, Lab, files, wait_for  # noqa: E402
from lab.kernel import Kernel  # noqa: E402

AT_MOST = 1.05
TURNS = 30
HALF_S = 0.4
SETTLE_S = 0.2 # what was under way when the table came or went
PROFILE_S = 3
SAMPLES_MIN = 1000
NICE = -10
NETFILTER = re.compile(r"nft_|nf_(?!hook)|__nf_|ipv4_conntrack|jhash$")

INNER = f"""nat {{
  from 10.0.0.0/16
  out eth0
  source {VIP}
  instance GATE
}}
"""
GATE = """
vrrp_instance GATE {
  version 3
  virtual_router_id 200
  advert_int 0.1
  priority 200
  state MASTER
  interface gate0
  virtual_ipaddress {
    10.9.0.3/32 dev gate0
  }
}
"""

Load = collections.namedtuple("Load", "says kept words")
LOADS = {
    "kept": Load("kept connections on both sides", True, []),
    "published": Load("as published, two new connections for each request", False,
                      ["-H", "Connection: close"]),
}


def config(kept):
    # 20 ms for a client to ask, as published, is little for fifty on one core.
    text = files.published("haproxy.cfg").replace("timeout http-request 20\n",
                                                  "timeout http-request 5s\n")
    return text.replace("option http-server-close\n", "http-reuse always\n") if kept else text


class Rig:
    """The network with torc in its middle, and the cable on which the table hangs."""

    def __init__(self, kept):
        self.lab = Lab(config=config(kept), servers=4, routers=True, torc=False)

    def __enter__(self):
        self.lab.up()
        try:
            node = self.lab.lb1
            node.ip(["link add gate0 type veth peer name gate1", "address add 10.9.0.1/24 dev gate0",
                     "link set gate0 up", "link set gate1 up"])
            node.write_routers(files.published("keepalived-lb1.conf") + GATE, INNER)
            self.kernel = Kernel(node)
            node.start_torc()
            node.wait_holds()
            self.switch(True)
        except BaseException:
            sys.stderr.write(self.lab.lb1.messages()[-3000:])
            self.lab.down()
            raise
        return self

    def __exit__(self, *_):
        self.kernel.close()
        self.lab.down()

    def switch(self, wanted):
        self.lab.lb1.ip([f"link set gate1 {'up' if wanted else 'down'}"])
        wait_for(lambda: ("torc" in self.kernel.tables()) == wanted, 10, f"table: {wanted}")
        time.sleep(SETTLE_S)

    def processes(self):
        return [pid for node in self.lab.nodes.values() for pid in node.processes()]

    def cpu_us(self):
        total = 0
        for pid in self.processes():
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stat:
                        total += int(stat.read().split()[0])
            except OSError:
                pass # has ended
        return total / 1000

    def requests(self):
        return int(re.search(r"CumReq: (\d+)", self.lab.lb1.runtime("show info")).group(1))

    def half(self, wanted):
        """Microseconds of processor time for a request, and requests in a second."""
        self.switch(wanted)
        began, cpu, requests = time.monotonic(), self.cpu_us(), self.requests()
        time.sleep(HALF_S)
        seconds = time.monotonic() - began
        requests = max(1, self.requests() - requests)
        return (self.cpu_us() - cpu) / requests, requests / seconds

    def tracked(self):
        """Connections of ours that the kernel tracks: none, if all is well."""
        rows = self.lab.lb1.run(["cat", "/proc/net/nf_conntrack"]).stdout.splitlines()
        return sum(" tcp " in row for row in rows)

    def netfilter_share(self, core):
        """Of the samples of the network's processes; None where perf cannot sample."""
        if not shutil.which("perf"):
            return None
        mine = set(map(str, self.processes()))
        with tempfile.NamedTemporaryFile() as data:
            done = subprocess.run(["perf", "record", "-q", "-e", "cpu-clock", "-F", "4000", "-C",
                                   str(core), "-o", data.name, "sleep", str(PROFILE_S)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                return None
            text = subprocess.run(["perf", "script", "-i", data.name, "-F", "pid,ip,sym"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                  check=False).stdout
        symbols = [words[2] if len(words) > 2 else "" for words in map(str.split, text.splitlines())
                   if words and words[0] in mine]
        if len(symbols) < SAMPLES_MIN:
            return None
        return sum(bool(NETFILTER.match(name)) for name in symbols) / len(symbols)


def measure(load, turns, core):
    with Rig(load.kept) as rig:
        seconds = round(turns * 2 * (HALF_S + SETTLE_S + 2) + PROFILE_S + 30)
        client = rig.lab.client.popen(["wrk", "-t1", "-c50", f"-d{seconds}s", *load.words,
                                       f"http://{VIP}/index.html"], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            found = [{wanted: rig.half(wanted)
                      for wanted in ((False, True) if turn % 2 else (True, False))}
                     for turn in range(turns)]
            rig.switch(True)
            share, tracked = rig.netfilter_share(core), rig.tracked()
            assert "torc" in rig.kernel.tables(), "the table has gone"
            assert client.poll() is None, "the load has ended"
        finally:
            client.stop()
    ratios = [turn[True][0] / turn[False][0] for turn in found]
    def of(wanted, what, number):
        return what(turn[wanted][number] for turn in found)
    return {
        "says": load.says, "turns": turns, "ratio": statistics.median(ratios),
        "ratios": sorted(ratios),
        "cheapest": of(True, min, 0) / of(False, min, 0),
        "rate": statistics.median(turn[False][1] / turn[True][1] for turn in found),
        "without_us": of(False, statistics.median, 0), "with_us": of(True, statistics.median, 0),
        "netfilter": share, "tracked": tracked,
    }


def markdown(facts, results):
    lines = ["# What the gateway's table costs the proxied path", "",
             "Client, balancer and servers on one core; processor time of all of them for a request, "
             "with the nf_tables table of a nat block and without, in turns in one torc.", "",
             "`make bench-gateway` makes this file; `bench/gateway` says how.", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", "| load | turns | without | with | median of the ratios | quartiles | cheapest halves "
              "| requests/s, without / with | time in netfilter | tracked |",
              "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    for found in results.values():
        low, _, high = statistics.quantiles(found["ratios"], n=4)
        share = "-" if found["netfilter"] is None else f"{100 * found['netfilter']:.1f} %"
        lines.append(
            f"| {found['says']} | {found['turns']} | {found['without_us']:.1f} us "
            f"| {found['with_us']:.1f} us | **{found['ratio']:.3f}** | {low:.3f} .. {high:.3f} "
            f"| {found['cheapest']:.3f} | {found['rate']:.3f} | {share} | {found['tracked']} |")
    lines += ["", "## Bars", ""]
    for name, found in results.items():
        held = found["ratio"] <= AT_MOST
        lines.append(f"- {'held' if held else '**MISSED**'}: {name}: at most {AT_MOST}: "
                     f"{found['ratio']:.3f}")
        lines.append(f"- {'**MISSED**' if found['tracked'] else 'held'}: {name}: none of torc's "
                     f"connections is tracked: {found['tracked']}")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="bench/gateway", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--load", action="append", choices=list(LOADS), help="only this one")
    parser.add_argument("--results", metavar="FOLDER")
    arguments = parser.parse_args()
    began, average = time.monotonic(), os.getloadavg()[0]
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
    except PermissionError:
        print("bench: not allowed to go before other programs; keep the machine quiet")
    results = {name: measure(load, max(2, arguments.turns), core) for name, load in LOADS.items()
               if not arguments.load or name in arguments.load}
    release = os.uname()
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {release.machine}, Linux {release.release}",
        "minutes": f"{(time.monotonic() - began) / 60:.1f}",
        "load average before and after": f"{average:.1f}, {os.getloadavg()[0]:.1f}",
    }
    text = markdown(facts, results)
    print(text)
    folder = arguments.results or (None if arguments.load else f"{ROOT}/bench/results")
    if folder:
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/gateway.md", "w", encoding="utf-8") as stream:
            stream.write(text)
        with open(f"{folder}/gateway.json", "w", encoding="utf-8") as stream:
            json.dump({"facts": facts, "loads": results}, stream, indent=1)
            stream.write("\n")
    return 1 if "MISSED" in text else 0


if __name__ == "__main__":
    sys.exit(main())
