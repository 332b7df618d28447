"""The conversation's table, its bounds and its silences."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.conversation import Conversation, Phase
from service.domain.dialogue import TABLE, UNMOVED, Act, step
from service.domain.dialogue_events import Event, classify, judge
from service.domain.dialogue_traces import Fresh
from service.domain.identity import LastFour
from service.domain.intents import Digits, Help, Intent, Query, Stop, Unknown
from service.domain.limits import DIALOGUE_SECONDS, ECHO_SECONDS, SIM_SECONDS

NOW = 1_800_000_000
FRESH = Fresh("H4TN8", "7391")
QUERY = Query(14, "zh")
SPOKEN: list[Intent] = [QUERY, Query(30, "en"), Help("zh"), Help(None), Stop("en"), Unknown()]
DIGITS: list[Intent] = [Digits(LastFour.parse(text)) for text in ("1234", "7391", "000X")]


def say(talk: Conversation, intent: Intent, now: int, verdict: str = "unproved") -> tuple[Conversation, Act]:
    """One text, with a judge who always says the same."""
    event = classify(talk, intent, b"%d" % now, now)
    if event is Event.PROOF:
        event = judge(talk, proved=verdict == "proved", exhausted=verdict == "exhausted")
    return step(talk, event, intent, FRESH, now)


def asked(now: int = NOW) -> Conversation:
    """A conversation in which a challenge has just gone out."""
    return say(Conversation(), QUERY, now)[0]


def digits(text: str) -> Digits:
    """Four characters as a text."""
    return Digits(LastFour.parse(text))


def test_a_query_is_answered_by_a_challenge_that_lives_ten_minutes():
    """CXMYD opens a dialogue with a case reference."""
    talk, act = say(Conversation(), QUERY, NOW)
    assert (act, talk.case, talk.expires_at) == (Act.CHALLENGE, "H4TN8", NOW + DIALOGUE_SECONDS)
    assert talk.waits(NOW + DIALOGUE_SECONDS - 1)
    assert not talk.waits(NOW + DIALOGUE_SECONDS)


def test_a_proof_gives_one_reveal_and_no_second():
    """The grant is used once: the same digits afterwards reveal nothing."""
    talk, act = say(asked(), digits("1234"), NOW + 5, "proved")
    assert act is Act.REVEAL
    assert say(talk, digits("1234"), NOW + 6, "proved")[1] is Act.SILENCE


def test_the_third_wrong_proof_ends_the_dialogue():
    """Three tries a dialogue; a fourth right one reveals nothing."""
    talk, acts = asked(), []
    for second in range(1, 4):
        talk, act = say(talk, digits("1234"), NOW + second)
        acts.append(act)
    assert acts == [Act.REFUSE] * 3
    assert talk.phase is Phase.IDLE
    assert say(talk, digits("1234"), NOW + 4, "proved")[1] is not Act.REVEAL


def test_a_late_proof_reveals_nothing_and_says_so():
    """Ten minutes after the challenge the dialogue is over."""
    talk, act = say(asked(), digits("1234"), NOW + DIALOGUE_SECONDS, "proved")
    assert (talk.phase, act) == (Phase.IDLE, Act.EXPIRED)


def test_used_up_tries_lead_over_the_sim():
    """Once the day's tries are used up, four digits texted to the SIM come before the challenge."""
    talk, act = say(asked(), digits("1234"), NOW + 1, "exhausted")
    assert (talk.phase, act, talk.sim_code) == (Phase.SIM_ASKED, Act.ASK_SIM, "7391")
    talk, act = say(talk, digits("7391"), NOW + 2)
    assert (talk.phase, act, talk.by_sim, talk.sim_code) == (Phase.ASKED, Act.CHALLENGE, True, "")
    assert say(talk, digits("1234"), NOW + 3, "proved")[1] is Act.REVEAL


def test_while_tries_are_used_up_every_lookup_begins_with_the_sim():
    """For a day; afterwards the open way is open again."""
    talk, _ = say(asked(), digits("1234"), NOW, "exhausted")
    later = NOW + DIALOGUE_SECONDS + 1
    assert say(talk, QUERY, later)[1] is Act.ASK_SIM
    assert say(talk, QUERY, NOW + SIM_SECONDS)[1] is Act.CHALLENGE


def test_the_sims_way_ends_in_a_refusal_when_its_own_tries_are_used_up():
    """No third way opens behind the second."""
    talk = replace(asked(), by_sim=True)
    talk, act = say(talk, digits("1234"), NOW + 1, "exhausted")
    assert (talk.phase, act) == (Phase.IDLE, Act.REFUSE)


