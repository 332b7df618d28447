"""What goes over the keys role's socket.

Rule 1: how it answers is decided here; its calls are those of its ports (`port_wire`).
Rule 2: it reads no socket and holds no key.

    answer    MessagePack [current epoch, 0, result]       or [epoch, which error, its text]
"""

import msgspec

from service.adapters.port_wire import Calls, operations_of
from service.ports.check_keys import CheckKeys
from service.ports.epochs import EpochKeeping
from service.ports.key_callers import MAY
from service.ports.keys import KeysError, KeyService
from service.ports.signing import Signing
from service.ports.store import StoreError

__all__ = ["CALLS", "OPERATIONS", "Answer"]


class Answer(msgspec.Struct, array_like=True):
    """Its result or its error (text)."""

    epoch: int
    error: int
    content: msgspec.Raw


OPERATIONS = operations_of(
    {"keys": KeyService, "checks": CheckKeys, "keeping": EpochKeeping, "signing": Signing}
)
"""Every call of the ports, by its name."""

CALLS = Calls(OPERATIONS, MAY, (KeysError, StoreError))
