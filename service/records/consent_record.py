"""Consents as canonical versioned bytes: sorted JSON behind one version byte.

Rule 1: a field is added here only together with a version.
Rule 2: nothing is sealed here; whoever stores these bytes seals them first.
"""

import json
from hashlib import sha256

from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.notices import Address
from service.records.fields import canonical, fields_of
from service.records.key_record import RecordError

__all__ = ["decode_consent", "encode_consent", "terms"]

_VERSIONS = (b"\x01", b"\x02")
"""Version 1 knew no verifiers: its consents were for the number itself."""


def encode_consent(consent: Consent) -> bytes:
    """The bytes of a consent."""
    events = [{**fields_of(event), "kind": event.kind.value} for event in consent.events]
    plain = {"purpose": consent.purpose.value, "mode": consent.mode.value, "events": events}
    return _VERSIONS[-1] + canonical({**fields_of(consent), **plain})


def decode_consent(data: bytes) -> Consent:
    """The consent of such bytes. Raises RecordError."""
    if data[:1] not in _VERSIONS:
        raise RecordError("a consent has an unknown version")
    try:
        fields = json.loads(data[1:])
        return Consent(
            **{
                **fields,
                "purpose": ConsentPurpose(fields["purpose"]),
                "mode": Mode(fields["mode"]),
                "notice": NoticeShown(**fields["notice"]),
                "events": tuple(
                    ConsentEvent(**{**event, "kind": EventKind(event["kind"])}) for event in fields["events"]
                ),
                "address": Address(**fields["address"]) if fields["address"] else None,
            }
        )
    except (KeyError, TypeError, ValueError):
        raise RecordError("a consent has an unknown shape") from None


def terms(consent: Consent) -> str:
    """What the log's entries commit to: the SHA-256, in hex, of all that does not change any more once it is given."""
    fields = {**fields_of(consent), "purpose": consent.purpose.value, "mode": consent.mode.value}
    del fields["events"], fields["address"]
    if not consent.recipient:  # as in version 1, whose terms stand in the log
        del fields["recipient"], fields["question"]
    return sha256(canonical({**fields, "given_at": consent.given_at})).hexdigest()
