"""What an event leaves behind in a conversation, besides its phase.

Rule 1: whatever a conversation keeps of an event is put there in this file: the prompt, its purpose and language, counts, codes that are held, the request that lapsed.
Rule 2: what may follow and what is said is decided in `dialogue`.
"""

from dataclasses import dataclass, field, replace

from service.domain.challenge import ASK_SECONDS, Pending
from service.domain.conversation import Conversation, Phase
from service.domain.dialogue_events import Event
from service.domain.intents import (
    Consents,
    Dispute,
    Erase,
    Explain,
    Forward,
    Help,
    Intent,
    Keep,
    Lock,
    Paired,
    Purpose,
    Query,
    Records,
    Stop,
    Withdraw,
)
from service.domain.lapses import Lapsed, another
from service.domain.limits import DIALOGUE_SECONDS, LOCK_SECONDS, SIM_SECONDS, Answers, Guesses

__all__ = ["Fresh", "lapsed", "left_behind"]

_GUESSED = frozenset({Event.CODE_WRONG, Event.CODE_WRONG_LAST, Event.LOCK_RIGHT, Event.UNLOCK_RIGHT})

_LOCKING = frozenset({Purpose.LOCK, Purpose.UNLOCK})

_AGREED = frozenset({Purpose.PLACES, Purpose.REASONS, Purpose.NOTICES})
"""What a prompt asks consent for; erasing and locking are the owner's own orders."""

_REFUSING = {
    Event.UNPROVED_LAST: "refused",
    Event.EXHAUSTED: "refused",
    Event.STOP: "refused",
    Event.ANEW: "superseded",
    Event.ANEW_SIM: "superseded",
}

_FINDING = frozenset(
    {Event.LATE, Event.QUERY, Event.QUERY_SIM, Event.CONSENTS, Event.RECORDS, Event.CANCEL, Event.STOP}
)
"""Events that end an open request; events that find one whose ten minutes are over."""
_USUAL_DAYS = 14
"""The window that is explained where no answer is remembered."""

_HEARD = frozenset(
    {
        Event.DISPUTE,
        Event.HELP,
        Event.RECORDS,
        Event.CONSENTS,
        Event.CANCEL,
        Event.KEEP_NONE,
        Event.WITHDRAW,
        Event.WITHDRAW_ALL,
        Event.WITHDRAW_NONE,
        Event.FORWARD_GENUINE,
        Event.FORWARD_DOUBTFUL,
        Event.FORWARD_LATER,
        Event.FORWARD_PART,
    }
)

_SHOWING = frozenset(
    {
        Event.PAIRED,
        Event.SHOW_RIGHT,
        Event.SHOW_WRONG,
        Event.SHOW_WRONG_LAST,
        Event.SHOW_REFUSED,
        Event.SHOW_LATE,
    }
)


@dataclass(frozen=True, slots=True)
class Fresh:
    """Chance, drawn by the caller: a case reference and four digits for the SIM."""

    case: str
    sim_code: str = field(repr=False)


def left_behind(talk: Conversation, event: Event, intent: Intent, fresh: Fresh, now: int) -> Conversation:
    """The conversation, already in its new phase, with what the event leaves."""
    if talk.purpose in _LOCKING and event in _GUESSED:
        return _guessed(talk, event, now)
    return _moved(talk, event, intent, fresh, now)


def _moved(talk: Conversation, event: Event, intent: Intent, fresh: Fresh, now: int) -> Conversation:
    if event in _SHOWING:
        return replace(talk, pending=_pending(talk, event, intent, fresh, now))
    match event:
        case Event.QUERY | Event.ANEW | Event.QUERY_SIM | Event.ANEW_SIM:
            return _opened(_asked(talk, intent, now), fresh, now)
        case Event.EXHAUSTED:
            return _opened(replace(talk, sim_until=now + SIM_SECONDS), fresh, now)
        case Event.CODE_RIGHT:
            return replace(_opened(talk, fresh, now), by_sim=True, sim_code="")
        case Event.UNPROVED | Event.CODE_WRONG:  # a try, so whoever is told to ask anew and does is no loop
            return replace(talk, answers=Answers(), tries=talk.tries + 1)
        case Event.PROVED:
            return replace(talk, answered_at=now, answers=Answers(), tries=0, by_sim=False)
        case Event.STOP:
            return _stopped(talk, intent)
        case Event.CODE_WRONG_LAST:
            return replace(talk, tries=0, sim_code="", sim_paused_until=talk.expires_at)
        case Event.UNPROVED_LAST | Event.LATE:
            return replace(talk, tries=0, by_sim=False, sim_code="")
    return _heard(talk, event, intent, now) if event in _HEARD else talk


