"""The reader of signed cards in a real browser: what it takes, what it refuses, and that both ways to verify agree."""

import asyncio
import base64
import json
import random
import threading
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Response
from fastapi.staticfiles import StaticFiles

from service.adapters.region_tables import load_regions
from service.domain.cards import card_claims, card_id, revocation_claims, revocation_mark
from service.domain.itinerary import Certainty
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Visit
from service.entrypoints.card_reader import card_reader
from service.entrypoints.languages import PAGES
from service.entrypoints.web import WebServer
from service.sealing.signing import Draft, KeyUse, SigningKey, TokenType, jwks, token, token_input
from tests.end_to_end.browser import Opener
from tests.peers.vectors import RFC_8037_SEED, ed25519_vectors

pytestmark = pytest.mark.peer
NOW, DAY = 1_795_400_000, 86_400
ISSUER, PLACE = "service", bytes(range(16))
READ = """async ([card, keys, list, now]) => {
    const { readCard, readList } = await import("/pages/card-token.js");
    return readCard(card, keys, list && (await readList(list, keys, "service")), "service", now);
}"""


class Signer:
    """A key pair of ours, as the keys role has it."""

    def __init__(self, use=KeyUse.CARD, seed=b"\x07" * 32, begin=NOW - DAY):
        """Active for a week from `begin` on."""
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self.private.public_key().public_bytes_raw()
        life = Draft(use, 1, begin, begin, begin + 7 * DAY, begin + 8 * DAY)
        self.key = SigningKey(life, public, 0)

    def signed(self, header, claims):
        """A token with exactly this header and these claims."""
        parts = [encoded(json.dumps(part).encode()) for part in (header, claims)]
        message = ".".join(parts).encode()
        return token(message, self.private.sign(message))

    def token(self, kind, claims):
        """A token as the service makes it."""
        message = token_input(kind, self.key.kid, claims)
        return token(message, self.private.sign(message))


