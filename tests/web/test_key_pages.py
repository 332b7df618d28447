"""The published keys and the revocation list, and the reader's files, as a program fetches them."""

import base64
import json
import re

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from service.domain.cards import revocation_mark
from service.ports.keys import KeysError
from service.ports.store import StoreError
from service.vault.signing_keys import DeviceSigning
from tests.web.conftest import HOLDER
from tests.web.test_verify import ZH


async def listed(client):
    """The list, verified under the published keys."""
    keys = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    answer = await client.get("/.well-known/revoked")
    assert answer.headers["content-type"] == "application/jwt"
    found = jwt.decode(answer.text, keys, algorithms=["Ed25519"])
    assert found.header["typ"] == "trip-revoked+jwt"
    return found.claims


async def test_a_withdrawn_code_is_in_the_list_until_it_would_have_expired(client, code, world):
    """By a hash; the list is of now and lives fifteen minutes; what expired by itself is not named."""
    before = await listed(client)
    assert (before["revoked"], before["exp"] - before["iat"]) == ([], 900)
    [place] = world.checks.rows
    world.clock.now += 60
    await world.text(HOLDER, "TH")
    after = await listed(client)
    assert after["iat"] == int(world.clock.now)
    assert after["revoked"] == [base64.urlsafe_b64encode(revocation_mark(place)).rstrip(b"=").decode()]
    assert base64.urlsafe_b64encode(place).rstrip(b"=").decode() not in json.dumps(after)
    assert code not in json.dumps(after)
    world.clock.now += 90_000
    assert (await listed(client))["revoked"] == []


async def test_what_cannot_be_read_is_never_an_empty_list(client, world, monkeypatch):
    """A failing store is 503."""

    async def gone():
        raise StoreError("gone")

    monkeypatch.setattr(world.checks, "withdrawn", gone)
    answer = await client.get("/.well-known/revoked")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize("path", ["/q", "/q?lang=en", "/q/worker.js", "/q/regions.json"])
async def test_the_reader_runs_nothing_from_elsewhere(client, path):
    """The policy of the other pages; no cookie; the worker may keep the page and nothing else."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    allowed = "/q" if path.endswith("worker.js") else None
    assert answer.headers.get("service-worker-allowed") == allowed


async def test_the_reader_knows_every_region_by_both_names(client):
    """By the codes that a card has."""
    names = (await client.get("/q/regions.json")).json()
    assert names["420100"] == ["湖北武汉", "Wuhan (Hubei)"]
    assert names["440"] == ["日本", "Japan"]
    assert "420000" not in names
    assert len(names) > 500


@pytest.mark.parametrize("way", ["page", "interface"])
async def test_a_receipt_tells_of_a_check_and_of_nobodys_regions(client, code, world, way):
    """By a key of its own set: who, when, the entry's place; the answer only as a hash that the keys role can make again."""
    if way == "page":
        asked = {"code": code, "phone_last_four": "8000", "verifier": "东门 Gate"}
        page = await client.post("/verify", data=asked, headers=ZH)
        assert "“东门 Gate” (自称,未登记)" in page.text
        encoded = re.search(r"data:application/jwt;base64,([A-Za-z0-9+/=]+)", page.text)[1]
        receipt = base64.b64decode(encoded).decode()
    else:
        asked = {"code": code, "phone_last_four": "8000", "verifier": "东门 Gate"}
        receipt = (await client.post("/api/verify", json=asked)).json()["receipt"]
    published = (await client.get("/.well-known/jwks.json")).json()
    found = jwt.decode(receipt, KeySet.import_key_set(published), algorithms=["Ed25519"])
    assert found.header["typ"] == "trip-receipt+jwt"
    signs = {one["kid"]: one["signs"] for one in published["keys"]}
    assert signs[found.header["kid"]] == "receipt"
    place = len(world.log.entries) - 1
    assert json.loads(world.log.entries[place])["k"] == "check"
    assert {**found.claims, "answer": ""} == {
        "iss": "service",
        "iat": int(world.clock.now),
        "verifier": "东门 Gate",
        "registered": False,
        "question": "show",
        "log_index": place,
        "answer": "",
    }
    again = await client.post("/api/verify", json={"code": code, "phone_last_four": "8000"})
    second = jwt.decode(again.json()["receipt"], KeySet.import_key_set(published), algorithms=["Ed25519"])
    assert second.claims["answer"] != found.claims["answer"]
    assert second.claims["verifier"] == ""


async def test_what_a_checker_gets_of_two_codes_has_nothing_in_common_but_what_they_say(client, code, world):
    """Answers, receipts and the log's lines of two codes of one number: beside the content no value is the same."""
    for text in ("CXMYD", "1234"):
        world.clock.now += 61
        await world.text(HOLDER, text)
    second = re.search(r"核验码(\S{11})\(", world.inbox(HOLDER)[-1].text)[1]
    published = KeySet.import_key_set((await client.get("/.well-known/jwks.json")).json())
    told = []
    for one in (code, second):
        world.clock.now += 61
        answer = (await client.post("/api/verify", json={"code": one, "phone_last_four": "8000"})).json()
        claims = jwt.decode(answer.pop("receipt"), published, algorithms=["Ed25519"]).claims
        entry = json.loads(world.log.entries[claims["log_index"]])
        told.append({**answer, **{f"receipt.{name}": said for name, said in claims.items()}, **entry})
    same = {name for name in told[0] if told[0][name] == told[1][name]}
    said = {
        "genuine",
        "masked",
        "first_day",
        "last_day",
        "rule",
        "regions",
        "possible",
        "coverage",
        "checked",
    }
    of_all = {"v", "k", "t", "receipt.iss", "receipt.verifier", "receipt.registered", "receipt.question"}
    assert same <= said | of_all, same


async def test_a_receipts_name_is_a_name(client, code):
    """No number to call and no sign; said beside the field, and nothing is checked."""
    asked = {"code": code, "phone_last_four": "8000", "verifier": "call 13800138000"}
    page = await client.post("/verify", data=asked, headers=ZH)
    assert (page.status_code, "不含数字和符号" in page.text) == (422, True)
    assert "结果属实" not in page.text
    assert (await client.post("/api/verify", json=asked)).status_code == 422


async def test_without_a_signing_key_a_check_stands(client, code, monkeypatch):
    """The reply is confirmed; there is no receipt."""

    async def none(_kind, _claims):
        raise KeysError("none")

    monkeypatch.setattr(DeviceSigning, "sign", lambda _self, kind, claims: none(kind, claims))
    answer = (await client.post("/api/verify", json={"code": code, "phone_last_four": "8000"})).json()
    assert (answer["genuine"], answer["receipt"]) == (True, None)
    assert (
        "下载签名回执"
        not in (await client.post("/verify", data={"code": code, "phone_last_four": "8000"})).text
    )
