"""The conversation, as a table.

Rule 1: whatever may follow whatever else in a conversation is written in this file.
Rule 2: this file knows nothing of SMS, storage, clocks or keys; proofs are judged elsewhere.

    IDLE --QUERY--------> ASKED --PROVED----> IDLE  (reveal)
     |                      |-----UNPROVED--> ASKED (refuse; the third time IDLE)
     |                      |-----EXHAUSTED-> SIM_ASKED (the day's tries are used up: prove the SIM first)
     |--QUERY_SIM-------> SIM_ASKED --CODE_RIGHT--> ASKED (challenge, counted by the SIM's own counter)
                            |---------CODE_WRONG--> SIM_ASKED (refuse; the third time IDLE, and a pause)
                            |---------LOCK_RIGHT--> IDLE  (lock; UNLOCK_RIGHT: unlock)

    any --STOP--> IDLE          a prompt past its ten minutes: digits --LATE--> IDLE (expired)

    any --DISPUTE--> the same   a region of the explanation of the last ten minutes, by its number
    any --WITHDRAW-> the same   check codes are void
    any --PAIRED---> the same   a verifier's page and this number have found each other: its holder is asked, apart from the prompts
    any --SHOW_...-> the same   the question is answered: yes, no, three wrong numbers, too late
    any --CONSENTS-> the same   what has been agreed to; CANCEL: it ends, and check codes with it
    any --RECORDS--> the same   what was done with this number's data
    any --FORWARD--> the same   a reply that somebody else was shown, judged outside: genuine, or not confirmed

A prompt has a purpose (places, reasons, erasing, texts about new regions; lock and unlock, which the SIM alone proves, with a count of their own); tries, limits, delays and words of refusal are the same for every purpose.
Events that move nothing on (UNMOVED) get two answers in ten minutes, then silence: a loop of machines ends. A try begins the
count anew: its refusal says "send the keyword again", and tries have a count of their own.
"""

from dataclasses import replace
from enum import Enum

from service.domain.conversation import Conversation, Phase
from service.domain.dialogue_events import Event
from service.domain.dialogue_traces import Fresh, lapsed, left_behind
from service.domain.intents import Intent

__all__ = ["TABLE", "UNMOVED", "Act", "step"]


class Act(Enum):
    """What is to be said."""

    CHALLENGE = "challenge"
    ASK_SIM = "ask_sim"
    REVEAL = "reveal"
    DISPUTE = "dispute"
    DISPUTE_NONE = "dispute_none"
    WITHDRAWN = "withdrawn"
    WITHDRAWN_ALL = "withdrawn_all"
    WITHDRAWN_NONE = "withdrawn_none"
    GENUINE = "genuine"
    NOT_CONFIRMED = "not_confirmed"
    CHECK_LATER = "check_later"
    CHECK_MORE = "check_more"
    SHOW_ASK = "show_ask"
    SHOW_NONE = "show_none"
    SHOW = "show"
    SHOW_WRONG = "show_wrong"
    SHOW_ENDED = "show_ended"
    SHOW_REFUSED = "show_refused"
    SHOW_LATE = "show_late"
    SHOW_FAILED = "show_failed"
    SHOW_SPENT = "show_spent"
    RECORDS = "records"
    CONSENTS = "consents"
    CANCELLED = "consents_cancelled"
    NOTICES_OFF = "notices_off"
    LOCK = "lock"
    UNLOCK = "unlock"
    REFUSE_LOCK = "refuse_lock"
    REFUSE = "refuse"
    EXPIRED = "expired"
    HELP = "help"
    UNKNOWN = "unknown"
    STOPPED = "stopped"
    SILENCE = "silence"


_ALWAYS = {
    Event.QUERY: (Phase.ASKED, Act.CHALLENGE),
    Event.QUERY_SIM: (Phase.SIM_ASKED, Act.ASK_SIM),
    Event.STOP: (Phase.IDLE, Act.STOPPED),
    Event.STOP_AGAIN: (Phase.IDLE, Act.SILENCE),
}
_STAYING = {
    Event.HELP: Act.HELP,
    Event.RECORDS: Act.RECORDS,
    Event.CONSENTS: Act.CONSENTS,
    Event.CANCEL: Act.CANCELLED,
    Event.KEEP_NONE: Act.NOTICES_OFF,
    Event.UNKNOWN: Act.UNKNOWN,
    Event.LOCK_PAUSED: Act.REFUSE_LOCK,
    Event.DISPUTE: Act.DISPUTE,
    Event.DISPUTE_AGAIN: Act.DISPUTE,
    Event.DISPUTE_NONE: Act.DISPUTE_NONE,
    Event.WITHDRAW: Act.WITHDRAWN,
    Event.WITHDRAW_ALL: Act.WITHDRAWN_ALL,
    Event.WITHDRAW_NONE: Act.WITHDRAWN_NONE,
    Event.FORWARD_GENUINE: Act.GENUINE,
    Event.FORWARD_DOUBTFUL: Act.NOT_CONFIRMED,
    Event.FORWARD_LATER: Act.CHECK_LATER,
    Event.FORWARD_PART: Act.CHECK_MORE,
    Event.PAIRED: Act.SHOW_ASK,
    Event.PAIRED_AGAIN: Act.SHOW_ASK,
    Event.PAIR_NONE: Act.SHOW_NONE,
    Event.SHOW_RIGHT: Act.SHOW,
    Event.SHOW_WRONG: Act.SHOW_WRONG,
    Event.SHOW_WRONG_LAST: Act.SHOW_ENDED,
    Event.SHOW_REFUSED: Act.SHOW_REFUSED,
    Event.SHOW_LATE: Act.SHOW_LATE,
    Event.ECHO: Act.SILENCE,
    Event.MUTED: Act.SILENCE,
}

