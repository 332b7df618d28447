"""Every admin command, as staff runs it, beside a store full of numbers and regions: none of them is ever printed."""

import asyncio
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.adapters.pack_files import load_packs
from service.audit.entries import Entry
from service.audit.tiles import unbundle
from service.domain.acts import Act
from service.domain.conversation import Conversation, Phase
from service.domain.disputes import DisputeError, Verdict
from service.domain.held_codes import HeldCodes
from service.domain.identity import Msisdn
from service.domain.inclusion import Scope
from service.domain.intents import Dispute, Explain
from service.domain.stay_rule import DWELL_4H
from service.domain.support import Delivery, Filed
from service.entrypoints.cli import app
from service.flows.consenting import Consenting
from service.flows.disclosures import Disclosing
from service.flows.entries import Entries
from service.flows.erase import Erase
from service.flows.mint import Minting
from service.flows.serve_orders import ServeOrders
from service.flows.turns import Turn
from service.settings import Settings
from service.vault.check_holders import HolderVault
from service.vault.consents import ConsentVault
from service.vault.conversations import ConversationVault
from service.vault.disputes import DisputeVault
from service.vault.entry_details import EntryDetails
from service.vault.notices import NoticeOpener
from service.vault.revealer import Revealer
from service.vault.support_desk import CaseFiles, OrderDesk
from service.wiring.keys import create_keys
from service.wiring.operations import PrometheusTally
from service.wiring.storage import storage
from service.wiring.support import administering
from service.wiring.transparency import open_log
from tests.configured import PACKS, configured
from tests.end_to_end.marked import NUMBERS, PLACES, REGIONS, filled, shows_nobody

ITINERARY = str(Path(sys.executable).with_name("itinerary"))
WHY = ("--reason", "seen on site", "--ticket", "NET-12")
ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def config(tmp_path):
    """A configuration of its own, with keys."""
    file = configured(tmp_path / "itinerary.toml")
    asyncio.run(create_keys(Settings.load(file)))
    return file


async def disputed(settings, stored, number, place):
    """A ticket that the subscriber opens about a region of an explanation; its reference."""
    log = await open_log(settings, stored.role_keys)
    tally, holders = PrometheusTally(), HolderVault(stored.keys, secrets.token_bytes)
    entries = Entries(
        stored.keys, log, EntryDetails(stored.details, secrets.token_bytes), secrets.token_bytes
    )
    consents = ConsentVault(stored.consents, secrets.token_bytes)
    disclosing = Disclosing(
        stored.keys,
        entries,
        Consenting(stored.keys, consents, entries, DWELL_4H.name, tally, secrets.token_bytes),
        Revealer(stored.keys, stored.data_space),
        DisputeVault(stored.tickets, secrets.token_bytes),
        DWELL_4H,
        Scope.ALL,
        stored_nothing,
        REGIONS.name,
        Minting(stored.checks, stored.check_keys, holders, REGIONS.name, tally),
        tally,
    )
    pack = load_packs(PACKS)["10086"]
    index, msisdn, now = stored.index(number), Msisdn.parse(number), int(time.time())
    turn = Turn(index, msisdn, pack, "10086", Explain("zh"), b"", now)
    told = await disclosing.reasons(turn, Conversation(days=14, language="zh"))
    assert REGIONS.named_in(told.text)
    turn = Turn(index, msisdn, pack, "10086", Dispute(place, "zh"), b"", now)
    await disclosing.dispute(turn, told.talk, place)
    await log.close()
    return told.talk.drafts[place - 1].reference


async def stored_nothing():
    """Nothing is known of the feed."""
    return


async def itinerary(config, *arguments):
    """A command's exit code, and all that it printed."""
    command = ["admin", *arguments, "--config", str(config)]
    done = await asyncio.to_thread(CliRunner(env={"COLUMNS": "200"}).invoke, app, command)
    return done.exit_code, done.output + done.stderr


