"""What came of an ingestion, as tables that a person understands.

Rule 1: the words and the percentages stand here.
Rule 2: it counts nothing; the figures are the flow's.
"""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

__all__ = ["show_ingested"]

_ASIDE = {
    "no_subscription": "the number is not enrolled (itinerary enrol), or its owner erased it",
    "unknown_cell": "no cell table has the cell on that day",
    "before_activation": "before the subscription's activation day: somebody else's",
    "too_late": "arrived more than three days after it happened",
    "ahead_of_arrival": "happened more than five minutes after it arrived: a wrong clock",
}
_AMISS = {
    "bad_files": "files that could not be read, or not to their end: see the lines above",
    "bad_entries": "entries of a stream that hold no events; kept in the ingest directory",
    "lost_entries": "entries of a stream that were trimmed before they were read",
    "unreadable": "records that were altered in the store: left as they are",
    "former": "changes of a number that has another owner by now: dropped",
    "replayed": "records that an interrupted run had written already",
}


def show_ingested(counts: Mapping[str, Mapping[str, int]], console: Console) -> None:
    """A line for each file or run, then why events were set aside, then what is amiss."""
    table = Table(title_justify="left")
    table.add_column("source", overflow="fold")
    for heading in ("events", "folded", "set aside", "bad rows", "records"):
        table.add_column(heading, justify="right")
    for name, fields in counts.items():
        table.add_row(name, *_line(fields))
    console.print(table)
    total = {key: sum(fields[key] for fields in counts.values()) for key in next(iter(counts.values()), {})}
    if sum(total.get(reason, 0) for reason in _ASIDE):
        console.print(_reasons("set aside", _ASIDE, total, total["events"]))
    if sum(total.get(what, 0) for what in _AMISS):
        console.print(_reasons("besides", _AMISS, total, None))


def _line(fields: Mapping[str, int]) -> list[str]:
    if fields.get("already_ingested"):
        return ["ingested before", "", "", "", ""]
    aside = sum(fields[reason] for reason in _ASIDE)
    events = fields["events"]
    return [
        f"{events:,}",
        _share(events - aside, events),
        _share(aside, events),
        f"{fields['dead_letters']:,}",
        f"{fields['written']:,}",
    ]


def _reasons(title: str, words: Mapping[str, str], total: Mapping[str, int], whole: int | None) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("count", justify="right")
    table.add_column("why")
    for key, why in words.items():
        if total.get(key):
            table.add_row(f"{total[key]:,}" if whole is None else _share(total[key], whole), why)
    return table


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f} %)" if whole else f"{part:,}"
