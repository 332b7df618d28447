"""The holder's card page, on the stories' world: asked, proved, shown once, withdrawn; and what strangers get of it."""

import asyncio
import base64
import json
import re
from hashlib import sha256

import pytest

from service.domain.cards import card_id, revocation_mark
from service.ports.keys import Verdict
from service.ports.log import LogError
from service.ports.store import StoreError
from tests.web.conftest import HOLDER
from tests.web.test_verify import EN, ZH, api, parsed

NATIONAL, STRANGER = "13800138000", "13800138099"


@pytest.fixture
def ask(client, card, world):
    """Ask for a card: the page, its session, and the digits that the handset got, if any."""

    async def asked(number=NATIONAL, headers=ZH):
        page = await client.post("/card", data={"number": number}, headers=headers)
        await card.drain()
        await world.sender.drain()
        world.check()
        session = re.search(r'name="session" value="([^"]+)"', page.text)
        texts = [sms.text for sms in world.inbox(HOLDER)]
        found = re.search(r"输入(\d{4});|type (\d{4}) there", texts[-1]) if texts else None
        return page, session and session[1], found and (found[1] or found[2])

    return asked


@pytest.fixture
def prove(client, world):
    """Answer a page with digits of the SIM and of the document."""

    async def proved(session, code, last_four="1234", headers=ZH):
        fields = {"session": session, "code": code, "last_four": last_four}
        page = await client.post("/card", data=fields, headers=headers)
        await world.sender.drain()
        world.check()
        return page

    return proved


def token_of(page):
    """The signed card in the page."""
    return re.search(r"http://service/q#([A-Za-z0-9_.-]+)", page.text)[1]


def claims_of(page):
    """What it says."""
    body = token_of(page).split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


async def test_a_card_from_the_number_to_its_end(ask, prove, client, world):
    """Asked, texted with its notice, proved, shown with code and QR; told to the phone; checked; withdrawn by the page."""
    _, session, code = await ask()
    assert "在网页申请该号码近14天行程卡" in world.inbox(HOLDER)[-1].text
    entries = len(world.log.entries)
    page = await prove(session, code)
    text = " ".join(" ".join(parsed(page.text).texts).split())
    for word in ("138****8000", "湖北武汉", "江苏苏州", "仅边界基站,可能未到", "2026-11-24 09:12"):
        assert word in text, word
    assert 'src="data:image/svg+xml' in page.text
    preview = [attributes["href"] for tag, attributes in parsed(page.text).tags if attributes.get("target")]
    assert preview == [f"http://service/q#{token_of(page)}"]  # what the holder may look at first
    claims = claims_of(page)
    assert (claims["regions"], claims["possible"], claims["masked"]) == ([420100], [320500], "138****8000")
    assert len(world.log.entries) == entries + 1
    notice = world.inbox(HOLDER)[-1].text
    assert re.search(r"已在网页显示\(记录\d+\)", notice)
    check_code = re.search(r'class="sample code">([^<]+)<', page.text)[1]
    assert (await api(client, check_code, "8000")).json()["genuine"]
    gone = await client.post("/card", data={"session": session, "withdraw": "1"}, headers=ZH)
    assert "行程卡已停用" in gone.text
    assert not (await api(client, check_code, "8000")).json()["genuine"]
    assert await world.checks.withdrawn()


async def test_th_withdraws_the_card_and_yy_explains_it(ask, prove, world):
    """To the dialogue a card is an answer like any other."""
    _, session, code = await ask()
    page = await prove(session, code)
    [place] = world.checks.rows
    assert claims_of(page)["jti"] == card_id(place)
    world.clock.now += 60
    await world.text(HOLDER, "TH")
    assert "已停用" in world.inbox(HOLDER)[-1].text
    assert await world.checks.withdrawn() == [revocation_mark(place)]
    await world.text(HOLDER, "YY")
    world.clock.now += 5
    await world.text(HOLDER, "1234")
    assert "结果的依据" in world.inbox(HOLDER)[-1].text


