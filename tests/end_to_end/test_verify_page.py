"""The verify page in a real browser, against everything that `itinerary demo` starts.

A handset asks by SMS, an employer checks in the browser, the holder takes the code back. After each page the watch is
read: no console error, no violation of the content policy, no request that left the service.
"""

import json
import random
import re
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import expect

from service.domain.check_codes import ALPHABET, CODE_ENTROPY, CheckCode, CheckCodeError
from tests.end_to_end.browser import DESKTOP, EN, SMALLEST, ZH, barriers, keep
from tests.end_to_end.pages import check

pytestmark = pytest.mark.peer


def test_a_shown_reply_is_checked_and_taken_back(demo, opened):
    """Genuine, told to the holder, withdrawn by one word; then the same code is not confirmed."""
    holder = demo.subscribers[2]  # hears the towers of two cities
    reply, code = demo.shown(holder)
    page = opened(demo.service + "/verify")
    check(page, code.lower(), holder["msisdn"][-4:])
    expect(page.get_by_role("heading", level=1)).to_have_text("结果属实")
    expect(page.locator(".sms")).to_have_text(reply)
    expect(page.locator(".places .certain")).to_contain_text(["上海"])
    expect(page.locator(".places .possible")).to_contain_text(["江苏苏州"])
    expect(page.get_by_role("img", name=re.compile("上海.*江苏苏州"))).to_be_visible()
    expect(page.locator(".limits")).to_contain_text("不证明出示者的身份")
    deadline = time.monotonic() + 10
    while not any("被核验1次(网页)" in text for text in demo.texts(holder)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "已停用" in demo.text(holder, "TH")
    page.get_by_role("link", name="核验另一条").click()
    check(page, code, holder["msisdn"][-4:])
    expect(page.get_by_role("heading", level=1)).to_have_text("无法确认")
    expect(page.locator("#code")).to_have_value("")


def test_the_whole_message_is_pasted_and_compared(demo, opened):
    """As a phone forwards it: genuine. With one region altered: not confirmed, though its code is alive."""
    holder = demo.subscribers[2]
    reply, _ = demo.shown(holder)
    page = opened(demo.service + "/verify")
    for text, heading in (
        (f"转发: “{reply[:40]}\n{reply[40:]}”", "结果属实"),
        (reply.replace("上海", "北京"), "无法确认"),
    ):
        page.get_by_text("或粘贴整条短信").click()
        page.locator("#text").fill(text)
        page.get_by_role("button", name="比对").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        if heading == "结果属实":
            page.get_by_role("link", name="核验另一条").click()


def test_the_receipt_is_downloaded_and_verified(demo, opened):
    """Under the published keys, by a library that others wrote; it names who checked, and no region and no number."""
    holder = demo.subscribers[6]
    _, code = demo.shown(holder)
    page = opened(demo.service + "/verify", EN)
    page.locator("#verifier").fill("North Gate")
    check(page, code, holder["msisdn"][-4:])
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the signed receipt").click()
    token = Path(started.value.path()).read_text(encoding="ascii")
    with urlopen(demo.service + "/.well-known/jwks.json", timeout=10) as answer:  # noqa: S310
        keys = KeySet.import_key_set(json.load(answer))
    claims = jwt.decode(token, keys, algorithms=["Ed25519"]).claims
    assert set(claims) == {"iss", "iat", "verifier", "registered", "question", "log_index", "answer"}
    assert (claims["verifier"], claims["registered"], claims["question"]) == ("North Gate", False, "show")
    keep(page, "receipt-en-desktop")


@pytest.mark.parametrize("language", [ZH, EN])
def test_a_wrong_code_is_not_confirmed(demo, opened, language):
    """A code that nobody has, and wrong digits of one that somebody has: the same page."""
    holder = demo.subscribers[0]
    _, code = demo.shown(holder)
    pages = []
    for typed in ("7KQ2M-9XW4B", code):
        page = opened(demo.service + "/verify", language)
        check(page, typed, "0000")
        expect(page.locator(".no")).to_be_visible()
        pages.append(page.locator("body").inner_html())
    assert pages[0] == pages[1]


def test_a_typing_error_is_caught_in_the_page(demo, opened):
    """One wrong symbol: said beside the field, which has the focus; nothing is sent."""
    page = opened(demo.service + "/verify", EN)
    sent = []
    page.on("request", lambda request: sent.append(request.method))
    check(page, "7KQ2M-9XW4C", "5678")
    expect(page.locator("#code-fault")).to_contain_text("mistyped")
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    page.locator("#code").fill("7KQ2M-9XW4B")
    expect(page.locator("#code-fault")).to_have_text("")
    assert "POST" not in sent


def test_the_page_reads_codes_as_the_service_does(demo, opened):
    """Two thousand texts, most of them nearly codes: the same are understood, as the same code."""
    texts = [wild(number) for number in range(2000)]
    found = opened(demo.service + "/verify").evaluate(
        """async (texts) => { const { readCode } = await import("/pages/check-code.js"); return texts.map(readCode) }""",
        texts,
    )
    genuine = 0
    for text, judged in zip(texts, found, strict=True):
        try:
            code = CheckCode.parse(text)
        except CheckCodeError:
            assert judged["fault"], text
        else:
            genuine += 1
            assert (judged["fault"], judged["code"]) == (None, code.written), text
    assert genuine > 500


def wild(number: int) -> str:
    """A code as people type it, often with a fault."""
    chance = random.Random(number)
    text = CheckCode.of(chance.randbytes(CODE_ENTROPY)).written
    place = chance.randrange(len(text))
    return chance.choice(
        [
            text,
            text.lower().replace("0", "o").replace("1", "l"),
            " ".join(text.replace("-", "")),
            "".join(chr(ord(one) + 0xFEE0) for one in text),
            text[:place] + chance.choice(ALPHABET + "UIL- 码é½") + text[place + 1 :],
            text[:place] + text[place + 1 :],
        ]
    )


def test_without_scripts_it_works_as_well(demo, chromium):
    """A cheap phone, a browser that runs no scripts: the same answer."""
    holder = demo.subscribers[4]
    _, code = demo.shown(holder)
    context = chromium.new_context(java_script_enabled=False, locale=EN, viewport=SMALLEST)
    page = context.new_page()
    page.goto(demo.service + "/verify")
    check(page, code, holder["msisdn"][-4:])
    expect(page.get_by_role("heading", level=1)).to_have_text("Genuine reply")
    expect(page.locator(".places")).to_contain_text("Japan")
    expect(page.locator(".places")).to_contain_text("abroad")
    context.close()


@pytest.mark.parametrize(
    ("language", "viewport", "scheme", "name"),
    [
        (ZH, SMALLEST, "light", "zh-small"),
        (EN, DESKTOP, "light", "en-desktop"),
        (EN, SMALLEST, "dark", "en-small-dark"),
        (ZH, DESKTOP, "dark", "zh-desktop-dark"),
    ],
    ids=["zh-small", "en-desktop", "en-small-dark", "zh-desktop-dark"],
)
def test_axe_finds_no_barrier_and_nothing_is_cut_off(demo, opened, axe, language, viewport, scheme, name):
    """Form, fault, refusal and genuine reply, down to 320 points: no violation of any rule, no scrolling sideways."""
    holder = demo.subscribers[2]
    _, code = demo.shown(holder)
    page = opened(demo.service + "/verify", language, viewport, scheme)
    steps = {
        "form": lambda: None,
        "fault": lambda: check(page, "7KQ2M-9XW4C", "12"),
        "not-confirmed": lambda: check(page, "7KQ2M-9XW4B", "5678"),
        "genuine": lambda: check(page, code, holder["msisdn"][-4:]),
    }
    for step, act in steps.items():
        act()
        if step in {"not-confirmed", "genuine"}:
            expect(page.locator(".no" if step == "not-confirmed" else ".yes")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
        assert barriers(page, axe) == [], step
        keep(page, f"verify-{name}-{step}")


def test_by_keyboard_alone(demo, opened):
    """Tab goes from the name over the language to the fields and the button; Enter in a field sends."""
    page = opened(demo.service + "/verify", EN)
    passed = []
    for _ in range(6):
        page.keyboard.press("Tab")
        passed.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    assert passed == ["Travel reply check", "中文", "code", "phone_last_four", "verifier", "Check"]
    page.locator("#code").fill("7KQ2M-9XW4B")
    page.locator("#phone_last_four").fill("5678")
    page.locator("#phone_last_four").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cannot confirm")