async def test_no_admin_command_prints_a_number_or_a_region(config):
    """List, show, propose, approve; as a table, as JSON, dry, refused and wrongly used."""
    settings = Settings.load(config)
    command = [ITINERARY, "admin", "disputes", "list", *WHY, "--config", str(config)]
    async with storage(settings) as stored:
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
        assert await process.wait() == 0
        await filled(stored)
        struck, kept, left = [await disputed(settings, stored, number, 1) for number in NUMBERS[:3]]
        outputs = []

        async def run(wanted, *arguments):
            code, output = await itinerary(config, *arguments)
            assert code == wanted, output
            shows_nobody(output)
            outputs.append(output)
            return output

        assert struck in await run(0, "disputes", "list", *WHY)
        listed = json.loads(await run(0, "disputes", "list", *WHY, "--json"))
        assert {row["reference"] for row in listed} == {struck, kept, left}
        assert set(listed[0]) == {
            *("reference", "opened_at", "certain", "days", "status", "events", "verdict", "decision"),
        }
        await run(0, "disputes", "show", struck, *WHY)
        await run(0, "disputes", "show", struck.lower(), *WHY, "--json")
        await run(1, "disputes", "show", "NOBODYS", *WHY)
        # A dry run changes nothing; a number, a place or no reason is refused; a verdict has to be said.
        await run(0, "dispute", "propose", struck, "--strike", *WHY, "--dry-run")
        assert json.loads(await run(0, "disputes", "show", struck, *WHY, "--json"))["status"] == "open"
        for reason in ("he was in 武汉", "not in Suzhou", "13800138000 is right", "420100", " "):
            code, output = await itinerary(
                config, "dispute", "propose", struck, "--strike", "--reason", reason, "--ticket", "NET-12"
            )
            assert code == 1
            shows_nobody(output)
        await run(1, "dispute", "propose", struck, "--strike", "--reason", "ok", "--ticket", "13800138000")
        await run(2, "dispute", "propose", struck, *WHY)
        await run(2, "dispute", "propose", struck, "--strike", "--reason", "seen on site")
        await run(1, "dispute", "approve", struck, *WHY)
        # One proposes, the same one may not approve.
        await run(0, "dispute", "propose", struck, "--strike", *WHY)
        assert "colleague" in await run(1, "dispute", "approve", struck, *WHY)
        async with administering(settings, stored) as (administer, _):
            with pytest.raises(DisputeError):
                await administer.approve(struck, Act(ME, "agreed", "NET-12"))
            await administer.propose(struck, Verdict.STRIKE, Act("ann", "seen on site", "NET-12"))
            await administer.propose(kept, Verdict.KEEP, Act("ann", "seen on site", "NET-13"))
        await run(0, "dispute", "approve", struck, *WHY, "--dry-run")
        assert json.loads(await run(0, "disputes", "show", struck, *WHY, "--json"))["status"] == "proposed"
        assert "struck" in await run(0, "dispute", "approve", struck, *WHY)
        assert json.loads(await run(0, "dispute", "approve", kept, *WHY, "--json"))["status"] == "kept"
        assert "nothing more" in await run(1, "dispute", "propose", struck, "--keep", *WHY)
        await run(0, "disputes", "list", *WHY)
        await told(settings, stored)


async def told(settings, stored):
    """What was decided is in the log, and both subscribers are told by notices that only the link can read."""
    entries = [kind for kind in staff_kinds(settings) if kind != "void"]
    assert entries.count("staff.propose") == 3
    assert entries.count("staff.approve") == 2
    assert entries.count("correction") == 1
    assert entries.index("staff.approve") < entries.index("correction")
    waiting = await NoticeOpener(stored.notices, stored.keys).waiting(10)
    assert sorted(one.notice.kind.value for one in waiting) == ["kept", "struck"]
    raw = b"".join((await stored.notices.waiting(10)).values())
    assert not [number for number in NUMBERS if number.encode() in raw]


def staff_kinds(settings):
    """The public kinds in the log, in their order, from its public files."""
    folder = settings.log_directory
    size = int((folder / "checkpoint").read_text(encoding="utf-8").splitlines()[1])
    [newest] = folder.glob(f"tile/entries/000.p/{size}")
    return [Entry.parse(entry).kind for entry in unbundle(newest.read_bytes(), size)]


