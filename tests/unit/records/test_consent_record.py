"""Consents as bytes, of this version and of the first."""

import json
from dataclasses import asdict
from hashlib import sha256

from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.records.consent_record import decode_consent, encode_consent, terms

OWN = Consent(
    "0190a1c2-0000-7000-8000-000000000000",
    ConsentPurpose.PLACES,
    Mode.ONE_TIME,
    NoticeShown("challenge", "2026-11", "ab" * 32, "zh"),
    14,
    "dwell-4h/1",
    1,
    1_800_000_600,
    "H4TN8",
    (ConsentEvent(EventKind.GIVEN, 1_800_000_000),),
)


def first_version(consent):
    """Its fields and bytes as they were before verifiers were known."""
    plain = {"purpose": consent.purpose.value, "mode": consent.mode.value}
    events = [{**asdict(event), "kind": event.kind.value} for event in consent.events]
    fields = {**asdict(consent), **plain, "events": events}
    del fields["recipient"], fields["question"]
    return fields, b"\x01" + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def test_a_consent_of_the_first_version_reads_and_its_terms_stay():
    """The log's entries commit to them."""
    fields, data = first_version(OWN)
    assert decode_consent(data) == decode_consent(encode_consent(OWN)) == OWN
    del fields["events"], fields["address"]
    canonical = json.dumps({**fields, "given_at": OWN.given_at}, sort_keys=True, separators=(",", ":"))
    assert terms(OWN) == sha256(canonical.encode()).hexdigest()
