"""A challenge's question, opened for the link role, and the answer to it, sealed for the page that asked.

Rule 1: only the link opens a question; the page's side is `challenges`.
Rule 2: it decides nothing about a question.
"""

from collections.abc import Callable

from service.domain.questions import Request, Shown
from service.ports.keys import KeysError, KeyService
from service.records.challenge_record import ChallengeRecordError, decode_request, encode_shown
from service.sealing.envelope import NONCE_BYTES, SealError, seal, unpost
from service.vault.challenges import answer_bound, box_bound

__all__ = ["ChallengeOpener"]


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
            return decode_request(unpost(self._opening[epoch], box[2:], box_bound(place, ident)))
        except (KeysError, SealError, ChallengeRecordError):
            return None

    def sealed(self, place: bytes, ident: bytes, key: bytes, shown: Shown) -> bytes:
        """The answer, for the page alone."""
        return seal(key, self._entropy(NONCE_BYTES), encode_shown(shown), answer_bound(place, ident))
