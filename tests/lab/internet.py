# SPDX-License-Identifier: GPL-2.0-or-later
"""What the servers reach through the inner gateway: names over UDP and TCP, and pages by name.

    internet.py NAME_SERVER WEB_SERVER          two addresses of this host

Every name below .example is WEB_SERVER's, other names do not exist.  An answer of the web tells
who asked, as it looks from here: the translated address.
"""

import http.server
import socket
import struct
import sys
import threading

PACKAGE = b"a package of the lab\n" * 5000

TYPE_A, CLASS_IN = 1, 1
RESPONSE, NO_SUCH_NAME = 0x8480, 3
TTL_S = 60


def answer(query, address):
    """The response to a query of one question (RFC 1035 4.1); None for what is none."""
    if len(query) < 17 or struct.unpack_from("!H", query, 4)[0] != 1:
        return None
    labels, at = [], 12
    while at < len(query) and query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].lower())
        at += 1 + query[at]
    question = query[12:at + 5]
    known = labels and labels[-1] == b"example"
    wanted = known and question[-4:] == struct.pack("!HH", TYPE_A, CLASS_IN)
    head = query[:2] + struct.pack("!HHHHH", RESPONSE if known else RESPONSE | NO_SUCH_NAME,
                                   1, 1 if wanted else 0, 0, 0)
    record = (b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, CLASS_IN, TTL_S, 4)
              + socket.inet_aton(address)) if wanted else b""
    return head + question + record


def names_by_udp(host, address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((host, 53))
        while True:
            query, peer = link.recvfrom(512)
            told = answer(query, address)
            if told:
                link.sendto(told, peer)


def names_by_tcp(host, address):
    with socket.create_server((host, 53)) as listener:
        while True:
            stream, _ = listener.accept()
            with stream:
                stream.settimeout(5)
                try:
                    length = struct.unpack("!H", stream.recv(2, socket.MSG_WAITALL))[0]
                    told = answer(stream.recv(length, socket.MSG_WAITALL), address)
                    if told:
                        stream.sendall(struct.pack("!H", len(told)) + told)
                except (OSError, struct.error):
                    pass


class Page(http.server.BaseHTTPRequestHandler):
    """/package is worth a download; every other page says who asks, and for what."""

    def do_GET(self): # pylint: disable=invalid-name
        body = PACKAGE if self.path == "/package" else (
            f"{self.client_address[0]} asked {self.headers.get('Host')} for {self.path}\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_): # pylint: disable=arguments-differ
        pass


def main(name_server, web_server):
    for serve in (names_by_udp, names_by_tcp):
        threading.Thread(target=serve, args=(name_server, web_server), daemon=True).start()
    http.server.ThreadingHTTPServer((web_server, 80), Page).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
