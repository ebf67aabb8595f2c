# SPDX-License-Identifier: GPL-2.0-or-later
"""The program asked about configurations: what it prints, where, and with which exit status.

The golden files beside this one say what is understood; here are the options around it."""

import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TORC = f"{ROOT}/build/torc"
PUBLISHED = f"{ROOT}/tests/lab/published/haproxy.cfg"

GOOD = """\
defaults
    mode http
    timeout client 1s
    timeout connect 1s
    timeout server 1s
frontend in
    bind 127.0.0.1:18080
    default_backend out
backend out
    server one 127.0.0.1:18081
"""


def torc(*arguments, **environment):
    done = subprocess.run([TORC, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=30, check=False, cwd=ROOT, env={**os.environ, **environment})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    def write(text, name="t.cfg"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)
    return write


def test_good_file_is_not_worth_a_word(write):
    assert torc("-c", "-f", write(GOOD)) == (0, "", "")


def test_good_file_with_V(write):
    assert torc("-c", "-V", "-f", write(GOOD)) == (0, "Configuration file is valid\n", "")


def test_warnings_are_good(write):
    status, out, err = torc("-c", "-f", write(GOOD.replace("client 1s", "client 10")))
    assert (status, out) == (0, "Warnings were found.\n")
    assert re.match(
        r"^\[WARNING\]  \(\d+\) : config : parsing \[.*t\.cfg:3\] : 'timeout client 10' in "
        r"defaults '' is suspiciously small for a value in milliseconds\. Please use an explicit "
        r"unit \('10ms'\) if that was the intent\.\n$", err)


def test_warnings_are_fatal_with_dW(write):
    status, _, err = torc("-c", "-dW", "-f", write(GOOD.replace("client 1s", "client 10")))
    assert status == 1
    assert "zero-warning" in err


def test_all_errors_in_one_go(write):
    path = write("global\n bad\n maxconn x\nfrontned f\n bind :1\nfrontend g\n bidn :2\n")
    status, out, err = torc("-c", "-f", path)
    lines = [re.sub(r"^\[ALERT\]    \(\d+\) : ", "", line) for line in err.splitlines()]
    assert (status, out) == (1, "")
    assert [line.replace(path, "F") for line in lines[:4]] == [
        "config : parsing [F:2] : unknown keyword 'bad' in 'global' section",
        "config : parsing [F:3] : 'maxconn' expects an integer argument (got 'x').",
        "config : parsing [F:4] : unknown keyword 'frontned' out of section; did you mean "
        "'frontend' maybe ?",
        "config : parsing [F:7] : unknown keyword 'bidn' in 'frontend' section; did you mean "
        "'bind' maybe ?",
    ]
    assert f"config : Error(s) found in configuration file : {path}" in lines
    assert lines[-1] == "config : Fatal errors found in configuration."
    assert lines.count(lines[-1]) == 1


def test_quiet(write):
    assert torc("-c", "-q", "-f", write(GOOD.replace("client 1s", "client 10"))) == (0, "", "")
    status, out, _ = torc("-c", "-q", "-f", write("global\n bad\n"))
    assert (status, out) == (1, "")


def test_no_listener(write):
    status, out, _ = torc("-c", "-f", write("global\n"))
    assert status == 2
    assert "no listener" in out


def test_missing_file():
    status, _, err = torc("-c", "-f", "/nonexistent/t.cfg")
    assert status == 1
    assert "Cannot open configuration file/directory /nonexistent/t.cfg : No such file" in err


def test_several_files_and_folders(write, tmp_path):
    folder = tmp_path / "conf.d"
    folder.mkdir()
    (folder / "2.cfg").write_text("frontend second\n mode http\n bind :2\n timeout client 1s\n")
    (folder / "1.cfg").write_text("frontend first\n mode http\n bind :1\n timeout client 1s\n")
    (folder / "3.conf").write_text("nonsense\n")
    status, out, err = torc("--print", "-f", str(folder), "-f", write(GOOD))
    assert (status, err) == (0, "")
    assert re.findall(r"^(?:frontend|backend) (\w+)", out, re.MULTILINE) == [
        "first", "second", "in", "out"]


def test_normal_form_prints_itself(write):
    status, once, _ = torc("--print", "-f", PUBLISHED)
    assert status == 0
    assert torc("--print", "-f", write(once))[1] == once


def test_published_file_is_taken_as_it_is():
    status, out, err = torc("-c", "-V", "-f", PUBLISHED)
    assert status == 0
    assert out.endswith("Configuration file is valid\n")
    assert "ALERT" not in err
    # The address on the backend's line, named with its line.
    assert re.search(r"haproxy\.cfg:44\] : address '192\.168\.25\.203:80' of backend 'myLB' is "
                     r"ignored", err)
    assert err.count("suspiciously small") == 3
    assert err.count("accepted, not acting yet") == 4
    assert err.count("U+00A0") == 1


@pytest.mark.parametrize("condition, status", [
    ("1", 0), ("0", 1), ("", 1), ("defined(TORC_SET)", 0), ("!defined(TORC_SET)", 1),
    ('streq("$TORC_SET","a b")', 0), ("version_atleast(2.6) && version_before(99)", 0),
    ("nonsense", 2), ("(1", 2), ('"', 2)])
def test_conditions(condition, status):
    assert torc("-cc", condition, TORC_SET="a b")[0] == status


def test_environment_of_the_file(write):
    text = "global\n description \"$TORC_SET\"\n" + GOOD
    assert 'description "x y"' in torc("--print", "-f", write(text), TORC_SET="x y")[1]


def test_words_are_those_of_the_manual():
    status, out, _ = torc("--words")
    assert status == 0
    with open(f"{ROOT}/docs/CONFIGURATION.md", encoding="utf-8") as manual:
        assert out in manual.read()
