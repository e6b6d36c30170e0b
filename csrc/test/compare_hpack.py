"""Compares the C code of HPACK with the package `hpack`: `make compare PYTHON=...`.

Blocks go from each encoder to the other's decoder, and bytes that are hardly ever right go to both
decoders, which have to find the same fields and agree on whether they are right. The argument is
the shared library that the Makefile builds.
"""

from __future__ import annotations

import ctypes
import random
import sys

import hpack

Fields = list[tuple[bytes, bytes]]

ROUNDS = 20_000
NAMES = b"server date content-type x-a x-request-id set-cookie etag :path :status cookie".split()
ALPHABET = bytes(range(0x20, 0x7F)) * 20 + bytes(range(256))


class Field(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.POINTER(ctypes.c_char)),
        ("value", ctypes.POINTER(ctypes.c_char)),
        ("name_len", ctypes.c_uint32),
        ("value_len", ctypes.c_uint32),
        ("rest", ctypes.c_uint32 * 4),
    )


class Decoder:
    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.state = ctypes.create_string_buffer(1024)
        self.memory = ctypes.create_string_buffer(16384)
        self.scratch = ctypes.create_string_buffer(65536)
        library.uvc_hpack_decoder_init(self.state, self.memory, 4096, 10_000, 65536)

    def decode(self, block: bytes) -> Fields | None:
        """None: refused."""
        start, step = self.library.uvc_hpack_decoder_start, self.library.uvc_hpack_decoder_next
        start(self.state, block, ctypes.c_size_t(len(block)), self.scratch, ctypes.c_size_t(65536))
        field, fields = Field(), []
        while (verdict := step(self.state, ctypes.byref(field))) == 1:
            fields.append((field.name[: field.name_len], field.value[: field.value_len]))
        return fields if verdict == 0 else None


class Encoder:
    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        library.uvc_hpack_encoder_start.restype = ctypes.c_size_t
        library.uvc_hpack_encoder_field.restype = ctypes.c_size_t
        self.state = ctypes.create_string_buffer(4096)
        self.memory = ctypes.create_string_buffer(16384)
        library.uvc_hpack_encoder_init(self.state, self.memory, 4096)

    def encode(self, fields: Fields, limit: int | None) -> bytes:
        if limit is not None:
            self.library.uvc_hpack_encoder_limit(self.state, limit)
        dst = ctypes.create_string_buffer(65536)
        size = self.library.uvc_hpack_encoder_start(self.state, dst)
        block = dst.raw[:size]
        for name, value in fields:
            sizes = ctypes.c_size_t(len(name)), ctypes.c_size_t(len(value))
            size = self.library.uvc_hpack_encoder_field(
                self.state, dst, name, sizes[0], value, sizes[1]
            )
            block += dst.raw[:size]
        return block


def some_fields(chance: random.Random) -> Fields:
    fields = []
    for _ in range(chance.randrange(12)):
        value = b"%d" % chance.randrange(8)
        if chance.random() < 0.2:
            value = bytes(chance.choices(ALPHABET, k=chance.randrange(300)))
        fields.append((chance.choice(NAMES), value))
    return fields


def compare_theirs_with_our_decoder(library: ctypes.CDLL, chance: random.Random) -> None:
    theirs, ours = hpack.Encoder(), Decoder(library)
    for _ in range(ROUNDS):
        if chance.random() < 0.02:
            theirs.header_table_size = chance.choice([0, 64, 200, 1000, 4096])
        fields = some_fields(chance)
        block = theirs.encode(fields, huffman=chance.random() < 0.5)
        assert ours.decode(block) == fields, (block.hex(), fields)


def compare_ours_with_their_decoder(library: ctypes.CDLL, chance: random.Random) -> None:
    ours, theirs = Encoder(library), hpack.Decoder()
    for _ in range(ROUNDS):
        limit = chance.choice([0, 64, 200, 1000, 4096]) if chance.random() < 0.02 else None
        fields = some_fields(chance)
        block = ours.encode(fields, limit)
        assert [*map(tuple, theirs.decode(block, raw=True))] == fields, (block.hex(), fields)


def wrong_block(chance: random.Random) -> bytes:
    """Bytes of a block with a few changed, or any bytes."""
    block = bytearray(hpack.Encoder().encode(some_fields(chance)))
    if chance.random() < 0.3 or not block:
        return chance.randbytes(chance.randrange(12))
    for _ in range(chance.randrange(1, 4)):
        block[chance.randrange(len(block))] = chance.randrange(256)
    return bytes(block[: chance.randrange(len(block) + 1)])


def compare_decoders(library: ctypes.CDLL, chance: random.Random) -> int:
    """How many blocks were wrong."""
    wrong = 0
    for _ in range(ROUNDS):
        block = wrong_block(chance)
        found = Decoder(library).decode(block)
        expected: Fields | None
        try:
            expected = [*map(tuple, hpack.Decoder().decode(block, raw=True))]
        except hpack.HPACKError:
            expected = None
        assert found == expected, (block.hex(), found, expected)
        wrong += found is None
    return wrong


def main() -> None:
    library = ctypes.CDLL(sys.argv[1])
    chance = random.Random(7541)
    compare_theirs_with_our_decoder(library, chance)
    compare_ours_with_their_decoder(library, chance)
    wrong = compare_decoders(library, chance)
    print(f"hpack {hpack.__version__}: the same for {3 * ROUNDS} blocks, {wrong} of them wrong")


if __name__ == "__main__":
    main()
