"""Subscriptions that nobody asks for, many at once: what fills the stores while others look themselves up.

Rule 1: they are as large as those of `make bench BENCH=store`, lie in the same buckets, and open under no key.
Rule 2: they are written as quickly as the servers take them, not as safely; safety is back before anybody asks.
"""

import os
from collections.abc import Callable, Mapping

import numpy as np
from redis.asyncio import Redis

__all__ = ["filled"]

_INDEX = 16
_VALUE = {"keys": 48, "data": 120}  # octets; with index and overhead 71 and 170 a subscription
_KIND = {"keys": "k", "data": "d"}
_AT_ONCE = 256  # buckets


async def filled(
    urls: Mapping[str, str], bits: int, more: int, told: Callable[[int], None] = lambda _: None
) -> None:
    """So many more subscriptions in both spaces, whose records lie in 2^bits buckets; `told` hears of each thousand or so."""
    for space, url in urls.items():
        async with Redis.from_url(url) as client:
            await client.config_set("appendfsync", "no")
            await client.config_set("auto-aof-rewrite-percentage", "0")
            await _written(client, space, bits, more, told)
            await client.config_set("appendfsync", "always")


async def _written(client: Redis, space: str, bits: int, more: int, told: Callable[[int], None]) -> None:
    buckets, width, size = 1 << bits, -(-bits // 4), _VALUE[space]
    each = max(1, more // buckets)
    chosen = np.linspace(0, buckets, -(-more // each), endpoint=False, dtype=np.int64).tolist()
    for begin in range(0, len(chosen), _AT_ONCE):
        some = chosen[begin : begin + _AT_ONCE]
        octets, at = os.urandom(len(some) * each * (_INDEX + size)), 0
        async with client.pipeline(transaction=False) as pipeline:
            for bucket in some:
                row: list[bytes] = []
                for _ in range(each):
                    row += (octets[at : at + _INDEX], octets[at + _INDEX : at + _INDEX + size])
                    at += _INDEX + size
                pipeline.execute_command("HSET", f"{_KIND[space]}:{{{bucket:0{width}x}}}", *row)
            await pipeline.execute()
        told(len(some) * each)
