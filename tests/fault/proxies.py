"""Between two ends of a wire, and not to be trusted: passes octets on as they are, until it is told otherwise.

centre ── Proxy ── itinerary serve --role link ── StoreProxy ── Valkey
"""

import asyncio
from contextlib import suppress

from hiredis import Reader

_UNFINISHED = object()
_CHUNK = 65_536


class Proxy:
    """One wire for all who connect to it. `target` opens the other end."""

    def __init__(self, target):
        self._target = target
        self._going = asyncio.Event()
        self._going.set()
        self._pairs = set()
        self._cut = False
        self.server = None

    async def listen_tcp(self):
        """Listen at a free port; which one."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def listen_unix(self, path):
        """Listen at a path."""
        self.server = await asyncio.start_unix_server(self._serve, path)

    async def stop(self):
        """Nobody connects any more, and whoever did is cut off."""
        self.server.close()
        self.hang_up()
        self._going.set()

    def cut_in_a_pdu(self):
        """The next octets go through by half; then both ends are lost."""
        self._cut = True

    def hold(self):
        """Say nothing more, to either side, and stay connected."""
        self._going.clear()

    def go_on(self):
        """Octets go on where they stood still."""
        self._going.set()

    def hang_up(self):
        """Both ends are lost."""
        for writer in self._pairs:
            writer.transport.abort()

    async def _serve(self, reader, writer):
        try:
            far_reader, far_writer = await self._target()
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._pairs |= pair
        there = asyncio.create_task(self._pass(reader, far_writer, lambda data: data))
        back = asyncio.create_task(self._pass(far_reader, writer, self._back()))
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for one in (there, back):
            one.cancel()
        for one in pair:
            one.transport.abort()
        self._pairs -= pair

    async def _pass(self, reader, writer, changed):
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._going.wait()
                if self._cut:
                    self._cut = False
                    writer.write(data[: len(data) // 2])
                    await asyncio.sleep(0.05)  # they arrive
                    return
                said = changed(data)
                if said is None:
                    return
                writer.write(said)
                await writer.drain()

    def _back(self):
        return lambda data: data


class StoreProxy(Proxy):
    """In front of a store: does what it is asked for, and then says that it has not."""

    def __init__(self, target):
        super().__init__(target)
        self.errors = 0  # so many answers are errors, though the command was carried out
        self.losses = 0  # so many answers are lost with their connection, the same

    def _back(self):
        replies = Reader(notEnoughData=_UNFINISHED)

        def changed(data):
            lying = not replies.has_data() and (self.errors > 0 or self.losses > 0)
            replies.feed(data)
            count = 0
            while replies.gets() is not _UNFINISHED:
                count += 1
            if not lying:
                return data
            if self.losses > 0:
                self.losses -= 1
                return None
            self.errors -= count
            return b"-IOERR the disk did not answer in time\r\n" * count

        return changed
