"""Operator packs from TOML files: one a file, the languages in a folder beside them.

Rule 1: this file alone knows the layout of pack files.
Rule 2: it decides nothing about words and texts; `domain.packs` does.
"""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain import pack_texts
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


class _LanguageFile(_Strict):
    keywords: _Keywords
    dates: _Dates
    reply_length: int
    notice_version: str
    texts: dict[str, str]

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
            self.texts,
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
            faults += [f"{path}: texts.{fault}" for fault in pack_texts.faults(parsed.texts)]
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
