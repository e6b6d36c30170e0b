"""Writes csrc/huffman_table.h: `python csrc/test/make_huffman.py > csrc/huffman_table.h`.

All follows from how many bits each symbol has (RFC 7541 Appendix B): codes of one length follow
each other in the order of their symbols, and the shorter codes come first.
"""

from __future__ import annotations

EOS = 256
# A step of the decoder looks at so many bits. With 12 it is a fifth quicker alone, but then the
# table takes 16 kB of the cache that all else lives in too.
WIDTH = 11

LENGTHS = """
13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
30
"""

HEAD = """\
/*
 * huffman_table: the code of RFC 7541 Appendix B, as the decoder and the encoder want it. Private
 * to huffman.c. Made by test/make_huffman.py: change that.
 */
#ifndef UVC_HUFFMAN_TABLE_H
#define UVC_HUFFMAN_TABLE_H

#include <stdint.h>
"""

STEPS_SAY = """\
/*
 * What the next HUFFMAN_WIDTH bits say. From the right: the first symbol, the second one, the bits
 * of the first, the bits of both, or of the first again if it is alone. 0: the code of the first
 * symbol is longer than that.
 */"""

LENGTHS_SAY = """\
/*
 * The codes that are longer, by length: the first code above them, at the top of 32 bits, and what
 * added to a code makes the index of its symbol. EOS is above them all.
 */"""


def codes() -> list[tuple[int, int]]:
    """(code, its length in bits), by symbol."""
    lengths = [int(word) for word in LENGTHS.split()]
    found = [(0, 0)] * len(lengths)
    code = before = 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - before
        found[symbol] = (code, length)
        code, before = code + 1, length
    return found


def steps(width: int) -> list[int]:
    """What a decoder does when its next `width` bits are the index: 0 when that is not enough.

    Bits 0 to 7: the first symbol; 8 to 15: the second one; 16 to 20: the bits of the first;
    24 to 28: the bits of all that is found.
    """
    table = [0] * (1 << width)
    short = [(code, length, symbol) for symbol, (code, length) in enumerate(codes())]
    short = [entry for entry in short if entry[1] <= width]
    for code, length, symbol in short:
        left = width - length
        for rest in range(1 << left):
            table[code << left | rest] = symbol | length << 16 | length << 24
        for code2, length2, symbol2 in short:
            left2 = left - length2
            for rest in range(1 << left2 if left2 >= 0 else 0):
                index = code << left | code2 << left2 | rest
                table[index] = symbol | symbol2 << 8 | length << 16 | (length + length2) << 24
    return table


def long_codes(width: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """(bits, end, index - code) of each length above width, and all their symbols.

    `end` is the first code that is no more of that length, at the top of 32 bits. EOS is left out.
    """
    of_length: dict[int, list[tuple[int, int]]] = {}
    for symbol, (code, length) in enumerate(codes()):
        if length > width and symbol != EOS:
            of_length.setdefault(length, []).append((code, symbol))
    groups: list[tuple[int, int, int]] = []
    symbols: list[int] = []
    for length, members in sorted(of_length.items()):
        end = (members[-1][0] + 1) << (32 - length)
        groups.append((length, end, len(symbols) - members[0][0]))
        symbols += [symbol for _, symbol in members]
    return groups, symbols


def rows(words: list[str]) -> str:
    """Lines of up to 96 bytes."""
    lines = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 92:
            lines.append("")
        lines[-1] += f" {word},"
    return "\n".join("   " + line for line in lines)


def table() -> str:
    groups, symbols = long_codes(WIDTH)
    parts = [
        HEAD,
        "/* By symbol: its code, and how many bits that has. */",
        "static const uint32_t huffman_codes[256] = {",
        rows([f"0x{code:x}" for code, _ in codes()[:EOS]]),
        "};\n",
        "static const uint8_t huffman_bits[256] = {",
        rows([str(length) for _, length in codes()[:EOS]]),
        "};\n",
        STEPS_SAY,
        f"#define HUFFMAN_WIDTH {WIDTH}",
        "",
        "static const uint32_t huffman_steps[1 << HUFFMAN_WIDTH] = {",
        rows([f"0x{step:x}" for step in steps(WIDTH)]),
        "};\n",
        LENGTHS_SAY,
        "static const struct {",
        "    uint32_t end;",
        "    int32_t to_index;",
        "    uint32_t bits;",
        "} huffman_lengths[] = {",
        *(f"    {{0x{end:08x}, {to_index}, {length}}}," for length, end, to_index in groups),
        "};\n",
        f"static const uint8_t huffman_long_symbols[{len(symbols)}] = {{",
        rows([str(symbol) for symbol in symbols]),
        "};\n",
        "#endif",
    ]
    return "\n".join(parts)


if __name__ == "__main__":
    print(table())
