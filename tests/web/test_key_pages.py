"""The published keys and the revocation list, and the reader's files, as a program fetches them."""

import json

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from service.domain.cards import revocation_mark
from service.ports.store import StoreError
from tests.web.conftest import HOLDER


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
    assert len(after["revoked"]) == 1
    assert revocation_mark(place).hex() not in json.dumps(after)
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
