"""Every key of the service, to be destroyed one after the other: the device's first, then those in a role's file.

Rule 1: what is destroyed, and in which order, is decided here: what opens itineraries goes first.
Rule 2: when, and behind which entry, is not known here. Public sides of signing keys stay; the log's own keys are not touched.

    epoch/N ...   pepper, check_place, check_salt   sign/card/N ...   index_key, requester_key
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from service.ports.device import KeyDevice
from service.ports.signing import SigningDevice
from service.ports.store import KeySpace
from service.ports.sunset import Step
from service.sealing.signing import jwks

__all__ = ["KeyEnding"]

_BEFORE_ANY_END = 0


class KeyEnding:
    """Implements `ports.sunset.Ending`. `forget` takes a role's key out of its file; `names` are those that are in it."""

    def __init__(
        self,
        device: KeyDevice,
        signing: SigningDevice,
        space: KeySpace,
        names: Sequence[str],
        forget: Callable[[Sequence[str]], Awaitable[object]],
    ) -> None:
        self._device = device
        self._signing = signing
        self._space = space
        self._names = names
        self._forget = forget

    async def steps(self) -> list[Step]:
        """See `ports.sunset.Ending`."""
        epochs = sorted(await self._device.epochs())
        steps = [Step(f"epoch/{number}", partial(self._end_epoch, number)) for number in epochs]
        steps += [
            Step(pepper.value, partial(self._device.destroy_pepper, pepper))
            for pepper in await self._device.peppers()
        ]
        steps += [
            Step(f"sign/{key.life.use.value}/{key.life.serial}", partial(self._signing.destroy, key))
            for key in await self._signing.keys()
        ]
        return steps + [Step(name, partial(self._end_role, name)) for name in self._names]

    async def public(self) -> dict[str, Any]:
        """See `ports.sunset.Ending`: none of them is retired, since nothing is signed under them afterwards."""
        return dict(jwks(await self._signing.keys(), _BEFORE_ANY_END))

    async def _end_epoch(self, number: int) -> None:
        """The device's key last: as long as it is there, this step is still to be done."""
        await self._space.drop_epoch(number)
        await self._device.destroy(number)

    async def _end_role(self, name: str) -> None:
        await self._forget([name])
