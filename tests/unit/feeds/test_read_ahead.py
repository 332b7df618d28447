"""Reading ahead: the same batches, the same errors, and no thread that stays."""

import threading

import pytest

from service.adapters.read_ahead import read_ahead
from service.ports.feed import FeedError


def threads():
    """How many threads of reading there are."""
    return sum(thread.name == "read ahead" for thread in threading.enumerate())


@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_every_batch_comes_once_and_in_order(count):
    """However many there are."""
    assert list(read_ahead(range(count))) == list(range(count))
    assert threads() == 0


def test_an_error_of_reading_comes_after_the_batches_before_it():
    """As if there were no thread."""

    def feed():
        yield from range(5)
        raise FeedError.of("feed", "a whole file")

    seen = []
    with pytest.raises(FeedError, match="a whole file"):
        seen.extend(batch for batch in read_ahead(feed()))
    found = read_ahead(feed())
    assert [next(found) for _ in range(5)] == list(range(5))
    with pytest.raises(FeedError):
        next(found)
    assert threads() == 0


def test_at_most_a_few_are_held():
    """Memory does not grow with the file: the reader waits."""
    read, gate = [], threading.Event()

    def feed():
        for number in range(100):
            read.append(number)
            if number == 3:
                gate.set()
            yield number

    batches = read_ahead(feed(), held=2)
    assert next(batches) == 0
    assert gate.wait(5)
    assert len(read) <= 4
    batches.close()
    assert threads() == 0


def test_who_stops_early_leaves_no_thread():
    """Closing the iterator ends the reading."""
    batches = read_ahead(iter(range(10**9)))
    assert next(batches) == 0
    batches.close()
    assert threads() == 0
