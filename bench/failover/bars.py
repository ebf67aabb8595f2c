# SPDX-License-Identifier: GPL-2.0-or-later
"""What torc has to reach.  Each bar names its event; those whose event was not measured are left
out."""

import dataclasses

# Of a median against another median of a few runs that differ by some tens of milliseconds.
NOT_WORSE = 1.05
# What is left of a killed keeper.
KILLED_MS = 100


@dataclasses.dataclass
class Bar:
    says: str
    held: bool
    value: str


def judge(results):
    """All bars that these results decide."""
    found = []

    def torc(event):
        return results.get(event, {}).get("torc")

    def bar(event, says, held, value):
        found.append(Bar(f"{event}: {says}", bool(held), value))

    def outage(event, median_ms, worst_ms):
        seen = torc(event)
        if seen:
            bar(event, f"at most {median_ms} / {worst_ms} ms",
                seen["median_ms"] <= median_ms and seen["worst_ms"] <= worst_ms,
                f"{seen['median_ms']} / {seen['worst_ms']} ms")

    def nothing_lost(event, what="no request of a new connection is lost"):
        seen = torc(event)
        if seen:
            bar(event, what, seen["lost_new"] == 0, f"{seen['lost_new']} of {seen['requests']}")

    def not_worse(event):
        seen, other = torc(event), results.get(event, {}).get("classic")
        if seen and other:
            bar(event, "not worse than the other pair",
                seen["median_ms"] <= NOT_WORSE * other["median_ms"],
                f"{seen['median_ms']} against {other['median_ms']} ms")

    outage("balancer process killed", 10, 50)
    nothing_lost("balancer process killed", "only requests inside the killed process are lost")
    nothing_lost("planned stop")
    nothing_lost("failback")
    not_worse("power loss")
    not_worse("cable pulled")
    seen = torc("everything killed")
    if seen:
        bar("everything killed", "one owner", set(seen["owners"]) == {1}, f"{seen['owners']}")
    for event in ("reload, nothing changed", "reload, VI_2 added"):
        seen = torc(event)
        if seen:
            bar(event, "no move of VI_1", sum(seen["moves"]) == 0, f"{sum(seen['moves'])} moves")
            nothing_lost(event, "nothing is lost")
    outage("power loss, version 3 at 0.1 s", 360, 500)
    return found
