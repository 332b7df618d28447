"""The handset page in a real browser, against everything that `itinerary demo` starts.

Each test has subscribers of its own, so none waits for another's message. After each page the watch is read:
no console error, no violation of the content policy, no request that left the simulator.
"""

import json
import random
import re
from dataclasses import dataclass
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import (
    Locator,
    Page,
    WebSocketRoute,
    expect,
)

from service.smpp.text import coding_for, cut, units
from tests.end_to_end.browser import DESKTOP, EN, SMALL, ZH, barriers

pytestmark = pytest.mark.peer

WORDS = {
    ZH: {
        "title": "模拟手机",
        "send": "发送",
        "message": "短信",
        "to": "收件人",
        "add": "添加手机",
        "live": "在线",
    },
    EN: {
        "title": "Handsets",
        "send": "Send",
        "message": "Text message",
        "to": "To",
        "add": "Add phone",
        "live": "live",
    },
}


@dataclass(frozen=True)
class Subscriber:
    """Somebody of the sample month, as the demo's line names them."""

    msisdn: str
    last_four: str
    certain: tuple[int, ...]

    @property
    def shown(self) -> str:
        """The number as the page writes it."""
        if not self.msisdn.startswith("86"):
            return f"+{self.msisdn}"
        return f"+86 {self.msisdn[2:5]} {self.msisdn[5:9]} {self.msisdn[9:]}"

    @property
    def masked(self) -> str:
        """The number as our texts write it."""
        return f"{self.msisdn[2:5]}****{self.msisdn[-4:]}"


# The service sends nothing to a handset of another operator: its thread has only what the test writes.
FOREIGN = Subscriber("447700900123", "", ())


@dataclass(frozen=True)
class Demo:
    """What the demo says when it is ready."""

    sim: str
    subscribers: list[Subscriber]

    @property
    def home(self) -> str:
        """Where its pages come from."""
        return self.sim

    def url(self, *subscribers: Subscriber) -> str:
        """The page with these phones."""
        return f"{self.sim}/?phones={','.join(one.msisdn for one in subscribers)}"

    def send(self, subscriber: Subscriber, text: str) -> None:
        """A text from this handset, by the contract and not by the page."""
        body = json.dumps({"to": "10086", "text": text}).encode()
        where = f"{self.sim}/handsets/{subscriber.msisdn}/messages"
        with urlopen(Request(where, body, {"Content-Type": "application/json"}), timeout=10) as answer:  # noqa: S310
            assert answer.status == 201


@pytest.fixture(scope="module")
def demo(ready):
    """The demo, as the handset page's tests see it."""
    people = (
        Subscriber(one["msisdn"], one["document_last_four"], tuple(one["certain"]))
        for one in ready["subscribers"]
    )
    return Demo(ready["sim"], list(people))


def phone(page: Page, subscriber: Subscriber) -> Locator:
    """The phone of this subscriber, once it is live."""
    found = page.get_by_role("region", name=subscriber.shown)
    expect(found.get_by_role("status")).to_have_text(re.compile("live|在线"))
    return found


def bubbles(of: Locator) -> Locator:
    """The messages of a phone."""
    return of.get_by_role("log").get_by_role("listitem")


def write(of: Locator, text: str) -> None:
    """Type into the phone's field, and Enter."""
    of.locator("textarea").press_sequentially(text)
    of.locator("textarea").press("Enter")


def test_a_lookup_by_typing(demo, opened):
    """A subscriber types CXMYD, Enter, then the last four: each reply appears as a bubble of its own."""
    chengdu = next(one for one in demo.subscribers if one.certain == (510100,))
    mine = phone(opened(demo.url(chengdu)), chengdu)
    write(mine, "CXMYD")
    expect(bubbles(mine)).to_have_count(2)
    expect(bubbles(mine).nth(0)).to_contain_text("CXMYD")
    expect(bubbles(mine).nth(0)).to_have_class(re.compile("own"))
    expect(bubbles(mine).nth(1)).to_contain_text("请10分钟内回复证件号后4位")
    write(mine, chengdu.last_four)
    expect(bubbles(mine)).to_have_count(4)
    expect(bubbles(mine).nth(3)).to_contain_text(chengdu.masked)
    expect(bubbles(mine).nth(3)).to_contain_text("四川成都")
    expect(bubbles(mine).nth(3)).to_contain_text("来自 10086")
    expect(bubbles(mine).nth(3).locator(".meta")).to_have_text(
        re.compile(r"^\d\d:\d\d · \d+字 · UCS-2 · 2条短信$")
    )
    expect(bubbles(mine).nth(3)).to_be_in_viewport()


