"""The web card: the flow that its page calls.

Rule 1: which store and which parts of the dialogue a card uses is decided here.
Rule 2: it answers nothing itself.
"""

import secrets
from collections.abc import Callable, Mapping

from service.domain.dialogue_traces import Fresh
from service.domain.packs import Pack
from service.flows.access import AccessRecord
from service.flows.card import Card
from service.flows.card_shown import CardShowing
from service.flows.card_tokens import CardTokens
from service.flows.disclosures import Disclosing
from service.flows.own_export import OwnExport
from service.flows.refusals import Refusals
from service.flows.send import Sender
from service.ports.tally import Tally
from service.vault.card_sessions import CardSessionVault
from service.vault.conversations import ConversationVault
from service.wiring.storage import Storage

__all__ = ["cards"]


def cards(
    stored: Storage,
    packs: Mapping[str, Pack],
    vault: ConversationVault,
    disclosing: Disclosing,
    refusals: Refusals,
    access: AccessRecord,
    export: OwnExport,
    tokens: CardTokens,
    sender: Sender,
    tally: Tally,
    clock: Callable[[], float],
    fresh: Callable[[], Fresh],
) -> Card:
    """The flow, on a running store and the link role's dialogue."""
    showing = CardShowing(
        packs,
        CardSessionVault(stored.card_sessions, stored.keys, secrets.token_bytes),
        vault,
        stored.throttle,
        stored.keys,
        disclosing.entries,
        access,
        export,
        disclosing,
        refusals,
        tokens,
        sender.post,
        stored.role_keys.requester_key,
        tally,
        clock,
    )
    return Card(showing, stored.index, fresh)
