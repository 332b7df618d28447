"""Delivery receipts (SMPP 3.4, Appendix B).

Rule 1: this file alone knows what a receipt looks like.
Rule 2: it sends none.
"""

from datetime import UTC, datetime

from service.smpp.pdus import Message, Tag
from service.smpp.receipts import ESM_RECEIPT

__all__ = ["receipt", "wants_receipt"]

_REGISTERED = 0x03  # 5.2.17, bits 1-0: a receipt whatever comes of it, or only of a failure
_ALWAYS = 0x01
_DELIVERED = b"\x02"  # 5.2.28


def wants_receipt(submitted: Message) -> bool:
    """Whether this text, which always arrives here, has to be acknowledged."""
    return submitted.registered_delivery & _REGISTERED == _ALWAYS


def receipt(submitted: Message, identifier: str, now: float) -> Message:
    """What tells that a text has arrived: from its destination to its source."""
    moment = datetime.fromtimestamp(now, UTC).strftime("%y%m%d%H%M")
    text = f"id:{identifier} sub:001 dlvrd:001 submit date:{moment} done date:{moment} stat:DELIVRD err:000 text:"
    return Message(
        source=submitted.destination,
        destination=submitted.source,
        octets=text.encode("ascii"),
        esm_class=ESM_RECEIPT,
        source_ton=submitted.destination_ton,
        source_npi=submitted.destination_npi,
        destination_ton=submitted.source_ton,
        destination_npi=submitted.source_npi,
        tlvs=(
            (int(Tag.RECEIPTED_MESSAGE_ID), identifier.encode() + b"\x00"),
            (int(Tag.MESSAGE_STATE), _DELIVERED),
        ),
    )
