"""The rule of slots, watched while something works: on a cluster the keys of one call lie in one slot.

Put in the place of a `RedisServer`, it is one, and refuses whatever a cluster would refuse, without a cluster.
"""

from redis.crc import key_slot

from service.adapters.redis_server import RedisServer

TAG = frozenset(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)  # case references are base32, the rest hex or words
SEVERAL = {"DEL", "MGET", "EXISTS", "UNLINK", "TOUCH"}
KEYLESS = {"PING", "CONFIG", "SCAN", "INFO", "SCRIPT", "FLUSHALL"}


def keys_of(command):
    """The keys of a command, as text."""
    name = command[0].upper()
    if name.split()[0] in KEYLESS:
        found = ()
    elif name in {"EVAL", "EVALSHA"}:
        found = command[3 : 3 + int(command[2])]
    elif name in SEVERAL:
        found = command[1:]
    elif name == "XREAD":
        found = [command[-2]]
    else:
        found = command[1:2]
    return [key if isinstance(key, str) else key.decode("ascii") for key in found]


def fault_of(command):
    """What a cluster would have against it; None for nothing."""
    keys = keys_of(command)
    if not all(key.isascii() for key in keys):
        return "keys are ASCII: whoever routes them takes bytes for text"
    for key in keys:
        tag = key[key.find("{") + 1 : key.find("}")] if "{" in key else ""
        if "{" in key and (not tag or not set(tag) <= TAG):
            return "a hash tag is hex or a word"
        if len(keys) > 1 and not tag:
            return "keys that go together have a hash tag"
    if len({key_slot(key.encode()) for key in keys}) > 1:
        return "the keys of one call lie in one slot"
    return None


class WatchedServer(RedisServer):
    """A server that is asked as a cluster would be."""

    async def _asked(self, command, *, kept, repeatable):
        fault = fault_of(command)
        assert fault is None, f"{fault}: {[str(one)[:20] for one in keys_of(command)]}"
        return await super()._asked(command, kept=kept, repeatable=repeatable)

    async def rows(self, script, rows, *, kept=False):
        """Slot by slot, as on a cluster: nothing may depend on which rows travel together."""
        found = {}
        slots = {}
        for place, (key, parts) in enumerate(rows):
            slots.setdefault(key_slot(key.encode()), []).append((place, key, parts))
        for some in slots.values():
            answers = await super().rows(script, [(key, parts) for _, key, parts in some], kept=kept)
            found |= {place: answer for (place, _, _), answer in zip(some, answers, strict=True)}
        return [found[place] for place in range(len(rows))]
