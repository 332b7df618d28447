"""Whether the service has closed for good: asked by every role, of a folder and of the public log alone.

Rule 1: an order binds only if the log bears it out; that is looked for here, once, and then remembered.
Rule 2: it closes nothing, and needs no key.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from service.adapters.published_directory import PublishedDirectory
from service.adapters.sunset_folder import SunsetFolder
from service.audit.closing import CertificateError, certified
from service.auditor.finding import found
from service.auditor.proving import ProvingError
from service.domain.itinerary import SHANGHAI_OFFSET
from service.domain.sunset import Order
from service.flows.sunset import CERTIFICATE, JWKS, order_of
from service.ports.published import PublishedError
from service.ports.sunset import ClosedError
from service.settings import Settings

__all__ = ["Closing"]

_LOOK = 1.0  # seconds between two looks into the folder


class Closing:
    """The order of one configuration, as far as it binds."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.files = SunsetFolder(settings.sunset_folder)
        self._origin = settings.log_origin
        self._source = PublishedDirectory(settings.log_directory)
        self._clock = clock
        self._order: Order | None = None
        self._looked = 0.0

    @property
    def order(self) -> Order | None:
        """The order that binds; None: there is none, or the log does not bear it out (yet)."""
        now = time.monotonic()
        if self._order is None and (not self._looked or now - self._looked >= _LOOK):
            self._looked = now
            self._order = self._read()
        return self._order

    def ends_on(self) -> int | None:
        """The ordered moment (unix second); None while nobody has ordered the end."""
        return None if self.order is None else self.order.on

    def _read(self) -> Order | None:
        try:
            claimed = order_of(self.files, self._origin)
            if claimed is None or found(self._source, claimed[1]) is None:
                return None
        except (ProvingError, PublishedError, OSError):
            return None  # looked for again in a second
        return claimed[0]

    @property
    def due(self) -> bool:
        """Whether the moment has come."""
        order = self.order
        return order is not None and order.due(self._clock())

    @property
    def certificate(self) -> bytes | None:
        """What certifies that everything is destroyed, once it is."""
        return self.files.read(CERTIFICATE)

    def certified_at(self) -> int | None:
        """Where the certificate's entry stands; None until there is one, or where it certifies nothing."""
        content = self.certificate
        try:
            return None if content is None else certified(content)[1].index
        except CertificateError:
            return None

    @property
    def jwks(self) -> bytes | None:
        """The public side of what had signed for verifiers."""
        return self.files.read(JWKS)

    async def until(self, what: Callable[[], bool]) -> None:
        """Look again and again until it is so."""
        while not what():  # noqa: ASYNC110 - another process writes the file, and sets no event of ours
            await asyncio.sleep(_LOOK)

    def refuse(self) -> None:
        """Raises ClosedError from the ordered moment on."""
        if self.due and self._order is not None:
            day = datetime.fromtimestamp(self._order.on, UTC) + timedelta(seconds=SHANGHAI_OFFSET)
            raise ClosedError(
                f"the service closed for good at {day:%Y-%m-%d %H:%M}: nothing is looked up, recorded or enrolled any more"
            )
