"""What has happened, seen from a conversation.

Rule 1: which event a text is in a conversation at a time is decided here.
Rule 2: this file moves nothing on; proofs and forwarded replies are judged outside and named here.
"""

from enum import Enum

from service.domain.challenge import CHALLENGE_TRIES, Pending
from service.domain.conversation import Conversation, Phase
from service.domain.identity import LastFour
from service.domain.intents import (
    Consents,
    Digits,
    Dispute,
    Erase,
    Explain,
    Forward,
    Help,
    Intent,
    Keep,
    Lock,
    Purpose,
    Query,
    Records,
    Refuse,
    SixDigits,
    Stop,
    Withdraw,
)
from service.domain.limits import DIALOGUE_SECONDS, ECHO_SECONDS, TRIES

__all__ = ["Event", "classify", "judge"]


class Event(Enum):
    """What has happened, seen from the conversation."""

    ECHO = "echo"  # the wire said it twice
    QUERY = "query"
    QUERY_SIM = "query_sim"  # a query of a number whose SIM has to be proved first
    AGAIN = "again"  # the query whose prompt is still open
    ANEW = "anew"  # another query while a prompt is open
    ANEW_SIM = "anew_sim"
    PROOF = "proof"  # digits for a judge outside, who makes one of the next four of it
    PROVED = "proved"
    UNPROVED = "unproved"
    UNPROVED_LAST = "unproved_last"
    EXHAUSTED = "exhausted"
    CODE_RIGHT = "code_right"
    CODE_WRONG = "code_wrong"
    CODE_WRONG_LAST = "code_wrong_last"
    LOCK_RIGHT = "lock_right"
    UNLOCK_RIGHT = "unlock_right"
    LOCK_PAUSED = "lock_paused"  # asked to lock or unlock too soon after three wrong guesses
    PAUSED = "paused"  # a query too soon after three wrong guesses at the SIM's digits
    DISPUTE = "dispute"
    DISPUTE_AGAIN = "dispute_again"
    DISPUTE_NONE = "dispute_none"  # no such number, or its explanation is too long ago
    WITHDRAW = "withdraw"
    WITHDRAW_ALL = "withdraw_all"
    WITHDRAW_NONE = "withdraw_none"  # no code lives
    FORWARD = "forward"  # a forwarded reply for a judge outside, who makes one of the next four of it
    FORWARD_GENUINE = "forward_genuine"
    FORWARD_DOUBTFUL = "forward_doubtful"
    FORWARD_LATER = "forward_later"
    FORWARD_PART = "forward_part"
    PAIR = "pair"  # six digits for a judge outside, who makes one of the next three of it
    PAIRED = "paired"
    PAIRED_AGAIN = "paired_again"  # the challenge that is asked about already
    PAIR_NONE = "pair_none"
    SHOW_RIGHT = "show_right"  # the consent number of a verifier's question
    SHOW_WRONG = "show_wrong"
    SHOW_WRONG_LAST = "show_wrong_last"
    SHOW_REFUSED = "show_refused"
    SHOW_LATE = "show_late"
    LATE = "late"  # digits after their prompt has expired
    STRAY = "stray"  # digits that nobody asked for, right after an answer
    HELP = "help"
    RECORDS = "records"
    CONSENTS = "consents"
    CANCEL = "cancel"  # every standing consent ends
    KEEP_NONE = "keep_none"  # no more texts about new regions
    STOP = "stop"
    STOP_AGAIN = "stop_again"
    UNKNOWN = "unknown"
    MUTED = "muted"  # anything but a keyword after STOP


_BY_SIM_ALONE = {Purpose.LOCK: Event.LOCK_RIGHT, Purpose.UNLOCK: Event.UNLOCK_RIGHT}


def classify(talk: Conversation, intent: Intent, echo: bytes, now: int) -> Event:
    """What an intent is in this conversation at this time. `echo` is the digest of the text it came from."""
    # Either way: a clock that was ahead must not make echoes of all that is said until it is overtaken.
    if echo == talk.echo and abs(now - talk.echo_at) < ECHO_SECONDS:
        return Event.ECHO
    if (event := _at_any_time(talk, intent, now)) is not None:
        return event
    if talk.stopped:
        return Event.MUTED
    match intent:
        case Digits(value=value):
            return _digits(talk, value, now)
        case SixDigits():
            return Event.PAIR
        case Refuse():
            return _refusal(talk, now)
        case Dispute(number=number):
            draft = talk.draft(number, now)
            if draft is None:
                return Event.DISPUTE_NONE
            return Event.DISPUTE_AGAIN if draft.asked else Event.DISPUTE
    return Event.UNKNOWN


