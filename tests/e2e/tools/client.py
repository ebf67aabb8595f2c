# SPDX-License-Identifier: GPL-2.0-or-later
"""A client that sends exactly what it is told."""

import socket

from tools.wire import Stream


class Client(Stream):
    def __init__(self, address, source=None, receive_bytes=None, patience_s=None):
        if isinstance(address, str):
            family = socket.AF_UNIX
        else:
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_bytes:
            # Before connect: the window that is offered depends on it.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        if source:
            # So that a balancer on this machine may come from here as well (usesrc client).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((source, 0))
        super().__init__(sock, patience_s)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)

    @property
    def port(self):
        return self.sock.getsockname()[1]

    def request(self, method="GET", target="/", *fields, body=None, host="test"):
        """Sends one request with these extra field lines.  A body gets its Content-Length."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines) + "\r\n\r\n", body or b"")
        return self

    def get(self, target="/", *fields):
        """One GET and its answer."""
        return self.request("GET", target, *fields).read_response()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
