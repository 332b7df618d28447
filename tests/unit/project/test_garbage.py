"""A process that serves looks for garbage more seldom, and no longer than it serves."""

import gc

import pytest

from service.entrypoints.garbage import seldom_collected


class _Cycle:
    def __init__(self) -> None:
        self.me = self


def _looks(cycles: int) -> int:
    """How often the collector looked at new objects while this many cycles were made and dropped."""
    before = int(gc.get_stats()[0]["collections"])
    for _ in range(cycles):
        _Cycle()
    return int(gc.get_stats()[0]["collections"]) - before


def _ended_by_an_error() -> None:
    with seldom_collected():
        raise OSError("gone")


def test_it_looks_more_seldom_while_it_serves():
    """The same garbage makes a tenth of the looks, and all of it goes in the end."""
    often = _looks(100_000)
    with seldom_collected():
        seldom = _looks(100_000)
        left = sum(isinstance(one, _Cycle) for one in gc.get_objects())
    assert 0 < seldom <= often / 10
    assert left < 50_000


def test_what_was_loaded_before_is_not_walked_meanwhile():
    """Modules and classes are set aside, and are back when serving has ended."""
    with seldom_collected():
        frozen = gc.get_freeze_count()
    assert frozen > 10_000
    assert gc.get_freeze_count() == 0


def test_it_is_as_before_when_serving_has_ended():
    """Also where it ends by an error."""
    before = gc.get_threshold()
    with pytest.raises(OSError, match="gone"):
        _ended_by_an_error()
    assert gc.get_threshold() == before
