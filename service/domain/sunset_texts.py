"""What a subscriber is told of the end of the service.

Rule 1: every text about it is composed here from a pack's words; it is one short message.
Rule 2: that keys are destroyed is said only once it is certified.
"""

from datetime import UTC, datetime, timedelta

from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.packs import Language

__all__ = ["closing_day", "told_closed", "told_ending"]


def closing_day(on: int) -> str:
    """The day, with its year: whoever asks may ask years later."""
    return (datetime.fromtimestamp(on, UTC) + timedelta(seconds=SHANGHAI_OFFSET)).strftime("%Y-%m-%d")


def told_closed(on: int, position: int | None, language: Language, *, stopped: bool = False) -> str:
    """The closing text; `position` of the certificate's entry once everything is destroyed."""
    name = "closed_stopped" if stopped else "closed" if position is None else "closed_destroyed"
    return language.sign(name, day=closing_day(on), position=position)


def told_ending(on: int, text: str, language: Language) -> str:
    """A text with the announcement behind it: the day from which nothing is answered."""
    return text + language.say("ending", day=closing_day(on))
