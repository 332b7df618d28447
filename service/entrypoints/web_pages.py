"""The web role: its pages, and the operators' own, served until the block ends.

Rule 1: which paths the web role has is decided here.
Rule 2: what stands behind them is given: the link role's own flows, or a socket to them.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter

from service.entrypoints.again_page import again_page
from service.entrypoints.card_checks import card_checks
from service.entrypoints.card_page import card_page
from service.entrypoints.card_reader import card_reader
from service.entrypoints.key_pages import key_pages
from service.entrypoints.log_pages import log_pages
from service.entrypoints.transparency_page import transparency_page
from service.entrypoints.verify_page import add_verify
from service.entrypoints.web import WebServer, application, limits_of, served
from service.settings import Settings, loopback
from service.wiring.public_log import published
from service.wiring.web_alone import PageParts

__all__ = ["metrics_served", "pages_served"]


@asynccontextmanager
async def pages_served(
    settings: Settings, pages: PageParts, operators: APIRouter | None
) -> AsyncIterator[WebServer]:
    """What everybody may ask for; the operators' pages too, where they have no address of their own."""
    app = application()
    if operators is not None:
        app.include_router(operators)
    source = published(settings)
    app.include_router(log_pages(source))
    app.include_router(transparency_page(source, pages.disputes))
    add_verify(app, pages.checking)
    app.include_router(again_page(pages.checking))
    app.include_router(key_pages(pages.checking.tokens))
    app.include_router(card_page(pages.cards, pages.checking))
    app.include_router(card_checks(pages.checking))
    app.include_router(card_reader(settings.log_origin, pages.checking.regions))
    http = settings.http
    async with served(WebServer(app, http.host, http.port, http.proxies, limits_of(settings))) as server:
        yield server


@asynccontextmanager
async def metrics_served(settings: Settings, operators: APIRouter) -> AsyncIterator[WebServer | None]:
    """The operators' pages on an address of their own, where one is configured."""
    if settings.http.metrics is None:
        yield None
        return
    app = application()
    app.include_router(operators)
    async with served(WebServer(app, *loopback(settings.http.metrics))) as server:
        yield server
