"""The live challenge in a real browser, with a simulated handset, against everything that `itinerary demo` starts.

A guard opens it on a page, the holder answers by SMS, the page turns green within a second. After each page the watch is
read: no console error, no violation of the content policy, no request that left the service.
"""

import base64
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.end_to_end.browser import DESKTOP, EN, SMALL, SMALLEST, ZH, barriers, keep
from tests.end_to_end.pages import Asking, asked_of

pytestmark = pytest.mark.peer


def test_green_within_a_second_of_the_holders_answer(demo, opened):
    """Six digits, the question on the handset, the number back: the regions, the masked number, our time, the entry."""
    holder = demo.subscribers[2]
    asking = Asking(opened(demo.service + "/verify"))
    before = len(demo.texts(holder))
    asking.ask(holder, "前台小王")
    asking.digits()
    assert len(demo.texts(holder)) == before, "a text before the holder sent one"
    number = asked_of(demo, holder, asking, "“前台小王”(自称,未登记)")
    notice = demo.text(holder, number)
    heard = time.monotonic()
    expect(asking.stage.locator(".yes")).to_be_visible()
    assert time.monotonic() - heard < 1.0
    assert re.search(r"已于\d\d:\d\d向“前台小王”\(自称,未登记\)出示。记录号\d+", notice)
    expect(asking.stage).to_contain_text(f"138****{holder['msisdn'][-4:]}")
    expect(asking.stage.locator(".places .certain")).to_contain_text(["上海"])
    expect(asking.stage.locator(".places .possible")).to_contain_text(["江苏苏州"])
    expect(asking.stage.locator(".facts")).to_contain_text("北京时间")
    expect(asking.page.locator(".limits").last).to_contain_text("第二部手机")


def test_a_yes_or_a_no_shows_no_region(demo, opened):
    """Away from Jiangsu, where border cells alone speak for it: yes, with the days; then the question is spent."""
    holder = demo.subscribers[2]
    asking = Asking(opened(demo.service + "/verify", EN))
    asking.ask(holder, "North Gate", "outside", provinces=[320000])
    number = asked_of(demo, holder, asking, "“North Gate”")
    demo.text(holder, number)
    expect(asking.stage.locator(".yes h3")).to_have_text("Yes")
    expect(asking.stage).to_contain_text("of 14 days")
    assert "Shanghai" not in asking.stage.inner_text()
    asking.page.get_by_role("button", name="Ask another phone").click()
    asking.ask(holder, "South Gate", "inside")
    number = asked_of(demo, holder, asking, "“South Gate”")
    assert "14天内已问过" in demo.text(holder, number)
    expect(asking.stage).to_contain_text("Asked already")


def test_a_registered_verifier_asks_in_its_own_name(ready, demo, opened):
    """Registered by a command while the service runs; without its secret the page says so beside the field."""
    holder = demo.subscribers[6]
    itinerary = str(Path(sys.executable).with_name("itinerary"))
    act = ["--reason", "contract signed", "--ticket", "NET-12", "--config", ready["config"], "--json"]
    add = [
        itinerary,
        "admin",
        "verifiers",
        "add",
        "91350100M000100Y43",
        "--name",
        "福州某某科技有限公司",
        *act,
    ]
    made = json.loads(subprocess.run(add, capture_output=True, check=True, timeout=60).stdout)
    asking = Asking(opened(demo.service + "/verify"))
    page = asking.page
    page.get_by_text("已登记单位", exact=True).click()
    page.locator("#live-verifier").fill("9135 0100 M000 100Y 43")
    page.locator("#secret").fill("wrong")
    asking.ask(holder, "")
    expect(page.locator("#live-verifier-fault")).to_contain_text("不是一起登记的")
    expect(page.locator("#live-verifier")).to_be_focused()
    page.locator("#secret").fill(made["secret"].lower())
    asking.ask(holder, "")
    demo.text(holder, asked_of(demo, holder, asking, "】福州某某科技有限公司(已登记单位)请您出示"))
    expect(asking.stage.locator(".yes")).to_be_visible()
    expect(asking.stage.locator(".facts")).to_contain_text("福州某某科技有限公司")
    with page.expect_download() as saved:
        asking.stage.get_by_role("link", name="下载").click()
    token = saved.value.path().read_text("ascii")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["verifier"], claims["registered"]) == ("福州某某科技有限公司", True)


