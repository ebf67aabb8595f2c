# SPDX-License-Identifier: GPL-2.0-or-later
"""The results for people: a table in markdown, a chart in SVG, and the figures as JSON."""

import html
import json
import os
import re
import subprocess
import time

import place
import proxies
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
        "torc": first_line([proxies.torc_program(), "-v"]),
        "haproxy": first_line([place.program("haproxy") or "haproxy", "-v"]),
        "nginx": first_line([place.program("nginx") or "nginx", "-v"]),
        "wrk": first_line(["wrk", "-v"]).split("Copyright")[0].strip(),
        "ab": first_line(["ab", "-V"]),
        "rounds": f"{arguments.rounds} of {arguments.seconds:g} s, interleaved; "
                  f"{seconds / 60:.1f} minutes in all",
        "load average before": " ".join(f"{x:.1f}" for x in os.getloadavg()),
    }


def markdown(known, results, further, verdicts):
    lines = ["# What a request costs", "",
             "Processor time of the proxy, medians of interleaved rounds (`make bench` makes this "
             "file; `bench/compare` says how). docs/PERFORMANCE.md says what to make of it.", ""]
    lines += [f"- {name}: {value}" for name, value in known.items()]
    lines += ["", "## Bars", "", "| | bar | measured |", "|---|---|---:|"]
    lines += [f"| {'held' if v['held'] else '**MISSED**'} | {v['says']} | "
              f"{'not measured' if v['value'] is None else format(v['value'], '.2f')} |"
              for v in verdicts]
    if not verdicts:
        lines += ["| | none was judged: torc or its rival was left out | |"]
    for result in results:
        workload = workloads.named(result["workload"])
        unit = "CPU s/GB" if workload.unit == "GB" else "CPU us/request"
        lines += ["", f"## {workload.name}, {result['regime']}", "", workload.says + ".", "",
                  f"| proxy | {unit} | from .. to | of HAProxy | requests/s | p50 ms | "
                  "p99 ms | log lines | enters | completions | memory MB | errors |",
                  "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
        lines += [row(name, found, result["proxies"], workload.unit)
                  for name, found in result["proxies"].items()]
    if further:
        lines += ["", "## Latency, memory, heap", "", "| | | value |", "|---|---|---:|"]
        lines += [f"| {r['name']} | {r['says']} | {r['value']:.2f} {r['unit']} |" for r in further]
    return "\n".join(lines) + "\n"


def figure(value, unit):
    return f"{value:.3f}" if unit == "GB" else f"{value:.2f}"


def row(name, found, all_found, unit):
    rival = all_found.get("haproxy")
    cells = [name, figure(found["cpu"], unit),
             f"{figure(found['cpu_from'], unit)} .. {figure(found['cpu_to'], unit)}",
             f"{found['cpu'] / rival['cpu']:.2f}" if rival else "",
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
        unit = workloads.named(result["workload"]).unit
        longest = max(f["cpu"] for f in found.values())
        parts.append(f'<text x="16" y="{y}" class="head">{result["workload"]}, '
                     f'{result["regime"]}</text>')
        y += 10
        for name, figures in found.items():
            length = (width - label - 190) * figures["cpu"] / longest
            what = "s/GB" if unit == "GB" else "us"
            parts.append(f'<text x="{label - 8}" y="{y + 13}" text-anchor="end">{name}</text>'
                         f'<rect x="{label}" y="{y}" width="{length:.1f}" height="{bar - 3}" '
                         f'fill="{COLOURS[name]}"/>'
                         f'<text x="{label + length + 6:.1f}" y="{y + 13}">'
                         f'{figure(figures["cpu"], unit)} {what}, {figures["rate"]:.0f}/s</text>')
            y += bar
        y += gap
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
            f'viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="12" fill="#495057">'
            f'<style>.head {{ font-weight: bold }}</style>'
            f'<rect width="{width}" height="{y}" fill="#ffffff"/>'
            f'<text x="16" y="24" font-size="16" class="head">Processor time of the proxy for one '
            f'request, or for 10^9 bytes</text>'
            f'<text x="16" y="42">{html.escape(known["machine"])}; Linux {known["kernel"]}; '
            f'{known["date"]}</text>' + "".join(parts) + "</svg>\n")


def write(folder, known, results, further, verdicts):
    os.makedirs(folder, exist_ok=True)
    for name, text in (("compare.md", markdown(known, results, further, verdicts)),
                       ("compare.svg", svg(known, results)),
                       ("compare.json", json.dumps({"facts": known, "results": results,
                                                    "further": further, "bars": verdicts},
                                                   indent=1) + "\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
