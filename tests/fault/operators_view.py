"""What an operator sees of a split system: journals, and the pages of every process. Nobody is to be found in it."""

import re

import httpx

from tests.end_to_end.test_demo import alone, encodings
from tests.fault.loaded_system import ENDING

_PLACES = ("湖北", "武汉", "Hubei", "Wuhan")
_CODE = re.compile(rb"(?<![0-9A-Z-])[0-9A-Z]{5}-[0-9A-Z]{5}(?![0-9A-Z-])")
_REGION = alone(["420100"])


async def pages(system):
    """The figures of every process, and what it says of itself: by process and page."""
    found = {}
    async with httpx.AsyncClient(timeout=20) as client:
        for name, port in system.figures.items():
            for page in ("metrics",) if name == "worker" else ("metrics", "readyz", "healthz"):
                answer = await client.get(f"http://127.0.0.1:{port}/{page}")
                found[f"{name} {page}"] = answer.content
    return found


def journals(system):
    """All that the processes have said so far."""
    return {name: (system.folder / f"{name}.journal").read_bytes() for name in system.processes}


def personal(seen, citizens):
    """(where, what kind) of whatever tells of a person: a number in any encoding, digits, a region, a check code."""
    numbers = {form for one in citizens for form in encodings(one.number) | encodings(one.number[2:])}
    places = {form for place in _PLACES for form in encodings(place) | {place.encode()}}
    found = []
    for where, octets in seen.items():
        found += [(where, "a number")] * any(form in octets for form in numbers)
        found += [(where, "digits")] * (ENDING.encode() in octets)
        found += [(where, "a region")] * (
            any(form in octets for form in places) or bool(_REGION.search(octets))
        )
        found += [(where, "a check code")] * bool(_CODE.search(octets))
    return found
