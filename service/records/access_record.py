"""What an entry commits to, and what is kept of it, as canonical bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version; the committed bytes never change afterwards.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.

    committed = {"about", "at", "by", "k", "n", "v"}           kept = version | {committed's fields, "position", "salt"}
"""

import json
from dataclasses import dataclass, field, replace

from service.domain.access import Access
from service.records.fields import canonical
from service.records.key_record import RecordError

__all__ = ["KeptAccess", "committed", "decode_access", "encode_access"]

_VERSION = b"\x01"


@dataclass(frozen=True, slots=True)
class KeptAccess:
    """An access with the salt of its commitment: with both, anybody can see that the entry is about it."""

    access: Access
    salt: bytes = field(repr=False)

    def placed(self, position: int) -> "KeptAccess":
        """The same, where its place in the log is known."""
        return replace(self, access=replace(self.access, position=position))


def committed(access: Access) -> bytes:
    """The bytes that the entry commits to."""
    return canonical(_said(access))


def encode_access(kept: KeptAccess) -> bytes:
    """The bytes of a kept access."""
    fields = {**_said(kept.access), "salt": kept.salt.hex(), "position": kept.access.position}
    return _VERSION + canonical(fields)


def decode_access(data: bytes) -> KeptAccess:
    """The kept access of such bytes. Raises RecordError."""
    if data[:1] != _VERSION:
        raise RecordError("details of an entry have an unknown version")
    try:
        fields = json.loads(data[1:])
        access = Access(
            fields["n"], fields["k"], fields["at"], fields["about"], fields["by"], fields["position"]
        )
        return KeptAccess(access, bytes.fromhex(fields["salt"]))
    except (KeyError, TypeError, ValueError):
        raise RecordError("details of an entry have an unknown shape") from None


def _said(access: Access) -> dict[str, object]:
    return {
        "v": 1,
        "n": access.number,
        "k": access.kind,
        "at": access.at,
        "about": access.about,
        "by": access.by,
    }
