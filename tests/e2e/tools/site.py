# SPDX-License-Identifier: GPL-2.0-or-later
"""The published site as its clients see it, and as it is seen on the wire."""

import socket
import struct
import threading

ETH_P_ALL = 3
ETH_P_IP = 0x0800


def ask(lab, path="/", headers=None, method="GET", **options):
    """One request from the client; once more when it was too slow for the 20 ms."""
    for _ in range(20):
        answer = lab.request(method, path, headers=headers, **options)
        if answer.status != 408:
            return answer
    raise AssertionError("every request was too slow")


class Capture:
    """What arrives at and leaves a node's interface, from the begin of the test on."""

    def __init__(self, node, interface):
        self.sock = node.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 << 20)
        self.sock.bind((interface, ETH_P_ALL))
        self.segments = []
        self._stop = threading.Event()
        self.sock.settimeout(0.1)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._stop.is_set():
            try:
                frame = self.sock.recv(65536)
            except TimeoutError:
                continue
            if len(frame) < 54 or struct.unpack_from("!H", frame, 12)[0] != ETH_P_IP:
                continue
            packet = frame[14:]
            length = (packet[0] & 15) * 4
            if packet[9] != socket.IPPROTO_TCP:
                continue
            total = struct.unpack_from("!H", packet, 2)[0]
            source, target = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
            segment = packet[length:total]
            ports = struct.unpack_from("!HH", segment)
            flags = segment[13]
            data = segment[(segment[12] >> 4) * 4 :]
            self.segments.append((source, ports[0], target, ports[1], flags, bytes(data)))

    def payloads_to(self, address):
        """{(source, port): bytes} of what was sent there."""
        streams = {}
        for source, port, target, _, _, data in list(self.segments):
            if target == address:
                streams[source, port] = streams.get((source, port), b"") + data
        return streams

    def stop(self):
        self._stop.set()
        self._thread.join()
        self.sock.close()
