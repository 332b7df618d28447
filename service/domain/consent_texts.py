"""What is said about consents: which stand, how many were given once, and that they have ended.

Rule 1: every text about consents, but the prompts of the dialogue, is composed here from a pack's words.
Rule 2: it decides nothing.
"""

from collections.abc import Sequence

from service.domain import dates
from service.domain.consent import Consent, Mode
from service.domain.itinerary import day_of
from service.domain.packs import Language

__all__ = ["told_consents"]


def told_consents(consents: Sequence[Consent], now: int, language: Language) -> str:
    """Standing consents with their days; of those for one use their number and the newest."""
    standing = [one for one in consents if one.mode is Mode.STANDING and one.status(now) == "active"]
    single = [one for one in consents if one.mode is Mode.ONE_TIME and one.given_at]
    named = [
        language.say(
            "consent_since",
            what=language.say(f"consent_{one.purpose.value}"),
            day=dates.day(day_of(one.given_at), language),
        )
        for one in standing
    ]
    newest = ""
    if single:
        newest = language.say(
            "consents_newest",
            moment=dates.moment(single[-1].given_at, language),
            what=language.say(f"consent_{single[-1].purpose.value}"),
        )
    return language.sign(
        "consents",
        standing=language.dates.join.join(named) or language.say("consents_none"),
        count=len(single),
        newest=newest,
        cancel=language.cancels[0],
    )
