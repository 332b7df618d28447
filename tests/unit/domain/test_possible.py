"""What only border cells speak for is possible, and never counted as a visit: each place where visits are counted or told."""

import csv
from pathlib import Path

import numpy as np

from service.adapters.pack_files import load_packs
from service.adapters.region_tables import load_regions
from service.adapters.stays_file import write_stays
from service.domain.amendments import Change, ChangeKind, amended
from service.domain.explanations import Explanation, explain
from service.domain.identity import Msisdn
from service.domain.itinerary import Certainty, Itinerary, day_of
from service.domain.replies import reply
from service.domain.statement import Statement
from service.domain.stay_rule import RULES
from service.flows.derive import derive
from service.mobility.cells import Cells
from service.ports.feed import EventBatch
from service.records.itinerary_record import decode_itinerary, encode_itinerary

NOW = 1_795_400_000
START = NOW - 5 * 86_400
WUHAN, SUZHOU = 420100, 320500
MSISDN = Msisdn.parse("8613800138000")
LANGUAGES = load_packs(Path(__file__).parents[3] / "config" / "packs")["10086"].languages
NAME = load_regions().name


def record() -> Itinerary:
    """Wuhan for certain, Suzhou by border cells alone; through the stored bytes."""
    changes = [
        Change(1, ChangeKind.CLOSED, True, WUHAN, START, START + 20_000),
        Change(2, ChangeKind.CLOSED, False, SUZHOU, START + 90_000, START + 120_000),
    ]
    return decode_itinerary(encode_itinerary(amended(Itinerary(), changes)))


def test_possible_is_counted_as_a_visit_nowhere(tmp_path):
    """Rule, reply, explanation, derived stays and their file: apart in each of them, in each language."""
    stored = record()
    assert [stay.certainty for stay in stored.stays] == [Certainty.CERTAIN, Certainty.POSSIBLE]
    for rule in RULES.values():
        answer = rule.answer(stored, 14, 0, NOW)
        assert (answer.certain, answer.possible) == ((WUHAN,), (SUZHOU,))
        reasons = rule.reasons(stored, 14, NOW)
        assert [(reason.region, reason.certainty) for reason in reasons] == [(WUHAN, 1), (SUZHOU, 0)]
        for language in LANGUAGES:
            wuhan, suzhou = (NAME(code, language.code) for code in (WUHAN, SUZHOU))
            text = reply(Statement(MSISDN.masked, answer, 0, 0, NOW), language, NAME)
            doubt = language.texts["possible"].partition("{")[0]
            assert text.index(wuhan) < text.index(doubt) < text.index(suzhou)
            told = explain(MSISDN, Explanation(answer, reasons, 0, 0, NOW), language, NAME)
            line = told[told.index(suzhou) :]
            assert line.index(language.texts["explain_border"]) < line.index(language.texts["explain_legend"])
            assert language.texts["explain_certain"] not in line
    # Offline: a phone whose events are all of one soft cell.
    cells = Cells(np.array([SUZHOU], np.int32), np.array([20], np.int32), np.array([310000], np.int32))
    times = np.arange(START, START + 30_000, 600, dtype=np.int64)
    batch = EventBatch(np.full(len(times), 8613800138000), times, np.zeros(len(times), np.int32), times)
    derived = derive([batch], cells, lambda _count: None)
    write_stays(tmp_path / "stays.csv", derived.stays)
    rows = list(csv.DictReader((tmp_path / "stays.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["region"], row["certainty"]) for row in rows] == [(str(SUZHOU), "possible")]


def test_an_answer_of_possible_regions_alone_says_that_there_is_none():
    """And never that the number was there."""
    changes = [Change(1, ChangeKind.CLOSED, False, SUZHOU, START, START + 30_000)]
    stored = amended(Itinerary(), changes)
    answer = RULES["dwell-4h/1"].answer(stored, 14, day_of(NOW) - 400, NOW)
    for language in LANGUAGES:
        said = Statement(MSISDN.masked, answer, day_of(NOW) - 400, 0, NOW)
        text = reply(said, language, NAME)
        assert language.texts["places_none"] in text
