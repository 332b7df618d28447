"""The verify page and its interface, without a browser."""

import random
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import service.entrypoints
from service.adapters.region_tables import load_regions
from service.domain.check_codes import CODE_ENTROPY, CheckCode
from service.domain.stay_rule import Answer
from service.entrypoints.languages import PAGES, chosen
from service.entrypoints.region_picture import tiles_of
from service.flows.verify import Asked
from service.ports.store import StoreError
from tests.web.conftest import HOLDER

OURS = ("/", "data:,", "data:application/jwt;base64,")  # what a page may refer to: a receipt is in the page
ZH, EN = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}, {"Accept-Language": "en-GB,en;q=0.9"}


class Texts(HTMLParser):
    """The visible text of a page, and its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        """Kept."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        """Kept."""
        self.texts.append(data)


def parsed(page):
    """The page as a browser reads it."""
    parser = Texts()
    parser.feed(page)
    return parser


async def form(client, code, four, headers=ZH):
    """A form sent without scripts."""
    return await client.post("/verify", data={"code": code, "phone_last_four": four}, headers=headers)


async def api(client, code, four):
    """The interface."""
    return await client.post("/api/verify", json={"code": code, "phone_last_four": four})


@pytest.mark.parametrize(
    ("headers", "words", "regions"),
    [
        (
            ZH,
            [
                "结果属实",
                "138****8000",
                "10天",
                "仅边界基站,可能未到",
                "1次,含本次",
                "这只证明短信属实,不证明出示者的身份",
            ],
            ["湖北武汉", "江苏苏州"],
        ),
        (
            EN,
            [
                "Genuine reply",
                "138****8000",
                "10 of 14 days",
                "perhaps not visited",
                "1 time, this one included",
                "the message, not the person",
            ],
            ["Wuhan (Hubei)", "Suzhou (Jiangsu)"],
        ),
    ],
    ids=["zh", "en"],
)
async def test_a_genuine_reply_as_a_page(client, code, headers, words, regions):
    """Regions, what is only possible, coverage, moments, how often, and what it does not prove: in the browser's language."""
    answer = await form(client, code, "8000", headers)
    assert answer.status_code == 200
    text = " ".join(" ".join(parsed(answer.text).texts).split())
    for word in (*words, *regions, "2026-11-23 09:12", "2026-11-24 09:12", code):
        assert word in text, word


async def test_a_genuine_reply_for_programs(client, code):
    """Codes and names, coverage by its days, moments in UTC, the text in each language as it was or would be sent."""
    answer = (await api(client, code, "8000")).json()
    assert answer["genuine"] is True
    assert answer["masked"] == "138****8000"
    assert [region["code"] for region in answer["regions"]] == [420100]
    assert answer["regions"][0]["name"] == {"zh": "湖北武汉", "en": "Wuhan (Hubei)"}
    assert [region["code"] for region in answer["possible"]] == [320500]
    assert (answer["coverage"]["covered"], answer["coverage"]["days"]) == (10, 14)
    assert answer["coverage"]["missing"][0] == "2026-11-09"
    assert answer["made"].startswith("2026-11-23T01:12:")
    assert answer["checked"] == 1
    assert code in answer["text"]["zh"]
    assert answer["text"]["zh"].startswith("【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。")


async def test_refusals_are_one_page_and_one_body(client, code, world):
    """Unknown, mistyped, none, wrong digits, expired: byte for byte, status and headers included; what was typed is not in it."""
    unknown = CheckCode.of(world.entropy(CODE_ENTROPY)).written
    asked = [(unknown, "8000"), (unknown[:-1] + "U", "8000"), ("", ""), (code, "8001"), (code, "x" * 60)]
    answers = {send: [await send(client, *question) for question in asked] for send in (form, api)}
    world.clock.now += 90_000
    for send, found in answers.items():
        found.append(await send(client, code, "8000"))
        assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in found}) == 1
        assert unknown not in found[0].text
    assert answers[api][0].json() == {"genuine": False}


