# SPDX-License-Identifier: GPL-2.0-or-later
"""Heap calls of the program under test, thread by thread: see preload/allocations.c."""

import pathlib
import struct
import subprocess

from tools import processes

LINES = 1024
SOURCE = pathlib.Path(__file__).resolve().parents[1] / "preload" / "allocations.c"


class Counter:
    """Builds the library in `folder`; env is what a program needs to be counted."""

    def __init__(self, folder):
        self.library = folder / "allocations.so"
        self.table = folder / "allocations"
        subprocess.run(
            ["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-shared", "-fPIC", "-o",
             str(self.library), str(SOURCE)],
            check=True,
        )
        self.table.write_bytes(bytes(32 + 32 * LINES))
        # The balancer may have given up its privileges before its first allocation.
        self.table.chmod(0o666)
        folder.chmod(0o755)

    @property
    def env(self):
        return {"LD_PRELOAD": str(self.library), "TORC_E2E_ALLOCATIONS": str(self.table)}

    def by_thread(self):
        """{(pid, tid): (taken, given)}"""
        data = self.table.read_bytes()
        used = min(struct.unpack_from("=Q", data)[0], LINES)
        found = {}
        for number in range(used):
            pid, tid, taken, given = struct.unpack_from("=4Q", data, 32 + 32 * number)
            found[pid, tid] = (taken, given)
        return found

    def of_threads(self, pid, prefix):
        """Calls so far by the threads of a process whose name begins so; and their names."""
        counts, names = 0, []
        table = self.by_thread()
        for tid, name in processes.threads(pid).items():
            if name.startswith(prefix):
                names.append(name)
                counts += sum(table.get((pid, tid), (0, 0)))
        return counts, names
