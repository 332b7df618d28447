"""A Valkey Cluster of real servers on loopback, for tests: three masters, a replica each.

port + 0, 1, 2   masters, a third of the slots each        port + 3, 4, 5   their replicas
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import RedisError

from service.adapters.embedded_valkey import carried_server
from tests.ports import free_ports

MASTERS = 3
SLOTS = 16384
FAST, STEADY = 2000, 15_000
"""Milliseconds of silence after which a master is replaced: where that is the point, and where a loaded machine must not be."""
READY = 120.0  # seconds; a loaded machine elects slowly


class StoreCluster:
    """Six servers; whoever kills one starts it again or leaves it."""

    def __init__(self, folder: Path, binary: str | None = None, node_timeout: int = STEADY) -> None:
        self.node_timeout = node_timeout
        self.folder = folder
        self.binary = binary or carried_server()
        self.ports = free_ports(2 * MASTERS)
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """As a configuration names it: any of its servers will do."""
        return "cluster://" + ",".join(f"127.0.0.1:{port}" for port in self.ports[:MASTERS])

    def __enter__(self):
        """Started, joined, and every server knows that it serves."""
        try:
            for port in self.ports:
                self.start(port)
            self._join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        """Ended by their process ids."""
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.kill()
        for process in self.processes.values():
            process.wait()

    def start(self, port):
        """One server, in its own folder."""
        folder = self.folder / str(port)
        folder.mkdir(parents=True, exist_ok=True)
        arguments = {
            "port": str(port),
            "bind": "127.0.0.1",
            "dir": str(folder),
            "cluster-enabled": "yes",
            "cluster-node-timeout": str(self.node_timeout),
            "cluster-replica-validity-factor": "0",  # a replica on a loaded machine is never too old to follow
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "hash-max-listpack-value": "1024",
            "repl-diskless-sync-delay": "0",
            "repl-ping-replica-period": "1",
        }
        flat = [part for name, value in arguments.items() for part in (f"--{name}", value)]
        with (folder / "server.log").open("ab") as log:
            self.processes[port] = subprocess.Popen([self.binary, *flat], stdout=log, stderr=log)
        until = time.monotonic() + READY
        while True:
            with contextlib.suppress(RedisError), self.client(port) as client:
                client.ping()
                return
            assert time.monotonic() < until, f"no server at {port}"
            time.sleep(0.02)

    def client(self, port):
        """A plain client of one server."""
        return Redis(port=port, socket_timeout=5)

    def kill(self, port):
        """As the machine's power would."""
        self.processes[port].kill()
        self.processes[port].wait()

    def hold(self, port, *, still=True):
        """Stop a server's process, or let it go on."""
        os.kill(self.processes[port].pid, signal.SIGSTOP if still else signal.SIGCONT)

    def masters(self):
        """The ports that serve slots now, as the servers that answer see it."""
        return sorted({row[0] for row in self._served()})

    def mend(self):
        """Whoever was killed is started again; then all is as in the beginning, if with other masters."""
        for port, process in self.processes.items():
            if process.poll() is not None:
                self.start(port)
            self.hold(port, still=False)
        self.settled()

    def replaced(self, master):
        """Another server has taken the place of this one."""
        self._until(lambda: self.masters() and master not in self.masters())

    def configured(self, name, value):
        """Every server's setting."""
        for port in self.ports:
            with self.client(port) as client:
                client.config_set(name, value)

    def missed(self, port):
        """The others agree that this one is down."""
        with self.client(self.masters()[0]) as client:
            self._until(lambda: "fail" in client.cluster("nodes")[f"127.0.0.1:{port}"]["flags"].split(","))

    def placed(self, made, key):
        """Something whose key, as `key` names it, the first of the masters serves."""
        first = self.masters()[0]
        return next(one for one in iter(made, None) if self.port_of(key(one)) == first)

    def hand_over(self, master):
        """As an operator does before maintenance: its replica takes over without a gap."""
        [replica] = self.replicas(master)
        with self.client(replica) as client:
            client.execute_command("CLUSTER FAILOVER")

    @contextlib.contextmanager
    def moving(self, key):
        """The slot of a key is on its way to another master while the block lasts; half of its keys are there already."""
        slot = key_slot(key.encode())
        source = self.port_of(key)
        target = next(port for port in self.masters() if port != source)
        with self.client(source) as old, self.client(target) as new:
            ids = {client: client.execute_command("CLUSTER MYID") for client in (old, new)}
            new.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[old])
            old.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[new])
            keys = old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 1000)
            for one in keys[: len(keys) // 2]:
                old.execute_command("MIGRATE", "127.0.0.1", target, one, 0, 5000)
            try:
                yield
            finally:
                while keys := old.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 100):
                    for one in keys:
                        old.execute_command("MIGRATE", "127.0.0.1", target, one, 0, 5000)
                for client in (new, old):
                    client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", ids[new])

    def port_of(self, key):
        """The master that serves a key."""
        slot = key_slot(key.encode())
        return next(row[0] for row in self._served() if row[1] <= slot <= row[2])

    def replicas(self, master):
        """The ports of its replicas."""
        self._until(
            lambda: any(row[0] == master and row[3] for row in self._served())
        )  # a slow one counts as away
        return next(row[3] for row in self._served() if row[0] == master)

    def _served(self):
        for port in self.ports:
            with contextlib.suppress(RedisError), self.client(port) as client:
                rows = client.execute_command("CLUSTER SLOTS")
                return [
                    (int(row[2][1]), int(row[0]), int(row[1]), [int(one[1]) for one in row[3:]])
                    for row in rows
                ]
        return []

    def empty(self):
        """Nothing is left; its scripts neither."""
        for port in self.masters():
            with self.client(port) as client:
                client.flushall()
                client.script_flush()

    def _join(self):
        clients = [self.client(port) for port in self.ports]
        ids = [client.execute_command("CLUSTER MYID") for client in clients]
        for place, client in enumerate(clients):
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", place + 1)
            if place < MASTERS:
                first, last = place * SLOTS // MASTERS, (place + 1) * SLOTS // MASTERS - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            if place:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.ports[0])
        self._until(lambda: all(len(client.cluster("nodes")) == 2 * MASTERS for client in clients))
        for place in range(MASTERS):
            clients[MASTERS + place].execute_command("CLUSTER", "REPLICATE", ids[place])
        self.settled()
        for client in clients:
            client.close()

    def settled(self):
        """Every living server sees all slots served, and each master a replica that follows."""
        self._until(self._whole)

    def _whole(self):
        living = [port for port, process in self.processes.items() if process.poll() is None]
        masters = self.masters()
        for port in living:
            with self.client(port) as client:
                if client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                    return False
                if any("fail" in one["flags"] for one in client.cluster("nodes").values()):
                    return False
                role = client.execute_command("ROLE")
                if role[0] == b"master" and (port not in masters or not role[2]):
                    return False
                if role[0] == b"slave" and role[3] != b"connected":
                    return False
        return len(living) == 2 * MASTERS and len(masters) == MASTERS

    @staticmethod
    def _until(holds):
        until = time.monotonic() + READY
        while True:
            with contextlib.suppress(RedisError):
                if holds():
                    return
            assert time.monotonic() < until, "the cluster did not come about"
            time.sleep(0.05)
