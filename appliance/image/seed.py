# SPDX-License-Identifier: GPL-2.0-or-later
"""Seed disks: a folder with an appliance's configuration becomes a small disk that it reads.

    python3 -m appliance.image.seed FOLDER OUT [LABEL]       FAT, or ISO 9660 when OUT ends in .iso
"""

import os
import subprocess
import sys

from . import fat

SECTORS = 8 * 1024 * 1024 // fat.SECTOR
SERIAL = 0x544F5204
LABEL = "TORCCONFIG"


def files_of(folder):
    """Every file below a folder: {path: bytes}.  README files are for people who read the folder."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("README"):
                path = os.path.join(place, name)
                with open(path, "rb") as stream:
                    found[os.path.relpath(path, folder)] = stream.read()
    return found


def make_fat(path, files, time, label=LABEL):
    """A disk without partitions, as a floppy or a stick may be."""
    with open(path, "wb") as stream:
        stream.truncate(SECTORS * fat.SECTOR)
    fat.make(path, 0, SECTORS, label, SERIAL, files, time)


def make_iso(path, folder, time, label=LABEL):
    subprocess.run(["xorriso", "-no_rc", "-report_about", "WARNING", "-as", "mkisofs", "-quiet",
                    "-o", path, "-V", label, "-r", "-J", folder], check=True,
                   env=fat.environment(time))


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__.strip())
    folder, path = sys.argv[1:3]
    label = sys.argv[3] if len(sys.argv) == 4 else LABEL
    time = int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600")) # the first second of 2026
    if path.endswith(".iso"):
        make_iso(path, folder, time, label)
    else:
        make_fat(path, files_of(folder), time, label)


if __name__ == "__main__":
    main()
