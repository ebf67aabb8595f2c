# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of the pool that follows a script.

A script is a function of one connection: it reads and sends on it as the test wants, byte by byte,
late, never, or by resetting it.  What goes wrong in a script fails the test at its end (unless the
other side closed, which is what many tests are about).
"""

import hashlib
import socket
import threading

from tools import address, pace
from tools.wire import Closed, Stream, pattern_pieces


class Peer(Stream):
    """One accepted connection.  `number` counts from 0 in the order of accept."""

    def __init__(self, sock, origin, number, source):
        super().__init__(sock)
        self.origin = origin
        self.number = number
        self.source = source

    def read_request(self):
        request = super().read_request()
        self.origin.note(request)
        return request

    def answer(self, body=b"hello\n", status="200 OK", *fields, close=True):
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields]
        self.send("\r\n".join(lines) + "\r\n\r\n", body)
        if close:
            self.close()


class Origin:
    def __init__(self, script=None, name="origin", where=None, backlog=128, receive_bytes=None):
        self.script = script or ordinary
        self.name = name
        self.requests = []
        self.accepted = 0
        self.failures = []
        self._lock = threading.Lock()
        self._peers = []
        self._threads = []
        self._stopping = False
        self.finished = threading.Event()  # by scripts that want to be waited for, and at the end
        self.address = where or address.free()
        self.backlog = backlog
        self.receive_bytes = receive_bytes
        self._listen()

    def _listen(self):
        self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.receive_bytes:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
        self.listener.bind(self.address)
        self.listener.listen(self.backlog)
        self._acceptor = threading.Thread(
            target=self._accept, args=(self.listener,), daemon=True, name=f"{self.name} accept"
        )
        self._acceptor.start()

    @property
    def where(self):
        return "%s:%d" % self.address

    def note(self, request):
        with self._lock:
            self.requests.append(request)

    def wait_requests(self, count):
        pace.until(lambda: len(self.requests) >= count, f"{self.name} to see {count} requests")
        return self.requests

    def _accept(self, listener):
        while True:
            try:
                sock, source = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if self._stopping:
                    sock.close()
                    return
                peer = Peer(sock, self, self.accepted, source)
                self.accepted += 1
                self._peers.append(peer)
                thread = threading.Thread(
                    target=self._serve, args=(peer,), daemon=True, name=f"{self.name} {peer.number}"
                )
                self._threads.append(thread)
            thread.start()

    def _serve(self, peer):
        try:
            self.script(peer)
        except (Closed, ConnectionError, BrokenPipeError):
            pass  # the balancer went away: the test looks at that from the other side
        except OSError as error:
            if not self._stopping:
                self.failures.append(error)
        except Exception as error:  # pylint: disable=broad-except
            self.failures.append(error)
        finally:
            try:
                peer.close()
            except OSError:
                pass

    def refuse(self):
        """From now on connections are refused; those that exist go on."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._acceptor.join(pace.seconds(5))

    def resume(self):
        """Listens again at the same place."""
        self._listen()

    def stop(self):
        with self._lock:
            self._stopping = True
            self.finished.set()
            peers, threads = list(self._peers), list(self._threads)
        for sock in [self.listener] + [peer.sock for peer in peers]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.listener.close()
        for thread in [self._acceptor, *threads]:
            thread.join(pace.seconds(5))
        for peer in peers:
            peer.sock.close()
        if self.failures:
            raise self.failures[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def ordinary(peer):
    """An HTTP/1.1 server that keeps connections and answers by the path:
    /size/N      N bytes with Content-Length        /chunked/N      in chunks
    /close/N     ended by the close                 /hash           digest of what was sent
    /status/N    that status, without a body        anything else   one line with its name"""
    while True:
        head = peer.read_head()
        keep = serve_one(peer, head)
        if not keep or head.has_token("connection", "close"):
            return


def serve_one(peer, head):
    words = head.target.split("?")[0].strip("/").split("/")
    digest, length = hash_body(peer, head)
    peer.origin.note(head)
    if words[0] == "size":
        count = int(words[1])
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {count}\r\n\r\n")
        if head.method != "HEAD":
            peer.send_pattern(count)
    elif words[0] == "chunked":
        peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        if head.method != "HEAD":
            peer.send_chunked_pattern(int(words[1]), int(words[2]) if len(words) > 2 else 16381)
    elif words[0] == "close":
        peer.send("HTTP/1.1 200 OK\r\n\r\n")
        if head.method != "HEAD":
            for piece in pattern_pieces(int(words[1])):
                peer.send(piece)
        return False
    elif words[0] == "hash":
        text = f"{length} {digest}".encode()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n", text)
    elif words[0] == "status":
        empty = "" if words[1] in ("204", "304") else "Content-Length: 0\r\n"
        peer.send(f"HTTP/1.1 {words[1]} Scripted\r\n{empty}\r\n")
    else:
        text = f"{peer.origin.name}\n".encode()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n")
        if head.method != "HEAD":
            peer.send(text)
    return True


def hash_body(peer, head):
    """Reads a request's body, however it is framed: its digest and length."""
    if head.has_token("transfer-encoding", "chunked"):
        data, _, _ = peer.read_chunks()
        return hashlib.sha256(data).hexdigest(), len(data)
    length = int(head.one("content-length") or 0)
    return peer.hash_exactly(length), length


def never_answers(peer):
    """Takes a request and keeps the connection open in silence until the other side ends it."""
    peer.read_request()
    peer.sock.settimeout(None)
    peer.read_rest()
