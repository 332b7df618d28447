"""Whose whereabouts are kept: everybody's, or only theirs who asked to be included.

Rule 1: this file alone says from which second on events of a subscription may be kept.
Rule 2: it knows no event and no storage.
"""

from enum import StrEnum

from service.domain.itinerary import start_of_day

__all__ = ["Scope", "taken_from"]


class Scope(StrEnum):
    """The policy, a setting: `ingest.scope`."""

    ALL = "all"
    ENROLLED = "enrolled"


def taken_from(scope: Scope, activated_on: int, included_at: int) -> int | None:
    """The unix second from which events of a subscription are kept; None: none of them, at any time.

    `activated_on` is the Shanghai day on which this life of the number began, `included_at` the second at which its
    owner first proved that it wants to be included (0: never).
    """
    begin = start_of_day(activated_on)
    if scope is Scope.ALL:
        return begin
    return max(begin, included_at) if included_at else None
