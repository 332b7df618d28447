"""Checks of replies: the flow that the web role and `HY` call, and the pages' parts.

Rule 1: which store, keys and limits a check uses is decided here.
Rule 2: it answers nothing itself.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from service.domain.held_codes import Channel
from service.domain.pacing import Pace
from service.domain.packs import Language, Pack
from service.domain.regions import Regions
from service.flows.card_tokens import CardTokens
from service.flows.challenge import Challenge, Challenging
from service.flows.check_card import CheckCard
from service.flows.repeat import Repeat, Repeating
from service.flows.verify import Verify, Verifying
from service.ports.challenges import Challenges
from service.ports.check_keys import CheckKeys
from service.ports.checks import Checks, Throttle
from service.ports.holders import Holders
from service.ports.keys import KeyService
from service.ports.standing_answers import StandingAnswers
from service.ports.tally import Tally
from service.ports.verifiers import Verifiers
from service.sealing.requesters import requester_of_address, requester_of_index
from service.settings import Settings
from service.vault.challenges import ChallengeSealer

__all__ = ["SMS_PACE", "CheckParts", "Checking", "checking"]

SMS_PACE = Pace(burst=10, interval=30_000_000)
"""Checks by SMS of one number: ten at once, then one in half a minute; each answer costs the operator an SMS."""


@dataclass(frozen=True, slots=True)
class Checking:
    """What the pages need of the service."""

    verify: Verify
    check_card: CheckCard
    challenge: Challenge
    repeat: Repeat
    requester: Callable[[str | None], bytes]
    requester_of_index: Callable[[bytes], bytes]
    regions: Regions
    packs: dict[str, Language]
    short_codes: tuple[str, ...]
    tokens: CardTokens
    clock: Callable[[], float]


class CheckParts(Protocol):
    """What checks and challenges need of a process's store and keys: all that a web process has."""

    @property
    def checks(self) -> Checks: ...
    @property
    def throttle(self) -> Throttle: ...
    @property
    def challenges(self) -> Challenges: ...
    @property
    def verifiers(self) -> Verifiers: ...
    @property
    def keys(self) -> KeyService: ...
    @property
    def check_keys(self) -> CheckKeys: ...
    @property
    def requester_key(self) -> bytes: ...


def checking(
    settings: Settings,
    stored: CheckParts,
    holders: Holders,
    standing: StandingAnswers,
    packs: dict[str, Pack],
    regions: Regions,
    tokens: CardTokens,
    tally: Tally,
    clock: Callable[[], float],
) -> Checking:
    """The parts, on a running store. `holders` and `standing` are the link role's side of it."""
    checks = Verifying(
        stored.checks,
        stored.throttle,
        stored.check_keys,
        holders,
        {Channel.WEB: Pace.a_minute(settings.http.checks_a_minute), Channel.SMS: SMS_PACE},
        tally,
        clock,
    )
    key = stored.requester_key
    languages = {language.code: language for pack in packs.values() for language in pack.languages}
    return Checking(
        Verify(checks),
        CheckCard(checks),
        _challenge(settings, stored, tokens, tally),
        _repeat(settings, stored, standing, tokens, tally),
        lambda address: requester_of_address(key, address),
        lambda index: requester_of_index(key, index),
        regions,
        languages,
        tuple(packs),
        tokens,
        clock,
    )


def _challenge(settings: Settings, stored: CheckParts, tokens: CardTokens, tally: Tally) -> Challenge:
    return Challenge(
        Challenging(
            stored.challenges,
            stored.throttle,
            stored.verifiers,
            ChallengeSealer(stored.keys, secrets.token_bytes),
            Pace.a_minute(settings.http.challenges_a_minute),
            stored.requester_key,
            secrets.token_bytes,
            lambda count: f"{secrets.randbelow(10**count):0{count}}",
            tokens.receipt_for,
            tally,
        )
    )


def _repeat(
    settings: Settings, stored: CheckParts, standing: StandingAnswers, tokens: CardTokens, tally: Tally
) -> Repeat:
    return Repeat(
        Repeating(
            stored.throttle,
            stored.verifiers,
            standing,
            Pace.a_minute(settings.http.challenges_a_minute),
            stored.requester_key,
            tokens.receipt_for,
            tally,
        )
    )
