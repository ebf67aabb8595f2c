# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs suites and counts them; builds nothing (the Makefile does that before).

    python3 tests/run.py unit sim fuzz lab image e2e house ...  one family each
    python3 tests/run.py all                                    every one of them

A suite is one run of a family in one way: the unit tests of the ThreadSanitizer build, the end
to end tests with copied bodies.  Each has a line with its counts, and a failing test is shown
with what it printed.  The last line is "N passed, N failed"; the exit status is 0 only when
something ran and nothing failed.

As many suites as there are cores run side by side, and WAITING_LANES more, since the long ones
mostly wait: for a protocol's timers, for time-outs (TORC_LANES=1: nothing runs beside anything).  Of
the pair's suites, which wait the most, that many run at a time.  A few failing tests get a second
try when all suites are through and the machine has nothing else to do.

Unit tests and simulations are cmocka programs, which speak TAP; the checks of the house do too.
pytest tells its results in a JUnit file.  A fuzz target passes when it gets through its corpus,
and through some seconds of new inputs, without a sanitizer's word.
"""

import functools
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree
from concurrent.futures import ThreadPoolExecutor, as_completed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDERS = {"plain": "build", "asan": "build/asan", "tsan": "build/tsan"}

# A test that hangs is a failure, not a reason to wait.
PROGRAM_LIMIT_S = 300
PYTEST_LIMIT_S = 3600
TIDY_LIMIT_S = 60 # after the word to end

WAITING_LANES = 2

# More failures than this are no accident of a busy machine.
SECOND_TRIES_MAX = 6

SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1:suppressions="
    + os.path.join(ROOT, "tests", "tsan.supp"),
}


class Suite:
    """What one suite has seen so far.  Its output is held back until it has ended: another one may
    be running beside it."""

    def __init__(self, name):
        self.name = name
        self.passed = self.failed = self.skipped = 0
        self.text = []
        self.second_try = None  # to be called when nothing else runs
        self.took = None  # seconds

    def say(self, text):
        self.text.append(text)

    def flush(self):
        for text in self.text:
            print(text)
        self.text = []
        sys.stdout.flush()

    def count(self, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def fail(self, test, output=""):
        self.failed += 1
        self.say(f"--- failed: {self.name}: {test}")
        if output:
            self.say(output.rstrip()[-6000:])

    def line(self):
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.name}: {self.passed} passed, {self.failed} failed{skipped} ({self.took:.1f} s)"


FOLDER = "torc-test-"


def forget_killed_runs():
    """The folders of runs that could not tidy up."""
    for folder in glob.glob(f"{tempfile.gettempdir()}/{FOLDER}*-*"):
        pid = os.path.basename(folder)[len(FOLDER):].split("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(folder, ignore_errors=True)


class Running:
    """The programs that run now.  Whatever ends this one ends them, too: what they tidy up they
    tidy up on SIGINT, and what they leave is found by a word in its environment."""

    MARK = "TORC_TEST_RUN"

    def __init__(self):
        self.lock = threading.Lock()
        self.programs = set()
        self.over = False
        self.word = f"{os.getpid()}.{time.monotonic_ns()}"
        # Beside the sockets and folders of all tests; a name must stay short for a socket's path,
        # and others than root walk through it.
        self.folder = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")
        os.chmod(self.folder, 0o755)

    def start(self, argv, environment):
        with self.lock:
            if self.over:
                return None
            program = subprocess.Popen(
                argv, cwd=ROOT, env={**environment, self.MARK: self.word, "TMPDIR": self.folder},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.programs.add(program)
            return program

    def ended(self, program):
        with self.lock:
            self.programs.discard(program)

    def interrupt(self):
        """Nothing starts any more, and what runs is told to end."""
        with self.lock:
            self.over = True
            for program in self.programs:
                program.send_signal(signal.SIGINT)

    def left(self):
        """Processes that tests have left behind."""
        found, wanted = [], f"{self.MARK}={self.word}".encode()
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as text:
                    if wanted in text.read().split(b"\0"):
                        found.append(int(path.split("/")[2]))
            except OSError:
                continue
        return found

    def tidy(self, keep_files):
        for pid in self.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if not keep_files:
            shutil.rmtree(self.folder, ignore_errors=True)


running = Running()


def run(argv, limit_s, **extra_environment):
    """Exit status (None: it hung and was ended) and everything that was printed."""
    environment = {**os.environ, **SANITIZERS, **extra_environment}
    # Sanitizers of older compilers reserve addresses that a kernel with much randomization
    # hands out to others.  And it is told when this program is gone, however that ended.
    program = running.start(["setarch", "-R", "setpriv", "--pdeathsig", "INT", *argv], environment)
    if not program:
        return None, "not started"
    status, late = None, ""
    try:
        output, _ = program.communicate(timeout=limit_s)
        status = program.returncode
    except subprocess.TimeoutExpired:
        late = f"\nno end after {limit_s} s"
        program.send_signal(signal.SIGINT)
        try:
            output, _ = program.communicate(timeout=TIDY_LIMIT_S)
        except subprocess.TimeoutExpired:
            program.kill()
            output, _ = program.communicate()
    running.ended(program)
    return status, output.decode(errors="replace") + late


def count_tap(suite, name, status, output, alone_counts=False):
    """Adds the tests of one program that spoke TAP; with `alone_counts`, one that only ended well
    is a test by itself."""
    passed = len(re.findall(r"^\s*ok \d", output, re.MULTILINE))
    failed = len(re.findall(r"^\s*not ok \d", output, re.MULTILINE))
    suite.count(passed, 0)
    if failed:
        suite.count(0, failed - 1)
        suite.fail(name, output)
    elif status != 0:
        suite.fail(f"{name} (status {status})", output)
    elif not passed and alone_counts:
        suite.count(1, 0)
    elif not passed:
        suite.fail(f"{name} ran no test", output)


def programs(family, variant):
    """C programs of tests/unit or tests/sim, as that variant built them."""
    suite = Suite(f"{family} {variant}")
    kind = "test" if family == "unit" else family
    doubtful = []

    def once_more():
        for name, program in doubtful:
            suite.say(f"second try: {suite.name}: {name}")
            count_tap(suite, name, *run([program], PROGRAM_LIMIT_S, CMOCKA_MESSAGE_OUTPUT="TAP"),
                      alone_counts=family == "sim")

    for source in sorted(glob.glob(f"{ROOT}/tests/{family}/*_{kind}.c")):
        name = os.path.basename(source)[:-2]
        program = f"{FOLDERS[variant]}/tests/{family}/{name}"
        if not os.path.exists(f"{ROOT}/{program}"):
            suite.fail(f"{name} was not built")
            continue
        status, output = run([program], PROGRAM_LIMIT_S, CMOCKA_MESSAGE_OUTPUT="TAP")
        if status == 1:
            suite.say(output[-6000:])
            doubtful.append((name, program))
            continue
        count_tap(suite, name, status, output, alone_counts=family == "sim")
    suite.second_try = once_more if doubtful else None
    return suite


def house():
    """Checks of the tree itself: tests/check_*.py."""
    suite = Suite("house")
    for check in sorted(glob.glob(f"{ROOT}/tests/check_*.py")):
        name = os.path.basename(check)
        count_tap(suite, name, *run([sys.executable, check], PROGRAM_LIMIT_S))
    return suite


def fuzz():
    """Every fuzz target: its kept corpus, then new inputs that are forgotten afterwards."""
    suite = Suite("fuzz")
    seconds = int(os.environ.get("FUZZ_SECONDS", "5"))
    for source in sorted(glob.glob(f"{ROOT}/tests/fuzz/*_fuzz.c")):
        target = os.path.basename(source)[:-2]
        program = f"build/fuzz/tests/fuzz/{target}"
        corpus = f"tests/fuzz/corpus/{target[:-len('_fuzz')]}"
        kept = sorted(glob.glob(f"{ROOT}/{corpus}/*"))
        if not os.path.exists(f"{ROOT}/{program}"):
            suite.fail(f"{target} was not built")
            continue
        steps = [("corpus", [program, "-timeout=10", *kept])] if kept else []
        if seconds:
            fresh = f"build/fuzz/new/{target}"
            os.makedirs(f"{ROOT}/{fresh}", exist_ok=True)
            steps.append(("new inputs", [
                program, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
                "-print_final_stats=0", "-verbosity=0", "-detect_leaks=1", "-artifact_prefix=build/fuzz/",
                fresh, *([corpus] if kept else [])]))
        for step, argv in steps:
            status, output = run(argv, PROGRAM_LIMIT_S)
            if status == 0:
                suite.count(1, 0)
            else:
                suite.fail(f"{target}, {step} (status {status})", output)
    return suite


def pytest_once(results, arguments, environment):
    """One run.  Status, output, and {test: "passed" | "failed" | "skipped"} from its JUnit file."""
    if os.path.exists(results):
        os.unlink(results)
    status, output = run(
        [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=short", "-p", "no:cacheprovider",
         f"--junitxml={results}", *arguments],
        PYTEST_LIMIT_S, PYTHONDONTWRITEBYTECODE="1", **environment)
    verdicts = {}
    try:
        for case in xml.etree.ElementTree.parse(results).iter("testcase"):
            kinds = {child.tag for child in case}
            test = f"{case.get('classname').replace('.', '/')}.py::{case.get('name')}"
            bad = kinds & {"failure", "error"} or verdicts.get(test) == "failed"
            verdicts[test] = "failed" if bad else "skipped" if "skipped" in kinds else "passed"
    except (OSError, xml.etree.ElementTree.ParseError):
        pass
    return status, output, verdicts


def pytest(name, folder, *select, files=None, **environment):
    """A suite of pytest; its results come in a JUnit file, so that a crash of pytest counts too.

    Processes are killed and frozen here on machines that do other things besides.  A few tests that
    fail get a second try by themselves; that they needed it is said, each by its name, and a test
    that fails twice has failed."""
    suite = Suite(name)
    if not glob.glob(f"{ROOT}/{folder}/**/test_*.py", recursive=True):
        return suite
    results = f"{ROOT}/build/{name.replace(' ', '-')}.xml"
    status, output, verdicts = pytest_once(results, [*select, *(files or [folder])], environment)
    failed = [test for test, verdict in verdicts.items() if verdict == "failed"]
    if failed:
        suite.say(output[-20000:])

    def count(status):
        for verdict in verdicts.values():
            suite.count(verdict == "passed", verdict == "failed", verdict == "skipped")
        if status not in (0, 1) or (status == 1 and not suite.failed):
            suite.fail(f"pytest (status {status})")

    def once_more():
        status, output, again = pytest_once(results, failed, environment)
        for test in failed:
            suite.say(f"second try: {name}: {test}")
            if again.get(test) == "passed":
                verdicts[test] = "passed"
        if status == 1:
            suite.say(output[-20000:])
        count(status)

    if status == 1 and 0 < len(failed) <= SECOND_TRIES_MAX:
        suite.second_try = once_more
    else:
        count(status)
    return suite


def config():
    return pytest("config", "tests/config")


def lab():
    return pytest("lab", "tests/lab")


def chosen(variant):
    """Sanitizer builds are an order slower: what the tests mark as `slow` (gigabytes, rates, times
    in milliseconds) is left to the plain build."""
    return [] if variant == "plain" else ["-m", "not slow"]


def e2e(variant, body):
    """End to end with one build of torc (TORC_VARIANT) and one way of moving bodies (TORC_BODY)."""
    return pytest(f"e2e {variant} {body}", "tests/e2e", "--ignore-glob=*/test_vrrp_*.py",
                  *chosen(variant), TORC_VARIANT=variant, TORC_BODY=body)


def pair(variant):
    """The pair of balancers and its virtual addresses: tests that wait for adverts."""
    files = sorted(glob.glob("tests/e2e/test_vrrp_*.py", root_dir=ROOT))
    return pytest(f"pair {variant}", "tests/e2e", *chosen(variant), files=files,
                  TORC_VARIANT=variant, TORC_BODY="splice")


def image():
    """The appliance: bytes, boots, the pair of machines.  Its figures are told at the end."""
    times = f"{ROOT}/build/image-test/times"
    if os.path.exists(times):
        os.unlink(times)
    suite = pytest(f"image {os.environ.get('TORC_IMAGE_KERNEL', 'machine')}", "tests/image")
    if os.path.exists(times):
        with open(times, encoding="utf-8") as stream:
            suite.say(stream.read().rstrip())
    return suite


PAIRS = {variant: functools.partial(pair, variant) for variant in FOLDERS}
# The longest first: what is short fills the gaps at the end, when `all` of them run.
FAMILIES = {
    "tsan": [lambda: e2e("tsan", "splice"), lambda: programs("sim", "tsan"),
             lambda: programs("unit", "tsan"), PAIRS["tsan"]],
    "asan": [lambda: e2e("asan", "splice"), lambda: e2e("asan", "copy"),
             lambda: programs("sim", "asan"), lambda: programs("unit", "asan"), PAIRS["asan"]],
    "image": [image],
    "e2e": [lambda: e2e("plain", "splice"), lambda: e2e("plain", "copy"), PAIRS["plain"]],
    "fuzz": [fuzz],
    "lab": [lab],
    "sim": [lambda: programs("sim", "plain")],
    "unit": [lambda: programs("unit", "plain")],
    "config": [config],
    "house": [house],
}


def timed(runner):
    began = time.monotonic()
    suite = runner()
    suite.took = time.monotonic() - began
    return suite


def main(names):
    unknown = [name for name in names if name not in FAMILIES]
    if names == ["all"]:
        names = list(FAMILIES)
    elif unknown or not names:
        sys.exit(f"usage: tests/run.py all | {' | '.join(FAMILIES)}")
    forget_killed_runs()
    # Shells let what runs in the background ignore SIGINT, and that is handed down.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    failed = 0
    try:
        passed, failed = run_suites([runner for name in names for runner in FAMILIES[name]])
        if failed and os.listdir(running.folder):
            print(f"what the failing tests worked with is in {running.folder}")
        print(f"{passed} passed, {failed} failed")
        return 0 if passed and not failed else 1
    finally:
        running.tidy(keep_files=failed and os.listdir(running.folder))


def run_suites(runners):
    """How many tests have passed, and failed."""
    lanes = int(os.environ.get("TORC_LANES") or len(os.sched_getaffinity(0)) + WAITING_LANES)
    # Taken in this order: the first pairs, then by length, and a pair between the others.
    pairs = [runner for runner in runners if runner in PAIRS.values()]
    others = [runner for runner in runners if runner not in pairs]
    ordered = [*pairs[:WAITING_LANES], *others[:lanes], *pairs[WAITING_LANES:], *others[lanes:]]
    suites = []
    with ThreadPoolExecutor(lanes) as pool:
        started = [pool.submit(timed, runner) for runner in ordered]
        try:
            for future in as_completed(started):
                suite = future.result()
                suites.append(suite)
                if not suite.second_try:
                    suite.flush()
                    print(suite.line(), flush=True)
        except BaseException: # Ctrl-C
            for future in started:
                future.cancel()
            running.interrupt()
            raise
    for suite in suites:
        if suite.second_try:
            began = time.monotonic()
            suite.second_try()
            suite.took += time.monotonic() - began
            suite.flush()
            print(suite.line(), flush=True)
    return sum(suite.passed for suite in suites), sum(suite.failed for suite in suites)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
