# SPDX-License-Identifier: GPL-2.0-or-later
"""The next configuration and the next program take over."""

import os
import shutil
import signal
import socket
import time

import pytest

from tools import address, pace, processes, programs
from tools.service import Service, Visitors, exchange

pytestmark = pytest.mark.torc_only("another program's processes")


@pytest.fixture
def service():
    made = []

    def make(**parts):
        made.append(Service(**parts))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def own_program(tmp_path):
    """A copy of the program under test, to be replaced while it runs."""
    path = tmp_path / "torc"
    shutil.copy2(programs.under_test(), path)
    return path


def refused(where):
    try:
        exchange(where, limit=1)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def reload(one, number=signal.SIGHUP):
    old = one.balancer()
    one.signal(number)
    return one.wait_new_balancer(old)


# Configurations


def test_a_listener_comes_and_another_goes(service):
    one = service()
    second, third = address.free(), address.free()
    one.write(frontend="    bind %s:%d" % second)
    one.start()
    one.write(frontend="    bind %s:%d" % third)
    reload(one)
    pace.until(lambda: one.answers(third), "the new listener")
    pace.until(lambda: refused(second), "the old one to be refused")
    assert one.answers()
    # And back: the address is free again, nobody else needs to have gone for that.
    one.write(frontend="    bind %s:%d" % second)
    reload(one)
    pace.until(lambda: one.answers(second), "the listener of before")


def test_the_same_address_made_otherwise(service):
    """The old socket of the same port makes room for the new one."""
    one = service().start()
    one.write(bind="%s:%d interface lo" % one.address)
    reload(one)
    pace.until(one.answers, "the service to answer")
    one.write()
    reload(one)
    pace.until(one.answers, "the service to answer")


def test_an_address_in_use_changes_nothing(service):
    one = service().start()
    balancer = one.balancer()
    with socket.create_server(address.free()) as blocker:
        one.write(frontend="    bind %s:%d" % blocker.getsockname())
        with Visitors(one.address) as visitors:
            one.signal(signal.SIGHUP)
            one.wait_said("the reload failed")
            visitors.wait_more()
    assert "Address already in use" in one.stderr()
    assert not visitors.failures
    assert one.balancer() == balancer


def test_a_failed_reload_disturbs_no_socket(service):
    """One address and one path change their making, another address cannot be had: all as
    before, also for those who connect meanwhile."""
    one = service()
    path = str(one.folder / "web.sock")
    one.write(frontend=f"    bind unix@{path} mode 600")
    one.start()
    with socket.create_server(address.free()) as blocker, Visitors(one.address) as visitors:
        one.write(
            bind="%s:%d interface lo" % one.address,
            frontend=f"    bind unix@{path} mode 640\n    bind %s:%d" % blocker.getsockname(),
        )
        one.signal(signal.SIGHUP)
        one.wait_said("the reload failed")
        visitors.wait_more()
    assert not visitors.failures, visitors.failures
    assert one.answers(path)
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert [entry.name for entry in one.folder.glob("web.sock*")] == ["web.sock"]
    # And when nothing is in the way.
    one.write(frontend=f"    bind unix@{path} mode 640")
    reload(one)
    pace.until(lambda: os.stat(path).st_mode & 0o777 == 0o640, "the new mode")
    assert one.answers(path)


def test_nobody_is_refused_over_many_reloads(service):
    one = service().start()
    with Visitors(one.address) as visitors:
        for number in [signal.SIGHUP, signal.SIGUSR2] * 4:
            reload(one, number)
            pace.until(lambda: len(one.balancers()) == 1, "the old balancer to leave", limit=20)
            visitors.wait_more(5)
    assert not visitors.failures, visitors.failures
    assert one.process.poll() is None


def test_signals_that_come_while_it_reloads_are_one_more_reload(service):
    one = service().start()
    one.signal(signal.SIGHUP)
    one.wait_said("Reloading")  # until then the kernel makes one signal of all
    for _ in range(9):
        one.signal(signal.SIGHUP)
        time.sleep(0.002)
    pace.until(lambda: one.stderr().count("Loading success.") >= 2, "two reloads")
    time.sleep(0.3)
    assert 2 <= one.stderr().count("Loading success.") <= 10
    pace.until(lambda: len(one.balancers()) == 1, "one balancer")
    assert one.answers()


def open_request(one):
    """A connection that keeps its balancer busy."""
    sock = socket.create_connection(one.address)
    sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
    pace.until(lambda: processes.taken(sock), "the request to be read")
    return sock


