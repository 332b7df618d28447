"""Counts of a log, from its public files, as it grows; and how they are told."""

import pytest

from service.adapters.published_directory import PublishedDirectory
from service.audit.entries import Kind
from service.auditor.audit import audit
from service.auditor.counting import Counting, Month, blurred
from service.auditor.history import History
from service.auditor.proving import ProvingError
from service.auditor.report import Terms
from tests.log_directory import entry, written

NOVEMBER = 1_793_462_400  # 2026-11-01 00:00 in Shanghai
HOUR = 3600


@pytest.mark.parametrize(
    ("count", "told"), [(0, 0), (1, 0), (9, 0), (10, 10), (14, 10), (15, 20), (1004, 1000), (1005, 1010)]
)
def test_small_counts_are_not_told_and_others_to_the_nearest_ten(count, told):
    """Ten is the first that is told."""
    assert blurred(count) == told


def test_months_are_shanghais_and_the_newest_comes_first(tmp_path):
    """An hour before midnight is the month before."""
    entries = [entry(1, Kind.CHECK, NOVEMBER - HOUR), entry(2, Kind.CHECK, NOVEMBER), entry(3, now=NOVEMBER)]
    written(tmp_path, entries)
    months, size = Counting(PublishedDirectory(tmp_path)).months()
    assert months == [Month("2026-11", {"check": 1, "disclose": 1}), Month("2026-10", {"check": 1})]
    assert size == 3


def test_a_log_that_grows_is_counted_once(tmp_path):
    """Through whole bundles and partial ones; files of whole bundles are not read a second time."""
    counting = Counting(PublishedDirectory(tmp_path))
    assert counting.months() == ([], 0)
    entries = [entry(number, now=NOVEMBER) for number in range(700)]
    for size in (1, 255, 256, 257, 511, 700):
        written(tmp_path, entries[:size])
        [month], told = counting.months()
        assert (month.kinds, told) == ({"disclose": size}, size)
    (tmp_path / "tile" / "entries" / "000").unlink()
    assert counting.months()[1] == 700
    with pytest.raises(ProvingError, match="damaged"):
        Counting(PublishedDirectory(tmp_path)).months()


def test_the_services_figures_are_the_auditors(tmp_path):
    """Of the same bytes, kind by kind; so an auditor can hold the page's figures against the log."""
    kinds = [Kind.CHECK] * 30 + [Kind.DISCLOSE] * 270 + [Kind.ERASE] * 12 + [Kind.STAFF_SHOW] * 3
    written(tmp_path, [entry(number, kind, NOVEMBER) for number, kind in enumerate(kinds)])
    log = PublishedDirectory(tmp_path)
    [month], size = Counting(log).months()
    report = audit(log, Terms(now=NOVEMBER), History(), lambda _count: None)
    assert report.good
    assert (month.kinds, size) == (report.counts, len(kinds))
