# SPDX-License-Identifier: GPL-2.0-or-later
"""torc beside keepalived 2.2.7 + HAProxy: what does a client see when a balancer fails?

    make bench-failover                              every event ten times, some twenty minutes
    python3 bench/failover --rounds 2 --side torc --event "planned stop" --event failback
    python3 bench/failover --soak 10                 no event at all, ten minutes (make bench-soak)
    python3 bench/failover --kills 50                what a killed keeper leaves (make bench-deaths)
    python3 bench/failover --list

Both pairs run the published files on the published network, in network namespaces; the classical one
has net.ipv4.ip_nonlocal_bind=1, as the published text says.  The client (bench/load/pulse) begins a
request on a new connection a hundred times a second, whatever became of those before, so what it sees
is the service and not its own patience.

One event at a time, one pair at a time: nothing else of ours runs meanwhile.  In a round every event
happens once, and each begins with both addresses on LB1; the pairs take turns.  How long a silent
death lasts is mostly a matter of how long ago the last advert was: the rounds go through an interval
of adverts in equal steps, the same ones for both pairs.  Table and JSON go to
bench/results; a part of the whole is only shown, unless --results names a folder: then it takes the
place of the same events in the table there, which says so.  The exit status is 1 when a bar (bars.py)
is missed.

Needs root, and what `make packages-bench` provides."""

import argparse
import collections
import os
import random
import re
import sys
import time

import bars
import events
import pulse
import report
import sides

SCRIPT_S = 2.0 # between two turns of the published script

NAMES = [*events.PUBLISHED, *events.FAST]


Pace = collections.namedtuple("Pace", "change advert_s")
PUBLISHED = Pace(lambda text: text, 1.0)
FAST = Pace(lambda text: sides.at_pace(text, 3, 0.1), 0.1)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/failover", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--event", action="append", choices=NAMES, metavar="NAME",
                        help="only this one")
    parser.add_argument("--side", action="append", choices=sides.SIDES, help="only this one")
    parser.add_argument("--soak", type=float, metavar="MINUTES",
                        help="no events: full load for that long, take-overs counted")
    parser.add_argument("--kills", type=int, metavar="NUMBER",
                        help="no client: how long a killed keeper's addresses outlive it")
    parser.add_argument("--remark", metavar="TEXT", help="for the table, of the circumstances")
    parser.add_argument("--results", metavar="FOLDER")
    parser.add_argument("--list", action="store_true", help="says which events there are")
    return parser.parse_args()


def run_round(name, wanted, known, pace, share, results):
    """Every wanted event once, in a pair of its own, and each so far behind an advert."""
    chosen = [event for event in known if event in wanted]
    if not chosen:
        return
    with sides.SIDES[name](pace.change) as side, pulse.Pulse(side) as client:
        time.sleep(events.AFTER_S)
        for event in chosen:
            # An advert, and a script's next turn, are due at any moment.
            time.sleep(random.uniform(0, SCRIPT_S))
            side.wait_advert()
            time.sleep(share * pace.advert_s)
            seen = known[event](side, client)
            results[event].setdefault(name, []).append(seen)
            print(f"  {name:10}{event:32}{seen.silence_ms:8.0f} ms  {seen.lost or ''}"
                  + "".join(f"  {extra} {getattr(seen, extra)}" for extra in ("owners", "moves")
                            if hasattr(seen, extra)), flush=True)
            time.sleep(events.AFTER_S)


def measure(arguments, names):
    wanted = arguments.event or NAMES
    if "failback" in wanted and "planned stop" not in wanted:
        wanted = [*wanted, "planned stop"]
    results = {event: {} for event in NAMES if event in wanted}
    for number in range(arguments.rounds):
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
        share = (number + 0.5) / arguments.rounds
        for name in names if number % 2 == 0 else names[::-1]:
            run_round(name, wanted, events.PUBLISHED, PUBLISHED, share, results)
            run_round(name, wanted, events.FAST, FAST, share, results)
    return {event: {name: report.summary(found[name]) for name in names if name in found}
            for event, found in results.items()}


def soak(name, minutes):
    """The pair under wrk; what moved, and the longest silence of the service."""
    with sides.SIDES[name](FAST.change) as side, pulse.Pulse(side) as client, \
            events.Moves(side) as moves:
        since = time.monotonic()
        done = side.lab.client.run(
            ["wrk", "-t1", "-c100", f"-d{round(minutes * 60)}", f"http://{sides.VIP}/index.html"],
            timeout=minutes * 60 + 60, check=True)
        rate = re.search(r"Requests/sec: +([\d.]+)", done.stdout)
        seen = client.window(since)
        return {"pair": side.name, "minutes": minutes, "rate": float(rate.group(1)),
                "moves": moves.count(), "silence_ms": seen.silence_ms, "lost": seen.lost}


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(f"{event:34}{(events.PUBLISHED | events.FAST)[event].__doc__}"
                        for event in NAMES))
        return 0
    names = [name for name in sides.SIDES if name in (arguments.side or sides.SIDES)]
    began, load = time.monotonic(), os.getloadavg()[0]
    whole = arguments.event is None and arguments.side is None
    folder = arguments.results or (f"{sides.ROOT}/bench/results" if whole else None)
    if arguments.kills:
        gone = list(sides.keeper_kills(arguments.kills))
        known = report.facts(arguments.kills, began, load)
        text = report.kills_markdown(known, gone)
        missed = max(max(times) for times in gone) > bars.KILLED_MS
        data, file_name = {"facts": known, "ms": gone}, "failover-deaths"
    elif arguments.soak:
        soaks = {name: soak(name, arguments.soak) for name in names}
        known = report.facts("one", began, load)
        text = report.soak_markdown(known, soaks)
        missed = soaks.get("torc", {"moves": 0})["moves"] > 0
        data, file_name = {"facts": known, "soaks": soaks}, "failover-soak"
    else:
        results = measure(arguments, names)
        known = report.facts(arguments.rounds, began, load)
        if arguments.remark:
            known["remark"] = arguments.remark
        if folder and not whole: # into the table that stands there
            before, facts = report.earlier(folder)
            again = ", ".join(results)
            known = facts | {f"measured again ({again})": f"{known['rounds']}; load average "
                             f"{known['load average before and after']}"}
            results = {event: before.get(event, {}) | results.get(event, {}) for event in NAMES
                       if event in before or event in results}
        text = report.markdown(known, results)
        missed = not all(bar.held for bar in bars.judge(results))
        data, file_name = {"facts": known, "events": results}, "failover"
    print(f"\n{text}")
    if folder:
        report.write(folder, file_name, text, data)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
