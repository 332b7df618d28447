"""A signed card is checked in a browser, which sends its random name alone: the holder is told, the verifier learns of a withdrawal."""

import base64
import json
import re
import secrets

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from service.domain.cards import card_id, read_card_id
from service.flows.entries import LogUnavailableError
from service.ports.store import StoreError
from service.ports.web_cards import Asked, CardShown
from tests.web.conftest import HOLDER


@pytest.fixture
async def jti(world, card):
    """The name of a card that its holder was just shown."""
    asked = await card.ask(bytes(16), HOLDER[1:], "zh")
    assert isinstance(asked, Asked)
    await card.drain()
    await world.sender.drain()
    code = re.search(r"输入(\d{4})", world.inbox(HOLDER)[-1].text)[1]
    shown = await card.show(bytes(16), asked.token, code, "1234")
    assert isinstance(shown, CardShown)
    world.inbox(HOLDER).clear()
    body = shown.card.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=="))["jti"]


async def told(world):
    """What the holder has been told since."""
    await world.sender.drain()
    return [message.text for message in world.inbox(HOLDER)]


async def checked(client, jti):
    """One check."""
    return await client.post("/api/card", json={"card": jti})


async def test_the_holder_is_told_and_the_verifier_learns_that_it_lives(client, world, jti):
    """Entry, notice with its number, count, receipt; and not a word about number or regions."""
    before = len(world.log.entries)
    answer = await checked(client, jti)
    said = answer.json()
    assert (answer.status_code, said["live"], said["checked"]) == (200, True, 1)
    assert [json.loads(entry)["k"] for entry in world.log.entries[before:]] == ["check"]
    [notice] = await told(world)
    assert "被核验1次(网页)" in notice
    for secret in ("8000", "420100", "武汉"):
        assert secret not in answer.text
    keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    receipt = jwt.decode(said["receipt"], keys, algorithms=["Ed25519"])
    assert receipt.claims["question"] == "card"
    assert receipt.claims["log_index"] == said["entry"]
    assert jti not in str(receipt.claims)
    assert (await checked(client, jti)).json()["checked"] == 2


async def test_whatever_lives_no_more_is_one_answer(client, world, jti):
    """Withdrawn, never there, nonsense, and later expired: the same body, and nobody is told."""
    await world.text(HOLDER, "TH")
    await world.sender.drain()
    world.inbox(HOLDER).clear()
    other = card_id(secrets.token_bytes(16))
    answers = [await checked(client, one) for one in (jti, other, "", "x", "A" * 22, jti + "A", "是" * 22)]
    assert {(one.status_code, one.text) for one in answers} == {(200, '{"live":false}')}
    assert await told(world) == []


async def test_an_expired_card_is_the_same(client, world, jti):
    """After its day."""
    world.clock.now += 86_401
    assert (await checked(client, jti)).json() == {"live": False}


async def test_a_flood_waits_whatever_the_card(client, jti):
    """The pace of checks, 429 with its seconds; another network goes on."""
    answers = [await checked(client, card_id(secrets.token_bytes(16))) for _ in range(61)]
    assert {one.status_code for one in answers} == {200, 429}
    waits = await checked(client, jti)
    assert waits.status_code == 429
    assert int(waits.headers["retry-after"]) > 0


@pytest.mark.parametrize("error", [StoreError("gone"), LogUnavailableError("full")])
async def test_while_nobody_can_be_told_nothing_is_confirmed(client, world, jti, error, monkeypatch):
    """A store that fails is 503; a log that takes nothing is no confirmation, and no notice."""

    async def broken(*_arguments, **_named):
        raise error

    target = (world.checks, "named") if isinstance(error, StoreError) else (type(world.entries), "enter")
    monkeypatch.setattr(*target, broken)
    answer = await checked(client, jti)
    assert answer.status_code == 503 or answer.json() == {"live": False}
    assert await told(world) == []


def test_a_name_is_read_in_one_way_only():
    """What an encoder would not write names no card."""
    jti = card_id(bytes(16))
    assert read_card_id(jti) is not None
    idle = jti[:-1] + chr(ord(jti[-1]) + 1)
    for other in (jti + "=", jti[:-1], idle, jti + "\n", ""):
        assert read_card_id(other) is None
