"""The texts of an operator's pack: which there are, and what each names.

Rule 1: this file alone lists the texts and their fields; a text names each of its fields and no other, because an answer
        without its coverage, or a challenge without its case, would break what is promised.
Rule 2: it knows no wording and no language.
"""

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

__all__ = ["FIELDS", "faults"]

_NAMED = {
    "signature": "",
    "challenge": "case days",
    "challenge_why": "case",
    "challenge_include": "case days",
    "challenge_erase": "case",
    "erased": "position",
    "challenge_notices": "case",
    "notices_on": "keep",
    "notices_off": "keep",
    "new_regions": "keep number regions",
    "notices_none": "keep",
    "ask_erase": "case code",
    "ask_sim": "case code",
    "refuse": "lock query",
    "ask_lock": "case code",
    "ask_unlock": "case code",
    "locked": "lock moment",
    "unlocked": "lock",
    "refuse_lock": "lock",
    "expired": "query",
    "lost": "query",
    "stopped": "lookup",
    "unknown": "lookup",
    "help": "",
    "reply": "coverage masked moment places span",
    "places": "regions",
    "places_none": "",
    "possible": "regions",
    "coverage": "covered whole",
    "missing": "days",
    "missing_count": "count",
    "missing_between": "count span",
    "gap_before_activation": "day",
    "gap_not_included": "day",
    "gap_no_records": "",
    "gap_not_seen": "",
    "code": "code",
    "owner_only": "",
    "nothing": "masked reason span whole",
    "reason_new": "day whole",
    "reason_not_included": "day",
    "reason_no_records": "",
    "reason_unseen": "",
    "included": "day moment query",
    "not_included": "lookup",
    "explain": "coverage dispute masked moment regions rule span",
    "explain_join": "",
    "explain_region": "certainty count days disputed number region",
    "explain_certain": "",
    "explain_border": "",
    "explain_legend": "",
    "explain_between": "span",
    "explain_more": "count",
    "explain_struck": "day days region",
    "explain_dispute": "first last",
    "explain_dispute_one": "first",
    "disputed": "",
    "dispute_opened": "case number",
    "dispute_full": "explain",
    "dispute_none": "explain",
    "notice_struck": "case explain",
    "notice_kept": "case",
    "notice_corrected": "case explain",
    "withdrawn": "lookup",
    "withdrawn_all": "lookup",
    "withdrawn_none": "",
    "genuine": "",
    "not_confirmed": "check",
    "check_later": "",
    "check_more": "",
    "checked": "at channel count entry made withdraw",
    "checked_again": "at channel count entry withdraw",
    "guessed": "made withdraw",
    "channel_web": "",
    "channel_sms": "",
    "channel_staff": "",
    "show_ask": "code pair what who",
    "show_ask_standing": "cancel code pair what who",
    "show_none": "",
    "show_wrong": "",
    "show_ended": "",
    "show_refused": "",
    "show_late": "",
    "show_failed": "",
    "show_spent": "",
    "shown": "at entry who",
    "shown_standing": "at cancel day entry who",
    "shown_again": "cancel day entry most nth who",
    "asker_typed": "name",
    "asker_registered": "name",
    "ask_show": "",
    "ask_inside": "provinces",
    "ask_outside": "provinces",
    "ask_document": "",
    "card_code": "case code days",
    "card_shown": "entry moment withdraw",
    "records": "count lines",
    "records_brief": "count lines",
    "records_line": "moment number what who",
    "records_who": "who",
    "consents": "cancel count newest standing",
    "consents_none": "",
    "consents_newest": "moment what",
    "consents_cancelled": "erase records",
    "consent_since": "day what",
    "consent_places": "",
    "consent_reasons": "",
    "consent_recording": "",
    "consent_showing": "",
    "consent_notices": "",
    "consent_answers": "who",
    "records_none": "records",
    "closed": "day",
    "ending": "day",
    "closed_destroyed": "day position",
    "closed_stopped": "day",
    "entry_disclose": "",
    "entry_disclose_reasons": "",
    "entry_check": "",
    "entry_predicate": "",
    "entry_predicate_answers": "",
    "entry_refuse": "",
    "entry_refuse_second": "",
    "entry_consent": "",
    "entry_consent_given": "",
    "entry_consent_refused": "",
    "entry_consent_expired": "",
    "entry_correction": "",
    "entry_dispute": "",
    "entry_staff": "",
    "entry_erase": "",
    "entry_lock": "",
    "entry_unlock": "",
    "entry_consent_used": "",
    "entry_void": "",
    "entry_other": "",
}

FIELDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {name: frozenset(named.split()) for name, named in _NAMED.items()}
)
"""The fields of each text."""


def faults(texts: Mapping[str, str]) -> list[str]:
    """What keeps these texts from being used, a line for each of them; empty where nothing does."""
    found = [f"{name}: this text is missing" for name in FIELDS if name not in texts]
    for name, text in texts.items():
        if name not in FIELDS:
            found.append(f"{name}: there is no such text; remove it")
        elif _fields(text) != FIELDS[name]:
            wanted = ", ".join(f"{{{field}}}" for field in sorted(FIELDS[name]))
            found.append(
                f"{name}: must name "
                + (f"{wanted} and nothing else in braces" if wanted else "nothing in braces")
            )
    return found


def _fields(text: str) -> frozenset[str] | None:
    """The fields that a text names; None where its braces are not plain fields."""
    try:
        pieces = [piece for piece in Formatter().parse(text) if piece[1] is not None]
    except ValueError:  # a brace without its partner
        return None
    if any(form or conversion for _, _, form, conversion in pieces):
        return None
    return frozenset(str(field) for _, field, _, _ in pieces)
