"""The tree cut into tiles, as C2SP tlog-tiles lays it out, and its right edge, which is all that growing needs.

Rule 1: names, widths and bytes of tiles and entry bundles are made and read here.
Rule 2: it reads and writes no file; it returns what is to be written.

    tile/0/x001/234.p/17      level 0, tile 1234, its first 17 hashes      (no .p: all 256)
    tile/entries/x001/234     the 256 entries below it, each with a length of two bytes before it

    level 2   [ roots of level 1's full tiles … ]
    level 1   [ roots of level 0's full tiles … ]
    level 0   [ leaf hashes … ]
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from service.audit.tree import EMPTY_ROOT, HASH_BYTES, Node, node_hash, perfect_levels

__all__ = [
    "ENTRIES",
    "ENTRY_BYTES_MAX",
    "TILE_WIDTH",
    "Edge",
    "Growing",
    "TileError",
    "TileName",
    "bundle",
    "nodes",
    "tiles_of",
    "unbundle",
]

TILE_WIDTH = 256
TILE_HEIGHT = 8
ENTRY_BYTES_MAX = 0xFFFF  # what the two bytes before an entry in a bundle can say
ENTRIES = -1
"""The level that stands for entry bundles: below the leaf hashes."""

_LEVEL_MAX = 63
_NAME = re.compile(r"tile/(entries|0|[1-9][0-9]?)((?:/x[0-9]{3})*)/([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class TileError(ValueError):
    """Bytes or a name that are no tile's."""


