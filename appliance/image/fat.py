# SPDX-License-Identifier: GPL-2.0-or-later
"""FAT file systems with files in them, inside an image file, by mkfs.vfat and mtools.

The same content gives the same bytes: the serial number is fixed by the caller, mtools takes all
times from SOURCE_DATE_EPOCH, and files are written in the order of their names.
"""

import os
import shutil
import subprocess
import tempfile

SECTOR = 512


def environment(time):
    """For tools that write the time into what they make."""
    return dict(os.environ, SOURCE_DATE_EPOCH=str(time), TZ="UTC", LC_ALL="C", MTOOLS_SKIP_CHECK="1",
                MTOOLSRC=os.devnull)


def make(image, first, sectors, label, serial, files, time, bits=None, cluster=None):
    """Formats `sectors` sectors of the image from sector `first` on, and puts files there:
    {path: bytes}.  The width of the table and the sectors a cluster: else as mkfs.vfat thinks."""
    words = ["/usr/sbin/mkfs.vfat", "--invariant", "-i", f"{serial:08x}", "-n", label,
             "--offset", str(first)]
    words += ["-F", str(bits)] if bits else []
    words += ["-s", str(cluster)] if cluster else []
    # It warns of a file that is longer than the file system: that is meant.
    subprocess.run([*words, image, str(sectors * SECTOR // 1024)], check=True,
                   env=environment(time), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    copy_in(image, first, files, time)


def copy_in(image, first, files, time):
    """Adds files to a file system that is there."""
    where = ["-i", f"{image}@@{first * SECTOR}"]
    folders = sorted({"/".join(path.split("/")[:count])
                      for path in files for count in range(1, path.count("/") + 1)})
    source = tempfile.mkdtemp(prefix="torc-fat-")
    try:
        if folders:
            _tool(["mmd", *where, *(f"::{folder}" for folder in folders)], time)
        for path, content in sorted(files.items()):
            name = f"{source}/{os.path.basename(path)}"
            with open(name, "wb") as stream:
                stream.write(content)
            _tool(["mcopy", *where, name, f"::{path}"], time)
    finally:
        shutil.rmtree(source)


def _tool(words, time):
    done = subprocess.run(words, env=environment(time), stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise SystemExit(f"appliance: {' '.join(words)}: {done.stdout.strip()}")
