"""What an operator may configure: one frozen model, read from one TOML file.

Rule 1: every setting stands here with its unit and its reason; unknown keys are refused, all faults at once.
Rule 2: no setting weakens privacy, and no secret stands in the file: secrets are paths of files.

Relative paths are taken from the folder of the configuration file.
"""

import ipaddress
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from service.audit.note import is_key_name
from service.domain.inclusion import Scope
from service.domain.stay_rule import DWELL_4H, RULES
from service.ports.desk import StaffRole
from service.ports.key_callers import Caller

__all__ = [
    "DeskPlace",
    "Hsm",
    "Http",
    "Ingest",
    "Packs",
    "Settings",
    "SettingsError",
    "Smpp",
    "Store",
    "Witness",
    "loopback",
    "secret_line",
]


class SettingsError(ValueError):
    """Faults of a configuration, one line each."""


def _anchored(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return (folder / path).absolute()


def _key_name(origin: str) -> str:
    if not is_key_name(origin):
        raise ValueError("a log's name has no spaces and no plus; by custom its URL without the scheme")
    return origin


Origin = Annotated[str, AfterValidator(_key_name)]
Anchored = Annotated[Path, AfterValidator(_anchored)]


def _store_url(url: str) -> str:
    if not url.startswith(("redis://", "rediss://", "unix://", "cluster://", "clusters://")):
        raise ValueError(
            "redis://, rediss://, unix://, cluster://HOST:PORT,HOST:PORT or clusters:// (over TLS)"
        )
    if url.startswith("cluster"):
        for place in url.partition("://")[2].rpartition("@")[2].split(","):
            host, _, port = place.rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) <= 65535:
                raise ValueError(
                    "a cluster's servers are HOST:PORT, some of them with commas between, and nothing after"
                )
    return url


StoreUrl = Annotated[str, AfterValidator(_store_url)]
"""A single server, or some servers of a cluster; the others are asked for."""


def _there(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"{path}: no file there; give the authorities' certificates as PEM")
    return path


Authorities = Annotated[Anchored, AfterValidator(_there)]


def secret_line(section: str, path: Path, what: str) -> str:
    """The first line of a file that holds a secret. Raises SettingsError."""
    try:
        return path.read_text(encoding="ascii").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{section}: {path}: no readable {what}") from None


def _known_rule(name: str) -> str:
    if name not in RULES:
        raise ValueError(f"one of {', '.join(RULES)}")
    return name


def loopback(address: str) -> tuple[str, int]:
    """HOST:PORT of this machine, where nobody else can listen in. Raises ValueError with what is wrong."""
    host, _, port = address.rpartition(":")
    name = host.strip("[]")
    here = "127.0.0.1" if name == "localhost" else name
    try:
        if ipaddress.ip_address(here).is_loopback and 0 <= int(port) <= 65535:
            return here, int(port)
    except ValueError:
        pass
    raise ValueError(f"metrics: {address} is no HOST:PORT of this machine's loopback, such as 127.0.0.1:9102")


def _on_loopback(address: str) -> str:
    loopback(address)
    return address


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Smpp(_Section):
    """One bind to a message centre (SMPP 3.4, transceiver)."""

    host: str = "127.0.0.1"
    port: int = Field(default=2775, ge=1, le=65535)
    tls: bool = False  # SMPP over TLS; the centre's certificate has to be for `host`
    ca_file: Authorities | None = None  # who may vouch for the centre; without, the system's authorities
    system_id: str = Field(max_length=15)
    password_file: Anchored  # its first line, at most eight octets
    window: int = Field(default=100, ge=1, le=1000, description="texts under way without an answer")
    segments_per_second: int = Field(default=1000, ge=1, description="what the centre allows this bind")
    default_alphabet: Literal["gsm", "latin1"] = "gsm"  # what the centre means by data_coding 0
    long_messages: Literal["udh", "sar", "payload"] = "udh"  # how the centre wants texts of several parts
    receipts: bool = Field(
        default=False, description="ask for delivery receipts; they are counted by outcome"
    )


