"""The transparency log's public side: what anybody may read.

Rule 1: where the public files lie, and whose cosignatures are served with them, is decided here.
Rule 2: nothing is judged or written here.
"""

from service.adapters.cosigned_published import CosignedPublished
from service.adapters.published_directory import PublishedDirectory
from service.audit.note import NoteError, VerifierKey
from service.ports.published import Published
from service.settings import Settings, SettingsError

__all__ = ["published"]


def published(settings: Settings) -> Published:
    """The public files of our own log, with its witnesses' words. Raises SettingsError for a key that is none."""
    source = PublishedDirectory(settings.log_directory)
    witnesses = []
    for one in settings.log_witnesses:
        try:
            witnesses.append((VerifierKey.parse(one.key), one.note))
        except NoteError as error:
            raise SettingsError(f"log_witnesses: {error}") from None
    return CosignedPublished(source, witnesses)
