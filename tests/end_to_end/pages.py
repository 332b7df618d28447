"""What people do on the service's pages and handsets, as the tests play them."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Demo:
    """What the demo says when it is ready."""

    sim: str
    service: str
    subscribers: list[dict[str, Any]]

    @property
    def home(self) -> str:
        """Where its pages come from."""
        return self.service

    def asked(self, url: str, body: dict[str, str] | None = None) -> Any:
        """One request to the simulator."""
        data = None if body is None else json.dumps(body).encode()
        asked = Request(self.sim + url, data, {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(asked, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def text(self, subscriber: dict[str, Any], text: str) -> str:
        """A text from this handset, and the one that answers it."""
        path = f"/handsets/{subscriber['msisdn']}/messages"
        sent = self.asked(path, {"to": "10086", "text": text})
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for message in self.asked(path):
                if message["id"] > sent["id"] and message["from"] == "10086":
                    return str(message["text"])
            time.sleep(0.05)
        raise AssertionError("no answer came")

    def texts(self, subscriber: dict[str, Any]) -> list[str]:
        """All texts that this handset has got."""
        thread = self.asked(f"/handsets/{subscriber['msisdn']}/messages")
        return [message["text"] for message in thread if message["from"] == "10086"]

    def shown(self, subscriber: dict[str, Any]) -> tuple[str, str]:
        """A lookup: the reply and its check code."""
        self.text(subscriber, "CXMYD")
        reply = self.text(subscriber, subscriber["document_last_four"])
        found = re.search(r"核验码(\S{11})\(24小时\)", reply)
        assert found, reply
        return reply, found[1]


def check(page: Page, code: str, four: str) -> None:
    """Type both and send."""
    page.locator("#code").fill(code)
    page.locator("#phone_last_four").fill(four)
    page.locator("form.check").first.locator("button[type=submit]").click()


def texted(demo, holder, known):
    """The first text after so many."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        texts = demo.texts(holder)
        if len(texts) > known:
            return texts[-1]
        time.sleep(0.05)
    raise AssertionError("no text came")


def carded(demo, page, holder):
    """The holder asks in the page and proves the number: the page shows the card."""
    known = len(demo.texts(holder))
    page.locator("#number").fill(holder["msisdn"].removeprefix("86"))
    page.locator("button[type=submit]").click()
    code = re.search(r"(?:输入|type )(\d{4})", texted(demo, holder, known))[1]
    page.locator("#code").fill(code)
    page.locator("#last_four").fill(holder["document_last_four"])
    page.locator("button[type=submit]").click()
    expect(page.locator(".qr")).to_be_visible()


@dataclass(frozen=True)
class Asking:
    """The page's form, filled."""

    page: Page

    def ask(self, holder, name, question="show", *, provinces=(), document="", four=""):
        """Fill the form and send it."""
        form = self.page.locator("form.ask")
        form.locator(f"input[name=question][value={question}]").check()
        for province in provinces:
            form.locator(f"input[name=provinces][value='{province}']").check()
        if question == "id4":
            form.locator("#document_last_four").fill(document)
        form.locator("#live-four").fill(four or holder["msisdn"][-4:])
        form.locator("#name").fill(name)
        form.locator("button[type=submit]").click()

    @property
    def stage(self):
        """Where the state is shown."""
        return self.page.locator(".stage")

    def digits(self):
        """The six digits and the pair that the page shows."""
        expect(self.stage.locator(".digits")).to_be_visible()
        shown = self.stage.locator(".digits").inner_text().replace(" ", "")
        assert re.fullmatch(r"\d{6}", shown)
        return shown, self.stage.locator(".pair").inner_text()


def asked_of(demo, holder, asking, name):
    """The holder texts the digits and gets the question; the number that agrees."""
    digits, pair = asking.digits()
    question = demo.text(holder, digits)
    assert name in question
    assert re.search(f"(配对号|Pair ){pair}", question)
    expect(asking.stage.get_by_text(re.compile("正在询问持有人|is being asked"))).to_be_visible()
    return re.search(r"(?:回复|reply )(\d{4})", question)[1]
