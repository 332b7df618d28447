"""What is said about check codes: a reply said again, and notices to its holder.

Rule 1: every text about a check, but the answers of the dialogue, is composed here from a pack's words.
Rule 2: it decides nothing.
"""

from service.domain.dates import moment
from service.domain.held_codes import Channel, Telling
from service.domain.packs import Language

__all__ = ["told_checked", "told_guessed"]


def told_checked(made_at: int, telling: Telling, language: Language) -> str:
    """A reply was checked: once, now; or so many times since the last notice."""
    fields = {
        "made": moment(made_at, language),
        "at": moment(telling.since, language).rpartition(" ")[2],
        "count": telling.count,
        "withdraw": language.withdraws[0],
        "entry": _entries(telling),
        "channel": language.dates.join.join(_channel(channel, language) for channel in telling.channels),
    }
    name = "checked_again" if telling.not_before else "checked"
    return language.sign(name, **fields)


def told_guessed(made_at: int, language: Language) -> str:
    """Somebody has a code, and not the digits that belong to it."""
    fields = {"made": moment(made_at, language), "withdraw": language.withdraws[0]}
    return language.sign("guessed", **fields)


def _entries(telling: Telling) -> str:
    """The subscription's running numbers of the entries: a gap between two notices shows without any cryptography."""
    return f"{telling.first}" if telling.first == telling.last else f"{telling.first}-{telling.last}"


def _channel(channel: Channel, language: Language) -> str:
    return language.say(f"channel_{channel.value}")
