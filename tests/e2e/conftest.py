# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the end to end tests.

TORC_VARIANT or TORC_UNDER_TEST choose the program (see tools/programs.py).  With Debian's haproxy
the tests marked torc_only are left out; all others must pass there too, which shows that they ask
for the right thing.

A test that forwards bodies names the fixture body_mode and runs twice, spliced and copied.
TORC_BODY=splice leaves the second out; TORC_BODY=copy runs nothing else.
"""

import os
import pathlib
import shutil
import signal
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from tools import pace, processes, programs  # noqa: E402
from tools.balancer import Balancer  # noqa: E402
from tools.origin import Origin  # noqa: E402

# The whole of one test.  It only ends tests that would hang for ever.
LIMIT_S = 60

SLOWNESS = {"": 1.0, "asan": 2.5, "tsan": 4.0}


def pytest_configure(config):
    for line in (
        "slow: moves hundreds of megabytes or many thousands of connections",
        "lab: needs network namespaces (root)",
        "torc_only(reason): haproxy does something else here, or lacks it",
        "plain_only: counts memory or calls that a sanitizer changes",
        "limit(seconds): a longer limit for this test",
    ):
        config.addinivalue_line("markers", line)
    pace.set_factor(SLOWNESS[programs.built_with(programs.under_test())])


def pytest_generate_tests(metafunc):
    if "body_mode" in metafunc.fixturenames:
        modes = {"splice": ["spliced"], "copy": ["copied"]}.get(
            os.environ.get("TORC_BODY"), ["spliced", "copied"]
        )
        metafunc.parametrize("body_mode", modes, indirect=True)


def pytest_collection_modifyitems(config, items):
    if os.environ.get("TORC_BODY") == "copy":
        left_out = [item for item in items if "body_mode" not in item.fixturenames]
        items[:] = [item for item in items if "body_mode" in item.fixturenames]
        config.hook.pytest_deselected(items=left_out)
    program = programs.under_test()
    reference = "haproxy" in program.name
    sanitized = programs.built_with(program)
    for item in items:
        only = item.get_closest_marker("torc_only")
        if reference and only:
            item.add_marker(pytest.mark.skip(reason="haproxy: " + " ".join(only.args)))
        if sanitized and item.get_closest_marker("plain_only"):
            item.add_marker(pytest.mark.skip(reason=f"not with {sanitized}"))


@pytest.fixture(autouse=True)
def time_limit(request):
    """Ends a test that hangs, with a trace of where it waits."""
    mark = request.node.get_closest_marker("limit")
    limit = mark.args[0] if mark else LIMIT_S
    began = time.monotonic()

    def expired(*_):
        # The machine may have filled meanwhile.
        left = pace.seconds(limit) - (time.monotonic() - began)
        if left > 0.1:
            signal.setitimer(signal.ITIMER_REAL, left)
            return
        raise AssertionError(f"the test took longer than {time.monotonic() - began:.0f} s")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, pace.seconds(limit))
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def body_mode(request):
    """Every test that forwards bodies runs in both: with splice and with -dS."""
    return request.param


@pytest.fixture
def lb(request):
    """A factory of balancers: lb(origin, ..., defaults="...", ...) returns a running one."""
    mode = request.getfixturevalue("body_mode") if "body_mode" in request.fixturenames else None
    started = request.node.torc_balancers = []

    def make(*origins, start=True, args=(), **options):
        args = [*args, "-dS"] if mode == "copied" else list(args)
        balancer = Balancer(*origins, args=args, **options)
        started.append(balancer)
        if start:
            balancer.start()
        return balancer

    yield make
    errors = []
    for balancer in reversed(started):
        try:
            balancer.stop()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)
        finally:
            processes.end(balancer.pids())
    failed = errors or getattr(request.node, "torc_failed", False)
    for balancer in started:
        if not failed:
            shutil.rmtree(balancer.folder, ignore_errors=True)
    if errors:
        raise errors[0]


@pytest.fixture
def origin(request):
    """A factory of servers: origin(script) returns a listening one."""
    started = []

    def make(script=None, **options):
        server = Origin(script, **options)
        started.append(server)
        return server

    yield make
    errors = []
    for server in started:
        try:
            server.stop()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)
    if errors:
        raise errors[0]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the balancer said."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.torc_failed = True
        for balancer in getattr(item, "torc_balancers", []):
            report.sections.append((f"balancer ({call.when})", balancer.report()))
        for name, value in getattr(item, "funcargs", {}).items():
            if hasattr(value, "lb1"):  # a lab
                report.sections.append((f"{name} ({call.when})", messages_of(value)))


def messages_of(lab):
    """What torc said on lb1, and the last lines of its log."""
    try:
        return lab.lb1.messages()[-6000:] + "\n" + "\n".join(lab.lb1.log()[-30:])
    except OSError as error:
        return f"(the lab is gone: {error})"
