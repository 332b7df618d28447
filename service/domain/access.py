"""One line of a subscription's own record: what was done with its data.

Rule 1: this file alone says what is remembered of an entry of the log, besides the entry.
Rule 2: it holds no region, and knows neither the log nor the store.
"""

from dataclasses import dataclass, field

__all__ = ["Access"]


@dataclass(frozen=True, slots=True)
class Access:
    """What entry `number` of a subscription was for.

    `about` says more of it in words of ours ("places", a dispute's reference); `by` names who, where it was not the
    number itself ("web", "sms", "staff", or a verifier as it is shown). Without a position nobody has noted yet where
    in the log the entry stands.
    """

    number: int
    kind: str
    at: int  # unix second
    about: str = field(default="", repr=False)
    by: str = field(default="", repr=False)
    position: int | None = None