@dataclass(frozen=True, slots=True)
class TileName:
    """Which tile: its level, its place in the level, how many of its 256 hashes (or entries) it has."""

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`; N in groups of three digits, all but the last with an x before them."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        groups = [f"{self.index % 1000:03}"]
        rest = self.index // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"

    @classmethod
    def parse(cls, path: str) -> "TileName":
        """Read a path. Raises TileError for anything that is not the one way to write a tile's name."""
        found = _NAME.fullmatch(path)
        if found is None:
            raise TileError("no tile's name")
        level, groups, last, width = found.groups()
        index = int(groups.replace("/x", "") + last)
        name = cls(
            ENTRIES if level == "entries" else int(level), index, TILE_WIDTH if width is None else int(width)
        )
        if name.path != path or name.level > _LEVEL_MAX:
            raise TileError("no tile's name")
        return name

    @property
    def full(self) -> "TileName":
        """The same tile once it is full."""
        return TileName(self.level, self.index)

    @property
    def size_limit(self) -> int:
        """The most bytes that this tile can have."""
        return self.width * (HASH_BYTES if self.level != ENTRIES else ENTRY_BYTES_MAX + 2)


def tiles_of(size: int) -> Iterator[TileName]:
    """Every tile and bundle of a tree of that size: the full ones, and the partial one at each level's end."""
    level, count = ENTRIES, size
    while count or level <= 0:
        full, rest = divmod(count, TILE_WIDTH)
        yield from (TileName(level, index) for index in range(full))
        if rest:
            yield TileName(level, full, rest)
        level += 1
        if level > 0:
            count = full


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries, each with its length in two bytes before it."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(content: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle (or of a fuller one's beginning). Raises TileError."""
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        length = int.from_bytes(content[at : at + 2])
        entry = content[at + 2 : at + 2 + length]
        if len(content) < at + 2 or len(entry) < length:
            raise TileError(f"ends within its entry {len(entries)}")
        entries.append(entry)
        at += 2 + length
    return entries


def nodes(read: Callable[[TileName], bytes], size: int, cached_tiles: int = 512) -> Node:
    """The nodes of a tree of that size, from its tiles. `read` may raise; a tile too short is a TileError."""

    @lru_cache(cached_tiles)
    def levels(level: int, index: int) -> list[list[bytes]]:
        width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH)
        if width < 1:
            raise TileError("a node outside the tree")
        name = TileName(level, index, width)
        content = read(name)
        if len(content) < width * HASH_BYTES:
            raise TileError(f"{name.path}: too short")
        return perfect_levels(
            [content[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]
        )

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, TILE_HEIGHT)
        per_tile = TILE_WIDTH >> height
        inside = levels(tile_level, index // per_tile)
        if height >= len(inside) or index % per_tile >= len(inside[height]):
            raise TileError("a node outside the tree")
        return inside[height][index % per_tile]

    return node


@dataclass(slots=True)
class Edge:
    """The right edge of a growing tree: the hashes of each level's unfinished tile."""

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=lambda: [[]])

    def append(self, hashes: Sequence[bytes]) -> list[tuple[TileName, bytes]]:
        """Grow by leaf hashes; the hash tiles that have become full, ready to be kept."""
        done: list[tuple[TileName, bytes]] = []
        at = 0
        while at < len(hashes):
            taken = hashes[at : at + TILE_WIDTH - len(self.levels[0])]
            at += len(taken)
            self.levels[0] += taken
            self.size += len(taken)
            if len(self.levels[0]) == TILE_WIDTH:
                self._carry(done)
        return done

    def _carry(self, done: list[tuple[TileName, bytes]]) -> None:
        """A full tile becomes one hash of the level above, which may be full then itself."""
        level = 0
        while len(full := self.levels[level]) == TILE_WIDTH:
            index = (self.size >> (TILE_HEIGHT * (level + 1))) - 1
            done.append((TileName(level, index), b"".join(full)))
            self.levels[level] = []
            level += 1
            if level == len(self.levels):
                self.levels.append([])
            self.levels[level].append(_tile_root(full))

    def partial(self) -> list[tuple[TileName, bytes]]:
        """The unfinished tile of each level, as far as it goes."""
        return [
            (TileName(level, self.size >> (TILE_HEIGHT * (level + 1)), len(hashes)), b"".join(hashes))
            for level, hashes in enumerate(self.levels)
            if hashes
        ]

    def root(self) -> bytes:
        """The tree's root: the perfect subtrees from the smallest to the largest, each put before what is there."""
        made: bytes | None = None
        for hashes in self.levels:
            made = _folded(hashes, made)
        return EMPTY_ROOT if made is None else made

    @classmethod
    def load(cls, size: int, read: Callable[[TileName], bytes]) -> "Edge":
        """The edge of a tree of that size from its partial tiles. Raises TileError where one is too short."""
        edge = cls(size, [])
        level = 0
        while not level or size >> (TILE_HEIGHT * level):
            count = size >> (TILE_HEIGHT * level)
            width = count % TILE_WIDTH
            name = TileName(level, count // TILE_WIDTH, width)
            content = read(name) if width else b""
            if len(content) < width * HASH_BYTES:
                raise TileError(f"{name.path}: too short")
            edge.levels.append([content[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(width)])
            level += 1
        return edge


@dataclass(slots=True)
class Growing:
    """A growing tree with its entries: what a sequencer holds in memory."""

    edge: Edge = field(default_factory=Edge)
    entries: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.edge.size

    def append(self, entries: Sequence[bytes], hashes: Sequence[bytes]) -> list[tuple[TileName, bytes]]:
        """Grow by entries and their leaf hashes; the tiles and bundles that have become full."""
        at = self.size // TILE_WIDTH
        self.entries += entries
        done: list[tuple[TileName, bytes]] = []
        while len(self.entries) >= TILE_WIDTH:
            done.append((TileName(ENTRIES, at), bundle(self.entries[:TILE_WIDTH])))
            del self.entries[:TILE_WIDTH]
            at += 1
        return done + self.edge.append(hashes)

    def partial(self) -> list[tuple[TileName, bytes]]:
        """The unfinished bundle and tiles."""
        if not self.entries:
            return self.edge.partial()
        name = TileName(ENTRIES, self.size // TILE_WIDTH, len(self.entries))
        return [(name, bundle(self.entries)), *self.edge.partial()]

    @classmethod
    def load(cls, size: int, read: Callable[[TileName], bytes]) -> "Growing":
        """What a sequencer has to know of a tree of that size, from its tiles. Raises TileError."""
        width = size % TILE_WIDTH
        name = TileName(ENTRIES, size // TILE_WIDTH, width)
        entries = unbundle(read(name), width) if width else []
        return cls(Edge.load(size, read), entries)


def _tile_root(hashes: list[bytes]) -> bytes:
    """The root over 256 hashes; without the objects of `perfect_levels`, for it is most of what growing costs."""
    row = hashes
    while len(row) > 1:
        row = [
            sha256(b"\x01" + left + right).digest() for left, right in zip(row[0::2], row[1::2], strict=True)
        ]
    return row[0]


def _folded(hashes: list[bytes], right: bytes | None) -> bytes | None:
    """Put the perfect subtrees over `hashes` before what lies to their right."""
    for row in perfect_levels(hashes):
        if len(row) & 1:
            right = row[-1] if right is None else node_hash(row[-1], right)
    return right