async def test_a_case_is_helped_and_nobody_is_shown(config):
    """Show, resend, withdraw, lift, unlock: as tables, as JSON, dry, refused and wrongly used; carried out by a link."""
    settings = Settings.load(config)
    async with storage(settings) as stored:
        await filled(stored)
        now, number = int(time.time()), NUMBERS[0]
        vault = ConversationVault(
            stored.conversations, stored.role_keys.index_key, stored.keys, secrets.token_bytes
        )
        talk = Conversation(Phase.ASKED, "zh", days=14, case="H4TN8", expires_at=now + 600, sim_code="7391")
        held = HeldCodes().with_code(secrets.token_hex(16), now)[0]
        await vault.commit(await vault.read(stored.index(number)), replace(talk, held=held), [], 600)
        files = CaseFiles(stored.cases, stored.keys, secrets.token_bytes)
        await files.put("H4TN8", Filed(stored.index(number), number, "10086"))
        sent = []
        async with serving(settings, stored, vault, files, sent):
            await helped(config)
        assert [posted.outgoing.recipient for posted in sent] == [number]
    staff = [kind for kind in staff_kinds(settings) if kind != "void"]
    assert staff == [
        "staff.show",
        "staff.show",
        "staff.resend",
        "staff.withdraw",
        "staff.lift",
        "staff.unlock",
    ]


@asynccontextmanager
async def serving(settings, stored, vault, files, sent):
    """The link's part of it."""
    log = await open_log(settings, stored.role_keys)
    tally, holders = PrometheusTally(), HolderVault(stored.keys, secrets.token_bytes)
    entries = Entries(
        stored.keys, log, EntryDetails(stored.details, secrets.token_bytes), secrets.token_bytes
    )
    orders = ServeOrders(
        OrderDesk(stored.orders, stored.cases, stored.keys),
        files,
        vault,
        stored.keys,
        entries,
        Minting(stored.checks, stored.check_keys, holders, REGIONS.name, tally),
        load_packs(PACKS),
        Scope.ALL,
        lambda _: (Delivery(int(time.time()), "accepted", "delivered"),),
        sent.append,
        time.time,
    )

    async def serve():
        while True:
            await orders()
            await asyncio.sleep(0.02)

    task = asyncio.create_task(serve())
    yield
    task.cancel()
    await asyncio.wait({task})
    await entries.drain()
    await log.close()


async def helped(config):
    """Every command of it, none of whose outputs shows anybody."""
    why = WHY

    async def run(wanted, *arguments):
        code, output = await itinerary(config, "case", *arguments)
        assert code == wanted, output
        shows_nobody(output)
        assert "123X" not in output
        assert "7391" not in output
        return output

    assert "delivered" in await run(0, "show", "h4tn8", *why)
    shown = json.loads(await run(0, "show", "H4TN8", *why, "--json"))
    assert (shown["phase"], shown["live_codes"], shown["texts"][0]["fate"]) == ("asked", 1, "accepted")
    assert not {"index", "msisdn", "sim_code"} & set(shown)
    assert "would be done" in await run(0, "resend", "H4TN8", *why, "--dry-run")
    assert json.loads(await run(0, "resend", "H4TN8", *why, "--json"))["done"] == "done"
    assert json.loads(await run(0, "withdraw", "H4TN8", *why, "--json"))["live_codes"] == 0
    await run(1, "withdraw", "H4TN8", *why)
    await run(0, "lift", "H4TN8", *why)
    await run(0, "unlock", "H4TN8", *why)
    await run(2, "lift", "H4TN8", "--reason", "ok")
    await run(1, "lift", "H4TN8", "--reason", "he is in Wuhan", "--ticket", "NET-12")
    await run(1, "lift", "H4TN8", "--reason", "ok", "--ticket", "13800138000")
    for reference in ("ZZZZZ", "13900139000"):
        assert "no case" in await run(1, "show", reference, *why)


