"""The end of the service: proposed by one, approved by another, carried out once its moment has come.

Rule 1: the order of the steps stands here; each entry is in the log before what it is about is done.
Rule 2: it opens nothing, and knows no key: what is to be destroyed is handed in as steps.

    propose     (1) words  (2) entry `staff.propose`  (3) the proposal, in its maker's own file
    approve     (1) another person, in time  (2) entries `staff.approve` and `config`  (3) the order, which every role obeys
    carry out   (1) due?  (2) entries: who does it and why, and `sunset`: what will be destroyed  (3) each key, one after the other
                (4) entry `sunset`: the certificate's text  (5) its proof, under a checkpoint  (6) the certificate

Killed anywhere, it is called again: (2) stands once more for what is left, (4) is looked for before it is written.
"""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace

from service.audit.closing import Certificate, certified, closing_entry, closing_tag
from service.audit.entries import Kind, leaf
from service.domain.acts import Act
from service.domain.sunset import Order, SunsetError, decode_order, ordered
from service.flows.access import Finding
from service.flows.acting import spoken
from service.flows.entries import LogUnavailableError
from service.flows.own_export import Proving
from service.ports.log import Draft, Log, LogError
from service.ports.sunset import Ending, SunsetFiles

__all__ = ["CERTIFICATE", "JWKS", "ORDER", "Sunset", "order_in", "order_of"]

ORDER, STATE, CERTIFICATE, JWKS = "order.json", "state.json", "certificate", "jwks.json"

_NOBODY = bytes(16)
_SALT = 16
_LOOKS, _PAUSE = 100, 0.2
"""Looks for the checkpoint that holds the last entry; one is signed every two seconds."""


@dataclass(frozen=True, slots=True)
class _State:
    """How far it is."""

    begun: tuple[int, ...] = ()
    names: tuple[str, ...] = ()  # of every key that was to go, in whichever run
    done: tuple[str, ...] = ()
    text: str = ""

    @classmethod
    def read(cls, files: SunsetFiles) -> "_State":
        """As it was kept."""
        content = files.read(STATE)
        if content is None:
            return cls()
        fields = json.loads(content)
        begun, names, done = (tuple(fields[name]) for name in ("begun", "names", "done"))
        return cls(begun, names, done, fields["text"])

    def keep(self, files: SunsetFiles) -> "_State":
        """Durable when it returns."""
        files.keep(STATE, json.dumps(asdict(self)).encode())
        return self