async def test_the_consent_is_kept_with_the_words_that_were_agreed_to(ask, prove, world):
    """Given in the page, by the exact text that brought the digits; used once, by the entry of the lookup."""
    _, session, code = await ask()
    notice = world.inbox(HOLDER)[-1].text
    await prove(session, code)
    await world.consenting.drain()
    [consent] = await world.consenting.all(world.blind("86" + NATIONAL))
    assert consent.notice.digest == sha256(notice.encode()).hexdigest()
    assert (consent.max_uses, consent.window, consent.case) == (1, 14, "H4TN8")
    assert [(event.kind.value, event.channel) for event in consent.events[:2]] == [
        ("requested", "web"),
        ("given", "web"),
    ]
    assert consent.status(int(world.clock.now)) == "used"


async def test_one_consent_gives_one_card(ask, prove):
    """The same digits again, and ten times at the same time: one card."""
    _, session, code = await ask()
    pages = await asyncio.gather(*(prove(session, code) for _ in range(3)))
    assert sum("data:image/svg" in page.text for page in pages) == 1
    assert "本页已失效" in (await prove(session, code)).text


async def test_three_tries_and_then_the_page_is_over(ask, prove):
    """Wrong digits of either kind look alike; the right ones come too late after three."""
    _, session, code = await ask()
    wrong = f"{(int(code) + 1) % 10_000:04}"
    first = await prove(session, wrong)
    assert "还可以试2次" in first.text
    second = await prove(session, code, "9999")
    assert "还可以试1次" in second.text
    assert first.text.replace("试2次", "") == second.text.replace("试1次", "")
    assert "本页已失效" in (await prove(session, wrong)).text
    assert "本页已失效" in (await prove(session, code)).text


async def test_wrong_digits_in_a_page_are_in_the_owners_record_and_cannot_fill_it(ask, prove, world):
    """One line a page, on which channel; three pages a day, however often somebody tries; of an unknown number none."""
    for _ in range(5):
        _, session, _ = await ask()
        for _ in range(3):
            await prove(session, "0000", "9999")
        _, session, _ = await ask(STRANGER)
        await prove(session, "0000", "9999")
        world.clock.now += 3600
        await world.consenting.drain()
    kinds = [json.loads(entry)["k"] for entry in world.log.entries]
    assert kinds.count("consent.refused") == 3
    await world.text(HOLDER, "CXJL")
    assert "共3条" in world.inbox(HOLDER)[-1].text
    assert "申请未核实(网页)" in world.inbox(HOLDER)[-1].text
    world.clock.now += 86_400
    _, session, _ = await ask()
    await prove(session, "0000", "9999")
    await world.consenting.drain()
    assert [json.loads(entry)["k"] for entry in world.log.entries].count("consent.refused") == 4


async def test_an_unknown_number_gets_the_same_pages(ask, prove, world):
    """The page after the number, and the one after any digits: byte for byte but for the session; no text goes out."""
    pages = {}
    for number in (NATIONAL, STRANGER):
        page, session, _ = await ask(number)
        wrong = await prove(session, "0000", "1234")
        pages[number] = [one.text.replace(session, "") for one in (page, wrong)]
    assert pages[NATIONAL] == pages[STRANGER]
    assert world.inbox(f"+86{STRANGER}") == []


async def test_the_sessions_of_all_numbers_look_alike_in_the_store(ask, sessions):
    """One length; no number, no digits, no token."""
    found = []
    for number in (NATIONAL, STRANGER):
        _, session, code = await ask(number)
        found.append((session, code))
    assert len({len(row.sealed) for row in sessions.rows.values()}) == 1
    stored = b"|".join(part for place, row in sessions.rows.items() for part in (place, row.sealed))
    assert NATIONAL.encode() not in stored
    assert all(session.encode() not in stored for session, _ in found)


async def test_whoever_has_the_page_without_the_sim_guesses_at_nobodys_digits(ask, prove, world):
    """Wrong digits of the SIM cost the owner no try of the day, however many pages a stranger opens."""
    for _ in range(5):
        _, session, code = await ask()
        for _ in range(3):
            await prove(session, f"{(int(code) + 7) % 10_000:04}", "1111")
        world.clock.now += 4 * 3600
    _, session, code = await ask()
    assert "data:image/svg" in (await prove(session, code)).text
    assert world.tally.counts.get(("judged", Verdict.EXHAUSTED.value), 0) == 0


