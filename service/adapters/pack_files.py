"""Operator packs from TOML files: one a file, the languages in a folder beside them.

Rule 1: this file alone knows the layout of pack files.
Rule 2: it decides nothing about words and texts; `domain.packs` does.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain.packs import Dates, Language, Pack, PackError

__all__ = ["load_packs"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


_Model = TypeVar("_Model", bound=_Strict)


class _Keywords(_Strict):
    query: dict[str, int]
    explain: tuple[str, ...] = Field(min_length=1)
    withdraw: tuple[str, ...] = Field(min_length=1)
    records: tuple[str, ...] = Field(min_length=1)
    lock: tuple[str, ...] = Field(min_length=1)
    erase: tuple[str, ...] = Field(min_length=1)
    consent: tuple[str, ...] = Field(min_length=1)
    cancel: tuple[str, ...] = Field(min_length=1)
    keep: tuple[str, ...] = Field(min_length=1)
    check: tuple[str, ...] = Field(min_length=1)
    help: tuple[str, ...]
    stop: tuple[str, ...]


class _Dates(_Strict):
    day: str
    moment: str
    span_in_month: tuple[str, str]
    between: str
    join: str


class _Texts(_Strict):
    signature: str
    challenge: str
    challenge_why: str
    challenge_include: str
    ask_sim: str
    challenge_erase: str
    challenge_notices: str
    notices_on: str
    notices_off: str
    new_regions: str
    notices_none: str
    consents: str
    consents_none: str
    consents_newest: str
    consents_cancelled: str
    consent_since: str
    consent_places: str
    consent_reasons: str
    consent_recording: str
    consent_showing: str
    consent_notices: str
    erased: str
    ask_erase: str
    ask_lock: str
    ask_unlock: str
    locked: str
    unlocked: str
    refuse_lock: str
    refuse: str
    expired: str
    lost: str
    stopped: str
    unknown: str
    help: str
    reply: str
    places: str
    places_none: str
    possible: str
    coverage: str
    missing: str
    missing_between: str
    missing_count: str
    gap_before_activation: str
    gap_not_included: str
    gap_no_records: str
    gap_not_seen: str
    owner_only: str
    code: str
    withdrawn: str
    withdrawn_all: str
    withdrawn_none: str
    genuine: str
    not_confirmed: str
    check_later: str
    check_more: str
    checked: str
    checked_again: str
    guessed: str
    channel_web: str
    channel_sms: str
    channel_staff: str
    show_ask: str
    show_none: str
    show_wrong: str
    show_ended: str
    show_refused: str
    show_late: str
    show_failed: str
    show_spent: str
    shown: str
    asker_typed: str
    asker_registered: str
    ask_show: str
    ask_inside: str
    ask_outside: str
    ask_document: str
    records: str
    records_brief: str
    records_line: str
    records_who: str
    records_none: str
    entry_disclose: str
    entry_disclose_reasons: str
    entry_check: str
    entry_predicate: str
    closed: str
    closed_destroyed: str
    closed_stopped: str
    entry_refuse: str
    entry_refuse_second: str
    entry_consent: str
    entry_consent_given: str
    entry_consent_refused: str
    entry_consent_expired: str
    entry_correction: str
    entry_dispute: str
    entry_staff: str
    entry_erase: str
    entry_lock: str
    entry_unlock: str
    entry_consent_used: str
    entry_void: str
    entry_other: str
    nothing: str
    reason_new: str
    reason_not_included: str
    reason_no_records: str
    reason_unseen: str
    included: str
    not_included: str
    explain: str
    explain_join: str
    explain_region: str
    explain_certain: str
    explain_border: str
    explain_legend: str
    explain_between: str
    explain_more: str
    explain_struck: str
    explain_dispute: str
    explain_dispute_one: str
    disputed: str
    dispute_opened: str
    dispute_full: str
    dispute_none: str
    notice_struck: str
    notice_kept: str
    notice_corrected: str
    card_code: str
    card_shown: str


class _LanguageFile(_Strict):
    keywords: _Keywords
    dates: _Dates
    reply_length: int
    notice_version: str
    texts: _Texts

    def value(self, code: str) -> Language:
        words = self.keywords
        return Language(
            code,
            words.query,
            words.explain,
            words.withdraw,
            words.check,
            words.records,
            words.lock,
            words.erase,
            words.consent,
            words.cancel,
            words.keep,
            words.help,
            words.stop,
            Dates(**self.dates.model_dump()),
            self.reply_length,
            self.notice_version,
            self.texts.model_dump(),
        )


class _PackFile(_Strict):
    name: dict[str, str]
    short_codes: tuple[str, ...] = Field(min_length=1)
    languages: tuple[str, ...] = Field(min_length=1)
    country_code: int
    one_message: bool


def load_packs(folder: Path) -> dict[str, Pack]:
    """All packs of a folder by their short codes. Raises PackError, one line for each fault of all files."""
    faults: list[str] = []
    languages: dict[str, Language] = {}
    for path in sorted((folder / "languages").glob("*.toml")):
        if (parsed := _parse(_LanguageFile, path, faults)) is not None:
            languages[path.stem] = parsed.value(path.stem)
    packs: dict[str, Pack] = {}
    for path in sorted(folder.glob("*.toml")):
        if (parsed_pack := _parse(_PackFile, path, faults)) is not None:
            _add(packs, parsed_pack, languages, path, faults)
    if not packs and not faults:
        faults.append(f"{folder}: no operator pack; put at least one .toml file there")
    if faults:
        raise PackError("\n".join(faults))
    return packs


def _add(
    packs: dict[str, Pack], file: _PackFile, languages: dict[str, Language], path: Path, faults: list[str]
) -> None:
    unknown = [code for code in file.languages if code not in languages]
    taken = [code for code in file.short_codes if code in packs]
    if unknown:
        faults.append(f"{path}: languages: no readable file languages/{unknown[0]}.toml")
        return
    if taken:
        faults.append(f"{path}: short_codes: {taken[0]} belongs to another pack already")
        return
    try:
        spoken = tuple(languages[code] for code in file.languages)
        pack = Pack.of(
            file.name, file.short_codes, spoken, country_code=file.country_code, one_message=file.one_message
        )
    except PackError as error:
        faults.append(f"{path}: {error}")
        return
    packs.update(dict.fromkeys(file.short_codes, pack))


def _parse(model: type[_Model], path: Path, faults: list[str]) -> _Model | None:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: {error}")
    except ValidationError as error:
        faults += [f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return None
