"""Our tokens before two judges that others wrote: jose under node, joserfc in Python."""

import json
import random
import subprocess

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet, OKPKey

from service.adapters.memory_log import MemoryLog
from service.adapters.prometheus_tally import PrometheusTally
from service.adapters.signing_file import SigningFile
from service.flows.tend_keys import TendKeys
from service.sealing.signing import TokenType
from service.vault.signing_keys import DeviceSigning

NOW = 1_795_400_000
CLAIMS = {
    "iss": "service",
    "iat": NOW,
    "exp": NOW + 86_400,
    "jti": "j",
    "possible": [],
    "masked": "138****8000",
}


@pytest.fixture
async def signing(tmp_path):
    """Keys of both sets."""
    device = SigningFile(tmp_path / "signing.json", random.Random(5).randbytes)
    signing = DeviceSigning(device, lambda: NOW)
    await TendKeys(signing, MemoryLog(bytes(32)), PrometheusTally(), lambda: NOW)()
    return signing


def altered(token):
    """The same token but for one bit of its claims."""
    header, claims, signature = token.split(".")
    return ".".join([header, claims[:-2] + ("A" if claims[-2] != "A" else "B") + claims[-1], signature])


def judged(command, asked):
    """What jose says of each."""
    lines = "\n".join(map(json.dumps, asked))
    done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=30, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_jose_takes_what_is_ours_and_nothing_else(signing, node):
    """Under the published set: each type verifies; altered, of another type, or out of time it does not."""
    keys = await signing.published()
    terms = {"typ": "trip+jwt", "issuer": "service", "algorithms": ["Ed25519"]}
    card, receipt = [await signing.sign(kind, CLAIMS) for kind in (TokenType.CARD, TokenType.RECEIPT)]
    asked = [
        [card, keys, None],
        [receipt, keys, None],
        [altered(card), keys, None],
        [receipt, keys, terms],
        [card, {"keys": keys["keys"][1:]}, None],
    ]
    found = judged(node("tokens.mjs", "jose"), asked)
    assert [one.get("claims") for one in found[:2]] == [CLAIMS, CLAIMS]
    assert found[0]["header"] == {"alg": "Ed25519", "kid": keys["keys"][0]["kid"], "typ": "trip+jwt"}
    assert [one["error"] for one in found[2:]] == [
        "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
        "ERR_JWT_CLAIM_VALIDATION_FAILED",
        "ERR_JWKS_NO_MATCHING_KEY",
    ]


async def test_joserfc_agrees(signing):
    """The same in Python, by the key's name; its thumbprint gives the name."""
    published = (await signing.published())["keys"]
    keys = KeySet.import_key_set({"keys": published})
    token = await signing.sign(TokenType.CARD, CLAIMS)
    assert jwt.decode(token, keys, algorithms=["Ed25519"]).claims == CLAIMS
    with pytest.raises(BadSignatureError):
        jwt.decode(altered(token), keys, algorithms=["Ed25519"])
    for one in published:
        assert OKPKey.import_key(one).thumbprint()[:8] == one["kid"]
