"""The unified social credit code of an organisation in China (统一社会信用代码, GB 32100-2015).

Rule 1: this file alone decides what such a code looks like and whether its check character agrees.
Rule 2: it knows no organisation: whether a code is somebody's, and whose, the operator looks up.

    91 350100 M000100Y4 3      registering office and kind, division (GB/T 2260), organisation (GB 11714), check character
    C18 = (31 - sum(Ci * 3^(i-1) mod 31) mod 31) mod 31 over 0-9 A-H J-N P-R T U W X Y: no I, O, S, V, Z
"""

import re
import unicodedata

__all__ = ["CreditCodeError", "credit_code"]

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{_SIGNS}]{{2}}[0-9]{{6}}[{_SIGNS}]{{10}}")
_MODULUS = 31
_BODY = 17


class CreditCodeError(ValueError):
    """What is no such code. The text says what is expected."""


def credit_code(text: str) -> str:
    """The code, upper case, without spaces and hyphens. Raises CreditCodeError."""
    code = "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())
    if not _SHAPE.fullmatch(code):
        raise CreditCodeError(
            "a unified social credit code has 18 digits and letters (none of I, O, S, V, Z), the third to eighth digits"
        )
    total = sum(_SIGNS.index(sign) * pow(3, place, _MODULUS) for place, sign in enumerate(code[:_BODY]))
    if _SIGNS[-total % _MODULUS] != code[_BODY]:
        raise CreditCodeError(
            "the check character does not agree with the other 17: one of them is mistyped (GB 32100)"
        )
    return code
