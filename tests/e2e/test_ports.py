# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that is written without a port, or with an offset: the client's port counts."""

import re


def test_a_server_at_the_clients_port(lb, origin):
    """`server s1 ADDRESS` goes to the port that the client came to."""
    server = origin()
    balancer = lb(server, start=False)
    host, port = re.search(r"server s1 (\S+):(\d+)", balancer.text).groups()
    bind_host, bind_port = re.search(r"bind (\S+):(\d+)", balancer.text).groups()
    assert host != bind_host
    offset = int(port) - int(bind_port)
    balancer.text = balancer.text.replace(f"server s1 {host}:{port}", f"server s1 {host}:{offset:+d}")
    balancer.start()
    with balancer.client() as client:
        assert client.get("/x").status == 200
    assert balancer.log.access().server == "s1"
