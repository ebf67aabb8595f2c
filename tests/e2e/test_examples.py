# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of examples/ serve: each is started as it is, but for its addresses."""

import pathlib
import re

import pytest

from tools import address

EXAMPLES = sorted((pathlib.Path(__file__).resolve().parents[2] / "examples").glob("*.cfg"))

# What a test cannot have: another user, a chroot that was made for it.
LEFT_OUT = re.compile(r"^ *(user|group|chroot|daemon|pidfile)\b.*\n", re.MULTILINE)


def here(balancer, text, origins):
    """The same file with addresses of this test; gives the addresses of its binds, in order."""
    binds = []

    def bind(match):
        # The first one is where the tools wait for the service.
        binds.append(address.free() if binds else balancer.address)
        return "%s%s:%d" % (match[1], *binds[-1])

    servers = ["%s:%d" % server.address for server in origins]
    text = LEFT_OUT.sub("", text)
    text = re.sub(r"^( *bind )\S+", bind, text, flags=re.MULTILINE)
    text = re.sub(r"^( *server \S+ )\S+", lambda match: match[1] + servers.pop(0), text,
                  flags=re.MULTILINE)
    text = re.sub(r"^( *stats socket )\S+", rf"\g<1>{balancer.socket_path}", text,
                  flags=re.MULTILINE)
    text = re.sub(r"^( *log )127\.0\.0\.1(:\d+)?", rf"\g<1>{balancer.log.where}", text,
                  flags=re.MULTILINE)
    balancer.text = text
    return binds


@pytest.mark.torc_only("is not asked to run torc's examples")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_serves(lb, origin, path):
    """Every bind answers: with a page of a server, or with the statistics."""
    text = path.read_text()
    balancer = lb(start=False)
    origins = [origin() for _ in re.findall(r"^ *server ", text, re.MULTILINE)]
    binds = here(balancer, text, origins)
    options = re.findall(r"^ *bind \S+ *(.*)$", balancer.text, re.MULTILINE)
    balancer.start()
    for where, words in zip(binds, options):
        balancer.address = where
        with balancer.client() as client:
            if "accept-proxy" in words:
                client.send("PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n")
            answer = client.get()
        assert answer.status in (200, 401)
        assert answer.status == 200 or "statistics" in text
    served = [request for server in origins for request in server.requests]
    assert served
    if "accept-proxy" in text:
        assert "192.0.2.1" in [request.one("x-forwarded-for") for request in served]
