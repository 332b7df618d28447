"""/again and /api/again: a registered verifier asks the same again; and how it gets to be allowed to, over the socket."""

import re
from itertools import pairwise

import pytest

from service.domain.acts import Act
from service.flows.entries import LogUnavailableError
from tests.web.conftest import HOLDER
from tests.web.test_challenge import CODE, agreed, connected

ACT, DAY = Act("ann", "contract signed", "NET-12"), 86_400
ASKED = {
    "question": "predicate",
    "inside": False,
    "provinces": [440000],
    "phone_last_four": "8000",
    "standing": True,
    "verifier": CODE,
}


@pytest.fixture
async def secret(world):
    """A registered verifier's."""
    return (await world.registry.add(CODE, "某某物流", ACT)).secret


@pytest.fixture
async def shown(app, world, secret):
    """The first answer, as a program gets it."""
    async with connected(app) as socket:
        socket.say({**ASKED, "secret": secret, "page": "zh"})
        await agreed(world, socket, await socket.hear())
        shown = await socket.hear()
    world.inbox(HOLDER).clear()
    return shown


async def test_the_first_answer_says_with_what_to_ask_again(shown):
    """Thirteen times more; the piece of the page shows the same, in a field to copy from."""
    assert (shown["state"], shown["finding"]) == ("shown", "yes")
    assert shown["standing"]["left"] == 13
    assert len(shown["standing"]["consent"]) == 86
    assert shown["standing"]["consent"] in shown["html"]
    assert "还可问13次" in shown["html"]


async def test_the_next_days_answer_for_programs(client, world, shown, secret):
    """The same shape as the first, a receipt of its own; on the same day no second one."""
    world.clock.now += DAY
    body = {"verifier": CODE, "secret": secret, "consent": shown["standing"]["consent"]}
    said = (await client.post("/api/again", json=body)).json()
    assert (said["state"], said["question"], said["finding"]) == ("shown", "predicate", "yes")
    assert said["standing"] == {**shown["standing"], "left": 12}
    assert said["receipt"] not in {None, shown["receipt"]}
    assert "420100" not in str(said)
    again = await client.post("/api/again", json=body)
    assert (again.status_code, again.json()["state"]) == (200, "today")


@pytest.mark.parametrize(
    ("language", "yes", "today"), [("zh-CN", "是", "今天已答复"), ("en", "Yes", "Answered today")]
)
async def test_the_next_days_answer_without_scripts(client, world, shown, secret, language, yes, today):
    """A plain form, in two languages, and nothing kept by a cache."""
    world.clock.now += DAY
    headers = {"Accept-Language": language}
    form = await client.get("/again", headers=headers)
    assert form.status_code == 200
    assert "<script" not in form.text
    data = {"verifier": CODE, "secret": secret, "consent": shown["standing"]["consent"]}
    page = await client.post("/again", data=data, headers=headers)
    assert f">{yes}</h" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert secret not in page.text
    later = await client.post("/again", data=data, headers=headers)
    assert today in later.text
    for told, answer in ((yes, page), (today, later)):
        assert f"<title>{told} – " in answer.text  # what a screen reader says first
    for answer in (form, page, later):
        levels = [int(level) for level in re.findall(r"<h(\d)", answer.text)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels)), levels


async def test_whoever_has_no_consent_gets_one_answer(client, world, shown, secret):
    """Withdrawn, altered, nonsense: the same body. A wrong secret is told apart: it says nothing about any number."""
    world.clock.now += DAY
    consent = shown["standing"]["consent"]
    await world.text(HOLDER, "QXCH")
    bodies = set()
    for token in (consent, consent[:-1] + ("A" if consent[-1] != "A" else "Q"), "x", "是" * 86, ""):
        body = {"verifier": CODE, "secret": secret, "consent": token}
        said = await client.post("/api/again", json=body)
        bodies.add((said.status_code, said.text))
    assert bodies == {(200, '{"state":"ended","seconds":null}')}
    wrong = await client.post("/api/again", json={"verifier": CODE, "secret": "x", "consent": consent})
    assert wrong.json()["state"] == "fault"


async def test_a_flood_waits(client, secret):
    """As many as challenges in a minute, then 429 with its seconds, on the page as well."""
    body = {"verifier": CODE, "secret": secret, "consent": "x"}
    found = [await client.post("/api/again", json=body) for _ in range(30)]
    assert {one.status_code for one in found} == {200, 429}
    assert int(found[-1].headers["retry-after"]) == found[-1].json()["seconds"] > 0
    page = await client.post("/again", data=body, headers={"Accept-Language": "en"})
    assert page.status_code == 429
    assert "Please wait" in page.text


async def test_while_nothing_can_be_answered_that_is_said(client, world, shown, secret, monkeypatch):
    """The log takes nothing: 503, and the fault is named as ours or a lock of the holder's, not which."""
    world.clock.now += DAY
    body = {"verifier": CODE, "secret": secret, "consent": shown["standing"]["consent"]}
    with monkeypatch.context() as broken:

        async def nothing(*_arguments, **_named):
            raise LogUnavailableError("full")

        broken.setattr(type(world.entries), "enter", nothing)
        said = await client.post("/api/again", json=body)
    assert (said.status_code, said.json()["state"]) == (503, "unavailable")


@pytest.mark.parametrize(
    "change",
    [
        {"verifier": "", "secret": "", "name": "前台"},
        {"question": "show"},
        {"question": "id4", "document_last_four": "1234"},
    ],
)
async def test_only_a_registered_verifiers_yes_or_no_can_stand(app, secret, change):
    """Whoever else asks for it is told so, before anything is opened."""
    async with connected(app) as socket:
        socket.say({**ASKED, "secret": secret, **change})
        said = await socket.hear()
    assert (said["state"], said["field"]) == ("fault", "standing")
