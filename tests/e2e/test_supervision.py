# SPDX-License-Identifier: GPL-2.0-or-later
"""The balancer dies, hangs or is replaced while clients come all the time: none is refused."""

import os
import signal

import pytest

from tools import pace, processes
from tools.load import Load
from tools.nginx import Nginx

pytestmark = pytest.mark.torc_only("has no keeper")


@pytest.fixture
def nginx():
    server = Nginx()
    try:
        yield server.start()
    finally:
        server.close()


def wait_new_worker(balancer, old):
    """The balancer process that follows `old`, once that is gone."""
    pace.until(lambda: not processes.alive(old), f"process {old} to be gone", limit=20)
    return pace.until(
        lambda: (pid := balancer.worker_pid()) != old and pid, "another balancer process"
    )


def test_nobody_is_refused_when_the_balancer_is_killed(lb, nginx):
    """kill -9 five times under load: connections wait for the next one; only requests that were
    inside the killed process are lost."""
    balancer = lb(nginx)
    keeper = balancer.pid
    with Load(balancer.address, clients=4) as load:
        # Less often than the five deaths in ten seconds from which the keeper slows down.
        for _ in range(4):
            load.wait_more(100)
            old = balancer.worker_pid()
            os.kill(old, signal.SIGKILL)
            wait_new_worker(balancer, old)
        load.wait_more(100)
        outcomes = load.stop()
    assert outcomes["refused"] == outcomes["unreachable"] == 0, (outcomes, load.examples)
    assert outcomes["wrong"] == outcomes["timeout"] == 0, (outcomes, load.examples)
    assert outcomes["reset"] + outcomes["cut"] <= 4 * 4, (outcomes, load.examples)
    assert balancer.pid == keeper and processes.alive(keeper)


def test_the_service_is_back_soon_after_a_kill(lb, nginx):
    """A request that is made right after the kill is answered by the next balancer."""
    balancer = lb(nginx)
    for _ in range(3):
        old = balancer.worker_pid()
        with balancer.client() as client:
            os.kill(old, signal.SIGKILL)
            pace.until(lambda old=old: not processes.alive(old), "the old one to be gone")
            client.close()
        with balancer.client() as client:
            assert client.get().status == 200


@pytest.mark.parametrize("number", [signal.SIGUSR2, signal.SIGHUP])
def test_nobody_notices_a_reload(lb, nginx, number):
    """Five reloads under load: no connection is refused or reset, every answer is whole."""
    balancer = lb(nginx)
    keeper = balancer.pid
    with Load(balancer.address, clients=4) as load:
        for _ in range(5):
            load.wait_more(60)
            old = balancer.worker_pid()
            balancer.signal(number)
            wait_new_worker(balancer, old)
        load.wait_more(60)
        outcomes = load.stop()
    assert set(outcomes) == {"ok"}, (outcomes, load.examples)
    assert balancer.pid == keeper and processes.alive(keeper)


def test_a_reload_lets_requests_finish(lb, origin):
    """A request under way is finished by the old balancer while the new one serves others."""

    def script(peer):
        request = peer.read_request()
        if request.target == "/long":
            peer.origin.finished.wait(pace.seconds(20))
        peer.answer(request.target.encode())

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.request("GET", "/long")
        server.wait_requests(1)
        old = balancer.worker_pid()
        balancer.signal(signal.SIGUSR2)
        pace.until(
            lambda: any(
                pid not in (old, balancer.pid) and len(processes.threads(pid)) > 1
                for pid in balancer.pids()
            ),
            "the new balancer",
        )
        pace.until(
            lambda: balancer.get("/short").body == b"/short", "the new balancer to serve"
        )
        assert processes.alive(old)
        server.finished.set()
        assert client.read_response().body == b"/long"
    pace.until(lambda: not processes.alive(old), "the old balancer to leave")


def test_a_reload_takes_the_new_file(lb, origin):
    """The file is read again: other servers, same listener."""
    first, second = origin(name="first"), origin(name="second")
    balancer = lb(first)
    assert balancer.get().body == b"first\n"
    balancer.write_config(balancer.text.replace(first.where, second.where))
    balancer.signal(signal.SIGUSR2)
    pace.until(lambda: balancer.get().body == b"second\n", "the new file to act")


def test_a_broken_file_changes_nothing(lb, origin):
    """A reload of a file with errors leaves everything as it was, and says why."""
    balancer = lb(origin())
    old = balancer.worker_pid()
    good = balancer.text
    balancer.write_config(good.replace("balance roundrobin", "balance nonsense"))
    balancer.signal(signal.SIGUSR2)
    pace.until(lambda: "nonsense" in balancer.stderr(), "the error to be told")
    assert balancer.get().status == 200
    assert balancer.worker_pid() == old
    balancer.write_config(good)
    balancer.signal(signal.SIGUSR2)
    wait_new_worker(balancer, old)
    assert balancer.get().status == 200


def test_counters_survive_a_reload(lb, origin):
    """Totals go on; so do they over a crash."""
    balancer = lb(origin())
    for _ in range(10):
        balancer.get()
    balancer.log.wait_access(10)
    old = balancer.worker_pid()
    balancer.signal(signal.SIGUSR2)
    wait_new_worker(balancer, old)
    pace.until(lambda: balancer.answers_on_socket(), "the stats socket")
    assert balancer.server()["stot"] == "10"
    for _ in range(5):
        balancer.get()
    balancer.log.wait_access(15)
    assert balancer.server()["stot"] == "15"
    old = balancer.worker_pid()
    os.kill(old, signal.SIGKILL)
    wait_new_worker(balancer, old)
    pace.until(lambda: balancer.answers_on_socket(), "the stats socket")
    assert balancer.server()["stot"] == "15"
    assert balancer.stats()["web", "FRONTEND"]["scur"] == "0"


def test_verdicts_survive_a_reload(lb, origin):
    """A server that is down stays down over a reload: no request is tried on it."""
    good, dead = origin(name="good"), origin(name="dead")
    balancer = lb(good, dead, server="check inter 300ms fall 1 rise 50")
    pace.until(lambda: "L4OK" in balancer.server("s2")["check_status"], "a first probe")
    dead.refuse()
    balancer.wait_server("s2", "DOWN")
    old = balancer.worker_pid()
    balancer.signal(signal.SIGUSR2)
    wait_new_worker(balancer, old)
    pace.until(lambda: balancer.answers_on_socket(), "the stats socket")
    assert balancer.server("s2")["status"].startswith("DOWN")
    for _ in range(6):
        assert balancer.get().body == b"good\n"


def test_descriptors_do_not_pile_up_over_reloads(lb, origin):
    """The keeper holds as many descriptors after ten reloads as after two."""
    balancer = lb(origin())

    def reload():
        old = balancer.worker_pid()
        balancer.signal(signal.SIGUSR2)
        wait_new_worker(balancer, old)

    reload()
    reload()
    before = len(processes.descriptors(balancer.pid))
    for _ in range(8):
        reload()
    assert balancer.get().status == 200
    pace.until(
        lambda: len(processes.descriptors(balancer.pid)) <= before,
        "the keeper's descriptors to come back",
    )


def test_the_log_names_the_keeper(lb, origin):
    """The pid in log lines is the one that the user started, over reloads too."""
    balancer = lb(origin())
    balancer.get()
    assert balancer.log.access().pid == balancer.pid
    old = balancer.worker_pid()
    balancer.signal(signal.SIGUSR2)
    wait_new_worker(balancer, old)
    balancer.get()
    assert balancer.log.access().pid == balancer.pid
