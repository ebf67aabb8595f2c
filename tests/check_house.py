# SPDX-License-Identifier: GPL-2.0-or-later
"""Small manners that a reader relies on: licence lines, widths, lengths, no loose ends."""

import re
import sys

from tree import ROOMS, Report, files, read

SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"
OTHER_LICENCE = re.compile("SPDX-License" r"-Identifier: (?!GPL-2\.0-or-later\b)")
LINES_MAX = 900 # "under about 800": a file that has outgrown its idea
WIDTH_MAX = 100
LOOSE_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# A path of one developer's machine has no business in a file.
MACHINE_PATH = re.compile(r"(?<![\w.}$)])/(home|work|Users)/")


def long_lines(name):
    for number, line in enumerate(read(name).splitlines(), 1):
        if len(line.expandtabs(8)) > WIDTH_MAX:
            yield f"{name}:{number}: {len(line.expandtabs(8))} columns"


def matches(pattern, names):
    for name in names:
        for number, line in enumerate(read(name).splitlines(), 1):
            if pattern.search(line):
                yield f"{name}:{number}: {line.strip()[:80]}"


def opens_with_essay(name):
    """After the licence line, a comment of several lines that says what the file is for."""
    after = read(name).split("\n", 1)[-1].lstrip()
    return after.startswith("/*") and after[:after.find("*/")].count("\n") >= 1


def main():
    report = Report()
    c_files = files(".c", ".h")
    sources = files(".c", ".h", under=ROOMS)
    scripts = files(".py", ".sh") + ["tests/lab/demo", ".ci/run", "Makefile"]
    report.ask("C files begin with the licence line",
               (name for name in c_files if not read(name).startswith(f"/* {SPDX} */\n")))
    report.ask("scripts carry the licence line at their top",
               (name for name in scripts if SPDX not in "\n".join(read(name).splitlines()[:2])))
    report.ask("LICENSE names the licence", () if SPDX in read("LICENSE") else ("LICENSE",))
    report.ask("no other licence is named anywhere",
               matches(OTHER_LICENCE, c_files + files(".py", ".sh")))
    report.ask("C lines fit into 100 columns",
               (line for name in c_files for line in long_lines(name)))
    report.ask(f"no source file has more than {LINES_MAX} lines",
               (f"{name}: {len(read(name).splitlines())}" for name in sources
                if len(read(name).splitlines()) > LINES_MAX))
    report.ask("sources open with an essay",
               (name for name in files(".c", under=ROOMS) if not opens_with_essay(name)))
    report.ask("no loose ends", matches(LOOSE_ENDS, c_files + scripts))
    report.ask("no path of somebody's machine",
               matches(MACHINE_PATH, c_files + scripts + files(".md", under=None)))
    report.ask("text has no trailing blanks and ends with a line feed",
               (name for name in c_files + files(".py")
                if re.search(r"[ \t]+$", read(name), re.MULTILINE) or not read(name).endswith("\n")))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
