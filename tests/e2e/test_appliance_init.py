# SPDX-License-Identifier: GPL-2.0-or-later
"""Pid 1 of the appliance, started by accident: it does nothing at all.

Nobody in particular runs it, so that a failure of this test harms nobody.  What it does as pid 1
is seen in virtual machines: tests/image."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INIT = f"{ROOT}/build/appliance/init"


def test_refuses_to_be_anything_but_pid_1(tmp_path):
    copy = tmp_path / "init"
    copy.write_bytes(open(INIT, "rb").read())
    copy.chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:-1]):
        if not os.stat(folder).st_mode & 0o001:
            folder.chmod(0o755)
    done = subprocess.run([copy], user=65534, group=65534, extra_groups=[], timeout=10,
                          capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_says_so_before_anything_else():
    """The first thing that main() does is to ask who it is."""
    source = open(f"{ROOT}/appliance/init/main.c", encoding="utf-8").read()
    body = source[source.index("int main(void)\n{\n"):]
    assert body.startswith("int main(void)\n{\n\tif (getpid() != 1)\n\t\treturn 1;\n")


def test_needs_no_library():
    """A static program: no interpreter, nothing to find beside it."""
    headers = subprocess.run(["readelf", "-lW", INIT], capture_output=True, check=True).stdout
    assert b"INTERP" not in headers
