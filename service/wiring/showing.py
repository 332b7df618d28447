"""The link's side of a verifier's questions: asked live, and asked again within a standing consent.

Rule 1: which store, keys and limits they use is decided here.
Rule 2: it answers nothing itself.
"""

import secrets
from collections.abc import Callable, Mapping

from service.domain.packs import Pack
from service.domain.regions import Regions
from service.flows.answer_again import AnswerAgain, AnsweringAgain
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries
from service.flows.send import Sender
from service.flows.showing import Showing
from service.ports.tally import Tally
from service.vault.challenge_opener import ChallengeOpener
from service.vault.conversations import ConversationVault
from service.vault.standing_tokens import StandingTokens
from service.wiring.storage import Storage

__all__ = ["answering_again", "showing"]


def showing(
    stored: Storage, entries: Entries, disclosing: Disclosing, regions: Regions, tally: Tally
) -> Showing:
    """Asked live, once."""
    return Showing(
        stored.challenges,
        ChallengeOpener(stored.keys, secrets.token_bytes),
        stored.throttle,
        stored.keys,
        entries,
        disclosing,
        _tokens(stored),
        regions.name,
        regions.province_of,
        stored.role_keys.requester_key,
        tally,
    )


def answering_again(
    stored: Storage,
    packs: Mapping[str, Pack],
    vault: ConversationVault,
    entries: Entries,
    disclosing: Disclosing,
    regions: Regions,
    sender: Sender,
    tally: Tally,
    clock: Callable[[], float],
) -> AnswerAgain:
    """Asked again."""
    return AnswerAgain(
        AnsweringAgain(
            _tokens(stored),
            packs,
            vault,
            disclosing.consenting,
            entries,
            disclosing,
            regions.province_of,
            sender.post,
            tally,
            clock,
        )
    )


def _tokens(stored: Storage) -> StandingTokens:
    return StandingTokens(stored.role_keys.index_key, secrets.token_bytes)
