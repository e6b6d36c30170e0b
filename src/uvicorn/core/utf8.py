"""Whether bytes that come in pieces are UTF-8. The compiled twin is C, over csrc/utf8.h."""

from __future__ import annotations

import codecs

new_decoder = codecs.getincrementaldecoder("utf-8")


class Utf8:
    """check() each piece, then ask complete(). A wrong byte shows with the piece it is in; from
    then on check() is false."""

    def __init__(self) -> None:
        self.decoder = new_decoder()
        self.wrong = False

    def check(self, data: bytes) -> bool:
        if not self.wrong:
            try:
                self.decoder.decode(data)
            except UnicodeDecodeError:
                self.wrong = True
            else:
                # CPython waits for the last byte of a surrogate: an error handler may allow it.
                self.wrong = b"\xed\xa0" <= self.decoder.getstate()[0] < b"\xee"
        return not self.wrong

    def complete(self) -> bool:
        """Whether all was right, and no character is incomplete."""
        return not (self.wrong or self.decoder.getstate()[0])
