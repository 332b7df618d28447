"""What an operator may configure, section by section.

Rule 1: every setting stands in a section with its unit and its reason.
Rule 2: no setting weakens privacy, and no secret stands in the file: secrets are paths of files.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from service.domain.inclusion import Scope
from service.domain.stay_rule import DWELL_4H
from service.ports.desk import StaffRole
from service.ports.key_callers import Caller
from service.settings.values import (
    Anchored,
    Authorities,
    LoopbackPlace,
    RuleName,
    StoreUrl,
    secret_line,
)

__all__ = [
    "Hsm",
    "Http",
    "Ingest",
    "Keys",
    "Link",
    "Packs",
    "Rule",
    "Section",
    "Smpp",
    "Staff",
    "Store",
    "Witness",
]


class Section(BaseModel):
    """Unknown keys are refused, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Smpp(Section):
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


class Store(Section):
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


class Hsm(Section):
    """A PKCS#11 module that holds the epochs' keys and the peppers. Without it they are in `key_file`: for demos."""

    module: Anchored  # the vendor's library
    token: str = Field(min_length=1, description="the token's label")
    pin_file: Anchored  # its first line

    @property
    def pin(self) -> str:
        """The user PIN. Raises SettingsError."""
        return secret_line("hsm", self.pin_file, "PIN file")


class Keys(Section):
    """Where the keys role is asked. The first process that may hold the device serves the others."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")
    here: bool = True  # false: this process never holds the device; another one serves the keys
    callers: dict[str, tuple[Caller, ...]] = Field(
        default={}, description="operating-system users and the roles they have; the own user has all of them"
    )


class Link(Section):
    """Where the link role is asked by pages that another process serves."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")


class Staff(Section):
    """Who may ask what of the desk, and where it is asked. A file of nothing but this section is all that staff needs."""

    socket: Anchored | None = Field(default=None, description="by default beside key_file")
    users: dict[str, tuple[StaffRole, ...]] = Field(
        default={},
        description="operating-system users and what they are; without any, the own user is everything",
    )


class Http(Section):
    """Where the web role listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    proxies: tuple[
        str, ...
    ] = ()  # addresses of reverse proxies, whose X-Forwarded-For is believed; nobody else's
    metrics: LoopbackPlace | None = Field(
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


class Ingest(Section):
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


class Rule(Section):
    """By which policy a stay counts. Each is named and versioned, and every answer says by which it was given."""

    name: RuleName = DWELL_4H.name


class Packs(Section):
    """The operator's words."""

    directory: Anchored


class Witness(Section):
    """Somebody outside who cosigns the log's checkpoints, and where the newest one that they cosigned is left."""

    key: str = Field(description="the witness's verifier key: name+keyid+base64")
    note: Anchored
