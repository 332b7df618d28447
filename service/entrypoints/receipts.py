"""The receipt of a check, as a page shows it and a program gets it.

Rule 1: what stands beside a receipt, and how it is handed over, is decided here.
Rule 2: it holds no region and no number; where none can be signed, the check stands without it.
"""

import base64
from typing import Any

from service.domain.cards import Check
from service.domain.statement import Statement
from service.entrypoints.languages import PageLanguage
from service.entrypoints.verify_answer import moment_on_page
from service.ports.keys import KeysError
from service.wiring.verifying import Checking

__all__ = ["receipt_link", "receipt_of", "receipt_page"]


async def receipt_of(pages: Checking, check: Check, said: Statement) -> str | None:
    """The signed receipt; None where the keys role does not sign just now."""
    try:
        return await pages.tokens.receipt(check, said)
    except KeysError:
        return None


def receipt_link(token: str) -> str:
    """What a browser saves it from."""
    return "data:application/jwt;base64," + base64.b64encode(token.encode()).decode()


def receipt_page(check: Check, token: str | None, language: PageLanguage) -> dict[str, Any]:
    """The values of `receipt.html`."""
    return {
        "receipt": token,
        "receipt_link": receipt_link(token) if token is not None else None,
        "receipt_at": moment_on_page(check.at, language, seconds=True),
        "receipt_entry": check.log_index,
        "receipt_verifier": check.verifier,
        "receipt_registered": check.registered,
    }