def test_a_standing_consent_from_the_tick_to_its_end(ready, demo, opened, axe):
    """Ticked, agreed to, the consent kept; asked again on the same day and after the holder's one word; on a small phone."""
    holder, itinerary = demo.subscribers[6], str(Path(sys.executable).with_name("itinerary"))
    act = ["--reason", "contract signed", "--ticket", "NET-12", "--config", ready["config"], "--json"]
    add = [itinerary, "admin", "verifiers", "add", "91110000600037341L", "--name", "城南物流", *act]
    made = json.loads(subprocess.run(add, capture_output=True, check=True, timeout=60).stdout)
    asking = Asking(opened(demo.service + "/verify", ZH, SMALL))
    page = asking.page
    page.get_by_text("已登记单位", exact=True).click()
    expect(page.locator("input[name=standing]")).to_be_hidden()
    page.locator("input[name=question][value=outside]").check()
    page.locator("input[name=standing]").check()
    asking.ask(holder, "前台", "outside", provinces=[650000])
    expect(page.locator("#standing-fault")).to_contain_text("只有登记单位")
    page.locator("#live-verifier").fill("91110000600037341L")
    page.locator("#secret").fill(made["secret"])
    keep(page, "live-zh-small-standing", part="form.ask")
    asking.ask(holder, "", "outside")
    number = asked_of(demo, holder, asking, "】城南物流(已登记单位)请您长期同意:14天内每天最多查1次")
    assert "停用回QXCH" in demo.text(holder, number)
    expect(asking.stage.locator(".yes")).to_be_visible()
    expect(asking.stage.locator(".standing")).to_contain_text("还可问13次")
    assert barriers(page, axe) == []
    keep(page, "live-zh-small-standing-shown", part=".stage")
    consent = asking.stage.locator(".standing input").input_value()
    page.locator(".standing a").click()

    def again(secret):
        page.locator("#verifier").fill("91110000600037341L")
        page.locator("#secret").fill(secret)
        page.locator("#consent").fill(consent)
        page.locator("button[type=submit]").click()
        return page.locator(".answer")

    keep(page, "again-zh-small-form")
    assert page.evaluate("document.documentElement.scrollWidth") == SMALL["width"]
    assert barriers(page, axe) == []
    expect(again(made["secret"])).to_contain_text("今天已答复")
    assert barriers(page, axe) == []
    keep(page, "again-zh-small-today")
    expect(again("wrong")).to_contain_text("未登记")
    assert "已全部取消" in demo.text(holder, "QXCH")
    expect(again(made["secret"])).to_contain_text("没有有效的同意")


def test_the_document_that_is_shown(demo, opened):
    """Its digits belong to the number, or not."""
    holder = demo.subscribers[4]
    asking = Asking(opened(demo.service + "/verify", EN))
    for document, answer in ((holder["document_last_four"].lower(), "Yes"), ("0000", "No")):
        asking.ask(holder, "Hotel Adler", "id4", document=document)
        demo.text(holder, asked_of(demo, holder, asking, "“Hotel Adler”"))
        expect(asking.stage.locator(".answer h3")).to_have_text(answer)
        asking.page.get_by_role("button", name="Ask another phone").click()


def test_refused_and_another_phone(demo, opened):
    """N ends it and shows nothing; a phone with other last digits leaves the page as it is."""
    holder, other = demo.subscribers[0], demo.subscribers[1]
    asking = Asking(opened(demo.service + "/verify"))
    asking.ask(holder, "门卫")
    digits, _ = asking.digits()
    assert "没有与该号码对应的核验请求" in demo.text(other, digits)
    expect(asking.stage.locator(".digits")).to_be_visible()
    asked_of(demo, holder, asking, "“门卫”")
    assert "已拒绝" in demo.text(holder, "n")
    expect(asking.stage).to_contain_text("未同意")
    expect(asking.stage).not_to_contain_text("武汉")
    asking.page.get_by_role("button", name="重新询问").click()
    expect(asking.page.locator("form.ask")).to_be_visible()


