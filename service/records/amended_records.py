"""Many itineraries amended at once, from bytes to bytes, compiled.

Rule 1: `itinerary_record` says how the bytes lie and `domain.amendments` what a change does; this file repeats both, for
    thousands of records a call, and the three are held against each other by a property test.
Rule 2: whatever is not plain (a struck stay, a body of another shape, a value that fits no field) is left to those two.

    body --read--> stays in arrays --apply the changes--> --write--> body       a record that is left aside: kept as it is
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from service.domain.amendments import RETENTION_SECONDS, ChangeKind
from service.records.itinerary_record import GAP_ORDER, LENGTH_ORDER

__all__ = ["amended_bodies"]

_SEEN, _CLOSED = int(ChangeKind.SEEN), int(ChangeKind.CLOSED)
_RETENTION = RETENTION_SECONDS
_GAP, _LENGTH = GAP_ORDER, LENGTH_ORDER
_OFFSET, _DAY = 28_800, 86_400
_COVERED, _ALL_COVERED = 31, (1 << 31) - 1
_ROOM = 1024  # stays of one record on the way; more are left to the slow way
_LONGEST_STAY = 20  # bytes: region (20 bits), place (10), certainty (1), gap (58) and length (53)
_HEAD = 32  # bytes in front of regions and stays
_WIDEST = 40  # bits of a field; a longer run of zeros is no body of ours


def amended_bodies(
    bodies: list[bytes], changes: NDArray[np.void], borders: NDArray[np.int64]
) -> list[bytes | None]:
    """Each body after its changes, `changes[borders[i]:borders[i + 1]]`; None where the slow way has to be taken.

    An empty body is an itinerary of nothing. The changes bear no ordinal that was applied before.
    """
    at = np.zeros(len(bodies) + 1, np.int64)
    np.cumsum([len(body) for body in bodies], out=at[1:])
    room = (
        2 * int(at[-1]) + len(bodies) * _HEAD + len(changes) * _LONGEST_STAY
    )  # twice: places may become wider
    out, out_at = np.empty(room, np.uint8), np.zeros(len(bodies) + 1, np.int64)
    plain = np.zeros(len(bodies), np.bool_)
    data = np.frombuffer(b"".join(bodies), np.uint8)
    _amend(data, at, changes, borders, out, out_at, plain, np.zeros((_ROOM, 5), np.int64))
    joined = out[: out_at[-1]].tobytes()
    ends = out_at.tolist()
    return [
        joined[begin:end] if whole else None
        for begin, end, whole in zip(ends, ends[1:], plain.tolist(), strict=False)
    ]


@njit(cache=True, nogil=True)
def _amend(data, at, changes, borders, out, out_at, plain, stays):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    for record in range(len(plain)):
        out_at[record + 1] = out_at[record]
        day, bits, count = _read(data, at[record], at[record + 1], stays)
        some = changes[borders[record] : borders[record + 1]]
        if count < 0 or count + len(some) > _ROOM:
            continue
        day, bits, count = _apply(some, day, bits, count, stays)
        end = _write(out, out_at[record], day, bits, count, stays)
        if end >= 0:
            out_at[record + 1] = end
            plain[record] = True


@njit(cache=True)
def _apply(changes, day, bits, count, stays):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """`domain.amendments.amended`, without struck stays; the fields of a stay are region, start, end, certain, open."""
    for change in changes:
        today = (change.last + _OFFSET) // _DAY
        if bits == 0:
            day, bits = today, 1
        elif today > day:
            bits = ((bits << min(today - day, _COVERED)) | 1) & _ALL_COVERED
            day = today
        elif day - today < _COVERED:
            bits |= 1 << (day - today)
        running = count > 0 and stays[count - 1, 4] == 1
        same = running and stays[count - 1, 0] == change.region and stays[count - 1, 1] == change.start
        if change.kind != _SEEN or same:
            if running:
                count -= 1
            count = _without_parts(stays, count, change)
            stays[count, 0], stays[count, 1], stays[count, 2] = change.region, change.start, change.last
            stays[count, 3], stays[count, 4] = change.certain != 0, change.kind != _CLOSED
            count += 1
    latest = 0
    for place in range(count):
        latest = max(latest, stays[place, 2])
    kept = 0
    for place in range(count):
        if stays[place, 2] >= latest - _RETENTION:
            stays[kept] = stays[place]
            kept += 1
    return day, bits, kept


@njit(cache=True)
def _without_parts(stays, count, change):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The stays but those of the change's region that it spans from end to end."""
    kept = 0
    for place in range(count):
        inside = change.start <= stays[place, 1] and stays[place, 2] <= change.last
        if not (stays[place, 0] == change.region and inside):
            stays[kept] = stays[place]
            kept += 1
    return kept