async def test_a_flood_costs_the_citizen_three_texts_and_never_the_sms_way(client, card, world):
    """Whoever asks from however many networks; a lookup by SMS works in the middle of it."""
    for number in range(200):
        await card.ask(number.to_bytes(16), NATIONAL, "zh")
        await card.drain()
    await world.sender.drain()
    assert len(world.inbox(HOLDER)) == 3
    for text in ("CXMYD", "1234"):
        world.clock.now += 3
        await world.text(HOLDER, text)
    assert "湖北武汉" in world.inbox(HOLDER)[-1].text
    for _ in range(5):
        assert (await client.post("/card", data={"number": STRANGER})).status_code == 200
    waits = await client.post("/card", data={"number": NATIONAL})
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "60")


async def test_stop_ends_the_page_as_well(ask, prove, world):
    """After STOP no digits are texted, and those of before are good for nothing; the answers stay the same."""
    _, session, code = await ask()
    await world.text(HOLDER, "TD")
    entries = len(world.log.entries)
    assert "本页已失效" in (await prove(session, code)).text
    assert len(world.log.entries) == entries
    count = len(world.inbox(HOLDER))
    page, _, _ = await ask()
    assert "已发送4位数字" in page.text
    assert len(world.inbox(HOLDER)) == count
    assert world.checks.rows == {}


async def test_digits_hold_for_ten_minutes(ask, prove, world):
    """Not for a second more."""
    _, session, code = await ask()
    world.clock.now += 600
    assert "本页已失效" in (await prove(session, code)).text


async def test_the_webs_failure_is_not_the_sms_ways(ask, prove, client, world, sessions, monkeypatch):
    """Its store gone: 503 for every number, nothing shown; a lookup by SMS is answered."""
    _, session, code = await ask()

    async def gone(*_arguments):
        raise StoreError("gone")

    for name in ("put", "read", "missed"):
        monkeypatch.setattr(sessions, name, gone)
    for number in (NATIONAL, STRANGER):
        failed = await client.post("/card", data={"number": number}, headers=EN)
        assert (failed.status_code, failed.headers["retry-after"]) == (503, "30")
    assert (await prove(session, code)).status_code == 503
    for text in ("CXMYD", "1234"):
        world.clock.now += 3
        await world.text(HOLDER, text)
    assert "湖北武汉" in world.inbox(HOLDER)[-1].text


async def test_without_a_log_nothing_is_shown(ask, prove, world, monkeypatch):
    """No entry, no card; the page says that the fault is ours."""
    _, session, code = await ask()

    async def full(_drafts):
        raise LogError("full")

    monkeypatch.setattr(world.log, "append", full)
    page = await prove(session, code)
    assert page.status_code == 503
    assert "武汉" not in page.text


async def test_what_is_no_number_is_said_at_once(client):
    """A typing error is no secret; the number may be written in several ways."""
    for number in ("", "12345", "010 8888 8888", "+44 7400 123456"):
        page = await client.post("/card", data={"number": number}, headers=EN)
        assert "no mobile number" in page.text
    for number in ("138 0013 8000", "+86-13800138000", "8613800138000"):
        assert "four digits" in (await client.post("/card", data={"number": number}, headers=EN)).text


async def test_no_cookie_and_nothing_kept(ask, prove, client):
    """Every page of it under the policy of the others, never stored, with no script needed."""
    first = await client.get("/card", headers=EN)
    second, session, code = await ask(headers=EN)
    third = await prove(session, code, headers=EN)
    for page in (first, second, third):
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert "Wuhan (Hubei)" in third.text


async def test_the_card_tells_what_was_done_with_the_data(ask, prove, client, code, world):
    """The number's own record, this lookup included; with the file, everybody's entries can be told from one's own."""
    await api(client, code, "8000")
    await world.entries.drain()
    world.clock.now += 60
    _, session, digits = await ask()
    page = await prove(session, digits)
    shown = re.findall(r"<li>(\d+\).*?)(?: <a|</li>)", page.text)
    assert len(shown) == 3
    assert "被核验" in shown[1]
    encoded = re.search(r"data:application/json;base64,([A-Za-z0-9+/=]+)", page.text)[1]
    lines = json.loads(base64.b64decode(encoded))
    assert sum(line["log_index"] is not None for line in lines) >= 2
    for line in lines:
        if line["log_index"] is not None:
            entry = json.loads(world.log.entries[line["log_index"]])
            opened = sha256(bytes.fromhex(line["salt"]) + bytes.fromhex(line["committed"]))
            assert entry["c"] == opened.hexdigest()


