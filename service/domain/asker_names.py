"""The name under which somebody asks, as a stranger typed it: it goes into a text that a citizen reads.

Rule 1: what may stand there is decided here: letters of Chinese or plain Latin, single spaces, hyphens. So no digit to
call, no link, no sign that ends the quotation marks around it, nothing that is not seen.
Rule 2: it knows no text that it will stand in.
"""

import re
import unicodedata

__all__ = ["MOST_LETTERS", "AskerNameError", "asker_name", "typed_name"]

MOST_LETTERS = 16
_FEWEST = 2

_NAME = re.compile(r"[A-Za-z\u4e00-\u9fff]+(?:[ -][A-Za-z\u4e00-\u9fff]+)*")
_SPOKEN = re.compile(r"[零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖]{4}")  # a number to call, in words
_WEB = re.compile(r"www|http|(?:^|[ -])(?:com|cn|net|org|top|xyz)(?:$|[ -])", re.IGNORECASE)

_OURS = re.compile(r"登记|配对|同意|回复|出示|\b(?:registered|pair|agree|reply|refuse)\b", re.IGNORECASE)
"""Words with which our text says who is registered, and how to answer."""


class AskerNameError(ValueError):
    """A name that cannot stand in a text to a citizen. The text says what can, and never holds it."""


def asker_name(text: str, most: int = MOST_LETTERS) -> str:
    """The name as it will be read. Raises AskerNameError."""
    name = unicodedata.normalize("NFKC", text).strip(" ")
    if not _FEWEST <= len(name) <= most or not _NAME.fullmatch(name):
        raise AskerNameError(
            f"a name has {_FEWEST} to {most} letters, Chinese or Latin, without digits and signs"
        )
    if _SPOKEN.search(name) or _WEB.search(name):
        raise AskerNameError("a name holds no address and no number")
    return name


def typed_name(text: str) -> str:
    """The same for somebody who only calls himself so: without words that belong to our text. Raises AskerNameError."""
    name = asker_name(text)
    if _OURS.search(name):
        raise AskerNameError("a name holds no word of the text that asks, like registered, agree or reply")
    return name
