"""A text to a service that has closed for good, answered.

Rule 1: whatever is asked, the answer is the closing text; STOP gets its confirmation; a machine gets two, then silence.
Rule 2: it has no store and no key: nothing is read, and nothing is kept of who asked but a keyed fingerprint, in memory.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from service.domain.identity import IdentityError, Msisdn
from service.domain.intents import Stop
from service.domain.limits import Answers
from service.domain.messages import read
from service.domain.packs import Pack
from service.domain.sunset_texts import told_closed
from service.ports.sms import Fate, InboundSms, OutboundSms, SmsLink
from service.ports.tally import Tally

__all__ = ["Closed", "UnsentError"]

_PATIENCE = 600.0  # seconds that a text may wait for the bind
_MOST = 100_000  # fingerprints that are remembered


class UnsentError(Exception):
    """The answer could not be sent; the centre brings the text again."""


@dataclass(slots=True)
class Closed:
    """What it needs; `wiring` fills it. `certified` answers where in the log the certificate's entry stands."""

    packs: Mapping[str, Pack]
    link: SmsLink
    on: int
    certified: Callable[[], int | None]
    key: bytes = field(repr=False)
    tally: Tally
    clock: Callable[[], float]
    _answers: dict[bytes, Answers] = field(default_factory=dict)

    async def __call__(self, sms: InboundSms) -> None:
        """Answer one text. Raises UnsentError."""
        pack = self.packs.get(sms.recipient)
        if pack is None:
            return self.tally.count("received", "unknown_short_code")
        try:
            msisdn = Msisdn.parse(sms.sender, country_code=pack.country_code)
        except IdentityError:
            return self.tally.count("received", "not_a_handset")
        intent = read(sms.text, pack.keywords)
        self.tally.count("received", type(intent).__name__.lower())
        if not self._another(msisdn):
            return None
        language = pack.language(getattr(intent, "language", None))
        text = told_closed(self.on, self.certified(), language, stopped=isinstance(intent, Stop))
        done = await self.link.send(OutboundSms(sms.recipient, msisdn.digits, text, _PATIENCE))
        self.tally.count("sent", done.fate.value)
        if done.fate in {Fate.UNSENT, Fate.LATE}:
            raise UnsentError
        return None

    def _another(self, msisdn: Msisdn) -> bool:
        """Whether this number may get one more answer now."""
        place = hmac.digest(self.key, msisdn.digits.encode(), sha256)
        before = self._answers.pop(place, Answers())
        counted = before.another(int(self.clock()))
        self._answers[place] = counted or before
        if len(self._answers) > _MOST:
            self._answers.pop(next(iter(self._answers)))
        return counted is not None
