"""The keys role for check codes: codes are drawn, and contents sealed and opened, here only.

Rule 1: P1 and P2 are used here and stay in the device; no key leaves.
Rule 2: it reads no store: what lies at a place is brought to it.

    place = HMAC(P1, code)[:16]                        key = HKDF(salt P2, code | last four)        (RFC 5869)
    value = AES-256-GCM under key, bound to its place
"""

from collections.abc import Callable, Sequence

from service.domain.check_codes import CODE_ENTROPY, CheckCode
from service.domain.pacing import Pace, paced
from service.ports.check_keys import CheckClaim, CheckDraft, Minted
from service.ports.device import KeyDevice, Pepper
from service.ports.keys import KeysError
from service.records.check_record import BLOCK
from service.sealing.envelope import NONCE_BYTES, OVERHEAD, SealError, seal, unseal
from service.sealing.keyring import answer_claim, check_binding, check_claim, check_key, check_place

__all__ = ["DeviceCheckKeys"]

_MICRO = 1_000_000
_PACE = Pace(burst=20_000, interval=_MICRO // 10_000)
"""Ten thousand of each operation a second: three times what a process serves, and 2^45 codes would take a century."""

_NOTHING = bytes(OVERHEAD + BLOCK)


class DeviceCheckKeys:
    """Implements `ports.check_keys.CheckKeys` on a key device. `clock` in seconds, its origin does not matter."""

    def __init__(
        self, device: KeyDevice, entropy: Callable[[int], bytes], clock: Callable[[], float]
    ) -> None:
        self._device = device
        self._entropy = entropy
        self._clock = clock
        self._dues = {"mint": 0, "place": 0, "open": 0, "answer": 0}

    async def check_mint(self, drafts: Sequence[CheckDraft]) -> list[Minted]:
        """See `ports.check_keys.CheckKeys`."""
        self._slow_down("mint", len(drafts))
        codes = [CheckCode.of(self._entropy(CODE_ENTROPY)) for _ in drafts]
        places = await self._places(codes)
        keys = await self._keys(
            [
                check_claim(code.symbols, draft.last_four.digits)
                for code, draft in zip(codes, drafts, strict=True)
            ]
        )
        return [
            Minted(code, place, seal(key, self._entropy(NONCE_BYTES), draft.content, check_binding(place)))
            for code, place, key, draft in zip(codes, places, keys, drafts, strict=True)
        ]

    async def check_place(self, codes: Sequence[CheckCode]) -> list[bytes]:
        """See `ports.check_keys.CheckKeys`."""
        self._slow_down("place", len(codes))
        return await self._places(codes)

    async def check_open(self, claims: Sequence[CheckClaim]) -> list[bytes | None]:
        """See `ports.check_keys.CheckKeys`."""
        self._slow_down("open", len(claims))
        places = await self._places([claim.code for claim in claims])
        keys = await self._keys([check_claim(claim.code.symbols, claim.last_four.digits) for claim in claims])
        return [
            _opened(key, _NOTHING if claim.sealed is None else claim.sealed, place)
            for key, claim, place in zip(keys, claims, places, strict=True)
        ]

    async def answer_hash(self, log_index: int, content: bytes) -> bytes:
        """See `ports.check_keys.CheckKeys`."""
        self._slow_down("answer", 1)
        [mac] = await self._device.macs([answer_claim(log_index, content)], Pepper.CHECK_SALT)
        return mac

    async def _places(self, codes: Sequence[CheckCode]) -> list[bytes]:
        macs = await self._device.macs([check_place(code.symbols) for code in codes], Pepper.CHECK_PLACE)
        return [mac[:16] for mac in macs]

    async def _keys(self, claims: Sequence[bytes]) -> list[bytes]:
        """HKDF-Extract is an HMAC with the salt as its key, so the salt can stay in the device."""
        return [check_key(mac) for mac in await self._device.macs(claims, Pepper.CHECK_SALT)]

    def _slow_down(self, operation: str, count: int) -> None:
        now = int(self._clock() * _MICRO)
        for _ in range(count):
            found = paced(self._dues[operation], now, _PACE)
            if found.wait:
                raise KeysError(f"check codes: too many of {operation} at once; try again in a second")
            self._dues[operation] = found.due


def _opened(key: bytes, sealed: bytes, place: bytes) -> bytes | None:
    try:
        return unseal(key, sealed, check_binding(place))
    except SealError:
        return None
