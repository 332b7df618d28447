"""Second digits, set in the page that shows a holder's card: for when she is forced to say her own.

Rule 1: the order stands here: counted, then proved once more, then kept; nothing tells whether there were any before.
Rule 2: no entry is left: nothing was opened, and whoever forces her shall not read in a list that she has any.

    (1) the page shows a card, and the try is counted  (2) her own digits, with the new ones  (3) a failed proof is one as ever
"""

from service.domain.identity import LastFour
from service.domain.limits import TRIES
from service.flows.card_shown import CardShowing
from service.ports.keys import Claim, Verdict, Way
from service.ports.web_cards import NotProved, Over, SecondSet, SecondVerdict

__all__ = ["set_second"]


async def set_second(
    use: CardShowing, token: str, last_four: LastFour, second: LastFour | None
) -> SecondVerdict:
    """Set or remove them. Raises StoreError, KeysError: nothing was changed."""
    # (1).
    session = await use.sessions.card(token)
    tries = await use.sessions.tried_again(token)
    if session is None or not 0 < tries <= TRIES:
        return Over()
    # (2).
    begun = use.refusals.begun()
    verdict = await use.keys.set_second(Claim(session.index, last_four, Way.SIM), second)
    if verdict is Verdict.PROVED:
        return SecondSet()
    # (3).
    await use.unproved(session.index, verdict)
    await use.refusals.settled(begun)
    return NotProved(TRIES - tries)
