"""The stay rules: each one's named example, and the kernel against its oracle."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.itinerary import start_of_day
from service.mobility.cells import Cells, cells_of
from service.mobility.changes import ChangeKind
from service.mobility.kernel import STATE, fold, new_state, tick
from service.mobility.oracle import Event, Oracle

HOUR, MINUTE = 3600, 60
NOON = start_of_day(20_780) + 12 * HOUR
A, B, C, JAPAN = 110000, 131000, 120000, 440
# Cells: 0-3 core of A, B, C, abroad; 4 soft A towards B; 5 soft B towards A; 6 weak B towards A; 7 soft abroad; 8 of B, but
# rather meaning A; 9 all but core of B; 10 all but core abroad.
CELLS = Cells(
    np.array([A, B, C, JAPAN, A, B, B, JAPAN, B, B, JAPAN], np.int32),
    np.array([64, 64, 64, 64, 30, 30, 4, 20, -20, 60, 60], np.int32),
    np.array([0, 0, 0, 0, B, A, A, A, A, A, A], np.int32),
)


def folded(events, *, split=None, activation=0):
    """The kept stays (region, start, last, certain) of one phone's (time, cell[, arrival]) events."""
    changes, _, _ = run(events, split=split, activation=activation)
    stays = {}
    for change in changes:
        if change["kind"] == ChangeKind.CLOSED:
            stays[int(change["start"])] = row_of(change)
    running = [change for change in changes if change["kind"] == ChangeKind.OPEN]
    if running and int(running[-1]["start"]) not in stays:
        stays[int(running[-1]["start"])] = row_of(running[-1])
    return [stays[start] for start in sorted(stays)]


def row_of(change):
    """A change's stay as plain numbers."""
    return int(change["region"]), int(change["start"]), int(change["last"]), bool(change["certain"])


def ended(events):
    """The stays (region, certain) that have been told when the phone has been silent for a day."""
    changes, state, _ = run(events)
    changes += list(tick(state, events[-1][0] + 90_000))
    return [row_of(change)[0::3] for change in changes if change["kind"] == ChangeKind.CLOSED]


def run(events, *, split=None, activation=0):
    """Changes, state and what was set aside, for one row, in batches of `split` events."""
    state, out = new_state(1), []
    step = split or max(len(events), 1)
    aside = None
    for begin in range(0, len(events), step):
        part = events[begin : begin + step]
        times = np.array([event[0] for event in part], np.int64)
        arrivals = np.array([event[2] if len(event) > 2 else event[0] for event in part], np.int64)
        cells = np.array([event[1] for event in part], np.int32)
        changes, aside = fold(
            state,
            np.array([activation], np.int64),
            CELLS,
            np.zeros(len(part), np.int32),
            times,
            cells,
            arrivals,
        )
        out += list(changes)
    return out, state, aside


def every(step, begin, end, cell):
    """Events at one cell, both ends included."""
    return [(time, cell) for time in range(begin, end + 1, step)]


def test_a_rows_state_is_forty_bytes():
    """DESIGN section 4: 32 to 40 bytes a subscription."""
    assert STATE.itemsize <= 40


def test_exactly_four_hours_are_not_more_than_four_hours():
    """4 h 00 m 00 s is not kept, 4 h 00 m 01 s is."""
    assert folded([(NOON, 0), (NOON + 2 * HOUR, 0), (NOON + 4 * HOUR, 0)]) == []
    assert folded([(NOON, 0), (NOON + 2 * HOUR, 0), (NOON + 4 * HOUR + 1, 0)]) == [
        (A, NOON, NOON + 4 * HOUR + 1, True)
    ]


def test_midnight_changes_nothing_in_a_stay():
    """A stay over midnight is one stay, and both its days are covered."""
    begin = start_of_day(20_781) - 3 * HOUR
    events = every(10 * MINUTE, begin, begin + 6 * HOUR, 0)
    changes, _, _ = run(events)
    assert folded(events)[0][:2] == (A, begin)
    assert sum(change["kind"] == ChangeKind.SEEN for change in changes) == 2


def test_half_an_hour_away_does_not_end_a_stay():
    """An absence of at most 30 minutes, with evidence of another region, is part of the stay."""
    events = every(5 * MINUTE, NOON, NOON + 3 * HOUR, 0)
    events += every(5 * MINUTE, NOON + 3 * HOUR + 5 * MINUTE, NOON + 3 * HOUR + 30 * MINUTE, 1)
    events += every(5 * MINUTE, NOON + 3 * HOUR + 35 * MINUTE, NOON + 6 * HOUR, 0)
    assert [stay[:2] for stay in folded(events)] == [(A, NOON)]


