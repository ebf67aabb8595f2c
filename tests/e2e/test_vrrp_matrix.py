# SPDX-License-Identifier: GPL-2.0-or-later
"""A handful of the partition matrix's sequences; `make matrix` runs fifty (tests/lab/matrix.py)."""

import pytest

from lab import matrix, namespaces_refused
from tools import pace

pytestmark = [
    pytest.mark.lab,
    pytest.mark.torc_only("haproxy has no VRRP"),
    pytest.mark.skipif(bool(namespaces_refused()), reason="no network namespaces here"),
    pytest.mark.limit(90),
]

# Chosen for what they contain.  The sanitizers see the first two.
SEEDS = (
    12, # one-way losses on both sides around a pause of three seconds
    37, # a program that replaces itself, losses, a killed keeper
    pytest.param(7, marks=pytest.mark.slow), # everything killed while the peer stops
    pytest.param(36, marks=pytest.mark.slow), # kills, pauses of both, a stop under a loss
)


def test_the_same_seed_is_the_same_sequence():
    told = [[str(event) for event in matrix.sequence(seed)] for seed in range(50)]
    assert told == [[str(event) for event in matrix.sequence(seed)] for seed in range(50)]
    every = {event.action for seed in range(50) for event in matrix.sequence(seed)}
    assert every >= {"kill keeper", "kill balancer", "kill all", "stop", "freeze", "thaw", "pull",
                     "lose", "reload", "power"}


@pytest.mark.parametrize("seed", SEEDS)
def test_one_owner_two_seconds_after_the_network_is_whole(seed):
    matrix.run(seed, whole_s=pace.seconds(matrix.WHOLE_S))
