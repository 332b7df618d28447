"""The log's public files over HTTP, as C2SP tlog-tiles names them.

Rule 1: a path is served only if it is `checkpoint` or reads back as a tile's name: there is no other way into the directory.
Rule 2: it signs and checks nothing; what is not there yet is 404. A proof is put together of what anybody can fetch.
"""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from service.audit.note import NOTE_BYTES_MAX
from service.audit.tiles import TileError, TileName
from service.auditor.proving import ProvingError, proved
from service.ports.published import Published, PublishedError

__all__ = ["log_pages"]

_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_NOW = {"Cache-Control": "no-cache"}
_PLAIN = {"text/plain": {"schema": {"type": "string"}}}
_OCTETS = {"description": "The file", "content": {"application/octet-stream": {}}}
_ABSENT: dict[int | str, dict[str, Any]] = {
    404: {"description": "Not there, or not yet", "content": {**_PLAIN, "application/json": {}}},
    503: {"description": "The log cannot be read just now", "content": _PLAIN},
}


def log_pages(source: Published) -> APIRouter:
    """GET /log/checkpoint, the tiles below /log/tile/, and a proof file (C2SP tlog-proof) for each entry."""
    router = APIRouter(prefix="/log")

    def answer(path: str, limit: int, kind: str, headers: dict[str, str]) -> Response:
        try:
            content = source.fetch(path, limit)
        except PublishedError:
            return Response("the log cannot be read just now\n", 503, media_type="text/plain")
        if content is None:
            return Response("not there, or not yet\n", 404, media_type="text/plain")
        return Response(content, media_type=kind, headers=headers)

    @router.get("/checkpoint", response_class=PlainTextResponse, responses=_ABSENT)
    def checkpoint() -> Response:
        return answer("checkpoint", NOTE_BYTES_MAX, "text/plain; charset=utf-8", _NOW)

    @router.get("/proof/{index}", response_class=Response, responses={200: _OCTETS, **_ABSENT})
    def proof(index: int) -> Response:
        try:
            _, made = proved(source, index)
        except ProvingError:
            return Response("no such entry, or not yet\n", 404, media_type="text/plain")
        except PublishedError:
            return Response("the log cannot be read just now\n", 503, media_type="text/plain")
        name = f'attachment; filename="entry-{index}.tlog-proof"'
        return Response(
            made.encode(),
            media_type="application/octet-stream",
            headers={**_NOW, "Content-Disposition": name},
        )

    @router.get("/tile/{rest:path}", response_class=Response, responses={200: _OCTETS, **_ABSENT})
    def tile(rest: str) -> Response:
        try:
            name = TileName.parse(f"tile/{rest}")
        except TileError:
            return Response("no tile's name\n", 404, media_type="text/plain")
        return answer(name.path, name.size_limit, "application/octet-stream", _FOR_EVER)

    return router
