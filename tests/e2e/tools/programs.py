# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the programs are that the tests start.

TORC_VARIANT chooses the build: plain, asan or tsan.  TORC_UNDER_TEST names any other program:
Debian's haproxy has to pass wherever torc behaves as it does.  Servers and tools come from the
PATH or from Debian packages that were only unpacked, below build/tools or $TORC_TOOLS.
"""

import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[3]


def under_test():
    variant = os.environ.get("TORC_VARIANT") or "plain"
    build = ROOT / "build" / ("" if variant == "plain" else variant) / "torc"
    return pathlib.Path(os.environ.get("TORC_UNDER_TEST") or build).resolve()


def _unpacked():
    places = [os.environ.get("TORC_TOOLS"), ROOT / "build/tools"]
    return [pathlib.Path(place) for place in places if place]


def find(name):
    """The path of a program, or None."""
    for root in _unpacked():
        for folder in ("usr/sbin", "usr/bin", "sbin", "bin"):
            path = root / folder / name
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def need(name):
    path = find(name)
    assert path, f"{name} is not installed: `make packages` fetches what the tests need"
    return path


def libraries_of(program):
    """The library folders of the tree that an unpacked program stands in."""
    parts = pathlib.Path(program).resolve().parts
    folders = []
    if "usr" in parts:
        top = pathlib.Path(*parts[: parts.index("usr")])
        if str(top) != "/":
            for folder in ("usr/lib", "lib"):
                folders += [top / folder, *(top / folder).glob("*-linux-gnu")]
    return [str(folder) for folder in folders if folder.is_dir()]


def environment(program, **more):
    """The environment to run it in."""
    env = dict(os.environ)
    folders = libraries_of(program)
    if folders:
        env["LD_LIBRARY_PATH"] = ":".join(folders + [env.get("LD_LIBRARY_PATH", "")]).strip(":")
    env.update(more)
    return env


def built_with(program):
    """"asan", "tsan", or "" for an ordinary build."""
    image = pathlib.Path(program).read_bytes() if pathlib.Path(program).exists() else b""
    if b"__tsan_init" in image:
        return "tsan"
    if b"__asan_init" in image:
        return "asan"
    return ""
