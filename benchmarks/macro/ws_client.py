"""The load generator for WebSockets: `python -m benchmarks.macro.ws_client ws32 8000 32`.

Runs in the venv of picows, on uvloop. It opens all connections, has the first messages echoed on
each, and says READY. Then each line of its input is a number of seconds to load the server for,
and is answered by a line of JSON like that of load.lua: `connect` counts handshakes that failed,
`read` connections that were lost, `status` wrong answers, `timeout` connections whose answers did
not come; `first` is what went wrong first. It ends with its input.

Frames are made and masked once, and every echo is compared with what was sent. When the time is
over nothing more is sent, and what is on its way is waited for: all that was sent is counted.

It polls and never sleeps. To wake it up would be the server's work, as far as the kernel can tell:
measured on two virtual cores, up to 12 us for a message. `cpu_microseconds` is the CPU time of
those passes of the loop that had something to read.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import zlib
from collections.abc import Iterator
from itertools import chain, cycle, repeat

import uvloop
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSTransport, ws_connect

from . import tls
from .frames import BINARY, OFFER, TEXT, client_frame
from .load import ERRORS, READY
from .messages import TAIL, deflated
from .scenarios import SCENARIOS, Scenario, WrongAnswer
from .websocket import check_extension

PATIENCE = 5.0
READ_BUFFER = 256 * 1024


class Connections:
    """All connections, and what they count together."""

    def __init__(self, scenario: Scenario, port: int) -> None:
        self.scenario = scenario
        self.url = f"{'wss' if scenario.tls else 'ws'}://127.0.0.1:{port}{scenario.path}"
        self.script = Script(scenario)
        self.loop = asyncio.get_running_loop()
        self.running = False
        self.closing = False
        self.answered = 0
        self.sending = 0
        self.cpu_seconds = 0.0
        self.polling = False
        self.polled = (0.0, 0)
        self.all_answered = asyncio.Event()
        self.errors = dict.fromkeys(ERRORS, 0)
        self.first = ""
        self.echoes: list[Echo] = []

    async def open(self, number: int) -> None:
        """Connect, and let each connection send once."""
        try:
            for _ in range(number):
                self.echoes.append(await self.connected())
        except (OSError, WSError, WrongAnswer) as error:
            self.failed("connect", repr(error))
        else:
            await self.all_send(PATIENCE)

    async def connected(self) -> Echo:
        """Return a new connection whose handshake is as the scenario wants it."""
        echo = (DeflatedEcho if self.scenario.deflate else Echo)(self)
        transport, _ = await ws_connect(
            lambda: echo,
            self.url,
            extra_headers={"Sec-WebSocket-Extensions": OFFER} if self.scenario.deflate else None,
            read_buffer_init_size=READ_BUFFER,
            ssl_context=tls.client_context() if self.scenario.tls else None,
        )
        if transport.response is None:
            raise ConnectionResetError("closed within the handshake")
        answer = transport.response.headers.get("Sec-WebSocket-Extensions")
        echo.agree(check_extension(answer, self.scenario))
        return echo

    async def run(self, seconds: float) -> None:
        """Send for so long, and say what was counted."""
        self.answered = 0
        self.cpu_seconds = 0.0
        self.running = True
        began = time.perf_counter()
        self.loop.call_later(seconds, self.stop)
        await self.all_send(seconds + PATIENCE)
        self.say(time.perf_counter() - began)

    def stop(self) -> None:
        """Let no connection send again."""
        self.running = False

    async def all_send(self, limit: float) -> None:
        """Return when each connection has its last answers, or the first one has failed."""
        self.all_answered.clear()
        self.sending = len(self.echoes)
        for echo in self.echoes:
            echo.send()
        self.polled = (time.thread_time(), self.answered)
        if not self.polling:
            self.polling = True
            self.poll()
        try:
            await asyncio.wait_for(self.all_answered.wait(), limit)
        except TimeoutError:
            self.errors["timeout"] += self.sending
            self.all_answered.set()
        self.stop()

    def poll(self) -> None:
        """Keep the loop from sleeping, and note whether its last pass was idle."""
        now = time.thread_time()
        then, answered = self.polled
        if self.answered > answered:
            self.cpu_seconds += now - then
        self.polled = (now, self.answered)
        if self.all_answered.is_set():
            self.polling = False
        else:
            self.loop.call_soon(self.poll)

    def batch_answered(self, echo: Echo) -> None:
        """Let a connection that has all its answers send again, while there is time."""
        if self.running:
            echo.send()
        else:
            self.sending -= 1
            if not self.sending:
                self.all_answered.set()

    def failed(self, kind: str, text: str) -> None:
        """Note an error, and wait for nothing more."""
        self.errors[kind] += 1
        self.first = self.first or text
        self.stop()
        self.all_answered.set()

    def say(self, seconds: float = 0.0) -> None:
        """Write what was counted."""
        counts = {
            "requests": self.answered,
            "microseconds": round(seconds * 1e6),
            "cpu_microseconds": round(self.cpu_seconds * 1e6),
            **self.errors,
            "first": self.first,
        }
        print(json.dumps(counts), flush=True)

    async def close(self) -> None:
        """Close all WebSockets and wait until the server has done the same."""
        self.closing = True
        for echo in self.echoes:
            echo.transport.send_close(WSCloseCode.OK)
        ends = [asyncio.ensure_future(e.transport.wait_disconnected()) for e in self.echoes]
        if ends:
            await asyncio.wait(ends, timeout=PATIENCE)


class Script:
    """What every connection of a scenario sends and expects."""

    def __init__(self, scenario: Scenario) -> None:
        self.opcode = BINARY if scenario.binary else TEXT
        self.texts = scenario.messages
        if scenario.deflate:
            first, later = deflated(self.texts)
            self.first = [client_frame(self.opcode, payload, True) for payload in first]
            self.later = [client_frame(self.opcode, payload, True) for payload in later]
        else:
            self.first = []
            self.later = [client_frame(self.opcode, text) * scenario.depth for text in self.texts]

    def writes(self) -> Iterator[bytes]:
        """Return, for one connection, what to write each time."""
        return chain(self.first, cycle(self.later) if len(self.later) > 1 else repeat(*self.later))

    def expected(self) -> Iterator[bytes]:
        """Return what each message of a write is."""
        return cycle(self.texts) if len(self.texts) > 1 else repeat(*self.texts)


class Echo(WSListener):
    """One connection: writes messages, compares what comes back, and writes the next ones."""

    transport: WSTransport

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.depth = connections.scenario.depth
        self.writes = connections.script.writes()
        self.expected = connections.script.expected()
        self.message = b""
        self.missing = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.write = transport.underlying_transport.write

    def agree(self, window_bits: int) -> None:
        """Take note of how large the server's window is."""

    def send(self) -> None:
        """Write the next messages."""
        self.missing = self.depth
        self.message = next(self.expected)
        self.write(next(self.writes))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.get_payload_as_bytes() == self.message:
            self.is_answered()
        else:
            self.is_wrong(frame)

    def is_answered(self) -> None:
        self.connections.answered += 1
        self.missing -= 1
        if not self.missing:
            self.connections.batch_answered(self)

    def is_wrong(self, frame: WSFrame) -> None:
        if self.connections.closing:
            self.transport.disconnect()
        else:
            self.connections.failed("status", f"instead of an echo {frame}")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.connections.closing:
            self.connections.failed("read", "a connection was closed")


class DeflatedEcho(Echo):
    """The same with permessage-deflate; what the server compresses may refer to what it has sent
    before."""

    def agree(self, window_bits: int) -> None:
        self.inflate = zlib.decompressobj(wbits=-window_bits).decompress

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.rsv1 and self.inflate(frame.get_payload_as_bytes() + TAIL) == self.message:
            self.is_answered()
        else:
            self.is_wrong(frame)


async def main(name: str, port: str, number: str) -> None:
    """Do what the lines of standard input say."""
    connections = Connections(next(s for s in SCENARIOS if s.name == name), int(port))
    await connections.open(int(number))
    if any(connections.errors.values()):
        return connections.say()
    print(READY, flush=True)
    # Nothing is on its way between two runs, so waiting for a line may stop the loop.
    for line in iter(sys.stdin.readline, ""):
        await connections.run(float(line))
    await connections.close()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