async def test_a_restored_store_is_held_against_the_erasures_since(config, tmp_path):
    """Yesterday's directories are put back: the erased number opens nowhere, the others do; the command says how many."""
    settings, number = Settings.load(config), NUMBERS[0]
    async with storage(settings) as stored:
        await filled(stored)
        index = stored.index(number)
    shutil.copytree(tmp_path / "store", tmp_path / "copy", ignore=shutil.ignore_patterns("*.sock", "*.pid"))
    async with storage(settings) as stored:
        log = await open_log(settings, stored.role_keys)
        details = EntryDetails(stored.details, secrets.token_bytes)
        entries = Entries(stored.keys, log, details, secrets.token_bytes)
        position = await Erase(entries, stored.keys, stored.tombstones, stored.erasures)(
            index, int(time.time())
        )
        await log.close()
    restore = ("restore", "--reason", "disk failed", "--ticket", "NET-12")
    assert (await itinerary(config, "restore"))[0] == 2
    for wanted, arguments in (
        ('"erasures": 1', (*restore, "--json")),
        ("1 erasures would be", (*restore, "--dry-run")),
        ("1 erasures held", restore),
    ):
        if "--json" in arguments:
            shutil.rmtree(tmp_path / "store")
            (tmp_path / "copy").rename(tmp_path / "store")
        code, output = await itinerary(config, *arguments)
        assert code == 0, output
        assert wanted in output
        shows_nobody(output)
    async with storage(settings) as stored:
        assert await stored.data_space.read([index]) == [None]
        lives = await stored.keys.activations([stored.index(one) for one in NUMBERS])
        assert [life is None for life in lives] == [True] + [False] * 11
    assert staff_kinds(settings)[position:] == ["erase", "restore", "restore"]


def test_signing_keys_are_shown_and_rotated_by_hand(config):
    """Made and logged by whoever rotates first; refused while one is announced; at once for a stolen one."""
    keys = ["admin", "keys"]
    assert json.loads(CliRunner().invoke(app, [*keys, "--json", "--config", str(config)]).stdout) == []
    rotate = [*keys, "rotate", *WHY, "--config", str(config)]
    made = CliRunner().invoke(app, [*rotate, "--json", "--at-once"])
    assert [one["state"] for one in json.loads(made.stdout)] == ["active", "active"]
    assert json.loads(CliRunner().invoke(app, [*rotate, "--json"]).stdout)[0]["state"] == "announced"
    refused = CliRunner().invoke(app, [*rotate, "--use", "receipt"])
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert "announced already" in refused.stderr
    shown = CliRunner().invoke(app, [*keys, "--config", str(config)], env={"COLUMNS": "200"})
    assert "announced" in shown.stdout
    assert "active" in shown.stdout
    rows = json.loads(CliRunner().invoke(app, [*keys, "--json", "--config", str(config)]).stdout)
    assert {(one["set"], one["state"]) for one in rows} == {
        (use, state) for use in ("card", "receipt") for state in ("active", "announced")
    }
    assert sorted(one["log_index"] for one in rows) == sorted({one["log_index"] for one in rows})


def test_epochs_are_shown_rotated_and_swept(config):
    """A day early by hand, once; a pass by hand; nothing is told of anybody."""
    settings = Settings.load(config)

    async def fill():
        async with storage(settings) as stored:
            await filled(stored)

    asyncio.run(fill())
    epochs = ["admin", "epochs"]
    where = ["--config", str(config)]
    [first] = json.loads(CliRunner().invoke(app, [*epochs, "--json", *where]).stdout)
    assert (first["state"], first["empty"]) == ("current", False)
    early = CliRunner().invoke(app, [*epochs, "rotate", *WHY, "--ahead", "--json", *where])
    assert json.loads(early.stdout) == {"current": first["number"] + 1, "dry_run": False}
    again = CliRunner().invoke(app, [*epochs, "rotate", *WHY, "--ahead", *where])
    assert (again.exit_code, "has begun already" in again.stderr) == (1, True)
    swept = json.loads(CliRunner().invoke(app, [*epochs, "sweep", *WHY, "--json", *where]).stdout)
    assert (swept["seen"], swept["moved"], swept["done"]) == (24, 24, True)
    shown = CliRunner().invoke(app, [*epochs, *where], env={"COLUMNS": "200"})
    assert "tail" in shown.stdout
    assert "current" in shown.stdout
    assert not [mark for mark in (*NUMBERS, *map(str, PLACES)) if mark in shown.stdout + early.stdout]
