# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests all the time, each on a connection of its own, and what became of them.

Not for measuring: for telling a refused connection from a reset one and from a wrong answer while
something happens to the balancer."""

import collections
import socket
import threading

from tools import pace

REQUEST = b"GET %s HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"


class Load:
    def __init__(self, where, clients=4, path="/", check=None):
        self.where = where
        self.request = REQUEST % path.encode()
        self.check = check or (lambda answer: answer.startswith(b"HTTP/1.1 200 "))
        self.outcomes = collections.Counter()
        self.examples = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def _run(self):
        while not self._stop.is_set():
            outcome, detail = self._one()
            with self._lock:
                self.outcomes[outcome] += 1
                self.examples.setdefault(outcome, detail)

    def _one(self):
        """("ok" | "refused" | "reset" | "cut" | "wrong" | "timeout", detail)"""
        with socket.socket() as sock:
            sock.settimeout(pace.seconds(15))
            try:
                sock.connect(self.where)
            except ConnectionRefusedError as error:
                return "refused", repr(error)
            except OSError as error:
                return "unreachable", repr(error)
            try:
                sock.sendall(self.request)
                answer = bytearray()
                while True:
                    piece = sock.recv(65536)
                    if not piece:
                        break
                    answer += piece
            except TimeoutError:
                return "timeout", bytes(answer[:200])
            except OSError as error:
                return "reset", repr(error)
        if not answer:
            return "cut", b""
        head, _, body = bytes(answer).partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and len(body) != int(value):
                return "cut", head
        return ("ok", b"") if self.check(bytes(answer)) else ("wrong", bytes(answer[:300]))

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def wait_more(self, count):
        """Until this many more requests have been answered well."""
        before = self.outcomes["ok"]
        pace.until(
            lambda: self.outcomes["ok"] >= before + count, f"{count} more answers", limit=20
        )

    def stop(self):
        """Ends it; {outcome: count}."""
        self._stop.set()
        for thread in self._threads:
            thread.join(pace.seconds(20))
        return self.outcomes

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


