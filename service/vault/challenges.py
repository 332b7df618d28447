"""What a challenge asks, sealed by the page's side for the link role; and its answer, sealed by the link for that page alone.

Rule 1: both are sealed and opened here only, bound to their place and name.
Rule 2: the store never holds what opens an answer: its key lies in the page's process, and in the box for the link.

    box    = epoch (2 bytes) | posted to the epoch's notice key      answer = AES-256-GCM under a key of one challenge
"""

from collections.abc import Callable

from service.domain.questions import Request, Shown
from service.ports.keys import KeysError, KeyService
from service.records.challenge_record import (
    ChallengeRecordError,
    decode_request,
    decode_shown,
    encode_request,
    encode_shown,
)
from service.sealing.envelope import KEY_BYTES, NONCE_BYTES, SealError, post, seal, unpost, unseal

__all__ = ["ChallengeOpener", "ChallengeSealer"]


class ChallengeSealer:
    """For the page's side: it seals a request, and opens the answer to it."""

    def __init__(self, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._entropy = entropy

    async def box(self, place: bytes, ident: bytes, request: Request) -> bytes:
        """The request, for the link alone."""
        epoch = self._keys.current_epoch
        public = await self._keys.notice_public(epoch)
        plain = encode_request(request)
        return epoch.to_bytes(2) + post(public, self._entropy(KEY_BYTES), plain, _box(place, ident))

    @staticmethod
    def answer(place: bytes, ident: bytes, key: bytes, sealed: bytes) -> Shown | None:
        """What the link has answered; None where it was altered on the way."""
        try:
            return decode_shown(unseal(key, sealed, _answer(place, ident)))
        except (SealError, ChallengeRecordError):
            return None


class ChallengeOpener:
    """For the link's side: it opens a request, and seals the answer to it."""

    def __init__(self, keys: KeyService, entropy: Callable[[int], bytes]) -> None:
        self._keys = keys
        self._entropy = entropy
        self._opening: dict[int, bytes] = {}

    async def request(self, place: bytes, ident: bytes, box: bytes) -> Request | None:
        """What is asked; None for a box that is altered, of another place, or of a destroyed epoch."""
        epoch = int.from_bytes(box[:2])
        try:
            if epoch not in self._opening:
                self._opening[epoch] = await self._keys.derive_notice(epoch)
            return decode_request(unpost(self._opening[epoch], box[2:], _box(place, ident)))
        except (KeysError, SealError, ChallengeRecordError):
            return None

    def sealed(self, place: bytes, ident: bytes, key: bytes, shown: Shown) -> bytes:
        """The answer, for the page alone."""
        return seal(key, self._entropy(NONCE_BYTES), encode_shown(shown), _answer(place, ident))


def _box(place: bytes, ident: bytes) -> bytes:
    return b"challenge/box/v1|" + place + ident


def _answer(place: bytes, ident: bytes) -> bytes:
    return b"challenge/answer/v1|" + place + ident
