# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1 on a raw socket, for both ends of a test.

Nothing here is forgiving: a head is split at exactly CRLF, a length is believed, a deadline is an
error.  A real HTTP library would repair what the tests want to see.
"""

import hashlib
import random
import socket
import struct
import time

from tools import pace

# One block of a prime length, so that bytes that are lost, doubled or moved change the hash.
_BLOCK = random.Random(20150715).randbytes(65521) * 17
_VIEW = memoryview(_BLOCK)


def pattern(count):
    """The first `count` bytes of the endless test body, in one piece: for small ones."""
    return b"".join(bytes(piece) for piece in pattern_pieces(count))


def pattern_pieces(count):
    """The same as views of at most one block, so that a gigabyte costs no memory."""
    while count > 0:
        piece = _VIEW[: min(count, len(_VIEW))]
        yield piece
        count -= len(piece)


def pattern_hash(count):
    digest = hashlib.sha256()
    for piece in pattern_pieces(count):
        digest.update(piece)
    return digest.hexdigest()


class Closed(Exception):
    """The peer ended the connection where more bytes were due."""


class Head:
    """A message head as it came: `raw` has every byte, `fields` the names in their own case."""

    def __init__(self, raw):
        self.raw = raw
        assert raw.endswith(b"\r\n\r\n"), f"not a complete head: {raw!r}"
        lines = raw[:-4].split(b"\r\n")
        assert not any(b"\n" in line or b"\r" in line for line in lines), f"bare CR or LF: {raw!r}"
        self.start_line = lines[0].decode("latin-1")
        self.fields = []
        for line in lines[1:]:
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon and name == name.strip() and name, f"not a field line: {line!r}"
            self.fields.append((name, value.strip(" \t")))

    def all(self, name):
        """Every value of a field, in order."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name):
        """The value of a field that may stand once; None when it is absent."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} stands {len(values)} times in {self.raw!r}"
        return values[0] if values else None

    def has_token(self, name, token):
        words = ",".join(self.all(name)).lower().split(",")
        return token.lower() in [word.strip() for word in words]

    # Requests
    @property
    def method(self):
        return self.start_line.split(" ")[0]

    @property
    def target(self):
        return self.start_line.split(" ")[1]

    @property
    def version(self):
        words = self.start_line.split(" ")
        return words[0] if words[0].startswith("HTTP/") else words[2]

    # Responses
    @property
    def status(self):
        return int(self.start_line.split(" ")[1])

    def __repr__(self):
        return f"Head({self.raw!r})"


class Message:
    """A head with its body."""

    def __init__(self, head, body, trailers=b""):
        self.head = head
        self.body = body
        self.trailers = trailers

    def __getattr__(self, name):
        return getattr(self.head, name)

    def __repr__(self):
        return f"Message({self.head.raw!r}, {len(self.body)} bytes {self.body[:80]!r})"


class Stream:
    """A connected socket read by HTTP's framing.  Every wait has a deadline."""

    def __init__(self, sock, patience_s=None):
        self.sock = sock
        self.began = time.monotonic()  # a client: before it is connected
        self.patience_s = pace.seconds(10 if patience_s is None else patience_s)
        self.sock.settimeout(self.patience_s)
        self.buffer = bytearray()
        self.closed_by_peer = False

    # Sending

    def send(self, *pieces):
        """Whole, in order.  Text goes out as latin-1."""
        for piece in pieces:
            self.sock.sendall(piece.encode("latin-1") if isinstance(piece, str) else piece)
        return self

    def send_pattern(self, count):
        for piece in pattern_pieces(count):
            self.sock.sendall(piece)
        return self

    def send_chunked_pattern(self, count, chunk_bytes=16381):
        """The test body in chunks, with the last chunk."""
        for block in pattern_pieces(count):
            for at in range(0, len(block), chunk_bytes):
                piece = block[at : at + chunk_bytes]
                self.sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.sock.sendall(b"0\r\n\r\n")
        return self

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)
        return self

    def close(self):
        """In the ordinary way: FIN, provided that everything was read."""
        self.sock.close()

    def reset(self):
        """RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    # Receiving

    def _more(self):
        """Adds what is there to the buffer.  False when the peer has ended."""
        if self.closed_by_peer:
            return False
        piece = self.sock.recv(262144)
        if not piece:
            self.closed_by_peer = True
            return False
        self.buffer += piece
        return True

    def read_until(self, mark):
        at = self.buffer.find(mark)
        while at < 0:
            start = max(0, len(self.buffer) - len(mark) + 1)
            if not self._more():
                raise Closed(f"closed before {mark!r}, after {bytes(self.buffer[-200:])!r}")
            at = self.buffer.find(mark, start)
        return self._take(at + len(mark))

    def _take(self, count):
        piece = bytes(self.buffer[:count])
        del self.buffer[:count]
        return piece

    def read_exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise Closed(f"closed after {len(self.buffer)} of {count} bytes")
        return self._take(count)

    def read_rest(self):
        """Everything up to the end of the connection, which has to come."""
        while self._more():
            pass
        return self._take(len(self.buffer))

    def read_head(self):
        return Head(self.read_until(b"\r\n\r\n"))

    def hash_exactly(self, count):
        """Reads `count` bytes without keeping them; their SHA-256."""
        digest = hashlib.sha256()
        first = self._take(min(count, len(self.buffer)))
        digest.update(first)
        left = count - len(first)
        space = memoryview(bytearray(1 << 20))
        while left > 0:
            got = self.sock.recv_into(space[: min(left, len(space))])
            if got == 0:
                raise Closed(f"closed {left} bytes early of {count}")
            digest.update(space[:got])
            left -= got
        return digest.hexdigest()

    def read_chunks(self):
        """One chunked body: its data, the raw trailer lines, the sizes of its chunks."""
        data, sizes = bytearray(), []
        while True:
            line = self.read_until(b"\r\n")[:-2]
            size = int(line.split(b";")[0], 16)
            if size == 0:
                break
            sizes.append(size)
            data += self.read_exactly(size)
            assert self.read_exactly(2) == b"\r\n"
        trailers = bytearray()
        while True:
            line = self.read_until(b"\r\n")
            if line == b"\r\n":
                return bytes(data), bytes(trailers), sizes
            trailers += line

    def read_request(self):
        head = self.read_head()
        if head.has_token("transfer-encoding", "chunked"):
            data, trailers, _ = self.read_chunks()
            return Message(head, data, trailers)
        return Message(head, self.read_exactly(int(head.one("content-length") or 0)))

    def read_response(self, method="GET"):
        """The final answer; interim ones (1xx) are left for read_head()."""
        head = self.read_head()
        if method == "HEAD" or head.status in (204, 304) or head.status < 200:
            return Message(head, b"")
        if head.has_token("transfer-encoding", "chunked"):
            data, trailers, _ = self.read_chunks()
            return Message(head, data, trailers)
        length = head.one("content-length")
        if length is None:
            return Message(head, self.read_rest())
        return Message(head, self.read_exactly(int(length)))

    # Ends

    def expect_close(self):
        """The peer ends the connection in order and sends nothing more."""
        rest = self.read_rest()
        assert rest == b"", f"bytes where the end was due: {rest[:300]!r}"

    def expect_end(self):
        """The peer ends the connection in whatever way (FIN or RST), sending nothing more."""
        try:
            self.expect_close()
        except (ConnectionResetError, BrokenPipeError):
            pass

    def expect_reset(self):
        try:
            rest = self.read_rest()
        except ConnectionResetError:
            return
        raise AssertionError(f"ended in order where a reset was due, after {rest[:300]!r}")

    def expect_nothing(self, seconds):
        """Nothing comes and nobody closes for this long."""
        self.sock.settimeout(seconds)
        try:
            assert not self._more(), f"unexpected bytes: {bytes(self.buffer[:300])!r}"
            raise AssertionError("closed where it had to stay open")
        except (TimeoutError, socket.timeout):
            pass
        finally:
            self.sock.settimeout(self.patience_s)

    def seconds_until_end(self):
        """Waits for the end of the connection; how long that has lived, from before it was made:
        a time-out that ends it has certainly not begun earlier."""
        self.expect_end()
        return time.monotonic() - self.began