TABLE: dict[tuple[Phase, Event], tuple[Phase, Act]] = {
    **{(phase, event): row for phase in Phase for event, row in _ALWAYS.items()},
    **{(phase, event): (phase, act) for phase in Phase for event, act in _STAYING.items()},
    (Phase.IDLE, Event.STRAY): (Phase.IDLE, Act.SILENCE),
    (Phase.IDLE, Event.PAUSED): (Phase.IDLE, Act.REFUSE),
    (Phase.ASKED, Event.AGAIN): (Phase.ASKED, Act.CHALLENGE),
    (Phase.ASKED, Event.ANEW): (Phase.ASKED, Act.CHALLENGE),
    (Phase.ASKED, Event.ANEW_SIM): (Phase.SIM_ASKED, Act.ASK_SIM),
    (Phase.ASKED, Event.PROVED): (Phase.IDLE, Act.REVEAL),
    (Phase.ASKED, Event.UNPROVED): (Phase.ASKED, Act.REFUSE),
    (Phase.ASKED, Event.UNPROVED_LAST): (Phase.IDLE, Act.REFUSE),
    (Phase.ASKED, Event.EXHAUSTED): (Phase.SIM_ASKED, Act.ASK_SIM),
    (Phase.ASKED, Event.LATE): (Phase.IDLE, Act.EXPIRED),
    (Phase.SIM_ASKED, Event.AGAIN): (Phase.SIM_ASKED, Act.ASK_SIM),
    (Phase.SIM_ASKED, Event.ANEW): (Phase.ASKED, Act.CHALLENGE),
    (Phase.SIM_ASKED, Event.ANEW_SIM): (Phase.SIM_ASKED, Act.ASK_SIM),
    (Phase.SIM_ASKED, Event.CODE_RIGHT): (Phase.ASKED, Act.CHALLENGE),
    (Phase.SIM_ASKED, Event.LOCK_RIGHT): (Phase.IDLE, Act.LOCK),
    (Phase.SIM_ASKED, Event.UNLOCK_RIGHT): (Phase.IDLE, Act.UNLOCK),
    (Phase.SIM_ASKED, Event.CODE_WRONG): (Phase.SIM_ASKED, Act.REFUSE),
    (Phase.SIM_ASKED, Event.CODE_WRONG_LAST): (Phase.IDLE, Act.REFUSE),
    (Phase.SIM_ASKED, Event.LATE): (Phase.IDLE, Act.EXPIRED),
}


UNMOVED = frozenset(
    {
        Event.AGAIN,
        Event.ANEW,
        Event.ANEW_SIM,
        Event.PAUSED,
        Event.LOCK_PAUSED,
        Event.DISPUTE_AGAIN,
        Event.DISPUTE_NONE,
        Event.WITHDRAW_NONE,
        Event.FORWARD_LATER,
        Event.FORWARD_PART,
        Event.PAIRED_AGAIN,
        Event.PAIR_NONE,
        Event.SHOW_LATE,
        Event.LATE,
        Event.HELP,
        Event.RECORDS,
        Event.CONSENTS,
        Event.CANCEL,
        Event.KEEP_NONE,
        Event.UNKNOWN,
    }
)


def step(
    talk: Conversation, event: Event, intent: Intent, fresh: Fresh, now: int
) -> tuple[Conversation, Act]:
    """The conversation after an event (never PROOF: judge it first), and what is to be said."""
    if event in UNMOVED:
        counted = talk.answers.another(now)
        if counted is None:
            if event is Event.LATE:
                talk = replace(talk, phase=Phase.IDLE, sim_code="", lapsed=lapsed(talk, event, now))
            return talk, Act.SILENCE
        talk = replace(talk, answers=counted)
    phase, act = TABLE[talk.phase, event]
    talk = replace(talk, phase=phase, lapsed=lapsed(talk, event, now))
    return left_behind(talk, event, intent, fresh, now), act
