"""The signing keys and the revocation list over HTTP, for whoever verifies a card or a receipt.

Rule 1: this file alone knows their paths and headers.
Rule 2: it signs nothing itself; what cannot be read just now is 503, and never an empty list.
"""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from service.flows.card_tokens import CardTokens
from service.ports.keys import KeysError
from service.ports.store import StoreError

__all__ = ["key_pages"]

_PUBLIC = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",  # public: anybody may write a verifier of their own
}
_RETRY = {**_PUBLIC, "Retry-After": "30"}


def key_pages(tokens: CardTokens) -> APIRouter:
    """GET /.well-known/jwks.json: the keys with their times (RFC 7517); /.well-known/revoked: a token of 15 minutes."""
    router = APIRouter(prefix="/.well-known", include_in_schema=False)

    @router.get("/jwks.json")
    async def jwks() -> Response:
        try:
            keys = await tokens.signing.published()
        except KeysError:
            return Response("the keys cannot be read just now\n", 503, _RETRY, "text/plain")
        return JSONResponse(keys, headers=_PUBLIC, media_type="application/jwk-set+json")

    @router.get("/revoked")
    async def revoked() -> Response:
        try:
            listed = await tokens.revoked()
        except (KeysError, StoreError):
            return Response("the list cannot be signed just now\n", 503, _RETRY, "text/plain")
        return Response(listed, headers=_PUBLIC, media_type="application/jwt")

    return router
