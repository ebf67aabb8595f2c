# SPDX-License-Identifier: GPL-2.0-or-later
"""What happens to a pair, one event after the other, and what a client sees of each.

Every event begins and ends with both addresses on LB1.  `measure` gives a Window of its time."""

import subprocess
import tempfile
import time

import sides

# Watched after an address has moved: gratuitous ARPs, and what comes late.
AFTER_S = 0.8
# Nothing is expected to happen, and that is looked at as long.
QUIET_S = 1.5
# Both owners of an address have had the time to hear of each other.
OWNERS_S = 5.0


class Moves:
    """Counts how often the address comes and goes on either balancer, as the kernel tells it."""

    def __init__(self, side):
        self.side = side

    def __enter__(self):
        self.watchers = []
        for balancer in self.side.lab.balancers:
            output = tempfile.TemporaryFile("w+") # pylint: disable=consider-using-with
            watcher = subprocess.Popen(balancer.entering(["ip", "-o", "monitor", "address"]),
                                       stdout=output, stderr=subprocess.DEVNULL)
            self.watchers.append((watcher, output))
        time.sleep(0.2) # they have subscribed
        return self

    def __exit__(self, *_):
        for watcher, output in self.watchers:
            watcher.kill()
            watcher.wait()
            output.close()

    def count(self):
        """Removals of the outer address, and additions to where it was not."""
        found = 0
        for _, output in self.watchers:
            output.seek(0)
            present = None
            for line in output.read().splitlines():
                if f" {sides.VIP}/" not in line:
                    continue
                removed = line.startswith("Deleted")
                found += removed or present is False
                present = not removed
        return found


def now():
    return time.monotonic()


def balancer_killed(side, pulse):
    """kill -9 of the process that serves on LB1."""
    since, ended = side.kill_balancer()
    if side.name == "torc":
        time.sleep(QUIET_S)
        seen = pulse.window(since, since, ended)
        assert side.owners() == [side.master], "the address has moved"
        return seen
    side.wait_owner(side.backup)
    time.sleep(AFTER_S)
    seen = pulse.window(since, since, ended)
    side.mend_balancer()
    side.wait_owner(side.master)
    return seen


def moment_of_move(balancer, limit_s=sides.MOVE_LIMIT_S):
    """When the outer address has left this balancer."""
    kernel = sides.Kernel(balancer)
    end = now() + limit_s
    try:
        while sides.VIP in kernel.addresses():
            assert now() < end, f"the address stays on {balancer.name}"
            time.sleep(0.001)
        return now()
    finally:
        kernel.close()


def planned_stop(side, pulse):
    """SIGTERM to what holds the address on LB1."""
    since = now()
    side.stop()
    moved = moment_of_move(side.master)
    side.wait_owner(side.backup)
    time.sleep(AFTER_S)
    return pulse.window(since, moved)


def failback(side, pulse):
    """LB1 is started again and takes the addresses back.  Follows a planned stop."""
    since = now()
    side.return_()
    moved = moment_of_move(side.backup)
    side.wait_owner(side.master)
    time.sleep(AFTER_S)
    return pulse.window(since, moved)


def cable_pulled(side, pulse):
    """LB1's outer cable."""
    since = now()
    side.pull_cable()
    side.wait_owner(side.backup, inner=False)
    time.sleep(AFTER_S)
    seen = pulse.window(since)
    side.plug_cable()
    side.wait_owner(side.master)
    return seen


def all_killed(side, pulse):
    """kill -9 of everything that keeps the address on LB1, at once."""
    since = now()
    side.kill_all()
    time.sleep(OWNERS_S)
    seen = pulse.window(since)
    seen.owners = len(side.owners())
    side.return_()
    side.wait_owner(side.master)
    return seen


def power_lost(side, pulse):
    """LB1 is gone from one moment to the next."""
    since = now()
    side.power_off()
    side.wait_owner(side.backup)
    time.sleep(AFTER_S)
    seen = pulse.window(since)
    side.power_on()
    side.wait_owner(side.master)
    return seen


def reload_unchanged(side, pulse):
    """Both balancers read the same files again."""
    with Moves(side) as moves:
        since = now()
        side.reload()
        time.sleep(QUIET_S)
        seen = pulse.window(since)
        seen.moves = moves.count()
    return seen


def reload_with_inner(side, pulse):
    """VI_2 is added on both balancers by a reload."""
    for balancer in side.lab.balancers:
        side.write(balancer, sides.without_inner)
    side.reload()
    sides.wait_for(lambda: not any(node.holds(sides.INNER_VIP, "eth1")
                                   for node in side.lab.balancers), 10, "the end of VI_2")
    time.sleep(AFTER_S)
    for balancer in side.lab.balancers:
        side.write(balancer)
    with Moves(side) as moves:
        since = now()
        side.reload()
        side.wait_owner(side.master)
        time.sleep(AFTER_S)
        seen = pulse.window(since)
        seen.moves = moves.count()
    return seen


# In the order in which they are run; a failback needs the stop before it.
PUBLISHED = {
    "balancer process killed": balancer_killed,
    "planned stop": planned_stop,
    "failback": failback,
    "power loss": power_lost,
    "cable pulled": cable_pulled,
    "everything killed": all_killed,
    "reload, nothing changed": reload_unchanged,
    "reload, VI_2 added": reload_with_inner,
}
FAST = {"power loss, version 3 at 0.1 s": power_lost}