def test_hard_stop_after(service):
    """A session that never ends keeps its balancer for that long, and no longer."""
    one = service(global_="    hard-stop-after 500ms").start()
    old = one.balancer()
    with open_request(one):
        started = time.monotonic()
        one.signal(signal.SIGHUP)
        one.wait_new_balancer(old)
        pace.until(lambda: not processes.alive(old), "the old balancer to end")
        assert time.monotonic() - started > 0.45
    one.wait_said("hard-stop-after")


def test_at_most_two_balancers(service):
    """A third one waits a little for the oldest, which is then killed with a message."""
    one = service().start()
    first = one.balancer()
    with open_request(one):
        one.signal(signal.SIGHUP)
        second = one.wait_new_balancer(first)
        one.wait_said("Loading success.")
        with open_request(one):
            one.signal(signal.SIGHUP)
            most = 0
            deadline = time.monotonic() + pace.seconds(10)
            while processes.alive(first) and time.monotonic() < deadline:
                most = max(most, len(one.balancers()))
                time.sleep(0.005)
            assert most == 2
            one.wait_said(f"balancer {first} still drains")
            pace.until(lambda: one.stderr().count("Loading success.") == 2, "the reload")
            assert processes.alive(second)
            assert one.answers()


def test_log_descriptors_and_inherited_sockets_survive(service):
    """fd@N of a listener is still there after a reload and an upgrade."""
    one = service()
    with socket.create_server(one.address) as inherited:
        one.write(bind=f"fd@{inherited.fileno()}")
        one.start(pass_fds=[inherited.fileno()], wait=False)
    pace.until(one.answers, "the service to answer")
    reload(one, signal.SIGUSR2)
    reload(one, signal.SIGHUP)
    pace.until(one.answers, "the service to answer")


# Programs


def image(pid):
    return os.stat(f"/proc/{pid}/exe").st_ino


def test_an_upgraded_program_takes_over(service, own_program):
    """Another file in the program's place: after USR2 the same pid runs it, and nobody noticed."""
    one = service(program=own_program).start("-p", "pid")
    before = image(one.pid)
    fresh = own_program.with_name("fresh")
    shutil.copy2(own_program, fresh)
    os.rename(fresh, own_program)
    with Visitors(one.address) as visitors:
        visitors.wait_more()
        old = one.balancer()
        one.signal(signal.SIGUSR2)
        new = one.wait_new_balancer(old)
        visitors.wait_more()
    assert not visitors.failures, visitors.failures
    assert image(one.pid) == image(new) == own_program.stat().st_ino != before
    assert one.pidfile.read_text() == f"{one.pid}\n"
    # It is a keeper in its own right.
    os.kill(new, signal.SIGKILL)
    one.wait_new_balancer(new)
    one.signal(signal.SIGTERM)
    assert one.wait_exit() == 143


def test_without_an_upgrade_balancers_stay_of_the_keepers_program(service, own_program):
    """A crash between the package's upgrade and the reload must not mix two versions."""
    one = service(program=own_program).start()
    before = image(one.pid)
    own_program.unlink()
    own_program.write_text("#!/bin/false\n")
    old = one.balancer()
    os.kill(old, signal.SIGKILL)
    assert image(one.wait_new_balancer(old)) == before


def break_missing(path):
    path.unlink()


def break_garbage(path):
    path.unlink()
    path.write_bytes(b"no program at all")
    path.chmod(0o755)


def break_silent(path):
    """Runs, and says nothing."""
    path.unlink()
    shutil.copy2("/bin/true", path)


@pytest.mark.parametrize("breaking", [break_missing, break_garbage, break_silent])
def test_a_broken_program_changes_nothing(service, own_program, breaking):
    """The old keeper goes on, and reloads by itself."""
    one = service(program=own_program).start()
    before = image(one.pid)
    breaking(own_program)
    with Visitors(one.address) as visitors:
        one.write(frontend="    maxconn 77")
        new = reload(one, signal.SIGUSR2)
        visitors.wait_more()
    assert not visitors.failures, visitors.failures
    assert image(one.pid) == image(new) == before
    one.wait_said("this program goes on with the reload")


def test_a_bad_file_is_refused_by_the_next_program_too(service):
    one = service().start()
    balancer = one.balancer()
    one.write(frontend="    bogus")
    one.signal(signal.SIGUSR2)
    one.wait_said("the reload failed: everything stays as it was")
    assert one.balancer() == balancer and one.answers()
