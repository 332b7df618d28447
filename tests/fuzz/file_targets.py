"""What is read from files, as functions of octets (`targets`)."""

import tempfile
from collections.abc import Callable
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, cast

from service.adapters.cell_file import as_given, read_cells
from service.adapters.dead_letters import DeadLetters
from service.adapters.event_feed import EVENT_COLUMNS, EventFormat, read_events
from service.adapters.pack_files import load_packs
from service.adapters.subscriber_file import SUBSCRIBER_COLUMNS, read_subscribers
from service.domain.packs import PackError
from service.ports.feed import FeedError

__all__ = ["cells", "events", "file", "pack", "subscribers"]


def events(form: EventFormat) -> Callable[[bytes], bool]:
    """Events of one format."""

    class Cells:
        names = ("460-00-1-1", "460-00-1-2")

    def parse(data: bytes) -> bool:
        with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
            dead = DeadLetters(Path(folder) / "dead.csv", EVENT_COLUMNS)
            with dead:
                source = BufferedReader(cast("Any", BytesIO(data)))
                events = read_events(source, cast("Any", Cells()), dead, form)
                try:
                    rows = sum(len(batch) for batch in events)
                except FeedError:
                    return False
            assert events.rows == rows
            return rows > 0

    return parse


def cells(data: bytes) -> bool:
    """A cell table."""
    try:
        read_cells(BufferedReader(cast("Any", BytesIO(data))), as_given)
    except FeedError:
        return False
    return True


def subscribers(data: bytes) -> bool:
    """A register."""
    source = BufferedReader(cast("Any", BytesIO(data)))
    with (
        tempfile.TemporaryDirectory(prefix="fuzz") as folder,
        DeadLetters(Path(folder) / "dead.csv", SUBSCRIBER_COLUMNS) as dead,
    ):
        try:
            return bool(list(read_subscribers(source, dead)))
        except FeedError:
            return False


def pack(data: bytes) -> bool:
    """An operator pack, and behind #### its language."""
    pack, _, language = data.partition(b"\n####\n")
    with tempfile.TemporaryDirectory(prefix="fuzz") as name:
        folder = Path(name)
        (folder / "languages").mkdir()
        (folder / "pack.toml").write_bytes(pack)
        (folder / "languages/zh.toml").write_bytes(language)
        try:
            load_packs(folder)
        except PackError:
            return False
        return True


def file(parse: Callable[[Path], Any], *errors: type[Exception]) -> Callable[[bytes], bool]:
    """A parser that wants a path."""

    def read_file(data: bytes) -> bool:
        with tempfile.NamedTemporaryFile(prefix="fuzz") as file:
            file.write(data)
            file.flush()
            try:
                parse(Path(file.name))
            except errors:
                return False
            return True

    return read_file
