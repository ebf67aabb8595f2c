# SPDX-License-Identifier: GPL-2.0-or-later
"""HAProxy's own answers: what a client sees when the balancer answers instead of a server."""

BODIES = {
    400: "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n"
    "</body></html>\n",
    401: "<html><body><h1>401 Unauthorized</h1>\n"
    "You need a valid user and password to access this content.\n</body></html>\n",
    408: "<html><body><h1>408 Request Time-out</h1>\n"
    "Your browser didn't send a complete request in time.\n</body></html>\n",
    502: "<html><body><h1>502 Bad Gateway</h1>\n"
    "The server returned an invalid or incomplete response.\n</body></html>\n",
    503: "<html><body><h1>503 Service Unavailable</h1>\n"
    "No server is available to handle this request.\n</body></html>\n",
    504: "<html><body><h1>504 Gateway Time-out</h1>\n"
    "The server didn't respond in time.\n</body></html>\n",
}

REASONS = {
    400: "Bad request",
    408: "Request Time-out",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


def expect_error(client, status):
    """Reads one error answer, body and all, and compares it with HAProxy's.

    HAProxy itself writes the names of these fields in two ways and keeps the connection after some
    of these answers; the fields, their values and the body are what clients may count on."""
    answer = client.read_response()
    assert answer.start_line == f"HTTP/1.1 {status} {REASONS[status]}"
    assert answer.body.decode() == BODIES[status]
    fields = sorted((name.lower(), value) for name, value in answer.fields)
    plain = [field for field in fields if field[0] != "connection"]
    assert plain == [
        ("cache-control", "no-cache"),
        ("content-length", str(len(BODIES[status]))),
        ("content-type", "text/html"),
    ]
    if answer.has_token("connection", "close"):
        client.expect_end()
    return answer
