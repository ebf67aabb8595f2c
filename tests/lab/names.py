# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions to the name server of the lab's internet, byte by byte: no resolver in between that could
try twice or remember."""

import socket
import struct

from .lab import NAME_SERVER


def look_up(node, name, kind, patience_s=5):
    """A name's address from that node: one question to the name server, over UDP or TCP."""
    question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    query = struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + question + struct.pack("!HH", 1, 1)
    with node.socket(kind=kind) as link:
        link.settimeout(patience_s)
        link.connect((NAME_SERVER, 53))
        if kind == socket.SOCK_STREAM:
            link.sendall(struct.pack("!H", len(query)) + query)
            answer = link.recv(struct.unpack("!H", link.recv(2))[0])
        else:
            link.send(query)
            answer = link.recv(512)
    assert answer[:2] == query[:2]
    return socket.inet_ntoa(answer[-4:])
