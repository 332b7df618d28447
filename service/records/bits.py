"""Whole numbers as bits: fixed width, and Exp-Golomb codes for what is mostly small.

Rule 1: this file alone packs bits.
Rule 2: it knows no record.

Exp-Golomb of order k (ITU-T H.264, 9.1, there with k = 0): value + 2^k written in binary, behind as many
zeros as it has bits beyond k + 1.
"""

__all__ = ["BitReader", "BitWriter"]


class BitWriter:
    """Collects bits, most significant first."""

    def __init__(self) -> None:
        self._value = 0
        self._length = 0

    def fixed(self, value: int, width: int) -> None:
        """`width` bits of a value below 2^width."""
        if not 0 <= value < 1 << width:
            raise ValueError(f"a value does not fit {width} bits")
        self._value = self._value << width | value
        self._length += width

    def golomb(self, value: int, order: int) -> None:
        """A value of zero or more, short where it is below 2^order."""
        shifted = value + (1 << order)
        width = shifted.bit_length()
        self.fixed(0, width - order - 1)
        self.fixed(shifted, width)

    def signed(self, value: int, order: int) -> None:
        """Any value: 0, -1, 1, -2 ... become 0, 1, 2, 3."""
        self.golomb(value << 1 if value >= 0 else (-value << 1) - 1, order)

    def bytes(self) -> bytes:
        """All bits, zeros behind them to a whole byte."""
        padding = -self._length % 8
        return (self._value << padding).to_bytes((self._length + padding) // 8)


class BitReader:
    """Reads what a BitWriter wrote. Raises ValueError where bits are missing or left over."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = len(data) * 8

    def fixed(self, width: int) -> int:
        """The next `width` bits."""
        if width > self._left:
            raise ValueError("bits are missing")
        self._left -= width
        return self._value >> self._left & (1 << width) - 1

    def golomb(self, order: int) -> int:
        """A value written by `golomb` with the same order."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
        return (1 << zeros + order | self.fixed(zeros + order)) - (1 << order)

    def signed(self, order: int) -> int:
        """A value written by `signed` with the same order."""
        value = self.golomb(order)
        return -(value + 1 >> 1) if value & 1 else value >> 1

    def more(self) -> bool:
        """Whether any bit that is left is a one: padding has none."""
        return bool(self._value & (1 << self._left) - 1)

    def end(self) -> None:
        """Nothing but the padding may be left."""
        if self._left >= 8 or self._value & (1 << self._left) - 1:
            raise ValueError("bits are left over")