@njit(cache=True)
def _bits(data, at, width):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """`width` bits from the bit `at` on; zeros behind the data's end."""
    value, taken = np.int64(0), 0
    while taken < width:
        byte = np.int64(data[(at + taken) >> 3]) if (at + taken) >> 3 < len(data) else np.int64(0)
        first = (at + taken) & 7
        some = min(8 - first, width - taken)
        value = value << some | (byte >> (8 - first - some)) & ((1 << some) - 1)
        taken += some
    return value


@njit(cache=True)
def _golomb(data, at, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """A value and the bit behind it; -1 for what is longer than any field of ours."""
    zeros = 0
    while _bits(data, at, 1) == 0:
        zeros += 1
        at += 1
        if zeros + order > _WIDEST:
            return np.int64(-1), at
    width = zeros + order + 1
    return _bits(data, at, width) - (1 << order), at + width


@njit(cache=True)
def _read(data, begin, end, stays):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Last day, coverage, and how many stays stand in `stays` now; -1 where the body is not plain."""
    if begin == end:
        return np.int64(0), np.int64(0), 0
    at, limit = begin * 8, end * 8
    day, bits, open_last = _bits(data, at, 16), _bits(data, at + 16, 31), _bits(data, at + 47, 1)
    count, at = _golomb(data, at + 48, 3)
    if count < 0 or count > _ROOM or at > limit:
        return day, bits, -1
    if count > 0:
        named, at = _golomb(data, at, 1)
        names = at
        at += 20 * named
        if named < 1 or named > count or at > limit:
            return day, bits, -1
        last = _bits(data, at, 32)
        at += 32
        width = 0
        while (named - 1) >> width:
            width += 1
        for place in range(count):
            name = _bits(data, at, width)
            certain = _bits(data, at + width, 1)
            gap, at = _golomb(data, at + width + 1, _GAP)
            length, at = _golomb(data, at, _LENGTH)
            if name >= named or gap < 0 or length < 0 or at > limit:
                return day, bits, -1
            stays[place, 0] = _bits(data, names + 20 * name, 20)
            stays[place, 1] = last + (-((gap + 1) >> 1) if gap & 1 else gap >> 1)
            last = stays[place, 1] + length
            stays[place, 2], stays[place, 3], stays[place, 4] = last, certain, 0
        stays[count - 1, 4] = open_last
    if limit - at >= 8 or limit < at or _bits(data, at, limit - at) != 0:
        return day, bits, -1
    return day, bits, count


@njit(cache=True)
def _put(out, at, value, width):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """`width` bits of a value at the bit `at`; a byte is cleared when its first bit is written."""
    left = width
    while left > 0:
        first = at & 7
        some = min(8 - first, left)
        piece = (value >> (left - some)) & ((1 << some) - 1)
        if first == 0:
            out[at >> 3] = 0
        out[at >> 3] |= np.uint8(piece << (8 - first - some))
        left -= some
        at += some
    return at


@njit(cache=True)
def _put_golomb(out, at, value, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    shifted, width = value + (1 << order), 0
    while shifted >> width:
        width += 1
    return _put(out, _put(out, at, 0, width - order - 1), shifted, width)


@njit(cache=True)
def _write(out, begin, day, bits, count, stays):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, C901
    """The body at the byte `begin`; the byte behind it, -1 where a value does not fit its field."""
    if day < 0 or day >> 16 or (count > 0 and (stays[0, 1] < 0 or stays[0, 1] >> 32)):
        return np.int64(-1)
    at = _put(out, _put(out, begin * 8, day, 16), bits, 31)
    at = _put(out, at, 1 if count > 0 and stays[count - 1, 4] == 1 else 0, 1)
    at = _put_golomb(out, at, count, 3)
    if count > 0:
        names, named = np.empty(count, np.int64), 0
        places = np.empty(count, np.int64)
        for place in range(count):
            name = 0
            while name < named and names[name] != stays[place, 0]:
                name += 1
            if name == named:
                names[named] = stays[place, 0]
                named += 1
            places[place] = name
        at = _put_golomb(out, at, named, 1)
        for name in range(named):
            if names[name] < 0 or names[name] >> 20:
                return np.int64(-1)
            at = _put(out, at, names[name], 20)
        at = _put(out, at, stays[0, 1], 32)
        width = 0
        while (named - 1) >> width:
            width += 1
        last = stays[0, 1]
        for place in range(count):
            gap, length = stays[place, 1] - last, stays[place, 2] - stays[place, 1]
            if length < 0 or length >> 32 or abs(gap) >> 32:
                return np.int64(-1)
            at = _put(out, _put(out, at, places[place], width), stays[place, 3], 1)
            at = _put_golomb(out, at, 2 * gap if gap >= 0 else -2 * gap - 1, _GAP)
            at = _put_golomb(out, at, length, _LENGTH)
            last = stays[place, 2]
    return (at + 7) >> 3
