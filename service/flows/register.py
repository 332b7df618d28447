"""Verifiers are registered, and ended.

Rule 1: the order stands here: what is asked for is whole, the entry is in the log, then the act.
Rule 2: a secret is told once, to the operator who registers; here it is a keyed hash at once.

    add    (1) code, name, reason, ticket  (2) not registered now  (3) entry  (4) kept; the secret is told
    end    (1) reason, ticket, known       (2) entry               (3) kept without its secret: it proves nothing any more
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from service.audit.entries import Kind, leaf
from service.domain.acts import Act
from service.domain.credit_codes import CreditCodeError, credit_code
from service.domain.disputes import worded
from service.domain.verifiers import (
    SECRET_ENTROPY,
    Verifier,
    VerifierError,
    read_secret,
    registered,
    written_secret,
)
from service.flows.entries import LogUnavailableError
from service.ports.desk import Registered
from service.ports.log import Draft, Log, LogError
from service.ports.verifiers import Verifiers
from service.records.verifier_record import decode_verifier, encode_verifier
from service.sealing.requesters import secret_of_verifier

__all__ = ["Registered", "Registry"]

_NOBODY = bytes(16)  # an entry that is about no subscription
_SALT = 16
_CHANGED = "somebody changed this verifier at the same moment; look at it again"


@dataclass(frozen=True, slots=True)
class Registry:
    """What operators register with; `wiring` fills it."""

    verifiers: Verifiers
    log: Log
    key: bytes = field(repr=False)
    entropy: Callable[[int], bytes]
    clock: Callable[[], float]

    async def all(self) -> list[Verifier]:
        """Everybody who is or was registered, by code."""
        return [decode_verifier(value) for _, value in sorted((await self.verifiers.all()).items())]

    async def add(self, code: str, name: str, act: Act, *, dry_run: bool = False) -> Registered:
        """Register. Raises VerifierError, DisputeError for a reason that is none, LogUnavailableError, StoreError."""
        # (1) and (2).
        worded(act.reason, act.ticket)
        verifier = registered(code, name, int(self.clock()))
        stored = await self.verifiers.read(verifier.code)
        if stored is not None and not decode_verifier(stored).ended_at:
            raise VerifierError(f"{verifier.code} is registered already; end it first, if its secret is lost")
        secret = written_secret(self.entropy(SECRET_ENTROPY))
        tag = secret_of_verifier(self.key, verifier.code, read_secret(secret))
        whole = Verifier(verifier.code, verifier.name, verifier.added_at, 0, tag)
        if dry_run:
            return Registered(whole, "")
        # (3) and (4).
        await self._entered(Kind.STAFF_REGISTER, whole, act)
        if not await self.verifiers.swap(whole.code, stored, encode_verifier(whole)):
            raise VerifierError(_CHANGED)
        return Registered(whole, secret)

    async def end(self, code: str, act: Act, *, dry_run: bool = False) -> Verifier:
        """End a registration. Raises VerifierError, DisputeError, LogUnavailableError, StoreError."""
        # (1).
        worded(act.reason, act.ticket)
        try:
            stored = await self.verifiers.read(credit_code(code))
        except CreditCodeError as error:
            raise VerifierError(str(error)) from None
        if stored is None:
            raise VerifierError("nobody is registered under this code; see `itinerary admin verifiers list`")
        ended = decode_verifier(stored).ended(int(self.clock()))
        if dry_run:
            return ended
        # (2) and (3).
        await self._entered(Kind.STAFF_UNREGISTER, ended, act)
        if not await self.verifiers.swap(ended.code, stored, encode_verifier(ended)):
            raise VerifierError(_CHANGED)
        return ended

    async def _entered(self, kind: Kind, verifier: Verifier, act: Act) -> None:
        """Found by whoever knows the organisation's code; who did it and why is committed to."""
        tag = sha256(b"verifier|" + verifier.code.encode()).digest()[:16]
        details = f"{kind.value}|{act.about(f'{verifier.code}|{verifier.name}')}".encode()
        entry = leaf(kind, int(self.clock()), tag, self.entropy(_SALT), details)
        try:
            await self.log.append([Draft(entry, _NOBODY, 0)])
        except LogError:
            raise LogUnavailableError("the log takes no entries, so nothing was changed") from None
