"""What is texted about a web card.

Rule 1: both texts are composed here from a pack's words; they name the number, never a person.
Rule 2: it decides nothing.
"""

from service.domain import dates
from service.domain.packs import Language

__all__ = ["told_card", "told_card_code"]


def told_card_code(code: str, days: int, case: str, language: Language) -> str:
    """The notice of the consent, and the digits that give it in the page."""
    return language.sign("card_code", code=code, days=days, case=case)


def told_card(at: int, entry: int, language: Language) -> str:
    """Tells that a card was shown, with the subscription's running number of its entry."""
    fields = {"moment": dates.moment(at, language), "entry": entry, "withdraw": language.withdraws[0]}
    return language.sign("card_shown", **fields)
