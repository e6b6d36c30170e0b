"""What plain wsproto, without anything of ours, sees in the frames of a client."""

from __future__ import annotations

from wsproto.frame_protocol import Frame, FrameProtocol, Opcode, ParseFailed

from tests.cases.websocket import CLOSE, Event


def witnessed(data: bytes, most: int) -> tuple[list[Event], bool]:
    """The first events, and whether wsproto refuses to go on before it has seen so many."""
    protocol = FrameProtocol(client=False, extensions=[])
    protocol.receive_bytes(data)
    seen: list[Event] = []
    message: list[Frame] = []
    try:
        for frame in protocol.received_frames():
            if len(seen) == most:
                break
            if frame.opcode.iscontrol():
                seen.append(control(frame))
            else:
                message.append(frame)
                if frame.message_finished:
                    seen.append(whole(message))
                    message = []
    except ParseFailed:
        return seen, True
    return seen, False


def control(frame: Frame) -> Event:
    if frame.opcode is Opcode.CLOSE:
        assert isinstance(frame.payload, tuple)
        code, reason = frame.payload
        return Event(CLOSE, reason, code=int(code))
    assert isinstance(frame.payload, bytes | bytearray)
    return Event(int(frame.opcode), bytes(frame.payload))


def whole(message: list[Frame]) -> Event:
    """wsproto answers a message in parts, all with the opcode of the first."""
    opcode = int(message[0].opcode)
    if opcode == Opcode.TEXT:
        text = "".join(str(frame.payload) for frame in message)
        return Event(opcode, text, len(text.encode()))
    data = b"".join(
        frame.payload for frame in message if isinstance(frame.payload, bytes | bytearray)
    )
    return Event(opcode, data, len(data))
