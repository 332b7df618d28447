"""Ten times the rate for a minute: nobody is lost, and how long people wait is told.

Lookups begin at a fixed rate, whether or not the former ones are answered. What is more than the service can do waits: at the
centre, unacknowledged, and in the outbox. A challenge is worth sending for ten minutes; who proves later is told so.
"""

import asyncio
import os
import statistics
import time

import pytest

from tests.fault.loaded_system import ENDING, FIRST
from tests.fault.split_system import SplitSystem

RATE = float(os.environ.get("SURGE_RATE", "40"))  # lookups a second before the surge, and after it
SECONDS = float(os.environ.get("SURGE_SECONDS", "60"))  # that the surge lasts
CALM = 15.0  # seconds before it, and after it
LONGEST = 600.0  # seconds between a lookup's question and its end: a dialogue's life
WARM = 12  # people who ask all the time


class Asker:
    """Asks once, proves, and is done when told something that ends it."""

    def __init__(self, number):
        self.number, self.said = number, []
        self.challenged = self.ended = None

    async def ask(self, centre):
        """One lookup; the times of its challenge and of its end, from its question."""
        texts = asyncio.Queue()

        async def listen():
            async for message in centre.stream(self.number):
                if message.sender == "10086":
                    self.said.append(message.text)
                    texts.put_nowait(message.text)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(0)
        begun = time.monotonic()
        await centre.send(self.number, "10086", "CXMYD")
        try:
            async with asyncio.timeout(2 * LONGEST):
                while "回复证件号" not in await texts.get():
                    pass
                self.challenged = time.monotonic() - begun
                await centre.send(self.number, "10086", ENDING)
                while "回复证件号" in await texts.get():
                    pass
                self.ended = time.monotonic() - begun
        except TimeoutError:
            pass
        listening.cancel()


def waits(askers):
    """Median, 99 of a hundred, longest, in seconds."""
    took = sorted(one.ended for one in askers)
    return f"{statistics.median(took):6.2f} {took[int(0.99 * len(took))]:6.2f} {took[-1]:6.2f}"


@pytest.mark.soak
async def test_ten_times_the_rate_for_a_minute(folder, capsys):
    """Everybody is answered once, with data or with a word that ends the lookup; what is calm again is as fast as before."""
    phases = [("before", RATE, CALM), ("surge", 10 * RATE, SECONDS), ("after", RATE, CALM)]
    count = sum(int(rate * seconds) for _, rate, seconds in phases)
    async with SplitSystem(folder, WARM, WARM + count, small_disks=False) as system:
        numbers = iter(str(FIRST + WARM + place) for place in range(count))
        asked = {name: [] for name, _, _ in phases}
        running = []
        for name, rate, seconds in phases:
            begun = time.monotonic()
            for place in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + place / rate - time.monotonic()))
                asked[name].append(one := Asker(next(numbers)))
                running.append(asyncio.create_task(one.ask(system.centre)))
            if name == "surge":
                await asyncio.wait(running)  # calm is what comes when everybody has been answered
                drained = time.monotonic() - begun
        await asyncio.wait(running)
        await system.ended()
        await system.holds()
        audited = system.audited()
        assert audited.returncode == 0, audited.stdout
    everybody = [one for some in asked.values() for one in some]
    lost = [one.said for one in everybody if one.ended is None]
    assert not lost, f"{len(lost)} of {count} were never told anything: {lost[:3]}"
    data = [sum("核验码" in text for text in one.said) for one in everybody]
    assert max(data) == 1, "data twice"
    assert max(one.ended for one in everybody) <= LONGEST
    with capsys.disabled():
        lines = [f"{'':8} {'asked/s':>8} {'asked':>7} {'median':>6} {'p99':>6} {'longest':>6} s"]
        lines += [
            f"{name:8} {rate:8.0f} {len(asked[name]):7} {waits(asked[name])}" for name, rate, _ in phases
        ]
        lines += [
            f"data {sum(data)} of {count}, lost 0; all was answered {drained:.0f} s after the surge began"
        ]
        print("\n" + "\n".join(lines))  # noqa: T201
