# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of hostile messages: tests/hostile/*.txt."""

import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "hostile"
PLAIN = {"r": "\r", "n": "\n", "t": "\t", "\\": "\\"}


def unescape(text):
    text = re.sub(r"\\\{(\d+):(.*?)\}", lambda match: match[2] * int(match[1]), text)
    return re.sub(
        r"\\(?:x([0-9a-f]{2})|(.))",
        lambda match: chr(int(match[1], 16)) if match[1] else PLAIN[match[2]],
        text,
    ).encode("latin-1")


class Row:
    def __init__(self, line):
        outcome, self.name, text = line.split(" | ", 2)
        self.bytes = unescape(text)
        self.status = int(outcome) if outcome.isdigit() else None
        self.count = int(outcome.split()[1]) if " " in outcome else 1


def rows(name):
    with open(FOLDER / name, encoding="ascii") as lines:
        return [Row(line.rstrip("\n")) for line in lines if line[0] not in "#\n"]