def encoded(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(made=NOW - 60, **changed):
    """A card's claims."""
    visits = (Visit(420100, Certainty.CERTAIN), Visit(320500, Certainty.POSSIBLE))
    said = Statement("138****8000", Answer("dwell-4h/1", 20_766, 20_780, 14, visits, ()), 0, 0, made)
    return {**card_claims(said, PLACE, ISSUER), **changed}


@pytest.fixture(scope="module")
def page(chromium):
    """A page under the reader's policy, for its modules; a server of its own, as nothing else of the service is needed."""
    app = FastAPI()
    app.mount("/pages", StaticFiles(directory=PAGES / "static"))
    app.include_router(card_reader(ISSUER, load_regions()))
    app.add_api_route("/favicon.ico", lambda: Response(status_code=204))
    server = WebServer(app, "127.0.0.1", 0)
    serving = threading.Thread(target=lambda: asyncio.run(server.run_until_stopped()))
    serving.start()
    service = f"http://{server.host}:{server.port}"
    opener = Opener(chromium, service)
    yield opener(service + "/q/regions.json")
    faults = opener.close()
    server.should_exit = True
    serving.join()
    assert faults == []


OURS = Signer()
KEYS: Any = jwks([OURS.key], NOW)["keys"]
RECEIPTS = Signer(KeyUse.RECEIPT, b"\x08" * 32)
OLD = Signer(begin=NOW - 7 * DAY - 10, seed=b"\x09" * 32)
HEADER = {"alg": "Ed25519", "kid": OURS.key.kid, "typ": "trip+jwt"}


def read(page, card, keys=KEYS, listed=None, now=NOW):
    """The reader's verdict."""
    return page.evaluate(READ, [card, keys, listed, now])


def test_a_card_of_ours_is_read(page):
    """Whole, with its claims; the list does not name it."""
    listed = OURS.token(TokenType.REVOKED, revocation_claims([bytes(16)], ISSUER, NOW))
    found = read(page, OURS.token(TokenType.CARD, claims()), listed=listed)
    assert found == {"fault": None, "claims": claims()}


def bent(place):
    """A card with one symbol of a part changed."""
    parts = OURS.token(TokenType.CARD, claims()).split(".")
    middle = len(parts[place]) // 2
    other = "A" if parts[place][middle] != "A" else "B"
    parts[place] = parts[place][:middle] + other + parts[place][middle + 1 :]
    return ".".join(parts)


GOOD = OURS.token(TokenType.CARD, claims())
REFUSED = {
    "nothing": ("", "form"),
    "two parts": ("a.b", "form"),
    "no base64url": (GOOD.replace(".", "=.", 1), "form"),
    "idle bits": (GOOD[:-1] + chr(ord(GOOD[-1]) + 1), "form"),
    "endless": (GOOD + "A" * 5000, "form"),
    "claims altered": (bent(1), "signature"),
    "signature altered": (bent(2), "signature"),
    "alg none": (OURS.signed({**HEADER, "alg": "none"}, claims()), "type"),
    "alg EdDSA": (OURS.signed({**HEADER, "alg": "EdDSA"}, claims()), "type"),
    "alg HS256": (OURS.signed({**HEADER, "alg": "HS256"}, claims()), "type"),
    "typ of a list": (OURS.token(TokenType.REVOKED, claims()), "type"),
    "typ of a receipt": (OURS.token(TokenType.RECEIPT, claims()), "type"),
    "no typ": (OURS.signed({"alg": "Ed25519", "kid": OURS.key.kid}, claims()), "type"),
    "crit": (OURS.signed({**HEADER, "crit": ["exp"]}, claims()), "type"),
    "a key inside": (OURS.signed({**HEADER, "jwk": KEYS[0]}, claims()), "type"),
    "an address of keys": (OURS.signed({**HEADER, "jku": "https://example.org"}, claims()), "type"),
    "unknown kid": (Signer(seed=b"\x01" * 32).token(TokenType.CARD, claims()), "key"),
    "kid of another": (Signer(seed=b"\x01" * 32).signed(HEADER, claims()), "signature"),
    "a receipt's key": (RECEIPTS.token(TokenType.CARD, claims()), "key"),
    "another service": (OURS.token(TokenType.CARD, claims(iss="other")), "issuer"),
    "two days": (OURS.token(TokenType.CARD, claims(exp=NOW + 2 * DAY)), "claims"),
    "no jti": (OURS.token(TokenType.CARD, claims(jti="")), "claims"),
    "regions of text": (OURS.token(TokenType.CARD, claims(regions=["<b>"])), "claims"),
    "a masked script": (OURS.token(TokenType.CARD, claims(masked="<script>")), "claims"),
    "from before the key": (OURS.token(TokenType.CARD, claims(NOW - DAY - 1)), "times"),
    "from after the key": (OLD.token(TokenType.CARD, claims(NOW - 5)), "times"),
    "early": (OURS.token(TokenType.CARD, claims(NOW + 600)), "early"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(page, name):
    """Each for its own reason, and nothing that it claims comes back."""
    card, fault = REFUSED[name]
    keys = jwks([OURS.key, RECEIPTS.key, replace(OLD.key, life=replace(OLD.key.life, serial=2))], NOW)["keys"]
    assert read(page, card, keys) == {"fault": fault}


def test_expired_and_withdrawn(page):
    """To the second; a withdrawn one by its mark in a list that is itself signed, and by no other list."""
    card = OURS.token(TokenType.CARD, claims(NOW - 100))
    assert read(page, card, now=NOW - 101 + DAY)["fault"] is None
    assert read(page, card, now=NOW - 100 + DAY) == {"fault": "expired"}
    listed = revocation_claims([bytes(16), revocation_mark(PLACE)], ISSUER, NOW)
    assert read(page, card, listed=OURS.token(TokenType.REVOKED, listed)) == {"fault": "withdrawn"}
    for forged in (
        Signer(seed=b"\x01" * 32).token(TokenType.REVOKED, listed),
        OURS.token(TokenType.CARD, listed),
        OURS.token(TokenType.REVOKED, {**listed, "iss": "other"}),
    ):
        assert read(page, card, listed=forged)["fault"] is None
    assert card_id(PLACE) not in json.dumps(listed)


def test_both_ways_to_verify_agree(page):
    """RFC 8037's key, RFC 8032's vectors, and three hundred signatures with and without a flipped bit: browser and noble."""
    vectors = ed25519_vectors()
    chance = random.Random(4)
    for number in range(300):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32) if number else RFC_8037_SEED)
        message = chance.randbytes(chance.randrange(200))
        signature = bytearray(private.sign(message))
        good = number % 2 == 0
        if not good:
            signature[chance.randrange(64)] ^= 1 << chance.randrange(8)
        vectors.append((private.public_key().public_bytes_raw(), message, bytes(signature), good))
    found = page.evaluate(
        """async (vectors) => {
            const { isSigned, isSignedByOurselves } = await import("/pages/ed25519.js");
            const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (one) => parseInt(one, 16));
            return Promise.all(vectors.map(async ([key, message, signature]) => {
                const asked = [bytes(message), bytes(signature), bytes(key)];
                return [await isSigned(...asked), await isSignedByOurselves(...asked)];
            }));
        }""",
        [[part.hex() for part in vector[:3]] for vector in vectors],
    )
    assert found == [[good, good] for *_, good in vectors]


def test_the_fallback_is_the_published_one(npm):
    """Byte for byte what npm has under the pinned version; its licence stands in NOTICE."""
    folder = npm("@noble/ed25519")
    ours = (PAGES / "static" / "noble-ed25519.js").read_bytes()
    assert sha256(ours).digest() == sha256((folder / "index.js").read_bytes()).digest()