class Store(_Section):
    """Where the records lie. Without URLs, embedded servers are started below `directory`."""

    keys_url: StoreUrl | None = None
    data_url: StoreUrl | None = None
    directory: Anchored | None = None
    ca_file: Authorities | None = (
        None  # who may vouch for rediss:// servers; without, the system's authorities
    )
    backups: Literal["verified", "none"] = Field(
        default="verified",
        description="an old epoch's key is kept until a newer backup has been verified; none: for who keeps no backup",
    )
    bucket_bits: int = Field(
        default=4, ge=0, le=32, description="2^bits buckets; about 16 subscriptions each at first"
    )

    def model_post_init(self, _context: object, /) -> None:
        """Both URLs, or a directory."""
        if (self.keys_url is None) != (self.data_url is None):
            raise ValueError(
                "give keys_url and data_url both: two servers, or their ciphertext and keys share backups"
            )
        if self.keys_url is None and self.directory is None:
            raise ValueError("give keys_url and data_url, or a directory for embedded servers")


class Hsm(_Section):
    """A PKCS#11 module that holds the epochs' keys and the peppers. Without it they are in `key_file`: for demos."""

    module: Anchored  # the vendor's library
    token: str = Field(min_length=1, description="the token's label")
    pin_file: Anchored  # its first line

    @property
    def pin(self) -> str:
        """The user PIN. Raises SettingsError."""
        return secret_line("hsm", self.pin_file, "PIN file")


class Keys(_Section):
    """Where the keys role is asked. The first process that may hold the device serves the others."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")
    here: bool = True  # false: this process never holds the device; another one serves the keys
    callers: dict[str, tuple[Caller, ...]] = Field(
        default={}, description="operating-system users and the roles they have; the own user has all of them"
    )


class Link(_Section):
    """Where the link role is asked by pages that another process serves."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")


class Staff(_Section):
    """Who may ask what of the desk, and where it is asked. A file of nothing but this section is all that staff needs."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")
    users: dict[str, tuple[StaffRole, ...]] = Field(
        default={},
        description="operating-system users and what they are; without any, the own user is everything",
    )


class Http(_Section):
    """Where the web role listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    proxies: tuple[
        str, ...
    ] = ()  # addresses of reverse proxies, whose X-Forwarded-For is believed; nobody else's
    metrics: Annotated[str | None, AfterValidator(_on_loopback)] = Field(
        default=None,
        description="HOST:PORT of /metrics, /healthz and /readyz, loopback only; without, they stand beside the pages",
    )
    connections: int = Field(
        default=1000, ge=1, le=100_000, description="at once, of all clients; one more is closed unheard"
    )
    head_bytes: int = Field(default=16_384, ge=1024, description="the longest head of a request")
    body_bytes: int = Field(
        default=16_384, ge=4096, description="the longest body; ours are two short fields"
    )
    request_seconds: float = Field(
        default=10.0, gt=0, description="in which a whole request has to come, however slow its client"
    )
    answer_seconds: float = Field(
        default=30.0, gt=0, description="in which an answer has to be made, and taken by its client"
    )
    checks_a_minute: int = Field(
        default=60, ge=1, le=60_000, description="checks of replies that one network address may make"
    )
    challenges_a_minute: int = Field(
        default=20, ge=1, le=60_000, description="live challenges that one network address may open"
    )


class Ingest(_Section):
    """What the worker keeps beside the store."""

    directory: Anchored  # sealed checkpoints
    cells: Anchored | None = None  # the cell table, where --cells names none
    scope: Scope = Scope.ALL  # enrolled: nothing of a number's whereabouts is kept before its owner asked
    amend_seconds: float = Field(
        default=20.0,
        gt=0,
        le=30,
        description="the longest that a change waits for its record; a minute is promised",
    )
    metrics: str | None = Field(
        default=None, description="HOST:PORT of `ingest --follow`'s /metrics; loopback only"
    )


class Rule(_Section):
    """By which policy a stay counts. Each is named and versioned, and every answer says by which it was given."""

    name: Annotated[str, AfterValidator(_known_rule)] = DWELL_4H.name


class Packs(_Section):
    """The operator's words."""

    directory: Anchored


class Witness(_Section):
    """Somebody outside who cosigns the log's checkpoints, and where the newest one that they cosigned is left."""

    key: str = Field(description="the witness's verifier key: name+keyid+base64")
    note: Anchored


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


class Settings(_Section):
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
