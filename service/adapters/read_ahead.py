"""The next batches of a feed read while the last one is folded.

Rule 1: the one thread of reading stands here; at most a few batches are held.
Rule 2: it knows nothing of what it carries; an error of reading is raised where its batch would have come.
"""

from collections.abc import Generator, Iterable
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TypeVar

__all__ = ["read_ahead"]

_HELD = 2
_LOOK_UP = 0.2  # seconds after which a thread that waits for room looks whether anybody still reads

Batch = TypeVar("Batch")
Item = TypeVar("Item")


def read_ahead(batches: Iterable[Batch], held: int = _HELD) -> Generator[Batch, None, None]:
    """The same batches in the same order, read by a thread that ends with the iterator."""
    queue: Queue[tuple[Batch] | BaseException | None] = Queue(held)
    closed = Event()
    thread = Thread(target=_read, args=(batches, queue, closed), name="read ahead", daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        closed.set()
        while thread.is_alive():
            try:
                queue.get_nowait()
            except Empty:
                thread.join(_LOOK_UP)


def _read(
    batches: Iterable[Batch], queue: "Queue[tuple[Batch] | BaseException | None]", closed: Event
) -> None:
    try:
        for batch in batches:
            if not _put(queue, (batch,), closed):
                return
        _put(queue, None, closed)
    except BaseException as error:  # noqa: BLE001  (raised where it belongs)
        _put(queue, error, closed)


def _put(queue: "Queue[Item]", item: Item, closed: Event) -> bool:
    """Whether anybody still reads."""
    while not closed.is_set():
        try:
            queue.put(item, timeout=_LOOK_UP)
        except Full:
            continue
        return True
    return False
