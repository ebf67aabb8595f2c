# SPDX-License-Identifier: GPL-2.0-or-later
"""WebSocket through the balancer, with a client and a server that people use."""

import asyncio
import contextlib
import socket
import threading

import pytest
import websockets

from tools import pace
from tools.wire import pattern


class Chat:
    """A WebSocket server on a thread of its own: greets, then echoes."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.closed = []
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.address = self.sock.getsockname()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self.call(self.begin())

    def call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(pace.seconds(10))

    async def begin(self):
        return await websockets.serve(self.talk, sock=self.sock, max_size=None, ping_interval=None)

    async def talk(self, peer, _path=None):
        await peer.send("welcome")
        with contextlib.suppress(websockets.ConnectionClosed):
            async for message in peer:
                await peer.send(message)
        self.closed.append(peer.close_code)

    async def end(self):
        self.server.close()
        await self.server.wait_closed()

    def stop(self):
        self.call(self.end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(pace.seconds(5))


@pytest.fixture
def chat():
    server = Chat()
    yield server
    server.stop()


def url(balancer):
    return "ws://%s:%d/chat" % balancer.address


def run(work):
    asyncio.run(asyncio.wait_for(work, pace.seconds(30)))


@pytest.mark.parametrize("mode", ["http-server-close", "http-keep-alive"])
def test_a_conversation(lb, chat, body_mode, mode):
    """Greeting from the server, echoes of every size, pings both ways, a close with its code."""
    balancer = lb(chat, defaults=f"    option {mode}")

    async def talk():
        async with websockets.connect(url(balancer), max_size=None, ping_interval=None) as peer:
            assert await peer.recv() == "welcome"
            for size in (0, 1, 125, 126, 65535, 65536, 1000000):
                await peer.send(pattern(size))
                assert await peer.recv() == pattern(size)
            await (await peer.ping())
            await asyncio.gather(*(peer.send(str(number)) for number in range(200)))
            assert [await peer.recv() for _ in range(200)] == [str(n) for n in range(200)]
            await peer.close(4001, "enough")

    run(talk())
    pace.until(lambda: chat.closed == [4001], "the server to see the close")
    line = balancer.log.access()
    assert (line.status, line.state) == (101, "----")


def test_many_at_a_time(lb, chat):
    """A hundred conversations at once, and an ordinary request beside them."""
    balancer = lb(chat)

    async def one(number):
        async with websockets.connect(url(balancer), ping_interval=None) as peer:
            assert await peer.recv() == "welcome"
            for turn in range(10):
                await peer.send(f"{number} {turn}")
                assert await peer.recv() == f"{number} {turn}"

    async def all_of_them():
        await asyncio.gather(*(one(number) for number in range(100)))

    run(all_of_them())
    # A plain request is refused by the server itself: it went through.
    assert balancer.get("/chat").status == 426
    pace.until(lambda: len(chat.closed) == 100, "the servers to see their closes")


def test_a_silent_conversation_ends(lb, chat):
    """timeout tunnel: nobody says anything, and the time of an ordinary answer does not count."""
    balancer = lb(chat, defaults="    timeout tunnel 4s\n    timeout server 1s\n    timeout client 1s")

    async def listen():
        async with websockets.connect(url(balancer), ping_interval=None) as peer:
            assert await peer.recv() == "welcome"
            await asyncio.sleep(1.5)
            await peer.send("still here")
            assert await peer.recv() == "still here"
            with pytest.raises(websockets.ConnectionClosed):
                await peer.recv()

    run(listen())
    assert balancer.log.access().state[0] in "cs"
