# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked of torc: ratios and counts, never absolute times.

bars.json is a list of {"workload", "regime", "measure", "at_most", "against"}.  With "against" the
bar is on the ratio of torc's median to that proxy's, "haproxy-best" being the better of HAProxy's
settings; without, on torc's own figure.  A bar whose workload or proxy was left out of a run is not
judged; one whose figure is missing though torc ran is missed.  The rows of further.py carry their
bars themselves."""

import json


def judge(results, further, path):
    with open(path, encoding="utf-8") as file:
        wanted = json.load(file)
    verdicts = []
    for bar in wanted:
        for result in results:
            if result["workload"] == bar["workload"] and result["regime"] == bar["regime"]:
                verdict = judge_one(bar, result["proxies"])
                if verdict:
                    verdicts.append(verdict)
    for row in further:
        if row["at_most"] is not None:
            verdicts.append(verdict_of(f"{row['name']} ({row['says']}): at most {row['at_most']} "
                                       f"{row['unit']}".rstrip(), row["value"], row["at_most"]))
    return verdicts


def verdict_of(says, value, at_most):
    return {"says": says, "value": value, "at_most": at_most,
            "held": value is not None and value <= at_most}


def rival(name, measure, found):
    """The figure of the proxy that torc is held against, or None."""
    names = ("haproxy", "haproxy-splice") if name == "haproxy-best" else (name,)
    values = [found[each][measure] for each in names if each in found]
    return min(values) if values else None


def judge_one(bar, found):
    if "torc" not in found:
        return None
    value = found["torc"].get(bar["measure"])
    says = f"{bar['workload']}, {bar['regime']}: {bar['measure']} at most {bar['at_most']}"
    if "against" in bar:
        other = rival(bar["against"], bar["measure"], found)
        if other is None:
            return None
        value = value / other
        says += f" times that of {bar['against']}"
    return verdict_of(says, value, bar["at_most"])
