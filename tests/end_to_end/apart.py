"""The service as production runs it: keys, log, link and web as processes of their own, each with its own key file.

this process        two Valkey servers; web's and the desk's users of the data space are those of config/ops/store
sms-gateway-sim     the centre and its handsets
itinerary serve     --role keys | log | link | web | desk
"""

import asyncio
import json
import os
import pwd
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis

from service.adapters.embedded_valkey import EmbeddedValkey
from service.settings import Settings
from service.wiring.files import enrol_file, ingest_files
from service.wiring.keys import create_keys, split_keys

ROOT = Path(__file__).parents[2]
ITINERARY, SIMULATOR = (
    str(Path(sys.executable).with_name(name)) for name in ("itinerary", "sms-gateway-sim")
)
ME = pwd.getpwuid(os.getuid()).pw_name
PEOPLE = [{"msisdn": f"861390000000{place}", "document_last_four": "123X"} for place in range(4)]
ROLES = ("keys", "log", "link", "web", "desk")
_PATIENCE = 60.0


class Apart:
    """All of it, in a folder with a short name."""

    def __init__(self, folder, port):
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.running = {}
        self.stores = {}
        self.simulator = None

    def __enter__(self):
        """Everything, or nothing."""
        try:
            self._begun()
        except BaseException:
            self._ended()
            raise
        return self

    def _begun(self):
        """Stores, simulator, key files, a register and a few stays; then the four roles."""
        for name in ("keys", "data"):
            self.stores[name] = EmbeddedValkey(self.folder / name)
            asyncio.run(self.stores[name].start())
        self._simulated()
        self._files()
        self._configured("whole", "keys.json")
        asyncio.run(create_keys(self.settings("whole")))
        split_keys(self.settings("whole"), self.folder / "roles")
        (self.folder / "keys.json").rename(
            self.folder / "whole.json"
        )  # off the machine; the test compares with it
        for role in (*ROLES, "enrol", "worker"):
            self._configured(role, f"roles/{role}.json")
        for role in ("link", "web"):  # first whoever needs the others: they wait, told in their journals
            self.running[role] = self._spawned(role)
        for role in ("link", "web"):
            self.says(role, "still starting")
        self.running["web"].terminate()
        assert self.running["web"].wait(_PATIENCE) == 0, "a signal ends the start in good order"
        for role in ("log", "keys", "web", "desk"):
            self.running[role] = self._spawned(role)
        for role in ROLES:
            self.says(role, "role started")
        asyncio.run(enrol_file(self.settings("enrol"), self.folder / "people.csv", _unwatched))
        asyncio.run(self._ingested())

    def __exit__(self, *_):
        """Each process ends in order."""
        assert self._ended() == dict.fromkeys(ROLES, 0)

    def _ended(self):
        """Web first, keys last; how each ended."""
        codes = {}
        for role, process in sorted(self.running.items(), key=lambda one: -ROLES.index(one[0])):
            process.terminate()
            codes[role] = process.wait(_PATIENCE)
        if self.simulator is not None:
            self.simulator.stdin.close()
            self.simulator.wait(_PATIENCE)
            self.simulator.stdout.close()
        for store in self.stores.values():
            asyncio.run(store.stop())
        return codes

    def start(self, role):
        """A role's process, until it says that it has started."""
        self.running[role] = self._spawned(role)
        self.says(role, "role started")

    def says(self, role, words):
        """Wait until its journal does; nobody ends and has to be started again."""
        deadline = time.monotonic() + _PATIENCE
        while words not in (said := (self.folder / f"{role}.log").read_text("utf-8")):
            assert self.running[role].poll() is None, f"{role} has ended: {said}"
            assert time.monotonic() < deadline, f"{role}: {said}"
            time.sleep(0.05)

    def kill(self, role):
        """As the machine's power would."""
        self.running[role].kill()
        self.running[role].wait(_PATIENCE)

    def _spawned(self, role):
        with (self.folder / f"{role}.log").open("wb") as said:
            command = [ITINERARY, "serve", "--role", role, "--config", f"{role}.toml"]
            return subprocess.Popen(command, cwd=self.folder, stderr=said)

    def settings(self, role):
        """A role's configuration."""
        return Settings.load(self.folder / f"{role}.toml")

    async def _ingested(self):
        events, cells = self.folder / "events.csv", self.folder / "cells.csv"
        await ingest_files(self.settings("worker"), [events], cells, _unwatched, print)

    def _simulated(self):
        command = [
            SIMULATOR,
            "serve",
            "--smpp=127.0.0.1:0",
            "--http=127.0.0.1:0",
            "--json",
            "--exit-with-parent",
        ]
        self.simulator = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        where = json.loads(self.simulator.stdout.readline())
        self.sim, self.smpp_port = where["http"], int(where["smpp"].rpartition(":")[2])

    def _files(self):
        now = int(time.time())
        activated = (datetime.now(UTC) - timedelta(days=100)).date().isoformat()
        numbers = [one["msisdn"] for one in PEOPLE]
        register = [f"{number},resident_id,123X,{activated}" for number in numbers]
        head = "msisdn,document_type,document_last_four,activated_on"
        events = [f"{number},{now - hour * 3600},1" for hour in range(48, 42, -1) for number in numbers]
        for name, lines in (
            ("people.csv", [head, *register]),
            ("cells.csv", ["cell,region", "1,420100"]),
            ("events.csv", ["msisdn,time,cell", *events]),
            ("password", ["secret"]),
        ):
            (self.folder / name).write_text("\n".join([*lines, ""]))

    def _configured(self, role, key_file):
        """A role's configuration: its key file, whether it holds the device or the log, and its user of the store."""
        keys, data = (self.stores[name].url for name in ("keys", "data"))
        if role in {"web", "desk"}:
            keys, data = "unix:///nowhere", self._store_user(role, data)
        (self.folder / f"{role}.toml").write_text(f"""key_file = "{key_file}"
log_directory = "log"
log_here = {str(role in {"log", "whole"}).lower()}
[keys]
socket = "keys.socket"
here = {str(role in {"keys", "whole"}).lower()}
[link]
socket = "link.socket"
[staff]
socket = "desk.socket"
users = {{ {ME} = ["operator"], daemon = ["operator"] }}
[store]
keys_url = "{keys}"
data_url = "{data}"
[smpp]
port = {self.smpp_port}
system_id = "itinerary"
password_file = "password"
[http]
port = {self.port}
[ingest]
directory = "ingest"
cells = "cells.csv"
[packs]
directory = "{ROOT / "config" / "packs"}"
""")

    def _store_user(self, role, url):
        """The user that the example gives to a role; the data space as this user sees it."""
        line = (ROOT / f"config/ops/store/{role}.acl").read_text("utf-8")
        _, name, *rules = line.replace("CHANGE-ME", "secret").split()
        with redis.Redis.from_url(url) as server:
            server.execute_command("ACL", "SETUSER", name, *rules)
        return f"{url.replace('unix://', f'unix://{name}@')}?password=secret"


def _unwatched(_count):
    """Nobody looks at the progress."""
