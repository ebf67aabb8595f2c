# SPDX-License-Identifier: GPL-2.0-or-later
"""A syslog receiver on UDP, and the access log line taken apart.

The pattern is the line, byte for byte: what it does not match is wrong.
"""

import re
import socket
import threading

from tools import address, pace

LINE = re.compile(
    r"<(?P<pri>\d+)>(?P<month>[A-Z][a-z]{2}) (?P<day>[ 1-3]\d) (?P<time>\d\d:\d\d:\d\d) "
    r"(?P<tag>[^\[ ]+)\[(?P<pid>\d+)\]: "
    r"(?P<client>[0-9.]+|[0-9a-f:]+|unix):(?P<port>\d+) "
    r"\[(?P<accepted>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] "
    r"(?P<frontend>\S+) (?P<backend>[^/ ]+)/(?P<server>\S+) "
    r"(?P<head_ms>-1|\d+)/(?P<queue_ms>-1|\d+)/(?P<connect_ms>-1|\d+)/(?P<response_ms>-1|\d+)/"
    r"(?P<total_ms>\+?\d+) "
    r"(?P<status>-1|\d{3}) (?P<bytes>\+?\d+) - - (?P<state>[-A-Za-z]{4}) "
    r"(?P<actconn>\d+)/(?P<feconn>\d+)/(?P<beconn>\d+)/(?P<srvconn>\d+)/(?P<retries>\+?\d+) "
    r"(?P<srv_queue>\d+)/(?P<be_queue>\d+)(?P<captures>( \{[^}]*\}){0,2}) "
    r'"(?P<request>[^"]*)"\n'
)


class AccessLine:
    def __init__(self, raw):
        self.raw = raw
        match = LINE.fullmatch(raw.decode("ascii"))
        assert match, f"not a line of option httplog: {raw!r}"
        self.fields = match.groupdict()

    def __getattr__(self, name):
        try:
            value = self.__dict__["fields"][name]
        except KeyError:
            raise AttributeError(name) from None
        return int(value) if re.fullmatch(r"-?\d+", value) and name not in ("day",) else value

    @property
    def times(self):
        """TR, Tw, Tc, Tr, Ta."""
        return (self.head_ms, self.queue_ms, self.connect_ms, self.response_ms, self.total_ms)

    @property
    def reached(self):
        """Which of TR, Tw, Tc, Tr were reached, as "RWcr" with "-" for those that were not."""
        return "".join(
            letter if time >= 0 else "-" for letter, time in zip("RWCH", self.times[:4])
        )

    def __repr__(self):
        return f"AccessLine({self.raw!r})"


class Receiver:
    """Keeps every datagram that comes."""

    def __init__(self):
        self.address = address.free(socket.SOCK_DGRAM, "127.0.0.1")
        self.lines = []
        self._seen = 0
        self._open()

    def _open(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.sock.bind(self.address)
        self._thread = threading.Thread(target=self._run, args=(self.sock,), daemon=True)
        self._thread.start()

    @property
    def where(self):
        return "%s:%d" % self.address

    def _run(self, sock):
        while True:
            try:
                line = sock.recv(65536)
            except OSError:
                return
            if line == b"bye":
                return
            self.lines.append(line)

    def access_lines(self):
        """What looks like traffic: severity info."""
        return [AccessLine(line) for line in list(self.lines) if severity(line) == 6]

    def wait_access(self, count=1):
        """The first `count` access lines, once they are there."""
        pace.until(
            lambda: len([line for line in list(self.lines) if severity(line) == 6]) >= count,
            f"{count} access log lines; there are {self.lines}",
        )
        return self.access_lines()

    def access(self):
        """The next access line that was not asked for yet."""
        self._seen += 1
        return self.wait_access(self._seen)[self._seen - 1]

    def expect_no_access(self):
        """No access line beyond those asked for.  Meaningful after something later was logged."""
        lines = self.access_lines()[self._seen :]
        assert not lines, f"unexpected log lines: {lines}"

    def wait_text(self, text):
        """The first datagram that contains this text."""
        wanted = text.encode()

        def found():
            return next((line for line in list(self.lines) if wanted in line), None)

        return pace.until(found, f"a log line with {text!r}; there are {self.lines}", limit=15)

    def close(self):
        """Nobody receives any more: the port answers with ICMP unreachable."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"bye", self.address)
        self._thread.join(pace.seconds(5))
        self.sock.close()

    def reopen(self):
        self._open()


def severity(line):
    match = re.match(rb"<(\d+)>", line)
    return int(match[1]) & 7 if match else -1