def test_everything_by_keyboard(demo, opened):
    """Tab passes every control once, each has a name and shows its focus; Enter sends, from field and from button."""
    asker = demo.subscribers[1]
    page = opened(demo.url(asker), EN)
    mine = phone(page, asker)
    passed = []
    while len(passed) < 20 and (not passed or passed[-1] != "Text message"):
        page.keyboard.press("Tab")
        passed.append(focused(page))
    assert passed == [
        "Number",
        "Add phone",
        "中文",
        f"Remove phone {asker.shown}",
        "To",
        f"Messages of {asker.shown}",
        *["TRIP", "TRIP15", "HELP", "STOP"],
        "Text message",
    ]
    page.keyboard.type("HELP")
    page.keyboard.press("Enter")
    expect(bubbles(mine)).to_have_count(2)
    page.keyboard.type("TRIP")
    page.keyboard.press("Tab")
    assert focused(page) == "Send"
    page.keyboard.press("Enter")
    expect(bubbles(mine)).to_have_count(4)
    expect(mine.locator("textarea")).to_be_focused()


def focused(page: Page) -> str:
    """The accessible name of what has the focus and shows it."""
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"
    name: str = page.evaluate(
        """() => { const at = document.activeElement;
        return at.ariaLabel ?? (at.labels?.[0]?.querySelector("span") ?? at.labels?.[0] ?? at).textContent.trim() }"""
    )
    return name


def test_two_phones_do_not_see_each_others_messages(demo, opened):
    """What one phone sends and gets stands in its own thread, in every window, and in no other thread."""
    one, other = demo.subscribers[2:4]
    page, second_window = opened(demo.url(one, other)), opened(demo.url(one, other))
    write(phone(page, one), "BZ")
    expect(bubbles(phone(page, one))).to_have_count(2)
    write(phone(page, other), "CXMYD")
    expect(bubbles(phone(page, other))).to_have_count(2)
    for window in (page, second_window):
        expect(bubbles(phone(window, one))).to_have_count(2)
        expect(bubbles(phone(window, other))).to_have_count(2)
        expect(phone(window, one)).not_to_contain_text("编号")
        expect(phone(window, other)).not_to_contain_text("CXMYD30")


@pytest.mark.parametrize(("language", "keyword"), [(ZH, "CXMYD15"), (EN, "TRIP15")])
def test_the_browsers_language(demo, opened, language, keyword):
    """Title, labels and keywords are in the browser's language, and the page says which one it is."""
    owner, words = demo.subscribers[4], WORDS[language]
    page = opened(demo.url(owner), language)
    mine = phone(page, owner)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page).to_have_title(words["title"])
    expect(page.get_by_role("heading", level=1)).to_have_text(words["title"])
    expect(page.get_by_role("button", name=words["add"])).to_be_visible()
    expect(mine.get_by_role("status")).to_have_text(words["live"])
    expect(mine.get_by_role("button", name=words["send"])).to_be_visible()
    expect(mine.get_by_role("textbox", name=words["message"], exact=True)).to_have_attribute(
        "placeholder", words["message"]
    )
    expect(mine.get_by_role("textbox", name=words["to"], exact=True)).to_have_value("10086")
    expect(mine.get_by_role("button", name=keyword, exact=True)).to_be_visible()


def test_the_other_language_is_chosen_once(demo, opened):
    """Whoever chooses the other language sees all of the page in it at once, and again after a reload."""
    owner = demo.subscribers[4]
    page = opened(demo.url(owner), EN)
    write(phone(page, owner), "x")
    expect(bubbles(phone(page, owner)).first).to_contain_text("1 character · GSM-7 · 1 SMS")
    page.get_by_role("button", name="中文").click()
    for _ in range(2):
        expect(page).to_have_title(WORDS[ZH]["title"])
        expect(bubbles(phone(page, owner)).first).to_contain_text("1字 · GSM-7 · 1条短信")
        page.reload()