def test_hours_elsewhere_end_it():
    """Two hours of core evidence elsewhere divide a day into its stays."""
    events = every(10 * MINUTE, NOON, NOON + 5 * HOUR, 0)
    events += every(10 * MINUTE, NOON + 5 * HOUR + 600, NOON + 10 * HOUR, 1)
    first, second = folded(events)
    assert (first[0], first[2], second[0]) == (A, NOON + 5 * HOUR, B)


def test_ping_pong_between_border_cells_is_one_presence():
    """A phone at the border that hears both sides by turns is where it was."""
    events = every(5 * MINUTE, NOON, NOON + HOUR, 0)
    events += [(NOON + HOUR + i * 120, (4, 5, 6)[i % 3]) for i in range(1, 300)]
    assert [stay[0] for stay in folded(events)] == [A]


def test_a_train_that_passes_through_is_no_stay():
    """Twenty minutes each in many regions make no stay in any of them."""
    events = every(10 * MINUTE, NOON, NOON + 5 * HOUR, 0)
    for place in range(9):
        begin = NOON + 5 * HOUR + place * 20 * MINUTE
        events += every(5 * MINUTE, begin + 60, begin + 15 * MINUTE, (1, 2)[place % 2])
    assert [stay[0] for stay in folded(events)] == [A]


def test_a_day_of_silence_ends_a_stay():
    """More than 24 hours without an event: nothing carries over; a stay counts to its last event."""
    events = [*every(HOUR, NOON, NOON + 6 * HOUR, 0), *every(HOUR, NOON + 31 * HOUR, NOON + 37 * HOUR, 0)]
    assert [stay[1:3] for stay in folded(events)] == [
        (NOON, NOON + 6 * HOUR),
        (NOON + 31 * HOUR, NOON + 31 * HOUR + 5 * HOUR),
    ]


def test_silence_shorter_than_a_day_does_not_end_a_stay():
    """Sparse records: an event every 20 hours in one region is one stay."""
    events = every(20 * HOUR, NOON, NOON + 60 * HOUR, 0)
    assert folded(events)[0][:2] == (A, NOON)


def test_the_clock_tick_closes_the_silent():
    """A phone that has been silent for more than a day has no open stay."""
    _, state, _ = run(every(HOUR, NOON, NOON + 6 * HOUR, 0))
    assert len(tick(state, NOON + 30 * HOUR)) == 0
    [change] = tick(state, NOON + 31 * HOUR)
    assert (change["kind"], change["last"]) == (ChangeKind.CLOSED, NOON + 6 * HOUR)
    assert len(tick(state, NOON + 60 * HOUR)) == 0


def test_a_late_event_lengthens_what_it_agrees_with():
    """Up to two hours before the start, in the same region; elsewhere or earlier it changes nothing."""
    events = every(10 * MINUTE, NOON, NOON + 3 * HOUR, 0)
    assert folded([*events, (NOON - 90 * MINUTE, 0, NOON + 3 * HOUR)])[0][1] == NOON - 90 * MINUTE
    assert folded([*events, (NOON - 3 * HOUR, 0, NOON + 3 * HOUR)]) == []
    assert folded([*events, (NOON - 90 * MINUTE, 1, NOON + 3 * HOUR)]) == []


def test_the_ordinal_counts_on_from_zero_after_65535():
    """Sixteen bits of state; whoever applies changes compares them as serial numbers (RFC 1982)."""
    state = new_state(1)
    state["ordinal"] = 65_534
    times = NOON + np.arange(3) * 86_400
    changes, _ = fold(
        state, np.zeros(1, np.int64), CELLS, np.zeros(3, np.int32), times, np.zeros(3, np.int32), times
    )
    assert changes["ordinal"].tolist()[:3] == [65_535, 0, 1]


def test_a_duplicated_event_changes_nothing():
    """The same events twice in a row make the same stays."""
    events = every(10 * MINUTE, NOON, NOON + 6 * HOUR, 0)
    assert folded([event for event in events for _ in range(2)]) == folded(events)


def test_abroad_any_registration_counts():
    """One event on another country's network is a stay, and ends the one at home."""
    events = [*every(10 * MINUTE, NOON, NOON + 5 * HOUR, 0), (NOON + 6 * HOUR, 3), (NOON + 7 * HOUR, 0)]
    assert [stay[0] for stay in folded(events)] == [A, JAPAN]


def test_a_border_phone_that_latches_on_abroad_is_possible_at_most():
    """Soft foreign cells never make a certain stay."""
    events = every(10 * MINUTE, NOON, NOON + 5 * HOUR, 0)
    for cell in (7, 10):
        latched = every(10 * MINUTE, NOON + 5 * HOUR + 600, NOON + 12 * HOUR, cell)
        assert ended(events + latched) == [(A, True), (JAPAN, False)]


