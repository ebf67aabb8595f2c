# SPDX-License-Identifier: GPL-2.0-or-later
"""What is inside an initrd, read with the zstd of the command line: an archive of modules, each
compressed by itself, and behind it a compressed archive of everything else."""

import subprocess

from appliance.image import cpio

FRAME = b"\x28\xb5\x2f\xfd"


def unpack(data):
    """Of one zstd frame, or of several behind each other."""
    return subprocess.run(["zstd", "-dqc"], input=data, stdout=subprocess.PIPE, check=True).stdout


def told_length(frame):
    """The length that a frame says its content has (RFC 8878 3.1.1.1); None: it does not say."""
    descriptor = frame[4]
    single = descriptor >> 5 & 1
    size = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    at = 5 + (not single) + (0, 1, 2, 4)[descriptor & 3]
    if frame[:4] != FRAME or not size:
        return None
    return int.from_bytes(frame[at:at + size], "little") + (256 if size == 2 else 0)


def archives(path):
    """Both archives as {path: (mode, content)}; modules stay compressed."""
    with open(path, "rb") as stream:
        data = stream.read()
    programs = data.index(FRAME, data.index(b"TRAILER!!!"))
    return cpio.read(data), cpio.read(unpack(data[programs:]))
