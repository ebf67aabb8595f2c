# SPDX-License-Identifier: GPL-2.0-or-later
"""Bodies arrive byte for byte, whatever their length and framing, in both directions."""

import hashlib
import threading

import pytest

from tools import pace
from tools.wire import Closed, pattern, pattern_hash

pytestmark = pytest.mark.usefixtures("body_mode")

# Around the edges of what a relay may special-case: nothing, one byte, a page, the log of a buffer,
# and 128 KiB, from where a body moves by splice.
SIZES = [0, 1, 4095, 4096, 4097, 16384, 65535, 65536, 131071, 131072, 131073, 1 << 20]

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30


def download_hash(client, path, length):
    client.request("GET", path)
    head = client.read_head()
    assert head.status == 200
    assert int(head.one("content-length")) == length
    return client.hash_exactly(length)


def upload_hash(client, length):
    client.send(f"POST /hash HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n")
    client.send_pattern(length)
    return client.read_response().body.decode()


@pytest.mark.parametrize("size", SIZES)
def test_answer_with_a_length(lb, origin, size):
    """An answer's body of known length arrives whole, and the connection goes on after it."""
    balancer = lb(origin())
    with balancer.client() as client:
        assert download_hash(client, f"/size/{size}", size) == pattern_hash(size)
        assert client.get("/after").body == b"origin\n"
    assert balancer.log.access().bytes > size


@pytest.mark.parametrize("size", SIZES)
def test_request_with_a_length(lb, origin, size):
    """A request's body of known length arrives whole, and the connection goes on after it."""
    balancer = lb(origin())
    with balancer.client() as client:
        assert upload_hash(client, size) == f"{size} {pattern_hash(size)}"
        assert client.get("/after").body == b"origin\n"


@pytest.mark.parametrize("size", SIZES)
def test_answer_in_chunks(lb, origin, size):
    """A chunked answer stays chunked and its data arrives whole."""
    balancer = lb(origin())
    with balancer.client() as client:
        answer = client.get(f"/chunked/{size}")
        assert answer.head.one("content-length") is None
        assert answer.head.one("transfer-encoding").lower() == "chunked"
        assert answer.body == pattern(size)
        assert client.get("/after").body == b"origin\n"


@pytest.mark.parametrize("size", SIZES)
def test_request_in_chunks(lb, origin, size):
    """A chunked request stays chunked and its data arrives whole."""
    server = origin()
    balancer = lb(server)
    with balancer.client() as client:
        client.send("POST /hash HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send_chunked_pattern(size)
        assert client.read_response().body.decode() == f"{size} {pattern_hash(size)}"
        assert server.requests[0].one("content-length") is None
        assert client.get("/after").body == b"origin\n"


@pytest.mark.parametrize("size", [0, 1, 4096, 131072, MB])
def test_answer_that_ends_with_the_connection(lb, origin, size):
    """Without a length the close is the end: it is passed on, and nothing is lost before it."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.request("GET", f"/close/{size}")
        head = client.read_head()
        assert head.one("content-length") is None
        if head.has_token("transfer-encoding", "chunked"):
            body = client.read_chunks()[0]
        else:
            body = client.read_rest()
        assert body == pattern(size)


@pytest.mark.parametrize("cut", [1, 7, 4096])
def test_answer_in_small_pieces(lb, origin, cut):
    """An answer that comes in pieces of a few bytes, head and all, is the same answer."""
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\nX-Note: pieces\r\n\r\n" + pattern(9000)

    def script(peer):
        peer.read_request()
        for at in range(0, len(whole), cut) if cut > 1 else range(0, 400):
            peer.send(whole[at : at + cut])
        if cut == 1:
            peer.send(whole[400:])

    answer = lb(origin(script)).get()
    assert answer.body == pattern(9000)
    assert answer.one("x-note") == "pieces"


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_chunks_in_small_pieces(lb, origin, cut):
    """Chunk lines cut anywhere, on the way in, are read as the same chunks."""
    body = b"5\r\nhello\r\n1\r\n,\r\n06;note=\"a b\"\r\n world\r\n0\r\nX-Sum: 12\r\n\r\n"
    seen = []

    def script(peer):
        seen.append(peer.read_request())
        peer.answer(b"done")

    balancer = lb(origin(script))
    with balancer.client() as client:
        head = b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
        whole = head + body
        for at in range(0, len(whole), cut):
            client.send(whole[at : at + cut])
        assert client.read_response().body == b"done"
    assert seen[0].body == b"hello, world"


def test_chunks_of_one_byte(lb, origin):
    """Ten thousand chunks of one byte each arrive in order."""
    answer = lb(origin()).get("/chunked/10000/1")
    assert answer.body == pattern(10000)


def test_both_directions_at_once(lb, origin):
    """A server that answers while it still reads: both bodies arrive whole."""
    size = 4 * MB

    def script(peer):
        head = peer.read_head()
        peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")
        sender = threading.Thread(target=peer.send_pattern, args=(size,))
        sender.start()
        digest = peer.hash_exactly(int(head.one("content-length")))
        sender.join()
        peer.origin.digest = digest

    server = origin(script)
    balancer = lb(server)
    with balancer.client() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: {size}\r\n\r\n")
        sender = threading.Thread(target=client.send_pattern, args=(size,))
        sender.start()
        assert client.read_head().status == 200
        assert client.hash_exactly(size) == pattern_hash(size)
        sender.join()
    pace.until(lambda: hasattr(server, "digest"), "the server to have read all")
    assert server.digest == pattern_hash(size)


@pytest.mark.parametrize("size", [200 * KB, 3 * MB])
def test_many_bodies_at_once(lb, origin, size):
    """Sixteen clients download and upload at the same time; nobody gets another's bytes."""
    balancer = lb(origin())
    failures = []

    def one(number):
        try:
            own = size + number
            with balancer.client() as client:
                assert download_hash(client, f"/size/{own}", own) == pattern_hash(own)
                assert upload_hash(client, own) == f"{own} {pattern_hash(own)}"
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]


