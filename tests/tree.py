# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of the tree, and results in TAP: what the checks of the house share."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOMS = ("core", "net", "health", "vrrp", "appliance")
ELSEWHERE = ("tests", "bench")


def files(*suffixes, under=ROOMS + ELSEWHERE):
    """Names relative to the root of every file with such a suffix, sorted.  What git ignores
    (the build, caches) is no part of the tree."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
    names = listed.decode().split("\0") if listed else list(walk())
    return sorted(name for name in names
                  if name.endswith(suffixes) and os.path.isfile(f"{ROOT}/{name}")
                  and (under is None or name.split("/")[0] in under))


def walk():
    """The same without git: a tree that was unpacked from an archive."""
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in ("build", ".git", "__pycache__")]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def read(name):
    with open(f"{ROOT}/{name}", encoding="utf-8", errors="replace") as text:
        return text.read()


class Report:
    """Results in TAP: one line for each question asked of each file would drown a reader, so a
    question is one test, and the files that fail it are listed below it."""

    def __init__(self):
        self.count = self.failed = 0

    def ask(self, question, complaints):
        self.count += 1
        complaints = list(complaints)
        self.failed += bool(complaints)
        print(f"{'not ok' if complaints else 'ok'} {self.count} - {question}")
        for complaint in complaints:
            print(f"# {complaint}")

    def close(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
