"""What a run asked of the stores: commands, scripts and bytes, as the servers counted them."""

from collections import Counter

from redis.asyncio import Redis
from rich.table import Table

__all__ = ["asked_of", "budget"]


async def asked_of(servers: dict[str, str]) -> Counter[tuple[str, str]]:
    """Counts since each server's start, by its name and what is counted; `servers` are URLs by name."""
    counted: Counter[tuple[str, str]] = Counter()
    for name, url in servers.items():
        async with Redis.from_url(url) as client:
            stats, told = await client.info("commandstats"), await client.info("stats")
        scripts = stats.get("cmdstat_evalsha", {"calls": 0, "usec": 0})
        counted[name, "scripts"] = scripts["calls"]
        counted[name, "microseconds in scripts"] = scripts["usec"]
        counted[name, "commands, those of scripts included"] = told["total_commands_processed"]
        counted[name, "bytes in"] = told["total_net_input_bytes"]
        counted[name, "bytes out"] = told["total_net_output_bytes"]
    return counted


def budget(spent: Counter[tuple[str, str]], lookups: int) -> Table:
    """What one lookup asked of the stores."""
    table = Table(title="Of the stores, for one lookup", title_justify="left")
    table.add_column("")
    names = sorted({name for name, _ in spent})
    for name in names:
        table.add_column(name, justify="right")
    for what in dict.fromkeys(what for _, what in spent):
        table.add_row(what, *(f"{spent[name, what] / lookups:,.1f}" for name in names))
    return table
