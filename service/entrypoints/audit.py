"""The commands of those who check the log: `audit`, `witness`, and the keys they need.

Rule 1: what an audit has found is put before people and programs here.
Rule 2: it judges nothing, and needs no configuration of the service: bytes and public keys are enough.

    0 good    1 bad, refused, or no verdict    2 wrong usage
"""

import json
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from service.audit.note import COSIGNATURE, SIGNATURE, NoteError, VerifierKey
from service.auditor.history import HistoryError
from service.auditor.report import Report
from service.auditor.witness import Refused, WitnessError, Word
from service.entrypoints.console import FAILED, USAGE, AsJson, Config, errors, fail, settings_of
from service.ports.device import DeviceError
from service.ports.published import PublishedError
from service.wiring.transparency import KeptFileError, audited, log_key_of, watched, witness_key

__all__ = ["audit_commands"]

_ERRORS = (PublishedError, KeptFileError, HistoryError, WitnessError, NoteError, DeviceError, OSError)

audit_commands = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@audit_commands.command()
def audit(
    place: Annotated[str, typer.Argument(metavar="DIR|URL", help="where the log's checkpoint and tiles are")],
    key: Annotated[
        list[str] | None,
        typer.Option(help="the log's verifier key, from whom you trust; repeatable while keys change"),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="remembers every checkpoint seen, and holds the next against them")
    ] = None,
    witness: Annotated[list[str] | None, typer.Option(help="a witness's verifier key; repeatable")] = None,
    quorum: Annotated[
        int | None, typer.Option(min=0, help="witnesses that are enough; all by default")
    ] = None,
    cosigned: Annotated[
        list[str] | None, typer.Option(help="FILE|URL: the checkpoint as a witness cosigned it; repeatable")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a log from its bytes alone: every entry, tile, root and signature. 0 good, 1 bad, 2 wrong usage."""
    keys = [_key(text, SIGNATURE) for text in key or []]
    witnesses = [_key(text, COSIGNATURE) for text in witness or []]
    enough = len(witnesses) if quorum is None else quorum
    if enough > len({one.public for one in witnesses}):
        fail(f"a quorum of {enough} needs as many witnesses' keys", USAGE)
    columns = (
        SpinnerColumn(),
        TextColumn("auditing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
            task = progress.add_task("auditing", total=None)
            report = audited(
                place,
                keys,
                witnesses,
                enough,
                cosigned or [],
                state,
                lambda count: progress.advance(task, count),
            )
    except _ERRORS as error:
        fail(f"no verdict: {error}")
    if as_json:
        typer.echo(json.dumps(_fields(report), ensure_ascii=False))
    else:
        _show(report, enough)
    if not report.good:
        raise typer.Exit(FAILED)


@audit_commands.command()
def witness(
    log: Annotated[str, typer.Option(metavar="DIR|URL", help="where the log's checkpoint and tiles are")],
    log_key: Annotated[str, typer.Option(help="the log's verifier key, from whom you trust")],
    key: Annotated[
        Path, typer.Option(help="this witness's private key; made with --name where there is none")
    ],
    state: Annotated[Path, typer.Option(help="remembers the last checkpoint; guard it as the key")],
    name: Annotated[
        str | None, typer.Option(help="the name of a new key; by custom a URL without its scheme")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="where the cosigned checkpoint goes, to be served")] = None,
    every: Annotated[float, typer.Option(min=0.1, help="seconds between two looks")] = 5.0,
    once: Annotated[bool, typer.Option("--once", help="look once; 1 if refused")] = False,
) -> None:
    """Cosign the log's checkpoints, each only if it follows from the last one. A fork is refused for ever."""
    trusted = _key(log_key, SIGNATURE)
    try:
        signer = witness_key(key, name, secrets.token_bytes)
        errors.print(f"witness {signer.verifier}", markup=False, highlight=False, soft_wrap=True)
        with watched(log, trusted, signer, state, out) as look:
            said = ""
            while True:
                line, refused, for_ever = _looked(look)
                if line != said:
                    typer.echo(line)
                    said = line
                if once or for_ever:
                    raise typer.Exit(FAILED if refused else 0)
                time.sleep(every)
    except _ERRORS as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _looked(look: Any) -> tuple[str, bool, bool]:
    """One look: the line that says what came of it, whether it was refused, and whether for ever."""
    try:
        word: Word | Refused = look()
    except PublishedError as error:
        return f"refused: {error}", True, False
    if isinstance(word, Word):
        return f"cosigned: {word.head.size} entries, root {word.head.root.hex()}", False, False
    return f"refused{' for ever' if word.for_ever else ''}: {word.why}", True, word.for_ever


@audit_commands.command("log-key")
def log_key(
    config: Config = Path("itinerary.toml"),
) -> None:
    """Print the verifier key of this service's log: give it to auditors and witnesses, by a way they trust."""
    settings = settings_of(config)
    try:
        typer.echo(str(log_key_of(settings)))
    except _ERRORS as error:
        fail(str(error))


def _key(text: str, kind: int) -> VerifierKey:
    """A verifier key given as text, or as the name of a file that holds it."""
    try:
        key = VerifierKey.parse(text if "+" in text else Path(text).read_text(encoding="utf-8"))
    except NoteError as error:
        fail(f"{text}: {error}", USAGE)
    except (OSError, UnicodeDecodeError):
        fail(f"{text}: neither a verifier key (name+keyid+base64) nor a file that holds one", USAGE)
    if key.kind != kind:
        fail(
            f"{key.name}: a {'witness' if kind == SIGNATURE else 'log'}'s key; give a {'log' if kind == SIGNATURE else 'witness'}'s",
            USAGE,
        )
    return key


def _fields(report: Report) -> dict[str, Any]:
    bad = report.first_bad
    return {
        "verdict": "good" if report.good else "bad",
        "line": _verdict(report),
        "origin": None if report.head is None else report.head.origin,
        "size": None if report.head is None else report.head.size,
        "root": None if report.head is None else report.head.root.hex(),
        "signed_by": report.signed_by,
        "checkpoints_held": report.held_against,
        "witnesses": [{"name": seen.name, "size": seen.size, "at": seen.at} for seen in report.witnesses],
        "counts": dict(sorted(report.counts.items())),
        "first_hour": _hour(report.first_hour),
        "last_hour": _hour(report.last_hour),
        "first_bad_entry": None if bad is None else bad.entry,
        "closed": None
        if report.closed is None
        else {"at": report.closed.at, "destroyed": list(report.closed.destroyed)},
        "findings": [{"entry": finding.entry, "what": finding.what} for finding in report.findings],
    }


def _verdict(report: Report) -> str:
    """One line that says it."""
    bad = report.first_bad
    if bad is not None:
        where = "" if bad.entry is None else f"first bad entry {bad.entry}: "
        more = len(report.findings) - 1
        return f"BAD: {where}{bad.what}" + (f" (and {more} more)" if more else "")
    size = 0 if report.head is None else report.head.size
    signed = "" if report.signed_by else "; SIGNATURE NOT CHECKED: give --key"
    return f"GOOD: {size:,} {'entry' if size == 1 else 'entries'}, every byte accounted for{signed}"


def _show(report: Report, quorum: int) -> None:
    show = Console()
    if report.head is not None:
        table = Table(title=report.head.origin, title_justify="left", show_header=False)
        table.add_column()
        table.add_column(overflow="fold")
        table.add_row("entries", f"{report.head.size:,}")
        table.add_row("root", report.head.root.hex())
        table.add_row("signed by", report.signed_by or "not checked")
        table.add_row("hours", f"{_hour(report.first_hour)} to {_hour(report.last_hour)} (UTC)")
        table.add_row("held against", f"{report.held_against:,} checkpoints seen before")
        for seen in report.witnesses:
            table.add_row("witness", f"{seen.name}: {seen.size:,} entries at {_time(seen.at)}")
        if report.closed is not None:
            told = f"{_time(report.closed.at)}: {len(report.closed.destroyed)} keys destroyed, certified by the last entry"
            table.add_row("closed for good", told)
        if quorum:
            table.add_row("quorum", f"{len(report.witnesses)} of {quorum}")
        show.print(table)
        kinds = Table("kind", "entries")
        for kind, count in sorted(report.counts.items()):
            kinds.add_row(kind, f"{count:,}")
        show.print(kinds)
    for finding in report.findings:
        where = "" if finding.entry is None else f"entry {finding.entry}: "
        show.print(f"{where}{finding.what}", style="red", markup=False, highlight=False, soft_wrap=True)
    line = _verdict(report)
    show.print(
        line, style="bold green" if report.good else "bold red", markup=False, highlight=False, soft_wrap=True
    )


def _hour(hour: int | None) -> str | None:
    return None if hour is None else _time(hour * 3600)


def _time(at: int) -> str:
    """Of a time that somebody claims, who may claim anything."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"second {at}"
