# SPDX-License-Identifier: GPL-2.0-or-later
"""Equal choices for equal input: every way to hash, beside Debian's haproxy with the same file."""

import pathlib
import random

import pytest

from tools import address, programs
from tools.balancer import Balancer, PATIENT

REFERENCE = programs.find("haproxy")

KEYS = ["uri", "uri whole", "uri len 9 depth 3", "uri path-only", "uri depth 1 whole"]
KEYS += ["hash path,lower", "hash src", "hash url_param(id)", "hash hdr(x-key),length"]
KEYS += ["url_param id", "hdr(X-Key)", "hdr(Host) use_domain_only", "source"]
TYPES = ["map-based", "map-based djb2", "map-based wt6 avalanche", "map-based crc32"]
TYPES += ["consistent", "consistent sdbm", "consistent djb2 avalanche", "consistent wt6"]
TYPES += ["consistent crc32 avalanche"]

# Every key with two types, every type with some keys: (balance, hash-type, weights).
WAYS = [(key, TYPES[number % len(TYPES)], None) for number, key in enumerate(KEYS)]
WAYS += [(key, TYPES[(number + 4) % len(TYPES)], "mixed") for number, key in enumerate(KEYS)]
WAYS += [("uri", kind, "mixed") for kind in TYPES]

WEIGHTS = {None: [1] * 9, "mixed": [3, 1, 7, 0, 1, 12, 256, 2, 5]}


def says_where(peer):
    """Answers with the address that it was asked at: servers differ in nothing else."""
    peer.read_request()
    peer.answer(peer.sock.getsockname()[0].encode())


def configuration(port, binds):
    text = "global\n    stats socket {socket} level admin\n    nbthread {threads}\n"
    text += "defaults\n    mode http\n    option http-server-close\n" + PATIENT
    for number, ((balance, kind, weights), bind) in enumerate(zip(WAYS, binds)):
        text += f"listen way{number}\n    bind %s:%d\n" % bind
        text += f"    balance {balance}\n    hash-type {kind}\n"
        for index, weight in enumerate(WEIGHTS[weights]):
            forced = "id 77" if weights and index == 2 else ""
            text += f"    server s{index} 127.0.9.{index + 1}:{port} weight {weight} {forced}\n"
        # One more that is not there.
        text += f"    server gone 127.0.9.99:{port} disabled weight 3\n"
    return text


def requests():
    draw = random.Random(4)
    for _ in range(24):
        parts = ["".join(draw.choices("abcxyz019-._~", k=draw.randint(1, 9))) for _ in range(6)]
        path = "/".join(["", *parts[: draw.randint(1, 5)]])
        target = draw.choice(["", "http://example.net"]) + path
        target += draw.choice(["", f"?id={parts[5]}", f"?a=b&id={parts[5]}&c", f"?xid=1&id={parts[4]}"])
        host = f"{parts[0]}.{parts[1]}.example".strip(".") if draw.random() < 0.8 else "localhost"
        key = draw.choice([parts[3], f"{parts[3]}, {parts[2]}", f'"{parts[1]}, x", y'])
        yield target if "id=" in target else target + "?id=", host, key


def choices(program, text, binds, monkeypatch):
    monkeypatch.setenv("TORC_UNDER_TEST", str(program))
    balancer = Balancer(config=text)
    balancer.address = binds[0]
    try:
        balancer.start()
        seen = []
        for (balance, _, _), bind in zip(WAYS, binds):
            balancer.address = bind
            if balance in ("source", "hash src"):
                for host in range(1, 25):
                    seen.append(balancer.get("/", source=f"127.7.{host * 5}.{host}").body)
                continue
            with balancer.client() as client:
                for target, host, key in requests():
                    if target.startswith("http:"):
                        host = "example.net"
                    client.request("GET", target, f"X-Key: {key}", host=host)
                    seen.append(client.read_response().body)
        return seen
    finally:
        balancer.stop()


@pytest.mark.skipif(not REFERENCE, reason="haproxy is not unpacked")
@pytest.mark.torc_only("compares with haproxy")
def test_choices_are_haproxys(origin, monkeypatch):
    """More than 30 ways to balance by a key, 24 requests each: the same server from both programs."""
    port = address.free()[1]
    origin(says_where, where=("0.0.0.0", port))
    binds = [address.free() for _ in WAYS]
    text = configuration(port, binds)
    theirs = choices(pathlib.Path(REFERENCE), text, binds, monkeypatch)
    monkeypatch.undo()
    ours = choices(programs.under_test(), text, binds, monkeypatch)
    wrong = [
        (WAYS[index // 24], list(requests())[index % 24], pair)
        for index, pair in enumerate(zip(ours, theirs))
        if pair[0] != pair[1]
    ]
    assert not wrong, f"{len(wrong)} of {len(ours)} differ: {wrong[:5]}"
    assert len(set(ours)) == 9
