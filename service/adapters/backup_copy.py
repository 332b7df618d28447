"""A backup of one server, opened beside the store: its files are copied, and a server of our own serves the copy.

Rule 1: this file alone knows how a Redis or Valkey backup lies on disk.
Rule 2: the backup itself is only read.

    DIR with appendonlydir/          a server's own folder, as an append-only file is backed up
    DIR with NAME.aof.manifest       appendonlydir itself
    FILE, or DIR with dump.rdb       a snapshot (BGSAVE, --rdb of the client), or a single append-only file
"""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from service.adapters.embedded_valkey import EmbeddedValkey
from service.ports.store import StoreError

__all__ = ["opened_backup"]

_FOLDER = "appendonlydir"
_BASE = "appendonly.aof.1.base.rdb"
_MANIFEST = "appendonly.aof.manifest"
_SNAPSHOT = "dump.rdb"


@asynccontextmanager
async def opened_backup(path: Path) -> AsyncIterator[str]:
    """The URL of a server that serves a copy of this backup, until the block ends. Raises StoreError, OSError."""
    with TemporaryDirectory(prefix="it-") as folder:
        store = Path(folder) / "s"
        _laid(path, store)
        server = EmbeddedValkey(store)
        try:
            await server.start()
            yield server.url
        except StoreError:
            raise StoreError(
                f"{path}: no server reads this; is it whole, and of this version or an older one?"
            ) from None
        finally:
            await server.stop()


def _laid(path: Path, store: Path) -> None:
    if path.is_dir() and (path / _FOLDER).is_dir():
        shutil.copytree(path / _FOLDER, store / _FOLDER)
    elif path.is_dir() and list(path.glob("*.manifest")):
        shutil.copytree(path, store / _FOLDER)
    else:
        file = path / _SNAPSHOT if path.is_dir() else path
        if not file.is_file():
            raise StoreError(f"{path}: no backup there: a server's folder, its appendonlydir, or a snapshot")
        (store / _FOLDER).mkdir(parents=True)
        shutil.copyfile(file, store / _FOLDER / _BASE)
        line = f"file {_BASE} seq 1 type b\n"
        (store / _FOLDER / _MANIFEST).write_text(line, encoding="ascii")
