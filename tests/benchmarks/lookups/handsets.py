"""Handsets that look themselves up, and what it came to.

Rule 1: what one full lookup is, and when it counts as answered, is decided here.
Rule 2: it knows no service: only the centre that brings texts.
"""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sms_gateway_sim.centre import Centre

__all__ = ["LAST_FOUR", "Load", "Phones", "saturated", "steady"]

LAST_FOUR = "123X"


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of lookups came to; times in seconds."""

    rate: float
    latencies: list[float]

    @property
    def median(self) -> float:
        """The latency that half of the lookups stay below."""
        return statistics.median(self.latencies)

    def percentile(self, share: float) -> float:
        """The latency that this share of lookups stays below."""
        return sorted(self.latencies)[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class Phones:
    """Handsets that ask once each and wait for what is answered."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.repeated = 0

    async def lookup(self, msisdn: str) -> float:
        """One full lookup; how long it took from the query to the reply."""
        texts: asyncio.Queue[str] = asyncio.Queue()

        async def listen() -> None:
            async for message in self._centre.stream(msisdn):
                if message.sender == "10086":
                    texts.put_nowait(message.text)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        begun = time.perf_counter()
        await self._centre.send(msisdn, "10086", "CXMYD")
        await texts.get()
        await self._centre.send(msisdn, "10086", LAST_FOUR)
        while "湖北武汉" not in (reply := await texts.get()):
            if "回复证件号" not in reply:
                raise RuntimeError(f"a lookup was not answered as it must be: {reply}")
            self.repeated += 1  # a prompt of unknown fate comes twice: the link is too slow for its own timer
        listening.cancel()
        return time.perf_counter() - begun


async def saturated(phones: Phones, numbers: Sequence[str], in_flight: int) -> Load:
    """As many lookups as the service takes, `in_flight` at once."""
    gate, begun = asyncio.Semaphore(in_flight), time.perf_counter()

    async def one(number: str) -> float:
        async with gate:
            return await phones.lookup(number)

    latencies = await asyncio.gather(*(one(number) for number in numbers))
    return Load(len(numbers) / (time.perf_counter() - begun), latencies)


async def steady(phones: Phones, numbers: Sequence[str], rate: float) -> Load:
    """Lookups that begin at a fixed rate, whether or not the former ones are answered (an open loop)."""
    begun = time.perf_counter()

    async def one(place: int, number: str) -> float:
        await asyncio.sleep(max(0.0, begun + place / rate - time.perf_counter()))
        return await phones.lookup(number)

    latencies = await asyncio.gather(*(one(place, number) for place, number in enumerate(numbers)))
    return Load(len(numbers) / (time.perf_counter() - begun), latencies)
