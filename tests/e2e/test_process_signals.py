# SPDX-License-Identifier: GPL-2.0-or-later
"""Signals and exit codes, as scripts and service managers know them."""

import os
import signal
import socket
import time

import pytest

from tools import pace, processes
from tools.service import Service, exchange

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


@pytest.mark.parametrize(
    "number, flags, code",
    [
        (signal.SIGTERM, [], 143),
        (signal.SIGTERM, ["-W"], 0),
        (signal.SIGTERM, ["-Ws"], 0),
        (signal.SIGINT, [], 130),
        (signal.SIGINT, ["-W"], 130),
        (signal.SIGUSR1, [], 0),
        (signal.SIGUSR1, ["-W"], 0),
    ],
)
def test_how_it_ends(service, number, flags, code):
    one = service().start(*flags, "-p", "pid")
    one.signal(number)
    assert one.wait_exit() == code
    # Without a master it dies of the signal itself.
    assert (one.process.returncode < 0) == (code != 0 and not flags)
    pace.until(lambda: not one.pids(), "everything to end")
    assert not one.pidfile.exists()
    assert ("Exiting Master process..." in one.stderr()) == (
        number != signal.SIGUSR1 and bool(flags)
    )


def test_a_stop_at_once_waits_for_nobody(service):
    """A client in the middle of its request is cut off."""
    one = service().start()
    with socket.create_connection(one.address) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        started = time.monotonic()
        one.signal(signal.SIGTERM)
        assert one.wait_exit() == 143
        assert time.monotonic() - started < pace.seconds(2)


def test_a_soft_stop_refuses_newcomers(service):
    one = service().start()
    one.signal(signal.SIGUSR1)
    assert one.wait_exit() == 0
    with pytest.raises(ConnectionRefusedError):
        exchange(one.address)


def test_pause_and_resume(service):
    """TTOU: connections are refused, the process stays; TTIN: they work again."""
    one = service().start()
    one.signal(signal.SIGTTOU)

    def refused():
        try:
            exchange(one.address, limit=1)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
        return False

    pace.until(refused, "connections to be refused")
    # Also by a balancer that is started meanwhile.
    old = one.balancer()
    os.kill(old, signal.SIGKILL)
    one.wait_new_balancer(old)
    assert refused()
    one.signal(signal.SIGTTIN)
    pace.until(one.answers, "the service to answer again")


def test_quit_only_tells(service):
    one = service().start()
    balancer = one.balancer()
    one.signal(signal.SIGQUIT)
    one.wait_said(f"balancer {balancer}: generation 1, serving")
    assert one.balancer() == balancer and one.answers()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_to_the_balancer_is_left_to_the_keeper(service, number):
    """A terminal and a service manager signal the whole group: the keeper alone decides."""
    one = service().start()
    balancer = one.balancer()
    os.kill(balancer, number)
    time.sleep(0.1)
    assert one.balancer() == balancer and one.answers()


def test_a_signal_during_the_start_is_not_lost(service):
    one = service()
    one.start(wait=False)
    pace.until(lambda: processes.children(one.pid), "a child", step=0.001)
    one.signal(signal.SIGTERM)
    assert one.wait_exit() == 143
    pace.until(lambda: not one.pids(), "everything to end")


def test_what_the_service_manager_hears(service, tmp_path):
    """READY, RELOADING, READY, STOPPING, each in its own datagram."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(pace.seconds(10))
        one = service().start("-Ws", env={"NOTIFY_SOCKET": str(path)})

        def hear():
            return dict(line.split("=", 1) for line in manager.recv(4096).decode().splitlines())

        first = hear()
        assert first["READY"] == "1" and first["MAINPID"] == str(one.pid)
        for number in (signal.SIGUSR2, signal.SIGHUP):
            one.signal(number)
            heard = hear()
            assert heard["RELOADING"] == "1" and int(heard["MONOTONIC_USEC"]) > 0
            assert hear()["READY"] == "1"
        one.signal(signal.SIGTERM)
        assert hear() == {"STOPPING": "1"}
        assert one.wait_exit() == 0
