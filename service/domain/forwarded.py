"""A reply as somebody forwards it: what phones do to a text, and what must not be done to it.

Rule 1: this file alone decides which differences between a reply and its copy do not matter.
Rule 2: it knows no reply; it finds the code to ask with, and a digest to compare by.

    Fw: "【行程查询】138****5678 11/09-23停留超4小时:湖北武汉、广东深圳。↵有数据14/14天。11/23 09:12发,核验码7KQ2M-9XW4B(24小时)"
    |--| |--------------------------------- compared as a whole ----------------------------------------------------------| |

Without white space, quotation marks and part counters, in one width and case, and without the code itself, copy and
reply are the same characters or the copy is not genuine: one region more, less or other, one day, one digit.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from hashlib import sha256

from service.domain.check_codes import CheckCode, CheckCodeError, PhoneLastFour

__all__ = ["LONGEST", "PLACEHOLDER", "Forwarded", "digest_of", "read_forwarded"]

PLACEHOLDER = CheckCode("0000000000")
"""Stands for a code in a text whose digest is taken before there is one. It is a valid code, and never given out."""

_CODE = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")
_MASKED = re.compile(r"[0-9]{3}\*{4}([0-9]{4})")
_COUNTER = re.compile(r"[(\[<][0-9]{1,2}/[0-9]{1,2}[)\]>]")
_QUOTES = dict.fromkeys(map(ord, "\"'`´“”‘’„‚«»‹›「」『』〝〞＂＇|"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_STARS = dict.fromkeys(map(ord, "＊∗✱﹡"), "*")
_PREFIX = 40

LONGEST = 600
"""Characters up to which a text without a whole reply may be the beginning of one: a reply has two or three hundred."""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What a copy can be checked by."""

    code: CheckCode
    last_four: PhoneLastFour = field(repr=False)
    digest: str = field(repr=False)


def digest_of(text: str, signature: str) -> str:
    """The digest of a reply that holds exactly one code; `signature` is what it begins with."""
    found = read_forwarded(text, (signature,))
    if found is None:
        raise ValueError("a reply without a signature, a masked number or a check code has no digest")
    return found.digest


def read_forwarded(text: str, signatures: tuple[str, ...]) -> Forwarded | None:
    """Find the reply in a copy; None where there is none, or more than one, or too much before it."""
    plain = _plain(text)
    begins = [
        (begin, mark)
        for mark in map(_plain, signatures)
        if (begin := plain.find(mark)) >= 0 and plain.count(mark) == 1
    ]
    if len(begins) != 1 or begins[0][0] > _PREFIX:
        return None
    body = plain[begins[0][0] :]
    codes, number = list(_CODE.finditer(body)), _MASKED.search(body)
    if not codes or number is None:
        return None
    at = codes[-1]  # a reply ends with its code; days like 9-12 Nov, squeezed, may look like one before
    try:
        code, last_four = CheckCode.parse(at[0]), PhoneLastFour.parse(number[1])
    except CheckCodeError:
        return None
    without = body[: at.start()] + "#" + body[at.end() :]
    return Forwarded(code, last_four, sha256(without.encode()).hexdigest())


def _plain(text: str) -> str:
    """The characters that count."""
    one_width = unicodedata.normalize("NFKC", text.translate(_DASHES | _STARS | _QUOTES)).upper()
    squeezed = "".join(one_width.translate(_DASHES | _STARS | _QUOTES).split())
    return _COUNTER.sub("", squeezed)
