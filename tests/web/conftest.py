"""The web role's pages on the stories' world: the whole service but its sockets."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from service.adapters.memory_checks import MemoryChecks
from service.adapters.region_tables import load_regions
from service.adapters.signing_file import SigningFile
from service.domain.dialogue_traces import Fresh
from service.entrypoints.again_page import again_page
from service.entrypoints.card_checks import card_checks
from service.entrypoints.card_page import card_page
from service.entrypoints.card_reader import card_reader
from service.entrypoints.key_pages import key_pages
from service.entrypoints.verify_page import add_verify
from service.entrypoints.web import application
from service.flows.card import Card
from service.flows.card_shown import CardShowing
from service.flows.card_tokens import CardTokens
from service.flows.challenge import Challenge
from service.flows.check_card import CheckCard
from service.flows.own_export import OwnExport
from service.flows.repeat import Repeat
from service.flows.tend_keys import TendKeys
from service.sealing.requesters import requester_of_address, requester_of_index
from service.vault.card_sessions import CardSessionVault
from service.vault.signing_keys import DeviceSigning
from service.wiring.verifying import Checking
from tests.stories.conftest import World

HOLDER = "+8613800138000"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """A world in which somebody was in Wuhan, and perhaps in Suzhou."""
    world = await World(tmp_path, 1).start()
    await world.enrol(HOLDER, "1234", 400)
    await world.stayed(HOLDER, 420100, 10, 30)
    await world.stayed(HOLDER, 320500, 2, 6, certain=False)
    return world


@pytest.fixture
async def code(world: World) -> str:
    """The check code of that number's reply."""
    for text in ("CXMYD", "1234"):
        world.clock.now += 3
        await world.text(HOLDER, text)
    found = re.search(r"核验码(\S{11})\(", world.inbox(HOLDER)[-1].text)
    world.inbox(HOLDER).clear()
    assert found
    return found[1]


@pytest.fixture
async def tokens(world: World) -> CardTokens:
    """What signs, its keys made and in the log."""
    signing = DeviceSigning(SigningFile(world.folder / "signing.json", world.entropy), world.clock)
    await TendKeys(signing, world.log, world.tally, world.clock)()
    return CardTokens(signing, world.checks, world.check_keys, "service", world.clock)


@pytest.fixture
def sessions(world: World) -> MemoryChecks:
    """Where the card page's sessions lie."""
    return MemoryChecks(world.clock)


async def prove(_position: int) -> None:
    """No checkpoint yet."""


@pytest.fixture
def card(world: World, tokens: CardTokens, sessions: MemoryChecks) -> Card:
    """The flow behind the card page."""
    showing = CardShowing(
        {"10086": world.packs["10086"]},
        CardSessionVault(sessions, world.keys, world.entropy),
        world.vault,
        world.throttle,
        world.keys,
        world.entries,
        world.access,
        OwnExport(world.keys, world.access, world.consenting, prove),
        world.disclosing,
        world.refusals,
        tokens,
        world.sender.post,
        world.device.requester_key,
        world.tally,
        world.clock,
    )
    return Card(showing, world.blind, lambda: Fresh("H4TN8", f"{world.random.randrange(10_000):04}"))


@pytest.fixture
def app(world: World, tokens: CardTokens, card: Card):
    """The application."""
    app = application()
    key = world.device.requester_key
    packs = {language.code: language for language in world.packs["10086"].languages}
    looking = replace(
        world.challenge._use, receipt=tokens.receipt_for, sleep=lambda _seconds: asyncio.sleep(0.005)
    )
    checking = Checking(
        world.verify,
        CheckCard(world.verify._use),
        Challenge(looking),
        Repeat(replace(world.repeat._use, receipt=tokens.receipt_for)),
        lambda address: requester_of_address(key, address),
        lambda index: requester_of_index(key, index),
        load_regions(),
        packs,
        ("10086",),
        tokens,
        world.clock,
    )
    add_verify(app, checking)
    app.include_router(card_page(card, checking))
    app.include_router(again_page(checking))
    app.include_router(key_pages(tokens))
    app.include_router(card_checks(checking))
    app.include_router(card_reader("service", load_regions()))
    return app


@pytest.fixture
async def client(app) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts."""
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client