async def test_a_hundred_thousand_random_codes_have_one_body(world, app):
    """A hundred thousand through the flow, two thousand of them again through the interface: one answer, one body."""
    chance = random.Random(11)
    bodies, verdicts = set(), set()
    for number in range(100_000):
        world.clock.now += 0.001
        text = CheckCode.of(chance.randbytes(CODE_ENTROPY)).written
        verdict = await world.verify(_asked(number, text, f"{chance.randrange(10_000):04}"))
        verdicts.add(repr(verdict))
    for number in range(2_000):
        transport = httpx.ASGITransport(app, client=(f"198.51.{number // 250}.{number % 250}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            typed = CheckCode.of(chance.randbytes(CODE_ENTROPY)).written
            answer = await api(client, typed, f"{chance.randrange(10_000):04}")
            bodies.add((answer.status_code, answer.content))
    assert verdicts == {"NotConfirmed()"}
    assert bodies == {(200, b'{"genuine":false}')}


def _asked(number, code, four):
    return Asked(number.to_bytes(16), code, four)


async def test_too_many_is_429_and_says_nothing_of_the_message(client, code):
    """For every code alike, with the time to wait; page and interface."""
    for _ in range(60):
        await api(client, "7KQ2M-9XW4B", "0000")
    for asked in ((code, "8000"), ("7KQ2M-9XW4B", "0000"), ("", "")):
        answer = await api(client, *asked)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
        assert "genuine" not in answer.json()
        page = await form(client, *asked)
        assert (page.status_code, page.headers["retry-after"]) == (429, "1")
        assert "这与该短信的真伪无关" in page.text


async def test_a_failing_store_is_503_for_every_code(client, code, world, monkeypatch):
    """Never the answer of a forged reply."""

    async def gone(_place):
        raise StoreError("gone")

    monkeypatch.setattr(world.checks, "read", gone)
    answers = [await api(client, *asked) for asked in ((code, "8000"), ("x", "8000"))]
    assert {(one.status_code, one.content, one.headers["retry-after"]) for one in answers} == {
        (503, b'{"detail":"nothing can be checked now; try again later"}', "30")
    }
    assert (await form(client, code, "8000")).status_code == 503


@pytest.mark.parametrize("path", ["/verify", "/api/verify", "/pages/verify.js"])
async def test_no_cookie_no_third_party_no_cache(client, code, path):
    """The policy of every page and answer; nothing is set in the browser, nothing is kept, nothing comes from elsewhere."""
    answers = [await client.get("/verify"), await form(client, code, "8000"), await api(client, code, "8000")]
    for answer in answers:
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
            "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    for page in answers[:2]:
        for tag, attributes in parsed(page.text).tags:
            assert "style" not in attributes, tag
            assert not any(name.startswith("on") for name in attributes)
            for name in ("src", "href", "action"):
                assert (attributes.get(name) or "/").startswith(OURS), attributes
    assert (await client.get(path)).status_code in {200, 405}


async def test_a_large_or_odd_body_is_refused_in_one_line(client):
    """Eight thousand octets are enough for a whole message; what is not UTF-8 is nobody's code."""
    large = await client.post("/verify", content=b"code=" + b"A" * 9000)
    assert large.status_code == 413
    odd = await client.post("/verify", content=b"code=%ff%fe&phone_last_four=\xff")
    assert odd.status_code == 200
    for body in (
        {},
        {"code": "x"},
        {"code": 1, "phone_last_four": "1"},
        {"code": "x" * 65, "phone_last_four": "1"},
    ):
        answer = await client.post("/api/verify", json=body)
        assert answer.status_code == 422


async def test_a_wrong_question_is_not_repeated_in_the_answer(client):
    """Where and what was expected is said; a code or digits never come back, nor go to whoever keeps answers."""
    answer = await client.post("/api/verify", json={"code": "7KQ2M-9XW4B" * 6, "phone_last_four": [8417]})
    assert [sorted(fault) for fault in answer.json()["detail"]] == [["loc", "msg", "type"]] * 2
    assert not re.search("7KQ2M|8417", answer.text)


async def test_head_is_answered_like_get_and_the_first_page_leads_on(client):
    """For monitors; and for whoever types the host alone."""
    asked, first = await client.head("/verify"), await client.get("/")
    assert (asked.status_code, asked.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (first.status_code, first.headers["location"]) == (307, "/verify")


async def test_the_holder_is_told_and_the_checker_is_not_named(client, code, world):
    """One SMS; no address in it, in the store or in the counters."""
    await form(client, code, "8000")
    await world.sender.drain()
    [notice] = world.inbox(HOLDER)
    assert "被核验1次(网页)" in notice.text
    assert b"192.0.2.7" not in world._stored()
    assert not any("192.0.2.7" in str(key) for key in world.tally.counts)


async def test_a_pasted_message_is_compared_as_a_whole(world, client):
    """The reply, quoted: genuine. One region or digit other, or no reply at all: the one refusal."""
    for text in ("CXMYD", "1234"):
        world.clock.now += 3
        await world.text(HOLDER, text)
    reply = world.inbox(HOLDER)[-1].text
    headings = []
    for text in (f"转发: “{reply}”", reply.replace("武汉", "襄阳"), reply.replace("10/14", "14/14"), "hello"):
        page = await client.post(
            "/verify", data={"text": text, "code": "", "phone_last_four": ""}, headers=ZH
        )
        headings.append(parsed(page.text).texts.count("结果属实"))
    assert headings == [1, 0, 0, 0]


@pytest.mark.parametrize(
    ("query", "header", "expected"),
    [
        (None, None, "zh"),
        (None, "", "zh"),
        (None, "zh-TW", "zh"),
        (None, "en-US,en;q=0.5", "en"),
        (None, "fr-FR, de;q=0.8", "en"),
        (None, "de, zh;q=0.4, en;q=0.3", "zh"),
        (None, "en;q=0.1, zh;q=0.2", "zh"),
        (None, "*", "zh"),
        (None, "en;q=x", "zh"),
        (None, "en;q=0", "zh"),
        ("en", "zh", "en"),
        ("xx", "zh", "zh"),
    ],
)
def test_the_language_is_the_browsers_or_the_one_asked_for(query, header, expected):
    """By weight, then by order; English where neither is wanted, Chinese where nothing is said."""
    assert chosen(query, header) == expected


def test_every_text_of_the_pages_is_translated_and_no_translation_is_left_over():
    """What stands in templates and code is what stands in the PO file."""
    folder = Path(service.entrypoints.__file__).parent
    methods = [("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    words = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "later": None}
    found = {message for _, _, message, _, _ in extract_from_dir(folder, methods, keywords=words)}
    with (PAGES / "locale/zh_Hans_CN/LC_MESSAGES/pages.po").open("rb") as file:
        catalog = read_po(file)
    known = {tuple(one.id) if isinstance(one.id, list | tuple) else one.id for one in catalog if one.id}
    assert known == found
    assert all(one.string for one in catalog if one.id)
    for one in catalog:
        names = set(re.findall(r"%\(\w+\)s", str(one.id)))
        assert set(re.findall(r"%\(\w+\)s", str(one.string))) == names


def test_every_province_has_a_square_of_its_own():
    """Thirty-four divisions, no two in one place, and each of the regions' provinces is one of them."""
    regions = load_regions()
    tiles = tiles_of(Answer("r", 0, 14, 14, (), ()), regions.province_of, chinese=True)
    assert len({(tile.x, tile.y) for tile in tiles}) == len({tile.label for tile in tiles}) == 34
    assert all(0 < tile.x < 324 - 36 and 0 < tile.y < 364 - 36 for tile in tiles)
