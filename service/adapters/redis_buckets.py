"""Buckets: which records lie together, and with them in which slot of a cluster.

Rule 1: the hash tag of a subscription's records is made here and nowhere else.
Rule 2: what is kept under it is not known here.
"""

from service.sealing.blinding import INDEX_BYTES

__all__ = ["bucket_of"]


def bucket_of(index: bytes, bits: int) -> str:
    """The index's first `bits` in hex, as a hash tag: {0a3f}. Whatever begins with an index will do."""
    number = int.from_bytes(index[:INDEX_BYTES]) >> (INDEX_BYTES * 8 - bits)
    return f"{{{number:0{max(1, -(-bits // 4))}x}}}"
