"""The web card in a real browser, from the number to the verifier: against everything that `itinerary demo` starts.

The QR code is read back from a screenshot by a decoder that others wrote (ZXing), and opened in another browser.
"""

import base64
import io
import json
import re
import time
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from service.audit.checkpoint import Checkpoint, Proof
from tests.end_to_end.browser import DESKTOP, EN, SMALLEST, ZH, barriers, keep
from tests.end_to_end.pages import carded, texted

pytestmark = pytest.mark.peer
# Not its controller: a page that is loading while the worker takes over has none, and the next one has.
KEPT = """new Promise((done, failed) => {
    setTimeout(() => failed(new Error("the card reader was not kept for when there is no network")), 60_000);
    navigator.serviceWorker.ready.then(() => done());
})"""


def scanned(page):
    """The address in the QR code, from a screenshot of the page."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    [found] = zxingcpp.read_barcodes(picture)
    return found.text


def altered(address):
    """The same card with another region in it."""
    head, body, signature = address.split("#")[1].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["regions"] = [310000]
    bent = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{address.split('#')[0]}#{head}.{bent}.{signature}"


def test_a_card_from_the_holders_page_to_the_verifiers(demo, opened):
    """Scanned and verified; the phone is told; altered it is refused; withdrawn in the page, it is refused at once."""
    holder = demo.subscribers[2]  # hears the towers of two cities
    known = len(demo.texts(holder))
    page = opened(demo.service + "/card", viewport=SMALLEST)
    carded(demo, page, holder)
    assert "已在网页显示" in texted(demo, holder, known + 1)
    expect(page.locator("#left")).to_have_text(re.compile(r"^(24:00:00|23:59:\d\d)$"))
    address = scanned(page)
    assert address.startswith(demo.service + "/q#")
    verifier = opened(address)
    expect(verifier.locator("h1")).to_have_text("行程卡属实")
    expect(verifier.locator(".places .certain")).to_contain_text(["上海"])
    expect(verifier.locator(".places .possible")).to_contain_text(["江苏苏州"])
    expect(verifier.locator(".places .mark")).to_have_text(["1", "2?"])
    expect(verifier.get_by_role("img", name=re.compile("1 上海.*2 江苏苏州"))).to_be_visible()
    expect(verifier.locator(".tiles .certain text")).to_have_text(["沪", "1"])
    expect(verifier.locator(".tiles .possible text")).to_have_text(["苏", "2?"])
    expect(page.locator(".tiles .certain text")).to_have_text(["沪", "1"])
    expect(verifier.locator("#reader .answer")).to_contain_text(f"{holder['msisdn'][-4:]}")
    expect(verifier.locator(".warning")).to_have_count(0)
    assert "被核验1次(网页)" in texted(demo, holder, known + 2)
    expect(verifier.locator(".facts").last).to_contain_text(re.compile("已通知持有人\\s*是"))
    with verifier.expect_download() as started:
        verifier.get_by_role("link", name="下载签名回执").click()
    assert Path(started.value.path()).read_text().count(".") == 2
    verifier.goto(altered(address))
    verifier.reload()
    expect(verifier.locator("h1")).to_have_text("已被改动或伪造")
    expect(verifier.locator("body")).not_to_contain_text("上海")
    page.get_by_role("button", name="停用这张卡").click()
    expect(page.locator("h1")).to_have_text("行程卡已停用")
    verifier.locator("#card").fill(address)
    verifier.locator("button[type=submit]").click()
    expect(verifier.locator("h1")).to_have_text("已被持有人停用")


def test_without_a_network_after_the_first_visit(demo, chromium):
    """The page, the keys and the list are kept: a card is verified offline, with the list's age. That nobody was told is said; and told once online."""
    holder = demo.subscribers[0]
    context = chromium.new_context(locale=EN, timezone_id="Asia/Shanghai")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(demo.service + "/card")
    carded(demo, page, holder)
    address = scanned(page)
    with page.expect_download() as started:  # the demo's own lookup is in this number's record
        page.get_by_role("link", name=re.compile("^proof of entry")).last.click()
    proof = Proof.parse(Path(started.value.path()).read_bytes())
    head = Checkpoint.parse(proof.checkpoint.text)
    assert proof.index < head.size
    wrong = context.new_page()  # a phone whose clock is two days ahead: with a network the service's counts
    wrong.add_init_script("const right = Date.now; Date.now = () => right() + 2 * 86_400_000;")
    wrong.goto(address)
    expect(wrong.locator("h1")).to_have_text("Genuine card")
    expect(wrong.locator(".warning")).to_have_count(0)
    keep(wrong, "q-en-desktop-genuine")
    reader = context.new_page()
    reader.goto(demo.service + "/q")
    reader.evaluate(KEPT)
    context.set_offline(True)
    fresh = context.new_page()
    fresh.goto(address)
    expect(fresh.locator("h1")).to_have_text("Genuine card")
    expect(fresh.locator(".facts")).to_contain_text("0 minutes old")
    expect(fresh.locator(".warning")).to_contain_text("The holder was not told of this check")
    expect(fresh.locator(".receipt")).to_have_count(0)
    expect(fresh.locator(".places .certain").first).to_contain_text("Wuhan")
    # Half an hour later the list is stale, and the page says so.
    fresh.clock.install(time=time.time() + 1800)
    fresh.reload()
    expect(fresh.locator(".facts")).to_contain_text("30 minutes old")
    keep(fresh, "q-en-desktop-not-told")
    context.set_offline(False)
    fresh.get_by_role("button", name="Check again").click()
    expect(fresh.locator(".facts").last).to_contain_text(re.compile(r"Checked so far\s*2"))
    expect(fresh.locator(".warning")).to_have_count(0)
    assert "withdrawn" in demo.text(holder, "REVOKE")
    later = context.new_page()
    later.goto(address)
    expect(later.locator("h1")).to_have_text("Withdrawn by the holder")
    context.close()