def test_only_border_cells_make_a_stay_possible_not_certain():
    """A mean belief of 0.73 and no core cell is possible only; one of 0.97 is certain without."""
    assert ended(every(5 * MINUTE, NOON, NOON + 6 * HOUR, 5)) == [(B, False)]
    assert ended(every(5 * MINUTE, NOON, NOON + 6 * HOUR, 0)) == [(A, True)]
    assert ended(every(5 * MINUTE, NOON, NOON + 6 * HOUR, 9)) == [(B, True)]


def test_a_glimpse_of_a_core_cell_makes_no_certainty():
    """An hour on core cells: of eight that mean either region possible, of eight that rather mean this one certain."""
    hour = every(5 * MINUTE, NOON + 8 * HOUR, NOON + 9 * HOUR, 1)
    assert ended([*every(5 * MINUTE, NOON, NOON + 8 * HOUR, 6), *hour]) == [(B, False)]
    assert ended([*every(5 * MINUTE, NOON, NOON + 8 * HOUR, 5), *hour]) == [(B, True)]
    assert ended([*every(5 * MINUTE, NOON, NOON + 8 * HOUR, 5), (NOON + 8 * HOUR + 200, 1)]) == [(B, False)]


def test_a_core_cell_on_the_way_in_makes_no_certainty_either():
    """It vouches for half an hour, not for the hours on border cells that it took to leave the stay before."""
    events = every(10 * MINUTE, NOON, NOON + 10 * HOUR, 4)
    away = NOON + 10 * HOUR + 600
    mixed = [(away + 600 * place, 1 if place == 1 else (5, 5, 6)[place % 3]) for place in range(90)]
    assert ended(events + mixed) == [(A, False), (B, False)]


def test_more_than_four_hours_on_core_cells_are_certain_whatever_else_was_heard():
    """By day in the city, by night at the border: the nights take nothing from the days."""
    events = []
    for day in range(3):
        morning = NOON + day * 24 * HOUR
        events += every(10 * MINUTE, morning, morning + 3 * HOUR, 0)
        night = range(morning + 4 * HOUR, morning + 23 * HOUR, 10 * MINUTE)
        events += [(time, (6, 8)[place % 2] if place % 3 else 4) for place, time in enumerate(night)]
    assert ended(events) == [(A, True)]
    assert ended([(time, 4 if cell == 0 else cell) for time, cell in events]) == [(A, False)]


def test_cells_that_rather_mean_another_region_make_no_stay():
    """Six hours on a tower of B that serves A for the most part: nothing is told of B."""
    assert folded(every(5 * MINUTE, NOON, NOON + 6 * HOUR, 8)) == []


def test_two_hours_of_cells_that_rather_mean_another_region_end_a_settled_stay():
    """Each says little, none is core: after more than two hours it is the other region's stay, from its first event on."""
    events = every(10 * MINUTE, NOON, NOON + 6 * HOUR, 0)
    away = NOON + 6 * HOUR + 600
    _, state, _ = run(events + every(10 * MINUTE, away, away + 2 * HOUR, 6))
    assert abs(state["cur"][0]) == A
    stays = folded(events + every(10 * MINUTE, away, away + 5 * HOUR, 6))
    assert [stay[:2] for stay in stays] == [(A, NOON), (B, away)]
    assert not stays[1][3]


def test_a_stay_in_doubt_is_not_left_for_another_doubt():
    """Who lives among border cells does not move because the other side's are heard for an evening; a core cell moves them."""
    events = every(10 * MINUTE, NOON, NOON + 10 * HOUR, 4)
    away = NOON + 10 * HOUR + 600
    evening = every(10 * MINUTE, away, away + 5 * HOUR, 5)
    assert [stay[0] for stay in folded(events + evening)] == [A]
    assert [stay[0] for stay in folded([*events, *evening, (away + 5 * HOUR + 600, 1)])] == [A, B]


def test_what_has_been_told_is_told_to_its_end():
    """A stay whose cells mean it less and less is closed as possible, not taken back."""
    events = every(10 * MINUTE, NOON, NOON + 5 * HOUR, 5)
    changes, _, _ = run(events + every(10 * MINUTE, NOON + 5 * HOUR + 600, NOON + 60 * HOUR, 8))
    assert [row_of(change)[0::3] for change in changes if change["kind"] == ChangeKind.OPEN] == [(B, False)]
    changes, state, _ = run(events + every(10 * MINUTE, NOON + 5 * HOUR + 600, NOON + 60 * HOUR, 8))
    [closed] = tick(state, NOON + 90 * HOUR)
    assert row_of(closed) == (B, NOON, NOON + 60 * HOUR, False)


def test_implausible_times_are_set_aside_and_counted():
    """More than five minutes ahead of its arrival, or three days behind, an event is not believed."""
    _, _, aside = run([(NOON + 301, 0, NOON), (NOON + 300, 0, NOON), (NOON - 259_201, 0, NOON)])
    assert (aside.ahead_of_arrival, aside.too_late) == (1, 1)


