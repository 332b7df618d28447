"""WS /api/challenge, message by message."""

import asyncio
import json
import random
import re
from contextlib import asynccontextmanager, suppress

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from service.domain.acts import Act
from tests.web.conftest import HOLDER

SHOW = {"question": "show", "phone_last_four": "8000", "name": "前台小王"}
CODE = "91350100M000100Y43"


class Socket:
    """One side of a WebSocket, spoken to the application directly."""

    def __init__(self, app, headers=(), address="192.0.2.7"):
        self.sent: asyncio.Queue[dict] = asyncio.Queue()
        self.got: asyncio.Queue[dict] = asyncio.Queue()
        self.sent.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": "/api/challenge",
            "raw_path": b"/api/challenge",
            "query_string": b"",
            "headers": [(b"host", b"service"), *headers],
            "client": (address, 1234),
            "server": ("service", 80),
            "scheme": "ws",
            "subprotocols": [],
        }
        self.task = asyncio.create_task(app(scope, self.sent.get, self.got.put))

    def say(self, message):
        """One message, JSON unless it is text."""
        text = message if isinstance(message, str) else json.dumps(message)
        self.sent.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self):
        """The next message: JSON, or `accept`, or `close`."""
        found = await asyncio.wait_for(self.got.get(), 5)
        kind = found["type"].removeprefix("websocket.")
        return json.loads(found["text"]) if kind == "send" else kind

    async def leave(self):
        """The other side goes."""
        self.sent.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.task, 5)


@asynccontextmanager
async def connected(app, **more):
    """An accepted socket."""
    socket = Socket(app, **more)
    assert await socket.hear() == "accept"
    try:
        yield socket
    finally:
        socket.task.cancel()
        with suppress(asyncio.CancelledError):
            await socket.task


async def agreed(world, socket, opened, word=None):
    """The holder texts the digits and, once the page knows, answers."""
    world.clock.now += 2
    await world.text(HOLDER, opened["code"])
    number = re.search(r"回复(\d{4})", world.inbox(HOLDER)[-1].text)[1]
    asked = await socket.hear()
    assert (asked["state"], asked["seconds"]) == ("asked", 120)
    world.clock.now += 2
    await world.text(HOLDER, word or number)


async def test_from_the_question_to_the_answer(world, app, client):
    """Opened, asked, shown, closed; the answer with its regions, and a receipt that an independent library accepts."""
    async with connected(app) as socket:
        socket.say(SHOW)
        opened = await socket.hear()
        assert opened["state"] == "opened"
        assert re.fullmatch(r"\d{6}", opened["code"])
        assert re.fullmatch(r"\d\d", opened["pair"])
        assert (opened["seconds"], opened["name"]) == (180, "前台小王")
        await agreed(world, socket, opened)
        shown = await socket.hear()
        assert await socket.hear() == "close"
    assert (shown["state"], shown["question"], shown["masked"]) == ("shown", "show", "138****8000")
    assert [region["code"] for region in shown["said"]["regions"]] == [420100]
    assert [region["code"] for region in shown["said"]["possible"]] == [320500]
    assert "html" not in shown
    keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    receipt = jwt.decode(shown["receipt"], keys, algorithms=["Ed25519"])
    assert receipt.header["typ"] == "trip-receipt+jwt"
    claims = receipt.claims
    assert (claims["verifier"], claims["registered"], claims["question"]) == ("前台小王", False, "show")
    assert claims["log_index"] == shown["entry"]
    said = json.dumps(claims, ensure_ascii=False)
    assert not [secret for secret in ("武汉", "420100", "320500", "8000", HOLDER[1:]) if secret in said]


@pytest.mark.parametrize("page", ["zh", "en"])
async def test_the_answer_as_a_piece_of_a_page(world, app, page):
    """In its language, without a script, a style or an address of somebody else."""
    async with connected(app) as socket:
        socket.say({**SHOW, "name": "Li <b>"})
        assert (await socket.hear())["field"] == "name"
    async with connected(app) as socket:
        socket.say({**SHOW, "question": "predicate", "provinces": [420000], "inside": True, "page": page})
        await agreed(world, socket, await socket.hear())
        shown = await socket.hear()
    assert (shown["finding"], shown["coverage"]) == ("yes", {"covered": 10, "days": 14})
    assert shown["said"] is None
    assert {"zh": "湖北", "en": "Hubei"}[page] in shown["html"]
    assert not re.search(r"武汉|Wuhan|苏州|Suzhou|<script|style=|https?:| on\w+=", shown["html"])


