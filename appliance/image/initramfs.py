# SPDX-License-Identifier: GPL-2.0-or-later
"""What the appliance's memory holds: init, torc with its libraries, the kernel's modules.

Two archives one behind the other, as the kernel allows: the modules, which change with the kernel
only, and the programs.  The kernel unpacks both whole before init starts.  So the first is not
compressed, but every module in it is, by itself: a machine needs some thirty of four hundred, and
init unpacks those.  The second is compressed, since most of it is used.
"""

import concurrent.futures
import fnmatch
import glob
import hashlib
import lzma
import os
import re
import subprocess

from . import cpio

# The folders that the kernel's file systems, torc and its files want to find.
FOLDERS = ("dev", "proc", "sys", "run", "root", "var/empty", "var/log", "etc/torc")
TEMPORARY = ("tmp", "var/tmp")
# Level 12: 19 takes ten times as long for an eighth less.
ZSTD = ("zstd", "-12", "-T2", "-q", "-c")
# Modules: done once for a kernel, and with the others in no archive to learn from.  The frame tells
# its length, which init wants to know.
ZSTD_MODULE = ("zstd", "-19", "-T1", "-q", "-c")
COMPRESSED = ".zst"
# Indexes that init reads; the binary ones are for modprobe.
INDEXES = ("modules.dep", "modules.alias", "modules.softdep")


def compress(data):
    """One zstd frame.  The number of threads is fixed because the bytes depend on whether there are
    several, not on how many the machine has."""
    return subprocess.run(ZSTD, input=data, stdout=subprocess.PIPE, check=True).stdout


# --- modules -------------------------------------------------------------------------------------


def wanted(table, names):
    """Which of the modules (paths below kernel/, without the ending) the table asks for."""
    chosen = set()
    for line in table.splitlines():
        pattern = line.split("#")[0].strip()
        if pattern.startswith("!"):
            chosen -= set(fnmatch.filter(chosen, pattern[1:]))
        elif pattern:
            chosen |= set(fnmatch.filter(names, pattern))
    return chosen


def with_dependencies(chosen, dependencies, soft):
    """Adds what the chosen ones need, by symbol or by word (softdep), until nothing new comes."""
    while True:
        more = chosen.union(*(dependencies[name] | soft.get(name, set()) for name in chosen))
        if more == chosen:
            return chosen
        chosen = more


def _plain(path):
    """kernel/fs/fat/vfat.ko.xz: fs/fat/vfat"""
    return re.sub(r"\.ko(\.\w+)?$", "", path.removeprefix("kernel/"))


def _depmod(kernel_folder, version):
    """depmod finds modules below lib/modules of a base folder."""
    base = kernel_folder.split("/lib/modules/")[0]
    subprocess.run(["/usr/sbin/depmod", "-b", base, version], check=True,
                   stderr=subprocess.DEVNULL)


def _dependencies(folder):
    found = {}
    with open(f"{folder}/modules.dep", encoding="ascii") as stream:
        for line in stream:
            name, _, others = line.partition(":")
            found[_plain(name)] = {_plain(other) for other in others.split()}
    return found


def _soft_dependencies(folder, names):
    """What modules ask to be loaded before them, mostly an algorithm of the kernel's own by its
    alias: {name: names}."""
    by_word = {os.path.basename(name).replace("-", "_"): {name} for name in names}
    with open(f"{folder}/modules.alias", encoding="ascii") as stream:
        for line in stream:
            words = line.split()
            if len(words) == 3 and words[0] == "alias" and words[2] in by_word:
                by_word.setdefault(words[1].replace("-", "_"), set()).update(by_word[words[2]])
    found = {}
    with open(f"{folder}/modules.softdep", encoding="ascii") as stream:
        for line in stream:
            words = line.replace("-", "_").split()
            if len(words) > 2 and words[0] == "softdep":
                for name in by_word.get(words[1], ()):
                    for word in words[2:]:
                        found.setdefault(name, set()).update(by_word.get(word, ()))
    return found


