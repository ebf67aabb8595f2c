# SPDX-License-Identifier: GPL-2.0-or-later
"""What the client sees, live: twenty requests a second, each on a connection of its own, a line for
each second.

    14:02:07  lb1      12341234123412341234   20 answered, slowest    3 ms
    14:02:08  lb1      1234123----1231-----   12 answered, slowest  212 ms   8 without an answer

A digit is the server that answered, s an answer of the balancer itself, - a request that was refused,
cut, or had no answer within the second.  The name is the balancer that has the virtual address.
"""

import asyncio
import re
import sys
import time

A_SECOND = 20
PATIENCE_S = 1.0


class View:
    """One client; `connect` gives a fresh socket in its network, `owner` names who has the address."""

    def __init__(self, connect, target, owner):
        self.connect, self.target, self.owner = connect, target, owner

    async def ask(self):
        """(sign, seconds) of one request."""
        began = time.monotonic()
        try:
            return await asyncio.wait_for(self._ask(), PATIENCE_S), time.monotonic() - began
        except (OSError, asyncio.TimeoutError):
            return "-", None

    async def _ask(self):
        loop = asyncio.get_running_loop()
        with self.connect() as stream:
            stream.setblocking(False)
            await loop.sock_connect(stream, self.target)
            await loop.sock_sendall(stream, b"GET / HTTP/1.1\r\nHost: " + self.target[0].encode()
                                    + b"\r\nConnection: close\r\n\r\n")
            answer = b""
            while part := await loop.sock_recv(stream, 65536):
                answer += part
        found = re.search(rb"<title>pv(\d)</title>", answer)
        return found.group(1).decode() if found else "s" if answer else "-"

    async def second(self):
        """One line."""
        began = time.time()
        asked = []
        for number in range(A_SECOND):
            await asyncio.sleep(max(0.0, began + number / A_SECOND - time.time()))
            asked.append(asyncio.create_task(self.ask()))
        return began, asked

    async def run(self, out):
        previous = None
        while True:
            began, asked = await self.second()
            # Its last requests may take a second more: the next line's are on their way meanwhile.
            if previous:
                await previous
            previous = asyncio.create_task(self.tell(out, began, asked))

    async def tell(self, out, began, asked):
        owner = self.owner()
        found = await asyncio.gather(*asked)
        times = [seconds for _, seconds in found if seconds is not None]
        lost = sum(sign == "-" for sign, _ in found)
        out.write(time.strftime("%H:%M:%S", time.localtime(began)) + f"  {owner:8} "
                  + "".join(sign for sign, _ in found)
                  + f"  {len(found) - lost:3} answered"
                  + (f", slowest {max(times) * 1000:4.0f} ms" if times else " " * 17)
                  + (f"  {lost:3} without an answer" if lost else "") + "\n")
        out.flush()


def watch(connect, target, owner, limit_s=None):
    """Until it is interrupted, or for so many seconds."""
    async def limited():
        await asyncio.wait_for(View(connect, target, owner).run(sys.stdout), limit_s)
    try:
        asyncio.run(limited())
    except asyncio.TimeoutError:
        pass
