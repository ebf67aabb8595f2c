# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the appliance's tests.

TORC_IMAGE_KERNEL names the images (as make's KERNEL: machine, 6.1, newest); TORC_IMAGE_BOOTS is how
often the boots that are measured are made (1).  What the machines say
on their serial lines is under build/image-test/, one folder a test, and stays there when it fails.
Times are told, not judged: the emulator is slow and the machine may be busy.
"""

import os
import pathlib
import re
import shutil
import statistics
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parents[1]))

from lab import namespaces_refused  # noqa: E402
from lab.node import ROOT  # noqa: E402
from machine import images  # noqa: E402
from site_of_machines import Site  # noqa: E402

KEPT = f"{ROOT}/build/image-test"


def pytest_configure(config):
    config.addinivalue_line("markers", "full: belongs to the long matrix (make image-test-full)")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("TORC_IMAGE_FULL") == "1":
        return
    long = [item for item in items if item.get_closest_marker("full")]
    items[:] = [item for item in items if item not in long]
    config.hook.pytest_deselected(items=long)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.stash[FAILED] = True


FAILED = pytest.StashKey()


@pytest.fixture(scope="session")
def out():
    """The folder of the images under test."""
    folder = images()
    if not os.path.exists(f"{folder}/SHA256SUMS"):
        pytest.fail(f"{folder} is empty: make appliance fills it")
    return folder


@pytest.fixture
def site(request, out):
    """Makes a Site: site("lb1", "lb2", servers=4).  It is taken down at the end."""
    reason = namespaces_refused()
    if reason:
        pytest.skip(f"no network namespaces here: {reason}")
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    kernel = os.environ.get("TORC_IMAGE_KERNEL", "machine")
    folder = f"{KEPT}/{kernel}/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    made = []

    def make(*names, **options):
        lab = Site(folder, names or ("lb1",), **options)
        made.append(lab)
        lab.up()
        return lab
    yield make
    for lab in made:
        lab.down()
    if not request.node.stash.get(FAILED, False):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def note():
    """Tells a figure: note("boot by BIOS", 9.3), with the processor's time of the machine that took
    it.  What was told several times is told as its median.  `make image-test` prints them all."""
    os.makedirs(KEPT, exist_ok=True)
    kernel = os.environ.get("TORC_IMAGE_KERNEL", "machine")
    told = {} # what: [(figure, seconds of computing or None, load of this machine)]

    def write(what, figure, machine=None):
        told.setdefault(what, []).append(
            (figure, machine and machine.processor_seconds(), os.getloadavg()[0]))
    yield write
    with open(f"{KEPT}/times", "a", encoding="utf-8") as stream:
        for what, figures in told.items():
            stream.write(f"kernel {kernel}: {what}: {figures_line(figures)}\n")


def figures_line(figures):
    """9.3 s (8.1 s of computing), median of 5: 8.9 to 10.4 s; load 0.4"""
    values, computed, loads = zip(*figures)
    if isinstance(values[0], int):
        return ", ".join(str(value) for value in values)
    line = f"{statistics.median(values):.1f} s"
    if computed[0] is not None:
        line += f" ({statistics.median(computed):.1f} s of computing)"
    if len(values) > 1:
        line += f", median of {len(values)}: {min(values):.1f} to {max(values):.1f} s"
    return f"{line}; load {max(loads):.1f}"