def test_a_browser_that_knows_no_ed25519(demo, chromium):
    """The page's own arithmetic says the same; without any cryptography the page says so and offers the check code."""
    holder = demo.subscribers[4]
    context = chromium.new_context(locale=EN)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(demo.service + "/card")
    carded(demo, page, holder)
    address = scanned(page)
    lacking = {
        "no Ed25519": """const known = crypto.subtle.importKey.bind(crypto.subtle);
            crypto.subtle.importKey = (format, key, algorithm, ...rest) => {
                if ((algorithm.name ?? algorithm) === "Ed25519") { window.lacked = true; return Promise.reject(new DOMException("", "NotSupportedError")); }
                return known(format, key, algorithm, ...rest);
            };""",
        "nothing": 'Object.defineProperty(crypto, "subtle", { value: undefined });',
    }
    for name, script in lacking.items():
        old = chromium.new_context(locale=EN)
        old.add_init_script(script)
        reader = old.new_page()
        reader.goto(address)
        heading = "Genuine card" if name == "no Ed25519" else "This browser cannot check signatures"
        expect(reader.locator("h1")).to_have_text(heading)
        if name == "no Ed25519":
            assert reader.evaluate("window.lacked")
            reader.goto(altered(address))
            reader.reload()
            expect(reader.locator("h1")).to_have_text("Altered or forged")
        else:
            expect(reader.get_by_role("link", name="Check the code", exact=True)).to_be_visible()
        old.close()
    context.close()


@pytest.mark.parametrize(
    ("language", "viewport", "scheme", "name", "person"),
    [
        (ZH, SMALLEST, "light", "zh-small", 5),
        (EN, DESKTOP, "dark", "en-desktop-dark", 6),
    ],
    ids=["zh-small", "en-desktop-dark"],
)
def test_axe_finds_no_barrier_and_nothing_is_cut_off(
    demo, opened, axe, language, viewport, scheme, name, person
):
    """Number, digits, card, reader, refusal: no violation of any rule, no scrolling sideways."""
    holder = demo.subscribers[person]
    page = opened(demo.service + "/card", language, viewport, scheme)

    def judged(what, step):
        assert what.evaluate("document.documentElement.scrollWidth") == viewport["width"], step
        assert barriers(what, axe) == [], step
        keep(what, f"{step}-{name}")

    judged(page, "card-number")
    known = len(demo.texts(holder))
    page.locator("#number").fill(holder["msisdn"])
    page.locator("button[type=submit]").click()
    judged(page, "card-digits")
    code = re.search(r"(?:输入|type )(\d{4})", texted(demo, holder, known))[1]
    page.locator("#code").fill(code)
    page.locator("#last_four").fill("000X" if holder["document_last_four"] != "000X" else "001X")
    page.locator("button[type=submit]").click()
    judged(page, "card-not-right")
    page.locator("#code").fill(code)
    page.locator("#last_four").fill(holder["document_last_four"])
    page.locator("button[type=submit]").click()
    expect(page.locator(".qr")).to_be_visible()
    judged(page, "card-shown")
    address = scanned(page)
    for where, step in (
        (address, "q-genuine"),
        (altered(address), "q-refused"),
        (demo.service + "/q", "q-empty"),
    ):
        reader = opened(where, language, viewport, scheme)
        expect(reader.locator("#reader h1").first).to_be_visible()
        judged(reader, step)
