"""What can be said in SMPP 3.4: commands, statuses and bodies, as data.

Rule 1: every number of the specification (SMPP v3.4 issue 1.2) that we use stands in this file.
Rule 2: it knows neither bytes nor order.
"""

from dataclasses import dataclass, field
from enum import IntEnum

__all__ = [
    "RESPONSE",
    "Bind",
    "BindResp",
    "Body",
    "Command",
    "Empty",
    "Message",
    "MessageResp",
    "Pdu",
    "Raw",
    "Status",
    "Tag",
]

RESPONSE = 0x80000000
"""Set in the command_id of every response (5.1.2.1)."""


class Command(IntEnum):
    """command_id values (5.1.2.1)."""

    BIND_RECEIVER = 0x00000001
    BIND_TRANSMITTER = 0x00000002
    SUBMIT_SM = 0x00000004
    DELIVER_SM = 0x00000005
    UNBIND = 0x00000006
    BIND_TRANSCEIVER = 0x00000009
    ENQUIRE_LINK = 0x00000015
    GENERIC_NACK = 0x80000000
    BIND_RECEIVER_RESP = 0x80000001
    BIND_TRANSMITTER_RESP = 0x80000002
    SUBMIT_SM_RESP = 0x80000004
    DELIVER_SM_RESP = 0x80000005
    UNBIND_RESP = 0x80000006
    BIND_TRANSCEIVER_RESP = 0x80000009
    ENQUIRE_LINK_RESP = 0x80000015


class Status(IntEnum):
    """command_status values that we say or act on (5.1.3); any other number is a vendor's and passed on."""

    OK = 0x00
    INVALID_LENGTH = 0x01
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    INVALID_BIND_STATE = 0x04
    ALREADY_BOUND = 0x05
    SYSTEM_ERROR = 0x08
    INVALID_SOURCE = 0x0A
    INVALID_DESTINATION = 0x0B
    BIND_FAILED = 0x0D
    INVALID_PASSWORD = 0x0E
    INVALID_SYSTEM_ID = 0x0F
    QUEUE_FULL = 0x14
    THROTTLED = 0x58
    TEMPORARY_ERROR = 0x64
    INVALID_OPTIONAL = 0xC4


class Tag(IntEnum):
    """Optional parameters that we read or write (5.3.2); others are kept as they are."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    INTERFACE_VERSION = 0x0210
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


@dataclass(frozen=True, slots=True)
class Bind:
    """Body of the three bind commands (4.1)."""

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    interface_version: int = 0x34
    ton: int = 0
    npi: int = 0
    address_range: str = ""


@dataclass(frozen=True, slots=True)
class BindResp:
    """Body of the bind responses; absent on the wire where the bind failed."""

    system_id: str = ""
    tlvs: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """Body of submit_sm and deliver_sm (4.4.1, 4.6.1)."""

    source: str = field(repr=False)
    destination: str = field(repr=False)
    octets: bytes = field(repr=False)
    data_coding: int = 0
    esm_class: int = 0
    source_ton: int = 1
    source_npi: int = 1
    destination_ton: int = 1
    destination_npi: int = 1
    registered_delivery: int = 0
    service_type: str = ""
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    validity: str = ""
    replace_if_present: int = 0
    default_message: int = 0
    tlvs: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)

    def tlv(self, tag: int) -> bytes | None:
        """The value of an optional parameter, the first where a peer sends two."""
        if not self.tlvs:  # as in nearly every message
            return None
        return next((value for found, value in self.tlvs if found == tag), None)


@dataclass(frozen=True, slots=True)
class MessageResp:
    """Body of submit_sm_resp and deliver_sm_resp; absent on the wire for a refused submit."""

    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """No body: enquire_link, unbind, generic_nack and their responses."""


@dataclass(frozen=True, slots=True)
class Raw:
    """The body of a command that we do not know."""

    octets: bytes = field(repr=False)


Body = Bind | BindResp | Message | MessageResp | Empty | Raw


@dataclass(frozen=True, slots=True)
class Pdu:
    """One protocol data unit. `command` and `status` may be numbers that no enumeration knows."""

    command: int
    status: int
    sequence: int
    body: Body
