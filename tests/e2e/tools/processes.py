# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes as /proc shows them.

A test names every process that it ends: descendants of what it started, and whatever carries the
mark that it put into the environment (a daemon has left the family, its environment tells).
"""

import os
import pathlib
import signal

from tools import pace

MARK = "TORC_E2E_MARK"


def alive(pid):
    """Runs and is not a zombie."""
    return state(pid) not in ("", "Z", "X")


def state(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="latin-1")
    except OSError:
        return ""
    return text.rsplit(")", 1)[1].split()[0]


def _parents():
    table = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(encoding="latin-1")
            except OSError:
                continue
            table[int(folder.name)] = int(text.rsplit(")", 1)[1].split()[1])
    return table


def children(pid):
    return sorted(child for child, parent in _parents().items() if parent == pid)


def descendants(pid):
    table, found, queue = _parents(), [], [pid]
    while queue:
        parent = queue.pop()
        more = [child for child, its in table.items() if its == parent]
        found += more
        queue += more
    return sorted(found)


def marked(mark):
    """Every process with this mark in its environment."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
    return sorted(pid for pid in found if alive(pid))


def end(pids):
    """Kills these processes and waits until they are gone."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    pace.until(lambda: not any(alive(pid) for pid in pids), f"{pids} to die")


def comm(pid, tid=None):
    try:
        return pathlib.Path(f"/proc/{pid}/task/{tid or pid}/comm").read_text().strip()
    except OSError:
        return ""


def threads(pid):
    """{tid: name}."""
    try:
        tids = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return {}
    return {tid: comm(pid, tid) for tid in tids}


def descriptors(pid):
    """{fd: what it refers to}."""
    found = {}
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return found
    for name in names:
        try:
            found[int(name)] = os.readlink(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
    return found


def memory_kb(pid):
    """{"Rss": kB, "Pss": kB} of the whole process."""
    values = {}
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            values[name] = int(rest.split()[0])
    return values


def _as_shown(address):
    """An IPv4 address as /proc/net/tcp writes it."""
    host, port = address
    return bytes(map(int, host.split(".")))[::-1].hex().upper() + f":{port:04X}"


def _tcp_sockets():
    return [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]


def listening(address):
    """Does a TCP socket listen there?  Looked up, not tried: a try would be a connection."""
    want = _as_shown(address)
    return any(words[1] == want and words[3] == "0A" for words in _tcp_sockets())


def taken(client):
    """Has somebody accepted this connection, and read what was sent on it?  One that still waits in
    the queue of its listener has no inode; the fifth column ends with the bytes to be read."""
    here, there = _as_shown(client.getsockname()), _as_shown(client.getpeername())
    return any(
        words[1] == there and words[2] == here and words[9] != "0" and words[4].endswith(":00000000")
        for words in _tcp_sockets()
    )