def test_a_cut_answer_is_not_completed(lb, origin):
    """A server that closes in the middle of a body: the client sees fewer bytes, then the end."""

    def script(peer):
        peer.read_request()
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n", pattern(200000))

    balancer = lb(origin(script))
    with balancer.client() as client:
        client.request()
        assert client.read_head().status == 200
        with pytest.raises((Closed, ConnectionResetError)):
            client.read_exactly(300000)
        assert pattern(200000).startswith(bytes(client.buffer))
    line = balancer.log.access()
    assert (line.state, line.status) == ("SD--", 200)


@pytest.mark.slow
@pytest.mark.limit(120)
def test_64_megabytes_each_way(lb, origin):
    balancer = lb(origin())
    with balancer.client() as client:
        assert download_hash(client, f"/size/{64 * MB}", 64 * MB) == pattern_hash(64 * MB)
        assert upload_hash(client, 64 * MB) == f"{64 * MB} {pattern_hash(64 * MB)}"


@pytest.mark.slow
@pytest.mark.limit(180)
def test_one_gigabyte(lb, origin):
    """A body of 1 GiB has the hash that it left with."""
    balancer = lb(origin())
    with balancer.client(patience_s=60) as client:
        assert download_hash(client, f"/size/{GB}", GB) == pattern_hash(GB)


@pytest.mark.slow
def test_64_megabytes_in_chunks(lb, origin):
    """Chunk framing costs no byte over a long body."""
    balancer = lb(origin())
    with balancer.client() as client:
        client.request("GET", f"/chunked/{64 * MB}/65521")
        assert client.read_head().status == 200
        digest = hashlib.sha256(client.read_chunks()[0])
    assert digest.hexdigest() == pattern_hash(64 * MB)


@pytest.mark.torc_only("splices only when it is told to")
def test_the_mode_is_the_one_that_was_asked_for(lb, origin, body_mode):
    """Long bodies are spliced, unless -dS says that they must not be."""
    balancer = lb(origin())
    with balancer.client() as client:
        assert download_hash(client, f"/size/{4 * MB}", 4 * MB) == pattern_hash(4 * MB)
    spliced = next(
        int(value) for name, value in balancer.info().items() if name.startswith("TotalSpl")
    )
    assert (spliced >= 3 * MB) if body_mode == "spliced" else (spliced == 0)
