# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/LIMITS.md against the sources: the numbers are those of the program, and none is left out.

The last cell of every row says where its number stands, in one of two forms:

    `core/log.h: LOG_BATCH_LINES`            a constant, a preset (`.bufsize = ..`), or a sum of
                                             them: the row's first number has to be its value
    `net/worker.c: "4 * connections + 64"`   a rule that is no constant: the file has to hold
                                             these words

A limit that somebody changes, or adds, makes this fail until the page says so too.  Constants
that bound nothing that an operator could meet are named below with the reason."""

import ast
import operator
import re
import sys

from tree import Report, files, read

PAGE = "docs/LIMITS.md"
ROOMS = ("core", "net", "health", "vrrp", "appliance")

# What a constant is called that is a limit.
LIMIT_NAME = re.compile(r"_MAX$|_LIMIT_MS$|_RESERVE$|_RING_ENTRIES$|_SLOTS$|_PIPES$|_ATTEMPTS$")

# Of these languages only what an operator meets first is on the page.
INNER = ("core/config/keepalived_", "core/config/vrrp_", "core/config/torc_")

NO_LIMIT = {
    "net/http/h1.c SCANNED_PLACE_MAX": "a mask of bits",
    "net/http/h1_fields.c NAME_BYTES_MAX": "the longest name in a table",
    "core/config/condition.c ARGUMENTS_MAX": "how many arguments a function of ours has",
    "core/config/nearest.h NEAREST_WORD_MAX": "a longer word is compared by its start",
    "core/config/numbers.h NUMBER_MAX": "what 32 bits hold",
    "core/crash.c FRAME_DISTANCE_MAX": "what a stack can be, not what it may be",
    "core/channel.h CHANNEL_BYTES_MAX": "a message between our own processes",
    "core/channel.h CHANNEL_TEXT_MAX": "a message between our own processes",
    "core/channel.h CHANNEL_FDS_MAX": "more descriptors go in more messages",
    "core/board.c READ_ATTEMPTS": "readings of a cell that is written without a pause",
    "core/keeper.c TURN_LIMIT_MS": "how long an idle keeper sleeps",
    "core/keeper.c BIND_ATTEMPTS": "BIND_LIMIT_MS as a number of tries",
    "core/timer.h TIMER_SLOTS": "how the wheel is made",
    "appliance/init/balancer.c ARGUMENTS_MAX": "of a command line of ours",
    "appliance/init/cards.h CARDS_RENAMES_MAX": "two for each card",
    "appliance/init/facts.c WORDS_MAX": "of a line between our own programs",
    "appliance/init/facts.h FACTS_NAMES_MAX": "haproxy.cfg names one user and one group",
    "appliance/init/logging.c BATCHES_MAX": "in one turn: the rest comes in the next",
    "appliance/init/logging.c RECEIVERS_MAX": "how many there are",
    "appliance/init/module_index.h MODULE_DEPENDENCIES_MAX": "a module of Debian's needs some ten",
    "appliance/init/module_index.h MODULE_SOFT_MAX": "a module of Debian's names four",
    "appliance/init/modules.c DEPTH_MAX": "folders of /sys, which end before",
    "appliance/init/modules.c LATE_MAX": "what does not fit is loaded at once",
    "appliance/init/modules.c TRIED_MAX": "what is not remembered is looked for again",
    "appliance/init/sntp.c STRATUM_MAX": "of the protocol",
    "appliance/init/status.c COLUMNS_MAX": "of a table of ours",
    "appliance/init/syslog_line.c PRIORITY_MAX": "of the protocol",
    "appliance/init/syslog_line.c KERNEL_PRIORITY_MAX": "what ends a number",
    "appliance/init/turn.h TURN_FDS_MAX": "pid 1 has some twenty",
    "vrrp/fsm.h VRRP_ACTIONS_MAX": "what one step of a machine can ask for",
    "vrrp/nft.h NFT_ELEMENTS_MAX": "more elements go in more messages",
    "vrrp/packet.h VRRP_ADVERTISED_MAX": "what the protocol's one byte holds",
    "vrrp/packet.h VRRP_PACKET_BYTES_MAX": "that many addresses",
    "vrrp/speaker.h ORPHANS_MAX": "every script that there may be, and guards",
    "vrrp/speaker_gateway.c TRANSLATIONS_MAX": "NATS_MAX of the language",
    "vrrp/timing.h VRRP_ADVERT_V2_MAX": "what the protocol's field holds",
    "vrrp/timing.h VRRP_ADVERT_V3_MAX": "what the protocol's field holds",
}

DEFINE = re.compile(r"^#[ \t]*define[ \t]+([A-Z][A-Z0-9_]*)[ \t]+(.+?)(?:/\*.*)?$", re.MULTILINE)
PRESET = re.compile(r"[.>]([a-z_][a-z0-9_]*) = ([0-9]+)[,;]")
SOURCE = re.compile(r"`([\w/]+\.[ch]): ([^`]+)`")
QUANTITY = re.compile(r"([0-9]+)(?: (bytes|KiB|MiB|GiB|ms|s)\b)?")
UNITS = {None: 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "ms": 1, "s": 1000}
OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
             ast.LShift: operator.lshift}


class Wrong(Exception):
    pass


def sources():
    return files(".c", ".h", under=ROOMS)


def constants(name):
    """The constants and presets of a file, as they are written."""
    found = dict(PRESET.findall(read(name)))
    found.update((key, value.strip()) for key, value in DEFINE.findall(read(name)))
    return found


class Values:
    """What a name means in a file: there, or in the one header that defines it."""

    def __init__(self):
        self.files = {name: constants(name) for name in sources()}

    def of(self, name, file):
        if name in self.files.get(file, {}):
            return self.evaluate(self.files[file][name], file)
        homes = [home for home, names in self.files.items()
                 if name in names and home.endswith(".h")]
        if len(homes) != 1:
            raise Wrong(f"{name} is not to be found in {file}")
        return self.evaluate(self.files[homes[0]][name], homes[0])

    def evaluate(self, text, file):
        text = re.sub(r"\b([0-9]+|0x[0-9a-fA-F]+)[uUlL]+\b", r"\1", text)
        try:
            return self.walk(ast.parse(text, mode="eval").body, file)
        except SyntaxError as error:
            raise Wrong(f"{file}: '{text}' is no sum of numbers") from error

    def walk(self, node, file):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.Name):
            return self.of(node.id, file)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](self.walk(node.left, file), self.walk(node.right, file))
        raise Wrong(f"{file}: '{ast.unparse(node)}' is no sum of numbers")


def rows():
    """(line, cells) of every row of every table that has a column of sources."""
    wide = False
    for number, line in enumerate(read(PAGE).splitlines(), 1):
        if not line.startswith("|"):
            wide = False
            continue
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        if cells[-1] == "Source":
            wide = True
        elif wide and not set(line) <= set("|- "):
            yield number, cells


def squeezed(text):
    return re.sub(r"\s+", " ", text)


def judge_row(values, cells):
    """Raises Wrong when the row does not say what the source says."""
    source = SOURCE.search(cells[-1])
    if not source:
        if re.search("[0-9]{2}", cells[1]):
            raise Wrong("a number without a source")
        return
    file, expression = source.groups()
    if file not in values.files:
        raise Wrong(f"{file} is no source of the program")
    if expression.startswith('"'):
        wanted = expression.strip('"').replace('\\"', '"')
        if squeezed(wanted) not in squeezed(read(file)):
            raise Wrong(f"{file} does not say '{wanted}'")
        return
    said = QUANTITY.search(cells[1])
    if not said:
        raise Wrong("the row names no number")
    value = values.evaluate(expression, file)
    if int(said[1]) * UNITS[said[2]] != value:
        raise Wrong(f"the page says '{said[0]}', {file} says {value} ({expression})")


def wrong_rows(values):
    for number, cells in rows():
        try:
            if len(cells) != 5:
                raise Wrong(f"{len(cells)} cells instead of 5")
            judge_row(values, cells)
        except Wrong as wrong:
            yield f"{PAGE}:{number}: {wrong}"


def missing_limits(values):
    page = read(PAGE)
    for file, names in values.files.items():
        for name in names:
            if file.startswith(INNER) or f"{file} {name}" in NO_LIMIT:
                continue
            if LIMIT_NAME.search(name) and not re.search(rf"\b{name}\b", page):
                yield f"{file}: {name} is not in {PAGE}"


def main():
    values = Values()
    report = Report()
    report.ask("the limits' page has its tables", () if sum(1 for _ in rows()) > 80 else (PAGE,))
    report.ask("every number on the limits' page is the program's", wrong_rows(values))
    report.ask("every limit of the program is on the page", missing_limits(values))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
