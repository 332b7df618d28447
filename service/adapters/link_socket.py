"""The link role over a unix socket: for pages that another process serves, holders told and cards shown; for the desk, corrections.

Rule 1: a caller's roles come from its operating-system user (SO_PEERCRED), never from what it says.
Rule 2: it keeps nothing and decides nothing; a link that is away is said to be, and asked anew by the next call.

    web, desk ~unix socket~ LinkServer -- may it? -- Holders, WebCards, StandingAnswers, OpenDisputes, Correcting
"""

import asyncio
import contextlib
import fcntl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from service.adapters.framed import FramedClient, FramedServer, GoneError
from service.adapters.link_wire import CALLS, OPERATIONS, answered, written_answer
from service.adapters.port_wire import Request, WireError, read
from service.domain.corrections import Correction
from service.domain.held_codes import Channel
from service.domain.identity import LastFour
from service.ports.correcting import Corrected, Correcting
from service.ports.holders import Holders, LinkError
from service.ports.key_callers import Caller
from service.ports.keys import KeysError
from service.ports.log import EntryReceipt
from service.ports.open_disputes import OpenDisputes
from service.ports.standing_answers import NotNow, RepeatVerdict, StandingAnswers
from service.ports.store import StoreError
from service.ports.web_cards import Asked, CardVerdict, Failed, SecondVerdict, Wait, WebCards

__all__ = ["LinkClient", "LinkPorts", "LinkServer"]

_AWAY = "the link role does not answer, or takes nothing from this user; see keys.callers"
_PATIENCE = (
    10.0  # seconds for one answer: a log's fsync and a few round trips, with a loaded machine's margin
)


@dataclass(frozen=True, slots=True)
class LinkPorts:
    """What the link role answers: for the pages, and for the desk."""

    holders: Holders
    cards: WebCards
    standing: StandingAnswers
    disputes: OpenDisputes
    correcting: Correcting


class LinkServer:
    """Serves the link role until it is closed; of several links of one machine one does, and another when it has gone."""

    def __init__(
        self,
        ports: LinkPorts,
        path: Path,
        roles_of: Callable[[int], frozenset[Caller]],
        mode: int,
    ) -> None:
        self._ports = ports
        self._path = path
        self._server = FramedServer(path, mode, roles_of, self._answer)
        self._lock: IO[bytes] | None = None

    async def settle(self) -> None:
        """Listen, where no other link does. Raises LinkError while one does, or where no socket can be made."""
        if self._lock is not None:
            return
        try:
            lock = self._path.with_name(self._path.name + ".lock").open("ab")
        except OSError as error:
            raise LinkError(f"{self._path}: no lock can be made beside it ({error.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await self._server.start()
        except OSError as error:
            lock.close()
            raise LinkError(f"{self._path}: not served here ({error.strerror})") from None
        self._lock = lock

    async def close(self) -> None:
        """Take nothing more, and answer what has been taken."""
        if self._lock is not None:
            await self._server.close()
            self._lock.close()

    async def _answer(self, body: bytes, roles: frozenset[Caller]) -> bytes:
        return written_answer(*await CALLS.made(read(body, Request), roles, self._operation))

    def _operation(self, name: str) -> Callable[..., Awaitable[Any]]:
        call: Callable[..., Awaitable[Any]] = getattr(getattr(self._ports, OPERATIONS[name].port), name)
        return call


class LinkClient:
    """All that `LinkPorts` name, answered by the link's process; it need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._asked: FramedClient | None = None
        self._connecting = asyncio.Lock()

    async def takes_checks(self) -> bool:
        """See `ports.holders.Holders`."""
        try:
            return bool(await self._call("takes_checks"))
        except (LinkError, StoreError, KeysError):
            return False

    async def checked(self, place: bytes, handle: bytes, channel: Channel, now: int) -> int | None:
        """See `ports.holders.Holders`."""
        position: int | None = await self._call("checked", place, handle, channel, now)
        return position

    async def guessed(self, place: bytes, handle: bytes, now: int) -> None:
        """See `ports.holders.Holders`."""
        with contextlib.suppress(LinkError, StoreError, KeysError):  # its promise: it never fails
            await self._call("guessed", place, handle, now)

    async def ask(self, requester: bytes, number: str, language: str) -> Asked | Wait | Failed | None:
        """See `ports.web_cards.WebCards`."""
        try:
            answer: Asked | Wait | Failed | None = await self._call("ask", requester, number, language)
        except (LinkError, StoreError, KeysError):
            return Failed()
        return answer

    async def show(self, requester: bytes, token: str, code: str, last_four: str) -> CardVerdict:
        """See `ports.web_cards.WebCards`."""
        try:
            verdict: CardVerdict = await self._call("show", requester, token, code, last_four)
        except (LinkError, StoreError, KeysError):
            return Failed()
        return verdict

    async def withdraw(self, token: str) -> bool:
        """See `ports.web_cards.WebCards`."""
        try:
            return bool(await self._call("withdraw", token))
        except (LinkError, StoreError, KeysError):
            return False

    async def second(
        self, requester: bytes, token: str, last_four: LastFour, second: LastFour | None
    ) -> SecondVerdict:
        """See `ports.web_cards.WebCards`."""
        try:
            verdict: SecondVerdict = await self._call("second", requester, token, last_four, second)
        except (LinkError, StoreError, KeysError):
            return Failed()
        return verdict

    async def correct(self, receipt: EntryReceipt, correction: Correction, now: int) -> Corrected:
        """See `ports.correcting.Correcting`."""
        done: Corrected = await self._call("correct", receipt, correction, now)
        return done

    async def repeat(self, token: str, recipient: str) -> RepeatVerdict:
        """See `ports.standing_answers.StandingAnswers`."""
        try:
            verdict: RepeatVerdict = await self._call("repeat", token, recipient)
        except (LinkError, StoreError, KeysError):
            return NotNow()
        return verdict

    async def open_disputes(self) -> int | None:
        """See `ports.open_disputes.OpenDisputes`."""
        try:
            count: int | None = await self._call("open_disputes")
        except (LinkError, StoreError, KeysError):
            return None
        return count

    async def _call(self, name: str, *arguments: object) -> Any:
        """Raises LinkError, and whatever the call itself failed with."""
        try:
            async with asyncio.timeout(_PATIENCE):
                said = await (await self._connected()).call(CALLS.request(name, arguments, {}))
            return answered(name, said)
        except (GoneError, OSError, WireError):  # TimeoutError is one
            raise LinkError(_AWAY) from None

    async def _connected(self) -> FramedClient:
        """Raises OSError where nobody listens."""
        async with self._connecting:
            if self._asked is None or self._asked.gone:
                self._asked = await FramedClient.connect(self._path)
            return self._asked

    async def close(self) -> None:
        """Let go."""
        if self._asked is not None:
            await self._asked.close()