def test_unknown_cells_and_strangers_are_counted():
    """A cell that no table knows, a number without a subscription: counted, not guessed."""
    times = np.array([NOON, NOON], np.int64)
    state = new_state(1)
    rows, cell = np.array([0, -1], np.int32), np.array([-1, 0], np.int32)
    changes, aside = fold(state, np.zeros(1, np.int64), CELLS, rows, times, cell, times)
    assert (len(changes), aside.unknown_cell, aside.no_subscription) == (0, 1, 1)


def test_events_before_the_activation_belong_to_nobody():
    """What the number's former owner did is not folded into the new one's state."""
    events = every(10 * MINUTE, NOON, NOON + 10 * HOUR, 0)
    assert folded(events, activation=NOON + 2 * HOUR)[0][1] == NOON + 2 * HOUR
    _, _, aside = run(events, activation=NOON + 2 * HOUR)
    assert aside.before_activation == 12


STEPS = st.sampled_from(
    [
        0,
        1,
        30,
        55,
        57,
        290,
        300,
        450,
        600,
        890,
        900,
        1199,
        1200,
        1201,
        1799,
        1801,
        3600,
        7150,
        7201,
        14_400,
        86_401,
    ]
)
LATE = st.sampled_from([0, 0, 0, 0, 0, 0, 60, 7150, 7201, 90_000, 260_000, -301])
# Runs of events on one cell, some seconds apart; the first of each run may come late.
RUNS = st.lists(st.tuples(STEPS, st.integers(0, 10), st.integers(1, 12), LATE), max_size=12)


@settings(max_examples=1000)
@given(RUNS, st.integers(1, 20), st.sampled_from([0, NOON + 2 * HOUR]))
def test_the_kernel_says_what_its_oracle_says_in_any_batches(runs, split, activation):
    """On any stream, late and duplicated events included, cut into any batches, change for change."""
    now, events = NOON, []
    for step, cell, count, behind in runs:
        for place in range(count):
            now += step
            events.append((now - (0 if place else behind), cell, now))
    oracle = Oracle(activation)
    for time, cell, arrival in events:
        oracle.feed(
            Event(time, arrival, int(CELLS.region[cell]), int(CELLS.evidence[cell]), int(CELLS.other[cell]))
        )
    changes, state, _ = run(events, split=split, activation=activation)
    oracle.tick(now + 90_000)
    changes += list(tick(state, now + 90_000))
    names = {"SEEN": 0, "OPEN": 1, "CLOSED": 2}
    told = [(names[told.kind], told.certain, told.region, told.start, told.last) for told in oracle.told]
    assert [(int(c["kind"]), bool(c["certain"]), *row_of(c)[:3]) for c in changes] == told
    assert [int(c["ordinal"]) for c in changes] == list(range(1, len(changes) + 1))


def test_towers_near_a_border_are_soft_and_others_core():
    """Two rows of towers, ten kilometres apart in all: those at the seam are soft, the far ones core."""
    side = np.arange(40)
    lat = np.concatenate([30 + side * 0.002, 30 + side * 0.002])
    lon = np.concatenate([np.full(40, 120.0), np.full(40, 120.002)])
    region = np.array([A] * 40 + [B] * 40, np.int32)
    near = cells_of(region, lat, lon)
    assert (near.evidence < 64).all()
    assert set(near.other.tolist()) == {A, B}
    far = cells_of(region, lat, lon + np.repeat([0.0, 5.0], 40))
    assert (far.evidence == 64).all()


def test_cells_without_positions_are_core():
    """Nothing is known against them."""
    cells = cells_of(np.array([A, B], np.int32), np.full(2, np.nan), np.full(2, np.nan))
    assert (cells.evidence == 64).all()


def test_the_kernel_says_what_its_oracle_says_on_long_random_streams():
    """Six hundred phones with a few hundred events each, at every pace, mostly near borders."""
    chance = np.random.default_rng(7)
    for _ in range(600):
        pace = chance.choice([20, 120, 600, 3000, 9000])
        steps = chance.integers(0, 2 * pace, 250)
        cells = np.repeat(
            chance.choice([0, 1, 2, 4, 4, 5, 5, 6, 6, 7, 8, 9, 10], 250), chance.integers(1, 9, 250)
        )[:250]
        times = NOON + np.cumsum(steps)
        oracle = Oracle()
        for time, cell in zip(times.tolist(), cells.tolist(), strict=True):
            oracle.feed(
                Event(time, time, int(CELLS.region[cell]), int(CELLS.evidence[cell]), int(CELLS.other[cell]))
            )
        changes, _, _ = run(list(zip(times.tolist(), cells.tolist(), strict=True)))
        assert [row_of(change) for change in changes] == [
            (told.region, told.start, told.last, told.certain) for told in oracle.told
        ]