def test_who_leaves_the_page_is_shown_nothing(demo, opened):
    """Cancelled after the digits were bound: the holder's number then shows nothing, and he is told so."""
    holder = demo.subscribers[3]
    asking = Asking(opened(demo.service + "/verify"))
    asking.ask(holder, "门卫")
    number = asked_of(demo, holder, asking, "“门卫”")
    asking.page.get_by_role("button", name="取消").click()
    expect(asking.page.locator("form.ask")).to_be_visible()
    time.sleep(0.5)
    assert "未出示任何内容" in demo.text(holder, number)


@pytest.mark.parametrize(
    ("four", "name", "field"),
    [
        ("12", "前台", "live-four"),
        ("8001", "拨打10086", "name"),
        ("8001", "a.cn", "name"),
        ("8001", "", "name"),
    ],
)
def test_a_fault_is_said_beside_its_field(demo, opened, four, name, field):
    """And the field has the focus."""
    asking = Asking(opened(demo.service + "/verify"))
    asking.ask(demo.subscribers[0], name, four=four)
    expect(asking.page.locator(f"#{field}")).to_be_focused()
    expect(asking.page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    expect(asking.page.locator(".fault:not(:empty)")).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "viewport", "scheme", "name"),
    [(ZH, SMALLEST, "light", "zh-small"), (EN, DESKTOP, "dark", "en-desktop-dark")],
    ids=["zh-small", "en-desktop-dark"],
)
def test_axe_finds_no_barrier_in_any_state(demo, opened, axe, language, viewport, scheme, name):
    """Form, provinces, six digits, asked, refused, shown, at 320 points and in the dark: no violation, no scrolling sideways."""
    holder = demo.subscribers[4 if language == ZH else 5]
    asking = Asking(opened(demo.service + "/verify", language, viewport, scheme))
    page = asking.page

    def judged(step):
        assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"], step
        assert barriers(page, axe) == [], step
        keep(page, f"live-{name}-{step}", part=".live")

    page.locator("input[name=question][value=outside]").check()
    page.locator("input[name=provinces][value='420000']").check()
    expect(page.locator(".chosen")).to_have_text({ZH: "湖北", EN: "Hubei"}[language])
    judged("provinces")
    asking.ask(holder, "East Gate")
    asking.digits()
    judged("opened")
    asked_of(demo, holder, asking, "East Gate")
    judged("asked")
    demo.text(holder, "N")
    expect(asking.stage.locator(".no")).to_be_visible()
    judged("refused")
    page.locator(".stage [data-again]").click()
    asking.ask(holder, "East Gate")
    demo.text(holder, asked_of(demo, holder, asking, "East Gate"))
    expect(asking.stage.locator(".yes")).to_be_visible()
    judged("shown")


def test_no_two_fields_have_one_name(demo, opened):
    """Two forms of two makers on one page: a label would name the wrong field."""
    page = opened(demo.service + "/verify")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert sorted(ids) == sorted(set(ids))


def test_by_keyboard_and_for_the_ear(demo, opened):
    """Arrow keys choose, space ticks a province, Enter sends; what happens is in a live region, and its heading has the focus."""
    holder = demo.subscribers[5]
    page = opened(demo.service + "/verify", EN)
    page.locator("input[name=question][value=show]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("fieldset.provinces")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator(".chosen")).to_have_text("Heilongjiang")
    page.locator("#live-four").fill(holder["msisdn"][-4:])
    page.locator("#name").fill("Gate")
    page.keyboard.press("Enter")
    expect(page.locator(".stage h3")).to_be_focused()
    expect(page.get_by_role("status").locator(".digits")).to_be_visible()
