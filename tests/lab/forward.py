# SPDX-License-Identifier: GPL-2.0-or-later
"""Passes TCP connections on: forward.py FD HOST PORT.

FD is a listening socket of another network namespace; the connections onwards are made in this
process's own.  So a browser on the host reaches the lab, and no interface of the host changes.
"""

import asyncio
import socket
import sys


async def pour(source, sink):
    """Bytes until the end of them, then that end."""
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
    except OSError:
        pass


async def main(listener, host, port):
    async def serve(reader, writer):
        try:
            onward_reader, onward_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(pour(reader, onward_writer), pour(onward_reader, writer))
        finally:
            writer.close()
            onward_writer.close()

    server = await asyncio.start_server(serve, sock=listener)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
