"""The certificate that a service has closed for good, bound to its entry in the log.

Rule 1: this file alone says what a certificate consists of, and what makes it one.
Rule 2: it trusts nothing that it reads; who has signed the log is for its reader to know.

    certificate = a C2SP tlog-proof file of the entry `sunset`, whose `extra` is the text that this entry commits to
    text        = canonical JSON {"at", "begun", "destroyed", "jwks", "on", "order", "origin", "v"}
    entry       = the leaf of kind `sunset` whose tag is SHA-256("sunset|" origin)[:16] and whose c is SHA-256(text)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from service.audit.checkpoint import Checkpoint, Proof
from service.audit.entries import Kind, leaf
from service.audit.note import NoteError, VerifierKey
from service.audit.tree import is_included, leaf_hash

__all__ = [
    "CERTIFICATE_BYTES_MAX",
    "Certificate",
    "CertificateError",
    "certified",
    "closing_entry",
    "closing_tag",
]

CERTIFICATE_BYTES_MAX = 1 << 20
_VERSION = 1


class CertificateError(ValueError):
    """Bytes that certify nothing. The text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was done: times in unix seconds, positions in the log, and the public side of what had signed for verifiers."""

    origin: str
    on: int  # the moment that was ordered
    at: int  # when everything had been destroyed
    order: int  # position of the order's entry
    begun: Sequence[int]  # positions of the entries before the destruction, one for each run of it
    destroyed: Sequence[str]  # names of keys
    jwks: Mapping[str, object]  # RFC 7517

    def text(self) -> bytes:
        """The canonical bytes, which the entry commits to."""
        fields = {
            "v": _VERSION,
            "origin": self.origin,
            "on": self.on,
            "at": self.at,
            "order": self.order,
            "begun": list(self.begun),
            "destroyed": list(self.destroyed),
            "jwks": dict(self.jwks),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()

    def entry(self) -> bytes:
        """Its leaf in the log."""
        return closing_entry(self.origin, self.at, self.text())

    @classmethod
    def parse(cls, text: bytes) -> "Certificate":
        """Read such a text. Raises CertificateError."""
        try:
            fields = json.loads(text)
            certificate = cls(
                str(fields["origin"]),
                int(fields["on"]),
                int(fields["at"]),
                int(fields["order"]),
                tuple(map(int, fields["begun"])),
                tuple(map(str, fields["destroyed"])),
                dict(fields["jwks"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise CertificateError("no text of a certificate") from None
        if certificate.text() != text:
            raise CertificateError("not in the canonical form")
        return certificate


def closing_tag(origin: str) -> bytes:
    """What anybody finds the entries about the end of this service by."""
    return sha256(b"sunset|" + origin.encode()).digest()[:16]


def closing_entry(origin: str, at: int, text: bytes) -> bytes:
    """An entry about the end, which anybody can hold against its text."""
    return leaf(Kind.SUNSET, at, closing_tag(origin), b"", text)


def certified(content: bytes, keys: Sequence[VerifierKey] = ()) -> tuple[Certificate, Proof]:
    """The certificate in these bytes, if it is one. Without keys its signature is not checked. Raises CertificateError."""
    try:
        proof = Proof.parse(content)
        head = Checkpoint.parse(proof.checkpoint.text)
        signers = proof.checkpoint.signed_by(keys)
    except NoteError as error:
        raise CertificateError(str(error)) from None
    certificate = Certificate.parse(proof.extra or b"")
    if certificate.origin != head.origin:
        raise CertificateError(f"of {certificate.origin}, in the log of {head.origin}")
    if keys and not signers:
        raise CertificateError("signed by no key that was given")
    hashed = leaf_hash(certificate.entry())
    if not is_included(hashed, proof.index, head.size, proof.path, head.root):
        raise CertificateError("its text is not what its entry commits to, or its entry is not in the log")
    return certificate, proof
