# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of examples/: each is valid as it is, and says nothing that a newcomer would have to
look up.  tests/e2e/test_examples.py has them serve."""

import configparser
import glob
import os
import shlex
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TORC = f"{ROOT}/build/torc"
EXAMPLES = sorted(glob.glob(f"{ROOT}/examples/*.cfg"))

# What a machine on which nothing was prepared is told about a file that becomes somebody else.
PREPARE = ("does not exist, create it with", "does not exist on this machine")


def torc(*arguments):
    done = subprocess.run([TORC, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("path", EXAMPLES, ids=os.path.basename)
def test_valid(path):
    status, out, err = torc("-c", "-V", "-f", path)
    assert status == 0, err
    assert out.endswith("Configuration file is valid\n")
    unexpected = [line for line in err.splitlines() if not any(part in line for part in PREPARE)]
    assert not unexpected


@pytest.mark.parametrize("path", EXAMPLES, ids=os.path.basename)
def test_opens_with_what_it_is_for(path):
    with open(path, encoding="utf-8") as text:
        assert text.readline().startswith("# ")


def unit_commands():
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(f"{ROOT}/examples/torc.service")
    with open(f"{ROOT}/examples/torc.service", encoding="utf-8") as text:
        lines = [line.split("=", 1)[1].strip() for line in text if line.startswith("Exec")]
    settings = dict(word.split("=", 1) for word in unit["Service"]["Environment"].split())
    for line in lines:
        for name, value in settings.items():
            line = line.replace("${%s}" % name, value)
        yield shlex.split(line)


def test_the_unit_calls_torc_as_it_wants_to_be_called():
    """Its options are known, and the checks that it makes pass for a good file."""
    usage = torc("-h")[1]
    commands = [words for words in unit_commands() if words[0].endswith("/torc")]
    assert len(commands) == 3
    for words in commands:
        assert all(f"  {word} " in usage for word in words[1:] if word.startswith("-"))
        if "-c" in words:
            words[words.index("-f") + 1] = f"{ROOT}/examples/minimal.cfg"
            assert torc(*words[1:]) == (0, "", "")
