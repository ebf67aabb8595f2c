# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages for operators against the program: nothing that it counts, takes or ends with is left
unexplained, and links between pages lead somewhere.  (The words of the configuration and the
numbers of LIMITS.md have tests of their own.)"""

import os
import re
import sys

from tree import ROOT, Report, files, read

COUNTERS = "docs/COUNTERS.md"
MANUAL = "docs/torc.8"
MANUAL_OF_FILE = "docs/torc.conf.5"
OPERATIONS = "docs/OPERATIONS.md"
LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")


def pages():
    return files(".md", under=("docs", "examples")) + ["README.md"]


def dead_links():
    for page in pages():
        for target, _ in LINK.findall(read(page)):
            if not os.path.exists(os.path.join(ROOT, os.path.dirname(page), target)):
                yield f"{page}: {target}"


def section(page, title):
    """The text below a heading, up to the next one of the same depth."""
    found = re.search(rf"^## {title}.*?(?=^## |\Z)", read(page), re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def unexplained(names, text, what):
    """Names have to stand in backticks."""
    spans = re.findall(r"`([^`]+)`", text)
    return (f"{what} {name}" for name in names if name not in spans)


def columns():
    return re.findall(r'^\tX\(\w+, "(\w+)", \w+, "\w+"\)', read("net/stats/row.h"), re.MULTILINE)


def fields():
    return re.findall(r'^\tX\(\w+, "([^"]+)", "\w+", ', read("net/stats/info.c"), re.MULTILINE)


def activities():
    source = read("net/stats/show.c")
    return re.findall(r'^\tWORD\("(\w+)"', source, re.MULTILINE) + re.findall(
        r'"(?:\\n|\]\\n|[^"]*\\n)?(\w+_age_ms): ', source)


def options():
    """Those with a word of help; the others are only accepted."""
    return re.findall(r'^\t\{"(-{1,2}\w+)", WORD_\w+, \w+, [^\n]*?\n?[^\n]*?"[^"]{3,}"\},$',
                      read("core/options.c"), re.MULTILINE)


def in_manual(option):
    return option.replace("-", r"\-") in read(MANUAL)


def machine_words():
    """Of the block `appliance` in torc.conf."""
    return re.findall(r'^\t(?:ROW|BLOCK)\("(\w+)"|^\t\{\.name = "(\w+)"',
                      read("core/config/torc_appliance.c"), re.MULTILINE)


def untold_words():
    page = read(MANUAL_OF_FILE)
    return (f"{MANUAL_OF_FILE}: {word}" for pair in machine_words() for word in pair
            if word and not re.search(rf'^\.(BI|B) "?{word}\b', page, re.MULTILINE))


def signals():
    handled = re.search(r"handled_signals\[\] = \{(.*?)\}", read("core/keeper.c"), re.DOTALL)
    return re.findall(r"SIG([A-Z0-9]+)", handled[1])


def untold_signals():
    for name in signals():
        if f"SIG{name}" not in read(MANUAL):
            yield f"{MANUAL}: SIG{name}"
        if not re.search(rf"\b{name}\b", section(OPERATIONS, "Signals")):
            yield f"{OPERATIONS}: {name}"


def pages_without_a_way():
    """Every page is named in the README, or in a page that it names."""
    named = set(target for target, _ in LINK.findall(read("README.md")))
    return (page for page in pages() if page not in named and page != "README.md"
            and not page.startswith("examples/"))


def main():
    report = Report()
    report.ask("links between pages lead somewhere", dead_links())
    report.ask("every page is in the README's index", pages_without_a_way())
    report.ask("the tables of the program were found",
               (f"{table.__name__}: only {len(table())}" for table, least in
                ((columns, 103), (fields, 60), (activities, 15), (options, 25), (signals, 8),
                                     (machine_words, 14))
                if len(table()) < least))
    report.ask("every column of show stat is explained",
               unexplained(columns(), section(COUNTERS, "show stat"), "show stat"))
    report.ask("every field of show info is explained",
               unexplained(fields(), section(COUNTERS, "show info"), "show info"))
    report.ask("every line of show activity is explained",
               unexplained(activities(), section(COUNTERS, "show activity"), "show activity"))
    report.ask("every option is in the manual page",
               (option for option in options() if not in_manual(option)))
    report.ask("every word of the machine's block is in the manual page of torc.conf",
               untold_words())
    report.ask("every signal is in the manual page and in the operator's page", untold_signals())
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
