# SPDX-License-Identifier: GPL-2.0-or-later
"""Balancers that die again and again, and nodes that were away: ten adverts a second, so that what
takes seconds with the published one takes tenths here."""

import signal
import sys
import time

import pytest

from lab import VIP, matrix, namespaces_refused
from lab.node import wait_for
from tools import pace

pytestmark = [
    pytest.mark.lab,
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(60),
]

DEATHS = 5 # in ten seconds: from then on torc waits before the next start (core/backoff.h)


@pytest.fixture
def pair(request):
    with matrix.Pair(seed=1) as made:
        yield made
        if getattr(request.node, "torc_failed", False):
            sys.stderr.write(made.told())


def kill_again_and_again(pair, balancer):
    """Until torc says so; the next balancer lives."""
    def backs_off():
        pair.kill_balancer(balancer)
        return "dies again and again" in balancer.messages()
    wait_for(backs_off, 10, "a pause before the next start")


def test_a_balancer_that_keeps_dying_hands_the_address_to_one_that_serves(pair):
    """And does not take it back for the next balancer's first seconds."""
    lb1 = pair.lab.lb1
    kill_again_and_again(pair, lb1)
    wait_for(lambda: pair.owners(VIP) == [2], 5, "the address on LB2")
    assert "from 103 to 101" in lb1.messages()
    wait_for(lambda: pair.balancers_of(lb1), 5, "the next balancer")
    end = time.monotonic() + 2
    while time.monotonic() < end:
        assert pair.owners(VIP) == [2]
        time.sleep(0.02)


def test_nobody_is_handed_the_address_who_serves_no_better(pair):
    """Both keep dying: 101 against 100, and nothing moves."""
    kill_again_and_again(pair, pair.lab.lb2)
    kill_again_and_again(pair, pair.lab.lb1)
    wait_for(lambda: "from 103 to 101" in pair.lab.lb1.messages(), 5, "the priority")
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        assert pair.owners(VIP) == [1]
        time.sleep(0.02)


def test_a_node_that_was_away_yields_at_once(pair):
    """Stopped for a second and a half, so that its address is still there: it goes when the node
    wakes, before its first advert is due."""
    lb1 = pair.lab.lb1
    pair.signal_all(lb1, signal.SIGSTOP)
    wait_for(lambda: 2 in pair.owners(VIP), 5, "the address on LB2")
    time.sleep(1)
    assert pair.owners(VIP) == [1, 2] # the kernel of a stopped machine is stopped; this one is not
    woken = time.monotonic()
    pair.signal_all(lb1, signal.SIGCONT)
    wait_for(lambda: pair.owners(VIP) == [2], 2, "the address to leave LB1")
    assert time.monotonic() - woken < pace.seconds(0.3)
    wait_for(lambda: pair.owners(VIP) == [1], 5, "the address back on LB1")
