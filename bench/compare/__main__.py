# SPDX-License-Identifier: GPL-2.0-or-later
"""torc, HAProxy and nginx side by side: what does one request cost?

    make bench                                     everything, about twelve minutes
    python3 bench/compare --quick                  everything once over, for a first look
    python3 bench/compare --workload server-close --regime one-core --rounds 9
    python3 bench/compare --list

The measure is the processor time of the proxy, for a request or for 10^9 bytes of bodies: what the kernel's scheduler has
booked on all its processes and threads (/proc/PID/task/*/schedstat), which is exact, includes
what its sends cause in the kernel, and does not depend on how fast the load generator happens to
be.  Requests a second and latencies are shown beside it.

A figure of another day or machine means nothing, so the proxies take turns: every round runs each
of them once, in an order that changes, and the table shows medians over the rounds.  Judgement is
by ratio (bars.json); the exit status is 1 when a bar is missed.

Two regimes.  "one-core": proxy, servers and load share a core and keep it busy; the work goes in
lock-step batches, which is the best stand-in for a proxy at its limit.  "two-cores": the proxy has
core 0 for itself.  Everything runs in network and process namespaces of its own, with the
congestion control pinned (some kernels pace loopback traffic otherwise), and nothing remains.

Needs root, and what `make packages-bench` provides."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import bars
import further
import measure
import place
import proxies
import report
import workloads

HERE = os.path.dirname(os.path.abspath(__file__))
FAILURES = []
ROOT = os.path.dirname(os.path.dirname(HERE))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/compare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--regime", action="append", choices=place.REGIMES, help="only this one")
    parser.add_argument("--proxy", action="append", metavar="NAME", help="only this one")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run, whole ones")
    parser.add_argument("--quick", action="store_true",
                        help="two rounds, for a first look; not written to bench/results")
    parser.add_argument("--further", action="store_true",
                        help="only latency, reload, memory and heap calls")
    parser.add_argument("--nice", type=int, default=-20, help="of everything that is measured")
    parser.add_argument("--results", metavar="FOLDER",
                        help="where table and chart go (bench/results; a part of the whole is "
                             "only shown unless this is given)")
    parser.add_argument("--list", action="store_true", help="says what there is to run")
    return parser.parse_args()


def run_workload(workload, regime, names, arguments, folder):
    """Interleaved rounds of one workload.  Gives {proxy: [sample]}."""
    samples = {name: [] for name in names}
    origin = workloads.start_origin(regime, folder)
    started = {}
    try:
        for name in names:
            started[name] = proxies.start(name, workload, regime, folder)
            workloads.wait_until_served(started[name])
        for number in range(arguments.rounds):
            order = names[number % len(names):] + names[:number % len(names)]
            for name in order:
                sample = measure.run(started[name], workload, regime, arguments.seconds, folder)
                samples[name].append(sample)
                print(f"  {workload.name:16}{regime:10}{name:16}"
                      f"{measure.one_line(sample, workload.unit)}", flush=True)
    finally:
        for proxy in started.values():
            proxy.stop()
        origin.stop()
    return samples


def is_whole(arguments):
    return not (arguments.workload or arguments.regime or arguments.proxy or arguments.further or
                arguments.quick)


def attempt(what, *inputs):
    """A part that fails is said and left out: the others took minutes."""
    try:
        return what(*inputs)
    except (measure.Failed, proxies.Failed, subprocess.TimeoutExpired, OSError) as error:
        print(f"bench: left out: {error}", file=sys.stderr, flush=True)
        FAILURES.append(str(error))
        return None


def run_further(arguments, folder):
    rows = []
    parts = [(further.memory, folder), (further.heap, folder, 1)]
    if place.is_possible("two-cores"):
        parts += [(further.reload, folder, 2),
                  (further.latency, folder, 2, min(arguments.rounds, 3))]
    for part in parts:
        rows += attempt(*part) or []
    for row in rows:
        print(f"  {row['name']:40}{row['value']:12.2f} {row['unit']:12}{row['says']}", flush=True)
    return rows


def run_all(arguments):
    place.furnish(arguments.nice)
    if arguments.quick:
        arguments.rounds = 2
    chosen = [w for w in workloads.ALL if not arguments.workload or w.name in arguments.workload]
    if arguments.further:
        chosen = []
    regimes = arguments.regime or [r for r in place.REGIMES if place.is_possible(r)]
    results = []
    folder = tempfile.mkdtemp(prefix="torc-bench.", dir="/dev/shm")
    os.chmod(folder, 0o755)
    began = time.time()
    try:
        workloads.write_pages(folder)
        for workload in chosen:
            names = [n for n in proxies.NAMES
                     if workload.has(n) and (not arguments.proxy or n in arguments.proxy)]
            for regime in regimes:
                samples = attempt(run_workload, workload, regime, names, arguments, folder)
                if not samples:
                    continue
                results.append({"workload": workload.name, "regime": regime,
                                "proxies": {n: measure.summary(s) for n, s in samples.items()}})
        rows = []
        if arguments.further or not (arguments.workload or arguments.regime or arguments.proxy):
            rows = run_further(arguments, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    verdicts = bars.judge(results, rows, os.path.join(HERE, "bars.json"))
    facts = report.facts(arguments, time.time() - began)
    target = arguments.results or (
        os.path.join(ROOT, "bench", "results") if is_whole(arguments) else None)
    if target:
        report.write(target, facts, results, rows, verdicts)
    print()
    print(report.markdown(facts, results, rows, verdicts))
    return 0 if all(v["held"] for v in verdicts) and not FAILURES else 1


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("workloads:", *(f"  {w.name:14}{w.says}" for w in workloads.ALL), sep="\n")
        print("proxies:  ", ", ".join(proxies.NAMES))
        print("regimes:  ", ", ".join(place.REGIMES))
        return 0
    if not place.is_inside():
        return place.enter(sys.argv[1:])
    try:
        return run_all(arguments)
    except (measure.Failed, proxies.Failed) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
