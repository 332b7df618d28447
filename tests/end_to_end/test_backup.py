"""`itinerary admin backup verify` with real files: a server's folder, a snapshot, what is no backup, what is damaged."""

import asyncio
import json
import shutil

import pytest
from redis import Redis
from typer.testing import CliRunner

from service.adapters.embedded_valkey import EmbeddedValkey
from service.adapters.socket_place import socket_place
from service.entrypoints.cli import app
from tests.configured import configured

NOW = 1_750_003_200


def called(folder, *command):
    """Exit code and what was said."""
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*command, f"--config={folder / 'itinerary.toml'}"])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A store of thirty people with a stay each, at rest."""
    folder = tmp_path_factory.mktemp("backup")
    people = [f"86138001380{place:02}" for place in range(30)]
    lines = [f"{one},resident_id,1234,2024-01-01" for one in people]
    events = [f"{one},{NOW + hour * 3600},w1" for hour in range(6) for one in people]
    configured(folder / "itinerary.toml", store={"directory": "s"}, ingest={"cells": "cells.csv"})
    (folder / "cells.csv").write_text("cell,region\nw1,420100\n")
    head = "msisdn,document_type,document_last_four,activated_on"
    (folder / "subscribers.csv").write_text("\n".join([head, *lines, ""]))
    (folder / "events.csv").write_text("\n".join(["msisdn,time,cell", *events, ""]))
    for command in (
        ["init"],
        ["enrol", str(folder / "subscribers.csv")],
        ["ingest", str(folder / "events.csv")],
    ):
        code, _, said = called(folder, *command)
        assert code == 0, said
    return folder


async def snapshot(store, target):
    """A dump of one server, as BGSAVE makes it."""
    server = EmbeddedValkey(store)
    await server.start()
    with Redis(unix_socket_path=str(socket_place(store / "valkey.sock"))) as client:
        client.save()
    await server.stop()
    shutil.move(store / "dump.rdb", target)


@pytest.fixture(scope="module")
def snapshots(kept):
    """A dump of each space."""
    for space in ("keys", "data"):
        asyncio.run(snapshot(kept / "s" / space, kept / f"{space}.rdb"))
    return {space: kept / f"{space}.rdb" for space in ("keys", "data")}


def verified(folder, keys, data, *more):
    """What the command says."""
    words = ("--reason", "nightly", "--ticket", "OPS-1")
    return called(
        folder, "admin", "backup", "verify", "--keys", str(keys), "--data", str(data), *words, *more
    )


def test_a_servers_folder_and_a_snapshot_are_verified_and_left_as_they_were(kept, snapshots):
    """Counts, nobody's number; the epoch that it needs; and what was found is remembered for the keeper of epochs."""
    places = {}
    for space in ("keys", "data"):
        places[space] = kept / f"backup-{space}"
        shutil.copytree(kept / "s" / space / "appendonlydir", places[space] / "appendonlydir")
    before = {path: path.read_bytes() for path in kept.glob("backup-*/**/*") if path.is_file()}
    code, out, said = verified(kept, places["keys"], places["data"], "--dry-run")
    assert (code, "would count as verified" in out) == (0, True), said
    assert not (kept / "verified-backup.json").exists()
    code, out, said = verified(kept, places["keys"], places["data"], "--json")
    assert code == 0, said
    counts = json.loads(out)
    assert (counts["keys"], counts["data"], counts["orphans"], counts["unreadable"]) == (30, 30, 0, 0)
    assert {path: path.read_bytes() for path in kept.glob("backup-*/**/*") if path.is_file()} == before
    assert json.loads((kept / "verified-backup.json").read_text())["counts"]["oldest"] == counts["oldest"]
    code, out, said = verified(kept, snapshots["keys"], snapshots["data"])
    assert code == 0, said
    assert "30 key records, 30 itineraries" in out
    assert "8613800" not in out + said


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda data: data[: len(data) // 2], "no server reads this"),
        (lambda _: b"no backup", "no server reads this"),
    ],
)
def test_what_is_no_whole_backup_is_refused_in_one_line(kept, snapshots, tmp_path, harm, why):
    """Exit 1, and nothing is remembered."""
    (kept / "verified-backup.json").unlink(missing_ok=True)
    (tmp_path / "data.rdb").write_bytes(harm(snapshots["data"].read_bytes()))
    code, _, said = verified(kept, snapshots["keys"], tmp_path / "data.rdb")
    assert code == 1
    assert why in said
    assert len(said.strip().splitlines()) == 1
    assert not (kept / "verified-backup.json").exists()


def test_keys_and_data_the_wrong_way_round_are_no_backup(kept, snapshots):
    """It is not whole: nothing of either kind is where it should be."""
    code, _, said = verified(kept, snapshots["data"], snapshots["keys"])
    assert code == 1
    assert "not whole" in said