def test_a_reload_keeps_the_thread(demo, opened):
    """After a reload the same bubbles stand in the same order, the newest in sight."""
    asker = demo.subscribers[7]
    page = opened(demo.url(asker), viewport={"width": 800, "height": 600})
    for keyword, answer in (("BZ", "TD停止"), ("CXMYD15", "近15天到访地")):
        page.get_by_role("button", name=keyword, exact=True).click()
        expect(bubbles(phone(page, asker)).last).to_contain_text(answer)
    before = bubbles(phone(page, asker)).all_inner_texts()
    page.reload()
    expect(bubbles(phone(page, asker))).to_have_count(4)
    assert bubbles(phone(page, asker)).all_inner_texts() == before
    expect(bubbles(phone(page, asker)).first).not_to_be_in_viewport()
    expect(bubbles(phone(page, asker)).last).to_be_in_viewport(ratio=1)


def test_a_long_message_is_one_bubble(demo, opened):
    """A text of several short messages is one bubble, either way, and says how many it was; so does the field."""
    asker = demo.subscribers[6]
    mine = phone(opened(demo.url(asker), EN), asker)
    write(mine, "HELP")
    expect(bubbles(mine)).to_have_count(2)
    expect(bubbles(mine).nth(1)).to_contain_text(re.compile(r"TRIP: text TRIP .*every lookup is logged"))
    expect(bubbles(mine).nth(1).locator(".meta")).to_have_text(
        re.compile(r"· 2\d\d characters · GSM-7 · 2 SMS$")
    )
    mine.locator("textarea").fill("漢" * 135)
    expect(mine.locator("textarea")).to_have_accessible_description("135 characters · UCS-2 · 3 SMS")
    mine.locator("textarea").press("Enter")
    expect(bubbles(mine).nth(2).locator(".meta")).to_contain_text("135 characters · UCS-2 · 3 SMS")
    expect(mine.locator("textarea")).to_have_value("")


def test_the_page_counts_as_the_centre_counts(demo, opened):
    """For 2,000 texts around every boundary, length, coding and parts are those that the centre cuts."""
    chance = random.Random(20_200_213)
    alphabets = ["ab @é\n", "a€{", "漢字a", "漢😀", "a\f\x1b", "ß`"]
    sizes = [0, 1, 35, 66, 67, 68, 70, 71, 80, 134, 135, 152, 153, 154, 159, 160, 161, 306, 307, 460]
    texts = [
        "".join(chance.choices(chance.choice(alphabets), k=chance.choice(sizes) + chance.randrange(3)))
        for _ in range(2000)
    ]
    counted = opened(demo.url(demo.subscribers[7])).evaluate(
        """async (texts) => { const { measure } = await import("/pages/length.js"); return texts.map(measure) }""",
        texts,
    )
    for text, found in zip(texts, counted, strict=True):
        coding = coding_for(text)
        assert found == {
            "count": units(text, coding),
            "coding": "UCS-2" if coding else "GSM-7",
            "parts": len(cut(text, coding)),
        }


def test_a_lost_stream_comes_back(demo, opened):
    """While the stream is lost the phone says so; then what came meanwhile is shown, and shown once."""
    page = opened("about:blank")
    streams = []

    def through(stream: WebSocketRoute) -> None:
        stream.connect_to_server()
        streams.append(stream)

    page.route_web_socket("**/stream", through)
    page.goto(demo.url(FOREIGN))
    mine = phone(page, FOREIGN)
    write(mine, "x")
    expect(bubbles(mine).last).to_contain_text("x")
    before = bubbles(mine).count()
    streams[0].close()
    expect(mine.get_by_role("status")).to_have_text("正在重新连接…")
    demo.send(FOREIGN, "y")
    expect(mine.get_by_role("status")).to_have_text("在线")
    expect(bubbles(mine)).to_have_count(before + 1)
    demo.send(FOREIGN, "z")
    expect(bubbles(mine)).to_have_count(before + 2)
    assert len(streams) == 2


def test_a_message_that_could_not_be_sent_says_so(demo, opened):
    """Where the simulator refuses, the bubble says that it was not sent, and the next one is sent again."""
    page = opened(demo.url(FOREIGN), EN)
    mine = phone(page, FOREIGN)
    page.route("**/messages", lambda route: route.abort())
    write(mine, "x")
    expect(bubbles(mine).last).to_contain_text("Not sent")
    page.unroute("**/messages")
    write(mine, "y")
    expect(bubbles(mine).last).to_contain_text("1 SMS")
    assert [fault for fault in opened.faults if "ERR_FAILED" not in fault] == []
    opened.faults.clear()  # the browser's own line on the refused request


