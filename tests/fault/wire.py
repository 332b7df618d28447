"""An SMPP peer without manners, and what the service's link needs beside it."""

import asyncio
from contextlib import suppress

from service.smpp.codec import decode, encode
from service.smpp.pdus import Command, Empty, Pdu


class Segments:
    """Parts of long messages, in memory."""

    def __init__(self):
        self.parts = {}

    async def keep(self, reference, number, total, octets):
        """See `ports.sms.Segments`."""
        kept = self.parts.setdefault(reference, {})
        kept[number] = octets
        return tuple(kept[place] for place in sorted(kept)) if len(kept) == total else None

    async def drop(self, reference):
        """See `ports.sms.Segments`."""
        self.parts.pop(reference, None)


class Counters:
    """Counts."""

    def __init__(self):
        self.counts = {}

    def count(self, what, reason):
        """See `ports.tally.Tally`."""
        self.counts[what, reason] = self.counts.get((what, reason), 0) + 1

    def took(self, what, seconds):
        """See `ports.tally.Tally`."""


class Wire:
    """A peer without manners, on a socket."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def say(self, data):
        """Octets as they are; `<eof>` at the end closes our direction."""
        self.writer.write(data.removesuffix(b"<eof>"))
        await self.writer.drain()
        if data.endswith(b"<eof>"):
            self.writer.close()

    async def pdu(self):
        """The next PDU that is no keep-alive, None at the end of the stream."""
        while True:
            try:
                head = await self.reader.readexactly(4)
                frame = head + await self.reader.readexactly(int.from_bytes(head) - 4)
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
            found = decode(frame)
            if found.command == Command.ENQUIRE_LINK:
                continue
            return found

    async def lives(self):
        """Whether an enquire_link is answered."""
        with suppress(ConnectionError):
            await self.say(encode(Pdu(Command.ENQUIRE_LINK, 0, 99, Empty())))
        answer = await self.pdu()
        return answer is not None and answer.sequence == 99

    async def close(self):
        """End it."""
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
