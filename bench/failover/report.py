# SPDX-License-Identifier: GPL-2.0-or-later
"""The results for people (markdown) and for programs (JSON)."""

import json
import os
import statistics
import subprocess
import time

import bars
import pulse
import sides


def first_line(argv):
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=sides.environment(), check=False)
        return done.stdout.strip().split("\n")[0].strip()
    except OSError:
        return "missing"


def facts(rounds, began, load):
    """Of the machine and the programs; `load` is the load average at the begin."""
    release = os.uname()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {release.machine}, Linux {release.release}",
        "torc": first_line([os.path.join(sides.ROOT, "build/torc"), "-v"]),
        "keepalived": first_line([sides.files.tool("keepalived"), "-v"]),
        "haproxy": first_line([sides.files.tool("haproxy"), "-v"]),
        "rounds": f"{rounds}; {(time.monotonic() - began) / 60:.1f} minutes in all",
        "load average before and after": f"{load:.1f}, {os.getloadavg()[0]:.1f}; "
                                         "the whole pair runs on these cores",
    }


def summary(windows):
    """One event of one side, over all rounds."""
    found = {
        "runs": len(windows),
        "median_ms": round(statistics.median(window.silence_ms for window in windows), 1),
        "worst_ms": round(max(window.silence_ms for window in windows), 1),
        "requests": sum(window.requests for window in windows),
        "lost": {},
        "lost_new": sum(window.lost_new for window in windows),
    }
    for window in windows:
        for verdict, number in window.lost.items():
            found["lost"][verdict] = found["lost"].get(verdict, 0) + number
    for extra in ("owners", "moves"):
        values = [getattr(window, extra) for window in windows if hasattr(window, extra)]
        if values:
            found[extra] = values
    return found


def duration(ms):
    return f"{ms / 1000:.2f} s" if ms >= 1000 else f"{ms:.0f} ms"


def cell(found):
    if not found:
        return "-"
    parts = [f"{duration(found['median_ms'])} / {duration(found['worst_ms'])}"]
    if found["lost"]:
        lost = ", ".join(f"{number / found['runs']:.1f} {verdict}"
                         for verdict, number in sorted(found["lost"].items()))
        parts.append(f"lost in a run: {lost}")
        if not found["lost_new"]:
            parts.append("all of them connections that were cut")
    else:
        parts.append("none lost")
    if "owners" in found:
        worst = max(found["owners"])
        parts.append("one owner afterwards" if worst == 1 and min(found["owners"]) == 1 else
                     f"{min(found['owners'])} to {worst} owners afterwards"
                     if worst != min(found["owners"]) else f"{worst} owners afterwards")
    if "moves" in found:
        parts.append(f"VI_1 moved {sum(found['moves'])} times")
    return "; ".join(parts)


def markdown(known, results):
    lines = ["# What a client sees when a balancer fails", "",
             f"A client asks for a page of the published site every {pulse.INTERVAL_MS} ms, each time "
             "on a connection of its own, while one thing after the other happens to the balancer "
             "that holds the address.  The outage is the longest time without an answer, less that "
             "pace: median / worst over all runs.  A request is lost that gets no answer within "
             f"{pulse.TIMEOUT_MS} ms, or another one than the page.",
             "", "`make bench-failover` makes this file; `bench/failover` says how.", ""]
    lines += [f"- {name}: {value}" for name, value in known.items()]
    lines += ["", "| event | runs | keepalived + HAProxy | torc |", "|---|---:|---|---|"]
    for event, found in results.items():
        runs = max(side["runs"] for side in found.values())
        lines.append(f"| {event} | {runs} | {cell(found.get('classic'))} "
                     f"| {cell(found.get('torc'))} |")
    lines += ["", "## Bars", ""]
    lines += [f"- {'held' if bar.held else '**MISSED**'}: {bar.says}: {bar.value}"
              for bar in bars.judge(results)]
    return "\n".join(lines) + "\n"


def soak_markdown(known, soaks):
    lines = ["# Ten minutes without an event", "",
             "Version 3 at 0.1 s adverts, wrk with 100 connections on the published address for the "
             "whole time: how often does LB2 take over from a master that is alive?", "",
             "`make bench-soak` makes this file; `bench/failover` says how.", ""]
    lines += [f"- {name}: {value}" for name, value in known.items()]
    lines += ["", "| pair | minutes | requests/s | take-overs | longest silence of the service |",
              "|---|---:|---:|---:|---:|"]
    lines += [f"| {soak['pair']} | {soak['minutes']:g} | {soak['rate']:.0f} | {soak['moves']} "
              f"| {duration(soak['silence_ms'])} |" for soak in soaks.values()]
    return "\n".join(lines) + "\n"


def kills_markdown(known, gone):
    within = sum(max(times) <= bars.KILLED_MS for times in gone)
    lines = ["# What a killed keeper leaves behind", "",
             "kill -9 of the process that holds the virtual addresses and the nf_tables table; both "
             "are looked for over netlink until they are gone.", "",
             "`make bench-deaths` makes this file; `bench/failover` says how.", ""]
    lines += [f"- {name}: {value}" for name, value in known.items()]
    lines += ["", f"**{within} of {len(gone)}** within {bars.KILLED_MS} ms.", "",
              "| | median | worst |", "|---|---:|---:|"]
    for name, times in zip(("addresses", "nf_tables table"), zip(*gone)):
        lines.append(f"| {name} | {statistics.median(times):.0f} ms | {max(times):.0f} ms |")
    return "\n".join(lines) + "\n"


def earlier(folder):
    """Events and facts of the run whose table stands there; none where there is no table."""
    try:
        with open(f"{folder}/failover.json", encoding="utf-8") as stream:
            known = json.load(stream)
            return known["events"], known["facts"]
    except OSError:
        return {}, {}


def write(folder, name, text, data):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{name}.md", "w", encoding="utf-8") as stream:
        stream.write(text)
    with open(f"{folder}/{name}.json", "w", encoding="utf-8") as stream:
        json.dump(data, stream, indent=1)
        stream.write("\n")
