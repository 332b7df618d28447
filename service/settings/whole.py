"""One frozen model of a whole configuration, read from one TOML file.

Rule 1: unknown keys are refused, all faults are told at once, and where a place is not given it is found here.
Rule 2: what a section means is not known here.

Relative paths are taken from the folder of the configuration file.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from service.settings.sections import (
    Hsm,
    Http,
    Ingest,
    Keys,
    Link,
    Packs,
    Rule,
    Section,
    Smpp,
    Staff,
    Store,
    Witness,
)
from service.settings.values import Anchored, Origin, SettingsError, loopback

__all__ = ["DeskPlace", "Settings"]


def _read(path: Path) -> dict[str, object]:
    """A TOML file as it is. Raises SettingsError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None


@dataclass(frozen=True, slots=True)
class DeskPlace:
    """What somebody of the staff knows of the service: where the desk is asked."""

    desk_socket: Path

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The place in a file that has nothing but a staff's section; None where it is a whole configuration. Raises SettingsError."""
        raw = _read(path)
        if raw.keys() != {"staff"}:
            return None
        match raw["staff"]:
            case {"socket": str(socket), **more} if not more:
                return cls(path.parent / socket)
        raise SettingsError(f"{path}: staff: give the desk's socket, and nothing else")


class Settings(Section):
    """Everything."""

    key_file: Anchored  # the keys that single roles hold, and without `hsm` the device's too; `itinerary init` makes it
    hsm: Hsm | None = None
    keys: Keys = Keys()
    link: Link = Link()
    staff: Staff = Staff()
    log_directory: Anchored
    log_origin: Origin = "localhost/itinerary"  # what the log calls itself in checkpoints; by custom its URL
    log_here: bool = True  # false: this process never writes the log; another one does, and takes its entries
    erasures: Anchored | None = (
        None  # what has been erased: link writes it, keys reads it; by default `erased` beside the log
    )
    sunset: Anchored | None = (
        None  # the end of the service: operators write there, every role reads it; by default `sunset` beside the log
    )
    log_witnesses: tuple[Witness, ...] = ()  # their lines are served with the checkpoint they belong to
    store: Store
    smpp: Smpp
    http: Http = Http()
    ingest: Ingest
    rule: Rule = Rule()
    packs: Packs

    def with_metrics(self, address: str | None) -> Self:
        """The same, with the operators' pages at HOST:PORT where one is given. Raises SettingsError."""
        if address is None:
            return self
        try:
            loopback(address)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        return self.model_copy(update={"http": self.http.model_copy(update={"metrics": address})})

    @property
    def erasures_file(self) -> Path:
        """Where erasures are remembered, apart from every store."""
        return self.erasures or self.log_directory / "erased"

    @property
    def sunset_folder(self) -> Path:
        """Where the end of the service is proposed, ordered and certified."""
        return self.sunset or self.log_directory / "sunset"

    @property
    def keys_socket(self) -> Path:
        """Where the keys role listens."""
        return self.keys.socket or self.key_file.with_name(self.key_file.name + ".socket")

    @property
    def link_socket(self) -> Path:
        """Where the link role listens."""
        return self.link.socket or self.key_file.with_name("link.socket")

    @property
    def desk_socket(self) -> Path:
        """Where the desk is asked."""
        return self.staff.socket or self.key_file.with_name(self.key_file.name + ".desk")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a TOML file. Raises SettingsError with every fault of it, a line each."""
        raw = _read(path)
        try:
            return cls.model_validate(raw, context={"folder": path.parent})
        except ValidationError as error:
            lines = [
                f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
            ]
            raise SettingsError("\n".join(lines)) from None
