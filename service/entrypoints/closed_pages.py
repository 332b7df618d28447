"""Every page and interface of a service that has closed for good: that it has, and how to see that nothing is left.

Rule 1: this file alone knows what their paths answer then: 410 Gone, the same whatever is asked.
Rule 2: it reads no field of any request; the log and its figures are served by their own pages, as ever.
"""

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from service.domain.sunset_texts import closing_day
from service.entrypoints.languages import PAGES, chosen, load_languages
from service.entrypoints.verify_page import HEADERS
from service.wiring.closing import Closing

__all__ = ["add_certificate", "add_closed"]

_PAGES = ("/", "/verify", "/again", "/card", "/q")
_PUBLIC = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
}
_GOING_AWAY = 1001


def add_certificate(app: FastAPI, closing: Closing) -> None:
    """GET /.well-known/sunset, and beside the log for who audits it from its URL."""

    @app.get("/.well-known/sunset", include_in_schema=False)
    @app.get("/log/sunset/certificate", include_in_schema=False)
    def certificate() -> Response:
        content = closing.certificate
        if content is None:
            return Response("there is none\n", 404, media_type="text/plain")
        name = 'attachment; filename="sunset.tlog-proof"'
        return Response(
            content,
            headers={**_PUBLIC, "Content-Disposition": name},
            media_type="application/octet-stream",
        )


def add_closed(app: FastAPI, closing: Closing, on: int) -> None:
    """What is left of the pages."""
    languages = load_languages()
    app.mount("/pages", StaticFiles(directory=PAGES / "static"), name="pages")
    said = {"closed": closing_day(on), "certificate": "/.well-known/sunset", "log": "/log/checkpoint"}

    async def gone(request: Request) -> Response:
        query = request.query_params.get("lang")
        language = languages[chosen(query, request.headers.get("accept-language"))]
        page = language.render(
            "closed.html",
            keep=f"?lang={language.code}" if query is not None else "",
            path=request.url.path,
            day=closing_day(on),
            certified=closing.certificate is not None,
        )
        return HTMLResponse(
            page, 410, {**HEADERS, "Content-Language": language.tag, "Vary": "Accept-Language"}
        )

    for path in _PAGES:
        app.add_api_route(path, gone, methods=["GET", "POST"], include_in_schema=False)

    @app.post("/api/verify", include_in_schema=False)
    @app.post("/api/again", include_in_schema=False)
    @app.post("/api/card", include_in_schema=False)
    async def api() -> Response:
        return JSONResponse(said, 410, headers=HEADERS)

    @app.websocket("/api/challenge")
    async def challenge(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json({"state": "closed", **said})
        await socket.close(_GOING_AWAY)

    @app.get("/.well-known/jwks.json", include_in_schema=False)
    def jwks() -> Response:
        content = closing.jwks
        if content is None:
            return Response("not yet\n", 503, {**_PUBLIC, "Retry-After": "600"}, "text/plain")
        return Response(content, headers=_PUBLIC, media_type="application/jwk-set+json")

    @app.get("/.well-known/revoked", include_in_schema=False)
    def revoked() -> Response:
        return JSONResponse(said, 410, headers=_PUBLIC)