@pytest.mark.parametrize(
    ("language", "limits"),
    [
        ("zh-CN", ["第二部手机", "留在家里的手机", "代答的朋友"]),
        ("en", ["A second phone", "A phone left at home", "A friend who answers"]),
    ],
)
async def test_the_page_says_what_no_challenge_can_tell(client, language, limits):
    """Before anybody asks: another phone, a phone without its owner, somebody else at the phone."""
    page = (await client.get("/verify", headers={"Accept-Language": language})).text
    assert [one for one in limits if one not in page] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone_last_four": "80"}, "phone_last_four"),
        ({"name": "10086"}, "name"),
        ({"question": "everything"}, "question"),
        ({"question": "predicate"}, "provinces"),
        ({"question": "predicate", "provinces": [420100]}, "provinces"),
        ({"question": "predicate", "provinces": list(range(11))}, "provinces"),
        ({"question": "id4", "document_last_four": "12"}, "document_last_four"),
        ({"verifier": CODE, "secret": "no"}, "verifier"),
        ({"secret": "no"}, "verifier"),
        ({"days": 30}, "days"),
        ({"page": "fr"}, "page"),
    ],
)
async def test_a_fault_names_its_field_and_opens_nothing(world, app, change, field):
    """One line, then the socket is closed."""
    async with connected(app) as socket:
        socket.say({**SHOW, **change})
        fault = await socket.hear()
        assert (fault["state"], fault["field"]) == ("fault", field)
        assert "\n" not in fault["detail"]
        assert await socket.hear() == "close"
    assert world.challenges.rows == {}


async def test_whatever_else_comes_first_is_a_fault(world, app):
    """No JSON, no object, deep, long, wild: one answer, and nothing is opened or thrown."""
    chance = random.Random(7)
    wild = ["", "null", "[]", "1", '"show"', "[" * 3000, "{" * 3000, "x" * 5000, '{"question": NaN}']
    wild += ["".join(chr(chance.randrange(1, 0x3000)) for _ in range(50)) for _ in range(50)]
    for text in wild:
        async with connected(app) as socket:
            socket.say(text)
            assert (await socket.hear())["state"] == "fault"
            assert await socket.hear() == "close"
            await asyncio.wait_for(socket.task, 5)
    assert world.challenges.rows == {}


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [
        (b"http://service", True),
        (b"http://evil.example", False),
        (b"null", False),
        (b"http://service.evil", False),
    ],
)
async def test_a_socket_of_another_site_is_refused(app, origin, accepted):
    """Before it is accepted; a program without an origin is served."""
    socket = Socket(app, headers=[(b"origin", origin)])
    assert await socket.hear() == ("accept" if accepted else "close")
    await socket.leave()


async def test_who_leaves_is_shown_nothing(world, app):
    """Before the digits, and after them: the holder's number then shows nothing, and no entry is written."""
    socket = Socket(app)
    await socket.hear()
    socket.say(SHOW)
    opened = await socket.hear()
    world.clock.now += 2
    await world.text(HOLDER, opened["code"])
    number = re.search(r"回复(\d{4})", world.inbox(HOLDER)[-1].text)[1]
    await socket.leave()
    assert world.challenges.rows == {}
    before = len(world.log.entries)
    world.clock.now += 2
    await world.text(HOLDER, number)
    assert "未出示任何内容" in world.inbox(HOLDER)[-1].text
    assert len(world.log.entries) == before


async def test_who_says_nothing_is_not_waited_for(app):
    """Nor is one who leaves at once."""
    socket = Socket(app)
    await socket.hear()
    await socket.leave()


async def test_too_many_from_one_network_wait(app):
    """The twenty-first of a minute is told for how long; another network is not disturbed."""
    states = []
    for _ in range(21):
        async with connected(app) as socket:
            socket.say(SHOW)
            states.append(await socket.hear())
    assert [one["state"] for one in states] == ["opened"] * 20 + ["wait"]
    assert states[-1]["seconds"] >= 1
    async with connected(app, address="198.51.100.4") as socket:
        socket.say(SHOW)
        assert (await socket.hear())["state"] == "opened"


async def test_a_registered_verifier_asks_in_its_own_name(world, app):
    """Whatever name it typed; the receipt says that it is registered."""
    made = await world.registry.add(CODE, "福州某某科技有限公司", Act("ann", "contract", "NET-1"))
    async with connected(app) as socket:
        socket.say({**SHOW, "name": "", "verifier": CODE.lower(), "secret": made.secret})
        opened = await socket.hear()
        assert opened["name"] == "福州某某科技有限公司"
        await agreed(world, socket, opened, "N")
        assert (await socket.hear())["state"] == "refused"
