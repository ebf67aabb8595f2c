# SPDX-License-Identifier: GPL-2.0-or-later
"""The results for people: a table in markdown, a chart in SVG, and the figures as JSON."""

import html
import json
import os
import re
import subprocess
import time

import place
import workloads

COLOURS = {"torc": "#0b7285", "haproxy": "#e8590c", "haproxy-splice": "#fab005",
           "nginx": "#868e96"}


def first_line(argv):
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=place.environment(), check=False)
        return done.stdout.decode(errors="replace").strip().split("\n")[0].strip()
    except OSError:
        return "missing"


def processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as info:
        return (re.findall(r"model name\s*: (.*)", info.read()) or ["unknown"])[0]


def facts(arguments, seconds):
    with open("/proc/sys/net/ipv4/tcp_congestion_control", encoding="ascii") as setting:
        control = setting.read().strip()
    release = os.uname()
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{processor()}, {len(place.cores())} cores, {release.machine}",
        "kernel": release.release,
        "congestion control": control,
        "torc": first_line([os.path.join(place.ROOT, "build", "torc"), "-v"]),
        "haproxy": first_line([place.program("haproxy") or "haproxy", "-v"]),
        "nginx": first_line([place.program("nginx") or "nginx", "-v"]),
        "wrk": first_line(["wrk", "-v"]).split("Copyright")[0].strip(),
        "ab": first_line(["ab", "-V"]),
        "rounds": f"{arguments.rounds} of {arguments.seconds:g} s, interleaved; "
                  f"{seconds / 60:.1f} minutes in all",
        "load average before": " ".join(f"{x:.1f}" for x in os.getloadavg()),
    }


def markdown(known, results, verdicts):
    lines = ["# What a request costs", "",
             "Processor time of the proxy for a request, medians of interleaved rounds "
             "(`make bench` makes this file; `bench/compare` says how).", ""]
    lines += [f"- {name}: {value}" for name, value in known.items()]
    for result in results:
        workload = next(w for w in workloads.ALL if w.name == result["workload"])
        lines += ["", f"## {workload.name}, {result['regime']}", "", workload.says + ".", "",
                  "| proxy | CPU us/request | from .. to | of HAProxy | requests/s | p50 ms | "
                  "p99 ms | log lines | enters | completions | memory MB | errors |",
                  "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
        lines += [row(name, found, result["proxies"]) for name, found in result["proxies"].items()]
    lines += ["", "## Bars", ""]
    lines += [f"- {'held' if v['held'] else '**MISSED**'}: {v['says']}: " +
              ("not measured" if v["value"] is None else f"{v['value']:.2f}") for v in verdicts]
    if not verdicts:
        lines += ["- none was judged: torc or its rival was left out"]
    return "\n".join(lines) + "\n"


def row(name, found, all_found):
    rival = all_found.get("haproxy")
    cells = [name, f"{found['cpu_us']:.2f}",
             f"{found['cpu_us_from']:.2f} .. {found['cpu_us_to']:.2f}",
             f"{found['cpu_us'] / rival['cpu_us']:.2f}" if rival else "",
             f"{found['rate']:.0f}", f"{found['p50_ms']:.2f}", f"{found['p99_ms']:.2f}",
             f"{found['log_lines']:.2f}",
             f"{found['enters']:.2f}" if "enters" in found else "",
             f"{found['completions']:.2f}" if "completions" in found else "",
             f"{found['memory_kb'] / 1024:.1f}", str(found["errors"])]
    return "| " + " | ".join(cells) + " |"


def svg(known, results):
    """Horizontal bars, one group for each workload and regime, each group to its own scale: what
    is compared stands in one group."""
    width, label, bar, gap = 860, 150, 18, 30
    parts, y = [], 64
    for result in results:
        found = result["proxies"]
        longest = max(f["cpu_us"] for f in found.values())
        parts.append(f'<text x="16" y="{y}" class="head">{result["workload"]}, '
                     f'{result["regime"]}</text>')
        y += 10
        for name, figures in found.items():
            length = (width - label - 190) * figures["cpu_us"] / longest
            parts.append(f'<text x="{label - 8}" y="{y + 13}" text-anchor="end">{name}</text>'
                         f'<rect x="{label}" y="{y}" width="{length:.1f}" height="{bar - 3}" '
                         f'fill="{COLOURS[name]}"/>'
                         f'<text x="{label + length + 6:.1f}" y="{y + 13}">'
                         f'{figures["cpu_us"]:.1f} us, {figures["rate"]:.0f}/s</text>')
            y += bar
        y += gap
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="12" fill="#495057">'
            f'<style>.head {{ font-weight: bold }}</style>'
            f'<rect width="{width}" height="{y}" fill="#ffffff"/>'
            f'<text x="16" y="24" font-size="16" class="head">Processor time of the proxy for one '
            f'request</text>'
            f'<text x="16" y="42">{html.escape(known["machine"])}; Linux {known["kernel"]}; '
            f'{known["date"]}</text>' + "".join(parts) + "</svg>\n")


def write(folder, known, results, verdicts):
    os.makedirs(folder, exist_ok=True)
    for name, text in (("compare.md", markdown(known, results, verdicts)),
                       ("compare.svg", svg(known, results)),
                       ("compare.json", json.dumps({"facts": known, "results": results,
                                                    "bars": verdicts}, indent=1) + "\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
