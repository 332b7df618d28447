"""A subscription's own record as a text: what was done with its data, when, and by whom where that is known.

Rule 1: every text about the record is composed here from a pack's words; it fits into two short messages.
Rule 2: it decides nothing, and says nothing of any region.

    【行程查询】该号码数据的使用记录共21条,最近:21)11/23 09:40被核验(网页)、20)11/23 09:12查询到访地。…
"""

from collections.abc import Sequence

from service.domain.access import Access
from service.domain.dates import moment
from service.domain.packs import Language

__all__ = ["access_line", "told_record"]

_LINES = 6
_LENGTH = 134  # two SMS in UCS-2, which one letter outside the GSM alphabet in a name is enough for
_APART = 1 << 56  # entries from here on have no running number
_NAME = 12  # characters of a verifier's name that a line has room for


def told_record(accesses: Sequence[Access], count: int, language: Language) -> str:
    """The newest lines, newest first, as many as there is room for; `count` is the number of all."""
    if not accesses:
        return language.sign("records_none", records=language.records[0])
    lines = [access_line(access, language) for access in accesses[:_LINES]]
    for shown in range(len(lines), 0, -1):
        joined = language.dates.join.join(lines[:shown])
        text = language.sign("records", count=count, lines=joined)
        if len(text) <= (language.reply_length if text.isascii() else _LENGTH):
            return text
    # A name outside the alphabet of an English text more than doubles its length: then the newest line alone.
    return language.sign("records_brief", count=count, lines=lines[0])


def access_line(access: Access, language: Language) -> str:
    """One entry: its number, moment, what it was for, and by whom where that is known."""
    who = _who(access.by, language)
    return language.say(
        "records_line",
        number=access.number if access.number < _APART else "*",
        moment=moment(access.at, language),
        what=_what(access, language),
        who=language.say("records_who", who=who) if who else "",
    )


def _what(access: Access, language: Language) -> str:
    family = access.kind.partition(".")[0]
    names = (
        f"entry_{access.kind}_{access.about.partition('|')[0]}",
        f"entry_{access.kind.replace('.', '_')}",
        f"entry_{family}",
        "entry_other",
    )
    return next(language.say(name) for name in names if name in language.texts)


def _who(by: str, language: Language) -> str:
    """A channel by its word; whoever gave a name by that, cut where it is long."""
    channel = f"channel_{by}"
    if channel in language.texts or not by:
        return language.texts.get(channel, "")
    return by if len(by) <= _NAME else by[: _NAME - 2] + ".."