def test_wrong_sim_digits_are_three_and_never_judged_as_a_proof():
    """Four digits belong to the newest open prompt only."""
    talk, _ = say(asked(), digits("1234"), NOW, "exhausted")
    for second in range(1, 4):
        assert classify(talk, digits("1234"), b"", NOW + second) is not Event.PROOF
        talk, act = say(talk, digits("1234"), NOW + second, "proved")
        assert act is Act.REFUSE
    assert talk.phase is Phase.IDLE


@pytest.mark.parametrize("phase", Phase)
def test_stop_beats_every_state_and_is_confirmed_once(phase):
    """STOP voids what is open; a second STOP gets silence; nothing but a keyword wakes us."""
    talk = replace(asked(), phase=phase)
    talk, act = say(talk, Stop("zh"), NOW + 1)
    assert (talk.phase, act) == (Phase.IDLE, Act.STOPPED)
    assert say(talk, Stop("zh"), NOW + 2)[1] is Act.SILENCE
    assert say(talk, digits("1234"), NOW + 3, "proved")[1] is Act.SILENCE
    assert say(talk, Unknown(), NOW + 4)[1] is Act.SILENCE
    assert say(talk, QUERY, NOW + 5)[1] is Act.CHALLENGE


def test_stop_does_not_reopen_the_open_way():
    """Used-up tries stay used up through a STOP."""
    talk, _ = say(asked(), digits("1234"), NOW, "exhausted")
    talk, _ = say(talk, Stop("zh"), NOW + 1)
    assert say(talk, QUERY, NOW + 2)[1] is Act.ASK_SIM


def test_the_same_text_within_seconds_is_the_wires_echo():
    """A duplicated message neither costs a try nor gets a second answer."""
    talk = replace(asked(), echo=b"e", echo_at=NOW)
    assert classify(talk, digits("1234"), b"e", NOW + ECHO_SECONDS - 1) is Event.ECHO
    assert classify(talk, digits("1234"), b"e", NOW + ECHO_SECONDS) is Event.PROOF
    assert classify(talk, digits("1234"), b"e", NOW - 1) is Event.ECHO, (
        "another process's clock is a little behind"
    )
    assert classify(talk, digits("1234"), b"e", NOW - ECHO_SECONDS) is Event.PROOF, "one was far ahead"


@pytest.mark.parametrize(
    "intent", [Unknown(), Help("zh"), QUERY, Query(30, "zh")], ids=lambda i: type(i).__name__
)
def test_a_machine_that_answers_each_of_our_texts_gets_two(intent):
    """A loop of automatic answers ends after two messages, and so costs nobody more."""
    talk, acts = asked(), []
    for second in range(1, 20):
        talk, act = say(talk, intent, NOW + second)
        acts.append(act)
    assert [act for act in acts if act is not Act.SILENCE] == acts[:2]


def test_a_repeated_query_repeats_the_challenge_and_prolongs_nothing():
    """The same case, the same end: asking again is not a new grant."""
    talk, act = say(asked(), QUERY, NOW + 60)
    assert (act, talk.expires_at) == (Act.CHALLENGE, NOW + DIALOGUE_SECONDS)


def test_the_table_has_a_row_for_all_that_can_happen():
    """Whatever is classified or judged in any phase has its row: a conversation can't get stuck."""
    for phase, intent, waits, stopped in product(Phase, SPOKEN + DIGITS, (True, False), (True, False)):
        talk = Conversation(
            phase, days=14, expires_at=NOW + (60 if waits else -60), stopped=stopped, sim_code="7391"
        )
        for verdict in ("proved", "unproved", "exhausted"):
            say(talk, intent, NOW, verdict)


def test_only_a_proved_proof_reveals():
    """The table has one way to the data."""
    assert [key for key, (_, act) in TABLE.items() if act is Act.REVEAL] == [(Phase.ASKED, Event.PROVED)]
    assert Event.PROVED not in UNMOVED


@given(
    st.lists(
        st.tuples(
            st.sampled_from(SPOKEN + DIGITS),
            st.sampled_from([0, 1, 29, 31, 599, 600, 601, 86_400]),
            st.sampled_from(["proved", "unproved", "exhausted"]),
        ),
        max_size=40,
    )
)
def test_no_conversation_reveals_more_often_than_it_was_challenged(script):
    """Each reveal uses up one prompt of its own, in any order of any texts."""
    talk, now, prompts, reveals = Conversation(), NOW, 0, 0
    for intent, pause, verdict in script:
        now += pause
        opened = talk.case, talk.expires_at
        talk, act = say(talk, intent, now, verdict)
        prompts += act is Act.CHALLENGE and opened != (talk.case, talk.expires_at)
        reveals += act is Act.REVEAL
        assert reveals <= prompts