def _guessed(talk: Conversation, event: Event, now: int) -> Conversation:
    """A guess at the digits that lock or unlock: wrong ones are counted apart from every other, and over all prompts."""
    if event in {Event.LOCK_RIGHT, Event.UNLOCK_RIGHT}:
        until = now + LOCK_SECONDS if event is Event.LOCK_RIGHT else 0
        return replace(
            talk, answered_at=now, answers=Answers(), sim_code="", guesses=Guesses(), locked_until=until
        )
    talk = replace(talk, guesses=talk.guesses.another(now))
    return replace(talk, sim_code="") if event is Event.CODE_WRONG_LAST else talk


def lapsed(talk: Conversation, event: Event, now: int) -> Lapsed | None:
    """The last request that came to nothing: the one that this event ends, or finds dead, or the one before it."""
    former = talk.lapsed
    if former is not None and not former.noted:
        former = replace(former, noted=True)
    if talk.phase is not Phase.ASKED or talk.purpose not in _AGREED or not talk.notice:
        return former
    over = not talk.waits(now)
    if event not in (_FINDING if over else _REFUSING):
        return former
    asked_at = talk.expires_at - DIALOGUE_SECONDS
    if former is not None and (former.case, former.asked_at) == (talk.case, asked_at):
        return former
    nth, since = another(former, now)
    how, at = ("expired", talk.expires_at) if over else (_REFUSING[event], now)
    language = talk.language or ""
    return Lapsed(
        talk.case, talk.purpose.value, talk.days, talk.notice, language, asked_at, at, how, nth, since
    )


def _asked(talk: Conversation, intent: Intent, now: int) -> Conversation:
    """What the next prompt is for: the places of a window, or the reasons for the last answer."""
    match intent:
        case Query(days=days, language=language):
            return replace(talk, purpose=Purpose.PLACES, days=days, language=language)
        case Erase(language=language):
            return replace(talk, purpose=Purpose.ERASE, language=language)
        case Keep(language=language):
            return replace(talk, purpose=Purpose.NOTICES, language=language)
        case Lock(on=on, language=language):
            return replace(talk, purpose=Purpose.LOCK if on else Purpose.UNLOCK, language=language)
        case Explain(language=language):
            last = talk.explains(now)
            days = last.days if last is not None else _USUAL_DAYS
            return replace(talk, purpose=Purpose.REASONS, days=days, language=language)
    return talk


def _heard(talk: Conversation, event: Event, intent: Intent, now: int) -> Conversation:
    """A word that leaves the prompt as it is: its language is spoken from now on, what it is about is noted."""
    match intent:
        case Dispute(number=number, language=language):
            asked = replace(talk.drafts[number - 1], asked=True)
            drafts = (*talk.drafts[: number - 1], asked, *talk.drafts[number:])
            return replace(talk, drafts=drafts, language=language)
        case Help(language=spoken):
            return replace(talk, language=spoken or talk.language)
        case Records(language=language) | Keep(language=language):
            return replace(talk, language=language)
        case Consents(cancel=cancel, language=language):
            held = talk.held.without(talk.held.live(now)) if cancel else talk.held
            return replace(talk, held=held, language=language)
        case Withdraw(everything=everything, language=language):
            live = talk.held.live(now)
            gone = live if everything else live[-1:]
            return replace(talk, held=talk.held.without(gone), language=language)
        case Forward(text=text, language=spoken):
            part = text if event is Event.FORWARD_PART else None
            return replace(talk, forwarded=part, forwarded_at=now, language=spoken or talk.language)
    return talk


def _pending(talk: Conversation, event: Event, intent: Intent, fresh: Fresh, now: int) -> Pending | None:
    """The question that is asked now, the one that was answered with a wrong number, or none any more."""
    if event is Event.PAIRED and isinstance(intent, Paired):
        return Pending(intent.place, intent.ident, fresh.sim_code, now, now + ASK_SECONDS)
    if event is Event.SHOW_WRONG and talk.pending is not None:
        return replace(talk.pending, tries=talk.pending.tries + 1)
    return None


def _stopped(talk: Conversation, intent: Intent) -> Conversation:
    """Nothing is left but the language, and what a stranger used up."""
    return Conversation(
        language=(intent.language if isinstance(intent, Stop) else None) or talk.language,
        sim_until=talk.sim_until,
        sim_paused_until=talk.sim_paused_until,
        guesses=talk.guesses,
        locked_until=talk.locked_until,
        lapsed=talk.lapsed,
        stopped=True,
    )


def _opened(talk: Conversation, fresh: Fresh, now: int) -> Conversation:
    """A dialogue with a new prompt. The SIM's digits are kept only while they are asked for."""
    return replace(
        talk,
        case=fresh.case,
        notice="",
        expires_at=now + DIALOGUE_SECONDS,
        tries=0,
        by_sim=False,
        stopped=False,
        sim_code=fresh.sim_code if talk.phase is Phase.SIM_ASKED else "",
    )
