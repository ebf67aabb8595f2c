# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked of torc: ratios and counts, never absolute times.

bars.json is a list of {"workload", "regime", "measure", "at_most", "against", "why"}.  With
"against" the bar is on the ratio of torc's median to that proxy's; without, on torc's own figure.
A bar whose workload or proxy was left out of a run is not judged; one whose figure is missing
though torc ran is missed."""

import json


def judge(results, path):
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)
    verdicts = []
    for bar in wanted:
        for result in results:
            if result["workload"] == bar["workload"] and result["regime"] == bar["regime"]:
                verdict = judge_one(bar, result["proxies"])
                if verdict:
                    verdicts.append(verdict)
    return verdicts


def judge_one(bar, found):
    if "torc" not in found or bar.get("against", "torc") not in found:
        return None
    value = found["torc"].get(bar["measure"])
    says = f"{bar['workload']}, {bar['regime']}: {bar['measure']}"
    if "against" in bar:
        value = value / found[bar["against"]][bar["measure"]]
        says += f" at most {bar['at_most']} times that of {bar['against']}"
    else:
        says += f" at most {bar['at_most']}"
    return {"says": says, "value": value, "held": value is not None and value <= bar["at_most"]}
