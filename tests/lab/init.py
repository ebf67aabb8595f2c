# SPDX-License-Identifier: GPL-2.0-or-later
"""The first process of a node: makes the node's own view of the machine, then waits and reaps.

It runs as process 1 of new network, mount, pid, uts and ipc namespaces, so that its end is the
end of everything on the node: processes are killed by the kernel, mounts and interfaces vanish.
That is the whole clean-up of the lab, and it works after a kill -9 of anything.

Argument: a JSON object with
    host_name   what `hostname` says
    shadowed    folders that become private: same content, but changes stay in the node, and
                folders inside of them cannot be changed at all
    emptied     folders that become private and empty; inside of a shadowed one: are not there
    ready_fd    told the process number (as the host sees it), or what went wrong
    life_fd     -1, or a pipe: the node ends when nobody holds its other end
"""

import ctypes
import json
import os
import shutil
import signal
import stat
import sys

MS_RDONLY = 1
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0, data=None):
    """mount(2); an error names the folder."""
    words = [None if word is None else word.encode() for word in (source, target, kind)]
    if libc.mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode()) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), target)


def shadow(folder, emptied):
    """Puts a tmpfs over a folder and shows in it what was there: folders as they are, to be read,
    files and links as copies, so that a file can be changed for this node alone.  Folders that the
    node is to have for itself are left out: the machine may have files of these very names."""
    below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    mode = stat.S_IMODE(os.fstat(below).st_mode)
    mount("torc-lab", folder, "tmpfs", 0, f"mode={mode:o}")
    for name in os.listdir(below):
        old = f"/proc/self/fd/{below}/{name}"
        new = f"{folder}/{name}"
        kind = os.lstat(old).st_mode
        if new in emptied:
            continue
        if stat.S_ISDIR(kind):
            os.mkdir(new)
            mount(old, new, None, MS_BIND | MS_REC)
            mount(None, new, None, MS_REMOUNT | MS_BIND | MS_RDONLY)
        elif stat.S_ISLNK(kind):
            os.symlink(os.readlink(old), new)
        elif stat.S_ISREG(kind):
            shutil.copy2(old, new)
            os.chown(new, os.lstat(old).st_uid, os.lstat(old).st_gid)
    os.close(below)


def set_up(wanted):
    name = wanted["host_name"].encode()
    libc.sethostname(name, len(name))
    # Through /proc/self/fd, which is the host's view: before /proc is the node's own.
    for folder in wanted["shadowed"]:
        if os.path.isdir(folder):
            shadow(folder, wanted["emptied"])
    for folder in wanted["emptied"]:
        if os.path.isdir(folder) and os.path.dirname(folder) not in wanted["shadowed"]:
            mount("torc-lab", folder, "tmpfs", 0, "mode=755")
    mount("proc", "/proc", "proc")
    try:
        mount("sysfs", "/sys", "sysfs") # the node's own interfaces in /sys/class/net
    except OSError:
        pass


def reap(*_):
    """The kernel gives orphans to process 1."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def main():
    wanted = json.loads(sys.argv[1])
    number = os.readlink("/proc/self")
    answer = {"pid": int(number)}
    try:
        set_up(wanted)
    except Exception as error: # whatever it is, the maker of the lab shall read it
        answer = {"error": repr(error)}
    os.write(wanted["ready_fd"], json.dumps(answer).encode() + b"\n")
    os.close(wanted["ready_fd"])
    if "error" in answer:
        sys.exit(1)
    os.chdir("/")
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, reap)
    if wanted["life_fd"] >= 0:
        os.read(wanted["life_fd"], 1)
        sys.exit(0)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