def _at_any_time(talk: Conversation, intent: Intent, now: int) -> Event | None:
    """Keywords that are heard after STOP as well."""
    match intent:
        case Stop():
            return Event.STOP_AGAIN if talk.stopped else Event.STOP
        case Help():
            return Event.HELP
        case Records():
            return Event.RECORDS
        case Consents(cancel=cancel):
            return Event.CANCEL if cancel else Event.CONSENTS
        case Withdraw(everything=everything):
            if not talk.held.live(now):
                return Event.WITHDRAW_NONE
            return Event.WITHDRAW_ALL if everything else Event.WITHDRAW
        case Forward():
            return Event.FORWARD
    return _prompted(talk, intent, now)


def _prompted(talk: Conversation, intent: Intent, now: int) -> Event | None:
    """Keywords that a prompt answers."""
    match intent:
        case Query(days=days):
            return _query(talk, Purpose.PLACES, days, now)
        case Explain():
            return _query(talk, Purpose.REASONS, talk.days, now)
        case Erase():
            return _query(talk, Purpose.ERASE, talk.days, now)
        case Keep(on=on):
            return _query(talk, Purpose.NOTICES, talk.days, now) if on else Event.KEEP_NONE
        case Lock(on=on):
            return _lock(talk, Purpose.LOCK if on else Purpose.UNLOCK, now)
    return None


def _query(talk: Conversation, purpose: Purpose, days: int, now: int) -> Event:
    sim_first = now < talk.sim_until or (purpose is Purpose.ERASE and now < talk.locked_until)
    if talk.phase is Phase.IDLE and sim_first and now < talk.sim_paused_until:
        return Event.PAUSED
    if not talk.waits(now):
        return Event.QUERY_SIM if sim_first else Event.QUERY
    if (purpose, days) == (talk.purpose, talk.days):
        return Event.AGAIN
    return Event.ANEW_SIM if sim_first else Event.ANEW


def _lock(talk: Conversation, purpose: Purpose, now: int) -> Event:
    """The SIM's digits come first, always."""
    if talk.guesses.spent(now):
        return Event.LOCK_PAUSED
    if not talk.waits(now):
        return Event.QUERY_SIM
    return Event.AGAIN if purpose is talk.purpose else Event.ANEW_SIM


def _digits(talk: Conversation, value: LastFour, now: int) -> Event:
    """Four digits belong to the newest open prompt only; a verifier's question is one."""
    asked = talk.asked(now)
    if asked is not None and not (talk.waits(now) and talk.expires_at - DIALOGUE_SECONDS > asked.asked_at):
        return _consent(asked, value)
    if talk.phase is Phase.IDLE and _missed(talk, now):
        return Event.SHOW_LATE
    if talk.phase is Phase.IDLE:
        return Event.STRAY if now - talk.answered_at < DIALOGUE_SECONDS else Event.UNKNOWN
    if not talk.waits(now):
        return Event.LATE
    if talk.phase is Phase.ASKED:
        return Event.PROOF
    if talk.purpose in _BY_SIM_ALONE:
        if value.text == talk.sim_code:
            return _BY_SIM_ALONE[talk.purpose]
        return Event.CODE_WRONG_LAST if talk.guesses.another(now).spent(now) else Event.CODE_WRONG
    if value.text == talk.sim_code:
        return Event.CODE_RIGHT
    return Event.CODE_WRONG_LAST if talk.tries + 1 >= TRIES else Event.CODE_WRONG


def _consent(asked: Pending, value: LastFour) -> Event:
    if value.text == asked.number:
        return Event.SHOW_RIGHT
    return Event.SHOW_WRONG_LAST if asked.tries + 1 >= CHALLENGE_TRIES else Event.SHOW_WRONG


def _refusal(talk: Conversation, now: int) -> Event:
    if talk.asked(now) is not None:
        return Event.SHOW_REFUSED
    return Event.SHOW_LATE if _missed(talk, now) else Event.UNKNOWN


def _missed(talk: Conversation, now: int) -> bool:
    """Whether a verifier's question has been waiting here until a moment ago."""
    return talk.pending is not None and 0 <= now - talk.pending.until < DIALOGUE_SECONDS


def judge(talk: Conversation, *, proved: bool, exhausted: bool) -> Event:
    """The event that a judged PROOF is. A way by the SIM whose own tries are used up ends in a refusal."""
    if proved:
        return Event.PROVED
    if exhausted and not talk.by_sim:
        return Event.EXHAUSTED
    return Event.UNPROVED_LAST if exhausted or talk.tries + 1 >= TRIES else Event.UNPROVED
