"""The transparency log: its sequencer, and its public side.

Rule 1: where a log lies, and under which name and key it signs, is decided here.
Rule 2: nothing is written or checked here.
"""

from service.adapters.key_file import KeyFile
from service.adapters.tiled_log import TiledLog
from service.audit.note import SIGNATURE, Signer
from service.settings import Settings

__all__ = ["log_signer", "open_log"]


def log_signer(settings: Settings, device: KeyFile) -> Signer:
    """Under which name and with which key this log signs its checkpoints."""
    return Signer(settings.log_origin, SIGNATURE, device.log_key)


def open_log(settings: Settings, device: KeyFile) -> TiledLog:
    """The sequencer, for this process alone. Raises LogError with a remedy."""
    return TiledLog.open(settings.log_directory, device.receipt_key, log_signer(settings, device))
