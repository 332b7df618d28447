"""The page that reads a signed card in the verifier's own browser, with or without a network.

Rule 1: this file alone knows its paths and headers.
Rule 2: no card ever comes here: it stands behind the # of the address; the judging is `static/card-token.js`.

    GET /q    the page      /q/worker.js    keeps it for when there is no network      /q/regions.json    names by code
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse

from service.domain.regions import Regions
from service.entrypoints.languages import PAGES, PageLanguage, chosen, load_languages
from service.entrypoints.region_picture import plain_tiles
from service.entrypoints.verify_page import HEADERS

__all__ = ["card_reader"]

_KEPT = {**HEADERS, "Cache-Control": "no-cache"}  # the worker keeps them; nothing about anybody is in them


def card_reader(issuer: str, regions: Regions) -> APIRouter:
    """The paths. `issuer`: what a card has to name as its source."""
    router = APIRouter(prefix="/q", include_in_schema=False)
    languages: Mapping[str, PageLanguage] = load_languages()
    names = {str(code): [regions.name(code, "zh"), regions.name(code, "en")] for code in regions.codes()}

    @router.get("")
    def page(request: Request) -> Response:
        query = request.query_params.get("lang")
        language = languages[chosen(query, request.headers.get("accept-language"))]
        keep = f"?lang={language.code}" if query is not None else ""
        headers = {**_KEPT, "Content-Language": language.tag, "Vary": "Accept-Language"}
        tiles = plain_tiles(chinese=language.code == "zh")
        page = language.render("q.html", keep=keep, path="/q", issuer=issuer, tiles=tiles)
        return HTMLResponse(page, headers=headers)

    @router.get("/worker.js")
    def worker() -> Response:
        headers = {**_KEPT, "Service-Worker-Allowed": "/q"}
        return FileResponse(PAGES / "static" / "q-worker.js", headers=headers, media_type="text/javascript")

    @router.get("/regions.json")
    def region_names() -> Response:
        return JSONResponse(names, headers=_KEPT)

    return router
