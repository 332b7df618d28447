"""Servers of the store: by their URLs, or embedded ones in their own directories.

Rule 1: which server a configuration means is decided here.
Rule 2: nothing is asked of it here but whether it keeps what it is given.
"""

from contextlib import AsyncExitStack

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.redis_server import RedisServer
from service.ports.store import StoreError
from service.settings import Settings, SettingsError

__all__ = ["open_server"]


async def open_server(settings: Settings, name: str, url: str | None, stack: AsyncExitStack) -> RedisServer:
    """A server by its URL, or an embedded one in its own directory."""
    if url is None:
        if settings.store.directory is None:
            raise SettingsError("store: give URLs or a directory")
        embedded = EmbeddedValkey(settings.store.directory / name)
        await embedded.start()
        stack.push_async_callback(embedded.stop)
        url = embedded.url
    server = RedisServer(url, ca_file=settings.store.ca_file)
    stack.push_async_callback(server.close)
    faults = await server.faults()
    if faults:
        raise StoreError(f"{name}: " + "; ".join(faults))
    return server
