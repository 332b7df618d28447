"""Whether a life of a number goes on.

Rule 1: an act about a former life is done for nobody: it would be the next owner's.
Rule 2: it says nothing of anybody but yes or no.
"""

from service.ports.keys import KeyService

__all__ = ["alive"]


async def alive(keys: KeyService, index: bytes, generation: int) -> bool:
    """Whether this is still the life of the number. Raises KeysError, StoreError."""
    [life] = await keys.activations([index])
    return life is not None and life.generation == generation
