"""A registered verifier is recognised by its secret.

Rule 1: who is known is decided here, with the same work for whoever is not.
Rule 2: nobody is registered here (`register`), and no secret is kept.
"""

import hmac

from service.domain.credit_codes import CreditCodeError, credit_code
from service.domain.verifiers import Verifier, read_secret
from service.ports.verifiers import Verifiers
from service.records.verifier_record import decode_verifier
from service.sealing.requesters import secret_of_verifier

__all__ = ["known_verifier"]


async def known_verifier(verifiers: Verifiers, key: bytes, code: str, secret: str) -> Verifier | None:
    """Whoever has this secret, if it is registered now; the same work for a wrong secret and an unknown code."""
    try:
        plain = credit_code(code)
    except CreditCodeError:
        return None
    stored = await verifiers.read(plain)
    verifier = decode_verifier(stored) if stored is not None else None
    tag = secret_of_verifier(key, plain, read_secret(secret))
    same = hmac.compare_digest(tag, verifier.tag if verifier is not None else "")
    return verifier if same else None  # an ended one's hash is gone, and no hash is empty
