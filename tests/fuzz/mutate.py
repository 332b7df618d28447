"""Octets changed at random, by a seeded generator: what is tried where no coverage-guided fuzzer is.

Rule 1: the same seed makes the same octets.
Rule 2: it knows no format.
"""

import random
from collections.abc import Sequence

__all__ = ["mutated"]

_EDGES = (0, 1, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"-1",
    b"1e999",
    b"NaN",
    b"\xc3\x28",
    b"[" * 40,
    b'"',
)


def mutated(known: Sequence[bytes], chance: random.Random) -> bytes:
    """One of the known ones, changed in one to eight places."""
    data = bytearray(chance.choice(known))
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(data):
                data[at] = chance.choice(_EDGES)
            case 2:
                del data[at : at + chance.randint(1, 16)]
            case 3:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case 4:
                data[at:at] = chance.choice(_WORDS)
            case 5:
                other = chance.choice(known)
                begin = chance.randrange(len(other) + 1)
                data[at:] = other[begin:]
            case _:
                data[at:at] = data[at : at + chance.randint(1, 64)]
    return bytes(data[:4096])