@dataclass(frozen=True, slots=True)
class Sunset:
    """What it needs; `wiring` fills it. `names_a_place` judges an operator's reason."""

    files: SunsetFiles
    log: Log
    find: Finding
    prove: Proving
    origin: str
    names_a_place: Callable[[str], bool]
    entropy: Callable[[int], bytes] = field(repr=False)
    clock: Callable[[], float]
    wait: Callable[[float], Awaitable[object]]

    async def propose(self, on: int, act: Act, *, dry_run: bool = False) -> Order:
        """Raises SunsetError, DisputeError, LogUnavailableError."""
        # (1).
        self._open()
        spoken(act, self.names_a_place)
        order = ordered(Order(on, act.by, "whoever approves", act.reason, act.ticket), self.clock())
        if self.files.proposal() is not None:
            raise SunsetError(
                "a proposal waits already; its maker removes its file first, or a colleague approves it"
            )
        if dry_run:
            return order
        # (2) and (3).
        proposal = replace(order, approved_by="").encode()
        await self._entered(Kind.STAFF_PROPOSE, self.entropy(_SALT), proposal)
        self.files.propose(proposal)
        return order

    async def approve(self, act: Act, *, dry_run: bool = False) -> Order:
        """Raises SunsetError, DisputeError, LogUnavailableError."""
        # (1) Who proposed is the file's owner; what the file says of it counts nothing.
        self._open()
        spoken(act, self.names_a_place)
        found = self.files.proposal()
        if found is None:
            raise SunsetError("nothing is proposed: `itinerary admin sunset propose` comes first")
        content, proposer = found
        order = ordered(
            replace(decode_order(content), proposed_by=proposer, approved_by=act.by), self.clock()
        )
        if dry_run:
            return order
        # (2) and (3).
        await self._entered(Kind.STAFF_APPROVE, self.entropy(_SALT), act.about("sunset").encode())
        salt, now = self.entropy(_SALT), int(self.clock())
        position = await self._entered(Kind.CONFIG, salt, order.encode())
        kept = {"order": json.loads(order.encode()), "salt": salt.hex(), "at": now, "position": position}
        self.files.keep(ORDER, json.dumps(kept, ensure_ascii=False, indent=1).encode())
        return order

    def _open(self) -> None:
        if self.files.read(ORDER) is not None:
            raise SunsetError("the end is ordered already: `itinerary admin sunset show`")

    async def left(self, ending: Ending) -> list[str]:
        """What `carry_out` would destroy now. Raises SunsetError."""
        await self.due()
        done = _State.read(self.files).done
        return [step.name for step in await ending.steps() if step.name not in done]

    async def carry_out(self, ending: Ending, act: Act, told: Callable[[str], None]) -> Certificate:
        """Destroy every key; `told` gets each one's name.

        Raises SunsetError, DisputeError, LogUnavailableError, KeysError, StoreError.
        """
        # (1).
        spoken(act, self.names_a_place)
        order, position = await self.due()
        finished = self.files.read(CERTIFICATE)
        if finished is not None:
            return certified(finished)[0]
        state = _State.read(self.files)
        steps = [step for step in await ending.steps() if step.name not in state.done]
        if steps:
            # (2) What is left, whether or not somebody has begun before.
            names = [step.name for step in steps]
            await self._entered(Kind.STAFF_CLOSE, self.entropy(_SALT), act.about("keys").encode())
            self.files.keep(JWKS, json.dumps(await ending.public()).encode())
            text = json.dumps({"destroys": names}).encode()
            begun = await self._append(closing_entry(self.origin, int(self.clock()), text))
            whole = dict.fromkeys((*state.names, *names))
            state = replace(state, begun=(*state.begun, begun), names=tuple(whole)).keep(self.files)
        # (3).
        for step in steps:
            await step.do()
            state = replace(state, done=(*state.done, step.name)).keep(self.files)
            told(step.name)
        # (4) The text first: after a kill the same entry is looked for.
        if not state.text:
            certificate = Certificate(
                self.origin,
                order.on,
                int(self.clock()),
                position,
                state.begun,
                state.names,
                json.loads(self.files.read(JWKS) or b"{}"),
            )
            state = replace(state, text=certificate.text().decode()).keep(self.files)
        certificate = Certificate.parse(state.text.encode())
        place = await self.find(certificate.entry())
        if place is None:
            place = await self._append(certificate.entry())
        # (5) and (6).
        proof = (await self._proof(place)).encode()
        head, _, rest = proof.partition(b"\n")
        content = head + b"\nextra " + b64encode(certificate.text()) + b"\n" + rest
        certified(content)
        self.files.keep(CERTIFICATE, content)
        return certificate

    async def due(self) -> tuple[Order, int]:
        """The order whose moment has come, and where its entry stands. Raises SunsetError."""
        found = await order_in(self.files, self.find, self.origin)
        if found is None:
            raise SunsetError(
                "no end is ordered, or its entry is not in the log yet: `itinerary admin sunset show`"
            )
        order, position = found
        if not order.due(self.clock()):
            raise SunsetError("its moment has not come yet: `itinerary admin sunset show`")
        return order, position

    async def _proof(self, place: int) -> str:
        for _ in range(_LOOKS):
            proof = await self.prove(place)
            if proof is not None:
                return proof
            await self.wait(_PAUSE)
        raise LogUnavailableError("no checkpoint holds the last entry yet; run it again once the log is well")

    async def _entered(self, kind: Kind, salt: bytes, details: bytes) -> int:
        return await self._append(leaf(kind, int(self.clock()), closing_tag(self.origin), salt, details))

    async def _append(self, entry: bytes) -> int:
        try:
            [receipt] = await self.log.append([Draft(entry, _NOBODY, 0)])
        except LogError:
            raise LogUnavailableError("the log takes no entries, so nothing was done") from None
        return receipt.position


async def order_in(files: SunsetFiles, find: Finding, origin: str) -> tuple[Order, int] | None:
    """The order that binds, and where its entry stands; None where there is none, or none that the log bears out.

    Raises FindingError.
    """
    claimed = order_of(files, origin)
    if claimed is None:
        return None
    position = await find(claimed[1])
    return None if position is None else (claimed[0], position)


def order_of(files: SunsetFiles, origin: str) -> tuple[Order, bytes] | None:
    """The order in the folder, and the entry that it has to have; None where there is none that reads."""
    content = files.read(ORDER)
    if content is None:
        return None
    try:
        kept = json.loads(content)
        order = decode_order(json.dumps(kept["order"]).encode())
        salt, at = bytes.fromhex(kept["salt"]), int(kept["at"])
    except (ValueError, KeyError, TypeError, SunsetError):
        return None
    return order, leaf(Kind.CONFIG, at, closing_tag(origin), salt, order.encode())
