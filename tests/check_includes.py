# SPDX-License-Identifier: GPL-2.0-or-later
"""Who includes whom: the drawing of the house, held against the files.

    core    nobody above it
    net     core
    health  core, and of net only what builds and judges messages
    vrrp    core
    appliance  core (pid 1 of the image, a program of its own)
    core/main.c is the roof: it opens front doors only, and nobody includes it
"""

import os
import re
import sys

from tree import ROOMS, ROOT, Report, files, read

FRONT_DOORS = {"net/net.h", "health/health.h", "vrrp/vrrp.h"}
LENT_TO_HEALTH = re.compile(r"net/(http/(h1|message)\w*|io/(tls|proxy_protocol)\w*)\.h")


def allowed(name, target):
    """May the file `name` include `target`?"""
    room, wanted = name.split("/")[0], target.split("/")[0]
    if room == wanted or wanted == "core":
        return True
    if name == "core/main.c":
        return target in FRONT_DOORS
    return room == "health" and bool(LENT_TO_HEALTH.fullmatch(target))


def main():
    report = Report()
    included = [(name, number, target)
                for name in files(".c", ".h", under=ROOMS)
                for number, line in enumerate(read(name).splitlines(), 1)
                for target in re.findall(r'^\s*#\s*include\s+"([^"]+)"', line)]
    report.ask("quoted includes are named from the root and exist",
               (f"{name}:{number}: {target}" for name, number, target in included
                if not os.path.isfile(f"{ROOT}/{target}")))
    report.ask("rooms include only what the house allows",
               (f"{name}:{number}: {target}" for name, number, target in included
                if target.split("/")[0] in ROOMS and not allowed(name, target)))
    report.ask("nothing of the program includes a test or a source file",
               (f"{name}:{number}: {target}" for name, number, target in included
                if target.split("/")[0] not in ROOMS or target.endswith(".c")))
    report.ask("a header's guard is its path",
               (name for name in files(".h", under=ROOMS)
                if "#ifndef TORC_" + re.sub(r"[/.]", "_", name).upper() not in read(name)))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
