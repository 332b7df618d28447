"""A small form as a browser without scripts sends it.

Rule 1: how large a form may be, and how it is read, is decided here.
Rule 2: it knows no field.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

__all__ = ["fields_of"]

_MOST = 8192  # octets of a body: a whole message in Chinese, percent-encoded, nine octets a character


async def fields_of(request: Request) -> Mapping[str, str]:
    """The first value of each field. What is not UTF-8 is replaced: it is nobody's code. Raises HTTPException: too large."""
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > _MOST:
            raise HTTPException(413, "the body is too large")
    parsed = parse_qs(taken.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=8)
    return {name: values[0] for name, values in parsed.items()}
