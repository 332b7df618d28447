"""Counters for operators, in the Prometheus text format.

Rule 1: this file alone knows the names of these metrics, and every word that may become a label.
Rule 2: a word that is not listed is counted as unlisted, and never shown: nothing about a person can become a label.

    count("sent", "accepted")    itinerary_sent_total{outcome="accepted"}      each listed one is there from the start, with 0
    count("sent", "138…")        itinerary_unlisted_total                      a fault of this program; the runbook says what to do
"""

from collections.abc import Iterable
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest

from service.adapters.prometheus_vitals import vitals_page
from service.domain.dialogue import Act
from service.domain.intents import Intent
from service.ports.sms import Fate
from service.ports.standing_answers import RepeatVerdict
from service.ports.vitals import Vitals
from service.ports.web_cards import CardVerdict
from service.sealing.signing import KeyUse
from service.smpp.receipts import State

__all__ = ["WORDS", "PrometheusTally"]

_FAILURES = ("StoreError", "KeysError")

_COUNTED: dict[str, tuple[str, Iterable[str]]] = {
    "received": (
        "Texts from handsets, by what they are",
        (
            *(kind.__name__.lower() for kind in get_args(Intent)),
            *("unknown_short_code", "not_a_handset", "unreadable", "not_safe"),
        ),
    ),
    "acted": (
        "What texts came to; failed: the owner had a right to an answer, and the log or the keys did not work",
        (*(act.value for act in Act), "failed"),
    ),
    "judged": (
        "Proofs, and openings that failed",
        (*("proved", "unproved", "exhausted"), "keys_failed", "log_unavailable", "included"),
    ),
    "sent": (
        "Texts to handsets",
        (*(fate.value for fate in Fate), "unreadable", "store_failed", "too_late", "told_lost"),
    ),
    "receipt": ("Delivery receipts", [state.value for state in State]),
    "link": (
        "The bind to the message centre",
        ("bound", "lost", "bind_refused", "unreachable", "untrusted", "throttled"),
    ),
    "notices": (
        "Notices that other roles asked for",
        (
            *("sent", "sent_before", "stopped", "gone", "too_late", "unreadable", "overtaken", *_FAILURES),
            *("no_consent", "superseded", "told_today", "nothing_new", "refused", "too_busy"),
        ),
    ),
    "checked": (
        "Checks of replies",
        ("genuine", "notconfirmed", "toooften", "unavailable", "uncounted"),
    ),
    "card_checked": (
        "Checks of signed cards, as browsers tell of them",
        ("cardlives", "notconfirmed", "toooften", "unavailable"),
    ),
    "challenge": (
        "Live challenges, by what came of each step",
        (
            *(
                "opened",
                "requester_waits",
                "unavailable",
                "not_left",
                "not_registered",
                "bound",
                "bound_before",
            ),
            *("too_often", "nothing_there", "another_number", "no_subscription", "taken"),
            *("refused", "shown", "not_handed_over", "no_receipt"),
            *("LogUnavailableError", "KeysError", "NothingKeptError"),
            *("told_refused", "told_failed", "told_spent", "told_expired"),
        ),
    ),
    "card": (
        "Web cards, by what came of each step",
        (
            *("asked", "asked_too_often", "withdrawn", "not_signed"),
            *("no_subscription", "stopped", "texted", "texted_too_often", "text_failed"),
            *(kind.__name__.lower() for kind in get_args(CardVerdict)),
            "secondset",
        ),
    ),
    "consents": (
        "Standing consents",
        ("given", "refused", "expired", "superseded", "ended", "ended_unlogged", "lapse_unlogged"),
    ),
    "standing": (
        "A registered verifier's yes or no, asked again, by what it came to",
        [kind.__name__.lower() for kind in get_args(RepeatVerdict)],
    ),
    "repeated": ("The same, where it came to nothing before or after", ("not_registered", "no_receipt")),
    "erased": ("Subscriptions erased for good", ("done", "refused")),
    "locked": ("Locks of lookups", ("locked", "unlocked", "refused")),
    "minted": ("Check codes made", ("done", "failed")),
    "holder": (
        "Holders who could not be told of a check",
        ("unreadable", "log_unavailable", "overtaken", "failed"),
    ),
    "signing_keys": (
        "Keys that sign cards and receipts",
        (*(f"{use.value}_announced" for use in KeyUse), "DeviceError", "KeysError"),
    ),
    "epochs": (
        "Epochs of keys",
        ("begun", "swept", "destroyed", "held", "StoreError", "LogError", "KeysError"),
    ),
    "disputes": ("Disputes", ("opened", "too_many")),
}

WORDS = {what: frozenset(words) for what, (_, words) in _COUNTED.items()}
"""What can be counted, and how it can be told apart."""

_TOOK = {"answer": "From a text's arrival to the commit of what answers it"}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PrometheusTally:
    """Implements `ports.tally.Tally` on a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counts: dict[tuple[str, str], Counter] = {}
        for what, (told, words) in _COUNTED.items():
            family = Counter(f"itinerary_{what}_total", told, ["outcome"], registry=self._registry)
            self._counts |= {(what, word): family.labels(word) for word in words}
        self._seconds = {
            what: Histogram(f"itinerary_{what}_seconds", told, buckets=_SECONDS, registry=self._registry)
            for what, told in _TOOK.items()
        }
        self._unlisted = Counter(
            "itinerary_unlisted_total", "Counted under a word that is on no list", registry=self._registry
        )

    def count(self, what: str, reason: str) -> None:
        """See `ports.tally.Tally`."""
        self._counts.get((what, reason), self._unlisted).inc()

    def took(self, what: str, seconds: float) -> None:
        """See `ports.tally.Tally`."""
        found = self._seconds.get(what)
        if found is None:
            self._unlisted.inc()
        else:
            found.observe(seconds)

    def exposition(self, vitals: Vitals) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self._registry) + vitals_page(vitals)
