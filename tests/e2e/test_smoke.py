# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness itself: one request through the program and back."""


def test_one_request_reaches_the_server_and_its_answer_the_client(lb, origin):
    server = origin()
    balancer = lb(server)
    answer = balancer.get("/index.html")
    assert (answer.status, answer.body) == (200, b"origin\n")
    assert server.requests[0].target == "/index.html"
    line = balancer.log.access()
    assert (line.state, line.status, line.request) == ("----", 200, "GET /index.html HTTP/1.1")