async def test_the_card_hands_out_what_was_agreed_to(ask, prove):
    """A file under the names of ISO/IEC TS 27560; the consent to this very card is in it, used by this very entry."""
    _, session, digits = await ask()
    page = await prove(session, digits)
    encoded = re.search(
        r'href="data:application/json;base64,([A-Za-z0-9+/=]+)" download="consents.json"', page.text
    )
    found = json.loads(base64.b64decode(encoded[1]))
    consent = found["consents"][-1]
    assert (consent["lawful_basis"], consent["mode"], consent["status"]) == ("consent", "one-time", "used")
    assert consent["event"][-1]["log_index"] == found["entries"][0]["number"]
    assert consent["record_id"] in found["entries"][0]["about"]
    assert HOLDER not in json.dumps(found)


async def test_a_locked_number_gets_no_card(ask, prove, world):
    """Right digits of both kinds look like wrong ones, and one refusal of nobody is entered, as for those."""
    await world.text(HOLDER, "SD")
    digits = re.search(r"回复这4位数字:(\d{4})", world.inbox(HOLDER)[-1].text)[1]
    world.clock.now += 5
    await world.text(HOLDER, digits)
    assert "已锁定" in world.inbox(HOLDER)[-1].text
    _, session, code = await ask()
    entries = len(world.log.entries)
    assert "还可以试2次" in (await prove(session, code)).text
    assert [json.loads(entry)["k"] for entry in world.log.entries[entries:]] == ["refuse"]


async def test_an_erased_number_has_no_card_any_more(ask, prove, world):
    """SC takes the card back as well: it is in the list, and the page gets nothing more."""
    _, session, code = await ask()
    await prove(session, code)
    [place] = world.checks.rows
    for text in ("SC", "1234"):
        world.clock.now += 5
        await world.text(HOLDER, text)
    assert await world.checks.withdrawn() == [revocation_mark(place)]
    _, later, _ = await ask()
    assert "还可以试2次" in (await prove(later, "0000")).text


async def test_digits_for_when_she_is_forced(ask, prove, client, world):
    """Set in the page that shows her card; used in the page they are wrong digits, and her own are locked out for a day."""
    _, session, code = await ask()
    page = await prove(session, code)
    check_code = re.search(r'class="sample code">([^<]+)<', page.text)[1]
    world.digits.add("8642")

    async def second(own, other, headers=EN, **more):
        fields = {"session": session, "last_four": own, "second": other, **more}
        return (await client.post("/card", data=fields, headers=headers)).text

    assert "must differ from your own" in await second("1234", "1234")
    assert "must differ from your own" in await second("1234", "86")
    assert "did not match" in await second("0000", "8642")
    assert "write them nowhere" in await second("1234", "8642")
    assert "不要写下" in await second("1234", "8642", ZH)  # a third try: the page has no more
    assert "did not match, or this page has ended" in await second("1234", "8642")
    world.clock.now += 60
    world.inbox(HOLDER).clear()
    entries = len(world.log.entries)
    _, session, code = await ask()
    wrong = await prove(session, code, "0001")
    forced = await prove(session, code, "8642")
    assert wrong.text.replace("还可以试2次", "") == forced.text.replace("还可以试1次", "")
    assert [json.loads(entry)["k"] for entry in world.log.entries[entries:]] == ["refuse", "refuse"]
    assert not (await api(client, check_code, "8000")).json()["genuine"]
    locked = await prove(session, code, "1234")
    assert "138****8000" not in locked.text
    world.clock.now += 86_401
    world.inbox(HOLDER).clear()
    _, session, code = await ask()
    page = await prove(session, code)
    assert "备用后4位被使用" in page.text
    assert "已完成" in await second("1234", "", ZH, remove="1")


async def test_a_page_without_a_card_sets_nothing(ask, client, world):
    """Whoever has not proved herself in it is told what everybody is told."""
    _, session, _ = await ask()
    for token in (session, "made-up"):
        fields = {"session": token, "last_four": "1234", "second": "8642"}
        page = await client.post("/card", data=fields, headers=EN)
        assert "did not match, or this page has ended" in page.text
    assert not any(row for row in world.key_space.rows.values() if len(row) > 60)