def test_phones_come_and_go_with_the_address(demo, opened):
    """A phone is added by its number, as people write it, and removed; the address follows, a wrong number does not."""
    first, second = demo.subscribers[:2]
    page = opened(demo.url(first))
    page.get_by_label("号码").fill("12")
    page.get_by_label("号码").press("Enter")
    expect(page).to_have_url(demo.url(first))
    page.get_by_label("号码").fill(second.shown)
    page.get_by_label("号码").press("Enter")
    expect(phone(page, second).locator("textarea")).to_be_focused()
    expect(page).to_have_url(demo.url(first, second))
    page.get_by_role("button", name=f"移除手机 {first.shown}").click()
    expect(page).to_have_url(demo.url(second))
    expect(page.get_by_label("号码")).to_be_focused()
    expect(page.get_by_role("region", name=first.shown)).to_have_count(0)


def test_what_is_sent_is_text(demo, opened):
    """Markup in a message is shown as it was typed, and does nothing."""
    mine = phone(opened(demo.url(FOREIGN)), FOREIGN)
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    write(mine, markup)
    expect(bubbles(mine).last.locator(".said")).to_have_text(markup)


def test_a_script_of_somebody_else_does_not_run(demo, opened):
    """Inline scripts, inline styles and other hosts are forbidden by the page's policy: the browser refuses each."""
    page = opened(demo.url(demo.subscribers[0]))
    page.evaluate(
        """() => { for (const [name, of] of [["script", { text: "window.ran = true" }], ["style", { textContent: "p {}" }],
        ["script", { src: "https://cdn.invalid/x.js" }]]) document.head.append(Object.assign(document.createElement(name), of)) }"""
    )
    page.wait_for_function("window.violations.length === 3")
    assert page.evaluate("window.violations") == ["script-src-elem", "style-src-elem", "script-src-elem"]
    assert page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in said for said in opened.faults) == 3
    opened.faults.clear()
    page.evaluate("window.violations = []")


@pytest.mark.parametrize("language", [ZH, EN])
def test_a_small_phone(demo, opened, language):
    """On 360 points nothing is cut off: the page does not scroll, and the field to write in is in sight."""
    page = opened(demo.url(*demo.subscribers[:3]), language, SMALL)
    mine = phone(page, demo.subscribers[0])
    page_size = page.evaluate(
        "(({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight])(document.documentElement)"
    )
    assert page_size == [360, 740]
    for needed in (
        mine.locator("textarea"),
        mine.locator(".send"),
        page.locator("#add button"),
        page.locator("#language"),
    ):
        expect(needed).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("language", "viewport", "scheme"),
    [(ZH, DESKTOP, "light"), (EN, DESKTOP, "dark"), (ZH, SMALL, "dark"), (EN, SMALL, "light")],
    ids=["zh-desktop-light", "en-desktop-dark", "zh-small-dark", "en-small-light"],
)
def test_axe_finds_no_barrier(demo, opened, axe, language, viewport, scheme):
    """axe-core finds no violation of any of its rules: empty and full threads, a lost message, a stranger's number."""
    full, failed, empty = demo.subscribers[0], FOREIGN, demo.subscribers[9]
    page = opened(demo.url(full, failed, empty), language, viewport, scheme)
    for shown in (full, failed, empty):
        phone(page, shown)
    expect(bubbles(phone(page, full)).nth(3)).to_be_attached()
    page.route("**/messages", lambda route: route.fulfill(status=201, body="no JSON"))
    phone(page, failed).locator("[name=to]").fill("12345")
    write(phone(page, failed), "x")
    expect(bubbles(phone(page, failed)).locator(".size").last).to_have_text(re.compile("Not sent|未发出"))
    phone(page, failed).locator("[name=to]").fill("10086")
    phone(page, full).locator("textarea").fill("TRIP")
    page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
    tried = frozenset({"color-contrast", "label", "aria-allowed-role"})
    assert barriers(page, axe, tried=tried) == []
