"""Pages in a real browser, watched: what goes wrong on any of them is kept; barriers are found, screenshots taken."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page
from playwright.sync_api import Request as Asked

DESKTOP, SMALL, SMALLEST = (
    {"width": 1280, "height": 800},
    {"width": 360, "height": 740},
    {"width": 320, "height": 640},
)
ZH, EN = "zh-CN", "en-GB"
SCREENS = os.environ.get("SCREENS")
"""A folder for screenshots, as docs/ keeps them."""
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""


@dataclass
class Opener:
    """Opens pages, and keeps what went wrong on them."""

    browser: Browser
    home: str
    contexts: list[BrowserContext] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __call__(self, url: str, language: str = ZH, viewport=DESKTOP, scheme="light") -> Page:
        context = self.browser.new_context(
            locale=language, viewport=viewport, color_scheme=scheme, timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(10_000)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", self._broke)
        page.on("request", self._asked)
        self.contexts.append(context)
        self.pages.append(page)
        page.goto(url)
        return page

    def close(self) -> list[str]:
        """Everything that went wrong."""
        for page in self.pages:
            self.faults += page.evaluate("window.violations")
        for context in self.contexts:
            context.close()
        return self.faults

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.faults.append(said.text)

    def _broke(self, error: Error) -> None:
        self.faults.append(str(error))

    def _asked(self, request: Asked) -> None:
        if not request.url.startswith((self.home, "data:")):
            self.faults.append(f"a request that left its home: {request.url}")


def barriers(page: Page, axe: str, *, tried: frozenset[str] = frozenset()) -> list[tuple[str, list[str]]]:
    """Each rule of axe-core that the page violates, with the elements that do; `tried` have to be among those it keeps."""
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert tried <= {one["id"] for one in found["passes"]}
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]


def keep(page: Page, name: str, *, part: str | None = None) -> None:
    """A screenshot of a page, or of a part of it, where one is wanted."""
    if SCREENS and part is not None:
        page.locator(part).screenshot(path=Path(SCREENS) / f"{name}.png")
    elif SCREENS:
        page.screenshot(path=Path(SCREENS) / f"{name}.png", full_page=True)
