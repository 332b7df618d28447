"""What is said about consents: which stand, how many were given once, and that they have ended.

Rule 1: every text about consents, but the prompts of the dialogue, is composed here from a pack's words.
Rule 2: it decides nothing.
"""

from collections.abc import Sequence

from service.domain import dates
from service.domain.consent import Consent, ConsentPurpose, Mode
from service.domain.itinerary import day_of
from service.domain.packs import Language
from service.domain.recipients import name_of

__all__ = ["told_consents"]

_NAME = 12
"""Letters of a verifier's name that there is room for: four of them may stand at once."""


def told_consents(consents: Sequence[Consent], now: int, language: Language) -> str:
    """Standing consents with their days; of those for one use their number and the newest."""
    standing = [one for one in consents if one.mode is Mode.STANDING and one.status(now) == "active"]
    single = [one for one in consents if one.mode is Mode.ONE_TIME and one.given_at]
    named = [
        language.say(
            "consent_since",
            what=_what(one, language),
            day=dates.day(day_of(one.given_at), language),
        )
        for one in standing
    ]
    newest = ""
    if single:
        newest = language.say(
            "consents_newest",
            moment=dates.moment(single[-1].given_at, language),
            what=_what(single[-1], language),
        )
    return language.sign(
        "consents",
        standing=language.dates.join.join(named) or language.say("consents_none"),
        count=len(single),
        newest=newest,
        cancel=language.cancels[0],
    )


def _what(consent: Consent, language: Language) -> str:
    """What it is for; of a verifier's standing one also for whom."""
    if consent.purpose is not ConsentPurpose.ANSWERS:
        return language.say(f"consent_{consent.purpose.value}")
    name = name_of(consent.recipient)
    return language.say("consent_answers", who=name if len(name) <= _NAME else name[: _NAME - 2] + "..")