def _unpacked(path):
    with open(path, "rb") as stream:
        data = stream.read()
    if path.endswith(".xz"):
        return lzma.decompress(data)
    if path.endswith((".zst", ".gz")):
        tool = "zstd" if path.endswith(".zst") else "gzip"
        return subprocess.run([tool, "-dqc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def compress_module(data):
    return subprocess.run([*ZSTD_MODULE, f"--stream-size={len(data)}"], input=data,
                          stdout=subprocess.PIPE, check=True).stdout


def modules(kernel, table, work):
    """The archive of the kernel's modules; kept in `work` for the next time."""
    with open(table, encoding="utf-8") as stream:
        text = stream.read()
    with open(__file__, "rb") as stream:
        own = stream.read()
    key = hashlib.sha256(repr((kernel.version, [record["SHA256"] for record in kernel.packages],
                               text, own)).encode()).hexdigest()
    kept = f"{work}/modules-{key[:16]}.cpio"
    if not os.path.exists(kept):
        data = bytes(module_archive(kernel, text, work))
        for old in glob.glob(f"{work}/modules-*"):
            os.unlink(old)
        with open(f"{kept}.new", "wb") as stream:
            stream.write(data)
        os.rename(f"{kept}.new", kept)
    with open(kept, "rb") as stream:
        return stream.read()


def module_archive(kernel, table, work, pack=compress_module):
    """The archive; `work` is where depmod gets to see the modules."""
    _depmod(kernel.modules, kernel.version)
    dependencies = _dependencies(kernel.modules)
    soft = _soft_dependencies(kernel.modules, dependencies)
    chosen = with_dependencies(wanted(table, dependencies), dependencies, soft)
    files = {_plain(os.path.relpath(path, kernel.modules)): path
             for path in glob.glob(f"{kernel.modules}/kernel/**/*.ko*", recursive=True)}
    # The indexes of what is left, made by depmod from just those.
    stage = f"{work}/stage/lib/modules/{kernel.version}"
    subprocess.run(["rm", "-rf", f"{work}/stage"], check=True)
    archive = cpio.Archive()
    names, contents = sorted(chosen), []
    for name in names:
        contents.append(_unpacked(files[name]))
        path = f"{stage}/kernel/{name}.ko"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(contents[-1])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for name, packed in zip(names, workers.map(pack, contents)):
            archive.file(f"lib/modules/{kernel.version}/kernel/{name}.ko{COMPRESSED}", packed)
    for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
        with open(f"{kernel.modules}/{name}", "rb") as source, \
             open(f"{stage}/{name}", "wb") as target:
            target.write(source.read())
    _depmod(stage, kernel.version)
    for name in INDEXES:
        with open(f"{stage}/{name}", encoding="ascii") as stream:
            lines = sorted(re.sub(r"\.ko\b", f".ko{COMPRESSED}", line) if name == "modules.dep"
                           else line for line in stream if not line.startswith("#"))
        archive.file(f"lib/modules/{kernel.version}/{name}", "".join(lines).encode())
    subprocess.run(["rm", "-rf", f"{work}/stage"], check=True)
    return archive


# --- programs ------------------------------------------------------------------------------------


def libraries(program):
    """What a program is linked with: {path inside: file outside}.  The loader says it, which is
    the only one that knows."""
    told = subprocess.run(["ldd", program], text=True, stdout=subprocess.PIPE, check=True).stdout
    found = {}
    for line in told.splitlines():
        words = line.split()
        if "=>" in words:
            name, path = words[0], words[words.index("=>") + 1]
            if not path.startswith("/"):
                raise SystemExit(f"appliance: {program} needs {name}, which is not here")
            found[f"lib/x86_64-linux-gnu/{name}"] = os.path.realpath(path)
        elif words[0].startswith("/"):
            found[words[0].lstrip("/")] = os.path.realpath(words[0])
    return found


def stripped(program, work):
    """The program without debugging information and build id, which name the folder it was
    compiled in; the symbols that crash records print stay."""
    target = f"{work}/{os.path.basename(program)}.stripped"
    subprocess.run(["objcopy", "--strip-debug", "--strip-unneeded", "--remove-section=.note.gnu.build-id",
                    program, target], check=True)
    with open(target, "rb") as stream:
        return stream.read()


def programs(init, torc, work):
    """The archive of everything but the modules."""
    archive = cpio.Archive()
    for path in FOLDERS:
        archive.folder(path)
    for path in TEMPORARY:
        archive.folder(path, 0o1777)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3, 0o666)
    archive.file("init", stripped(init, work), 0o755)
    archive.file("usr/sbin/torc", stripped(torc, work), 0o755)
    for inside, outside in libraries(torc).items():
        with open(outside, "rb") as stream:
            archive.file(inside, stream.read(), 0o755)
    return archive


def add_tree(archive, inside, folder):
    """The files below a folder of this machine, below `inside` there."""
    for path in sorted(glob.glob(f"{folder}/**", recursive=True, include_hidden=True)):
        if os.path.isfile(path):
            with open(path, "rb") as stream:
                archive.file(inside + os.path.relpath(path, folder), stream.read())
