# SPDX-License-Identifier: GPL-2.0-or-later
"""More connections than one table of descriptors holds."""

import subprocess
import sys

import pytest

from tools import pace

# Opens connections from an address of its own, asks once on each, and keeps them until its input
# ends.  Says how many answers it had.
CROWD = """
import resource, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
source, host, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
kept, answers = [], 0
for _ in range(count):
    sock = socket.create_connection((host, port), timeout=60, source_address=(source, 0))
    sock.sendall(b"GET /size/10 HTTP/1.1\\r\\nHost: t\\r\\n\\r\\n")
    kept.append(sock)
    if len(kept) % 100 == 0:
        for one in kept[-100:]:
            answers += one.recv(4096).startswith(b"HTTP/1.1 200")
print(answers, flush=True)
sys.stdin.read()
"""

EACH, CROWDS = 10000, 3


@pytest.mark.slow
@pytest.mark.plain_only
@pytest.mark.torc_only("stops at half of the limit")
def test_thirty_thousand_clients(lb, origin):
    """Where a process may have 20,000 descriptors, two workers with tables of their own keep 30,000
    clients and serve them all; the start says how."""
    balancer = lb(
        origin(backlog=4096),
        global_="    maxconn 30000\n    ulimit-n 20000",
        frontend="    maxconn 30000",
        defaults="    timeout http-keep-alive 120s",
    )
    assert "each of 2 workers has as many of its own" in balancer.stderr()
    crowds = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, f"127.7.7.{number}", *map(str, balancer.address), str(EACH)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for number in range(1, CROWDS + 1)
    ]
    try:
        assert [int(crowd.stdout.readline()) for crowd in crowds] == [EACH] * CROWDS
        now = int(balancer.info()["CurrConns"])
        assert EACH * CROWDS <= now <= EACH * CROWDS + 32
        pace.until(lambda: int(balancer.info()["CurrConns"]) <= 30000, "counters to settle")
    finally:
        for crowd in crowds:
            crowd.communicate("", timeout=pace.seconds(20))
    balancer.wait_idle()
    assert balancer.get("/size/10").status == 200
