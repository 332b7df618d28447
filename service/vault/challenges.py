"""What a challenge asks, sealed by the page's side for the link role; and its answer, which only that page opens.

Rule 1: the page's side stands here, the link's in `challenge_opener`; both bind to the challenge's place and name.
Rule 2: the store never holds what opens an answer: its key lies in the page's process, and in the box for the link.

    box    = epoch (2 bytes) | posted to the epoch's notice key      answer = AES-256-GCM under a key of one challenge
"""

from collections.abc import Callable

from service.domain.questions import Request, Shown
from service.ports.keys import KeyService
from service.records.challenge_record import ChallengeRecordError, decode_shown, encode_request
from service.sealing.envelope import KEY_BYTES, SealError, post, unseal

__all__ = ["ChallengeSealer", "answer_bound", "box_bound"]


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
        return epoch.to_bytes(2) + post(public, self._entropy(KEY_BYTES), plain, box_bound(place, ident))

    @staticmethod
    def answer(place: bytes, ident: bytes, key: bytes, sealed: bytes) -> Shown | None:
        """What the link has answered; None where it was altered on the way."""
        try:
            return decode_shown(unseal(key, sealed, answer_bound(place, ident)))
        except (SealError, ChallengeRecordError):
            return None


def box_bound(place: bytes, ident: bytes) -> bytes:
    """What a box is bound to."""
    return b"challenge/box/v1|" + place + ident


def answer_bound(place: bytes, ident: bytes) -> bytes:
    """What an answer is bound to."""
    return b"challenge/answer/v1|" + place + ident
