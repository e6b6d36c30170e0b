"""The floor under every Python server: a uvloop protocol that answers without parsing.

Whatever one read brings is one request, and the answer is always the same bytes. Valid for
requests that fit one read and are not pipelined.
"""

import asyncio
import sys

import uvloop

RESPONSE = (
    b"HTTP/1.1 200 OK\r\n"
    b"server: floor\r\n"
    b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    b"content-type: text/plain\r\n"
    b"content-length: 13\r\n"
    b"\r\n"
    b"Hello, world!"
)


class Floor(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(RESPONSE)


async def main(port):
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port)
    await server.serve_forever()


uvloop.run(main(int(sys.argv[1])))
