"""Positions and company are two ways to judge a cell: where both exist they have to agree."""

import numpy as np
import pytest

from service.mobility.cells import CORE, PREFECTURE
from service.mobility.co_occurrence import CoOccurrence
from service.mobility.judgement import JudgedBy, judged

WEST, EAST, KM, NOON = 320500, 310000, 1 / 111.195, 1_795_406_400
SIDE, PHONES, STEPS = 14, 300, 400


def land(seed):
    """Towers a kilometre apart or so, in km; those east of a winding border are EAST's."""
    chance = np.random.default_rng(seed)
    x, y = (
        axis.ravel() + chance.normal(0, 0.25, SIDE * SIDE) for axis in np.mgrid[:SIDE, :SIDE].astype(float)
    )
    return x, y, np.where(x > SIDE / 2 + 1.5 * np.sin(y / 2.5), EAST, WEST).astype(np.int32)


def company(x, y, seed):
    """Phones that wander and signal each minute, on the tower with the least loss and 6 dB of shadows."""
    chance, seen = np.random.default_rng([seed, 1]), CoOccurrence(len(x), 1 << 10)
    for number in range(PHONES):
        walk = chance.uniform(0, SIDE, 2) + np.cumsum(chance.normal(0, 0.15, (STEPS, 2)), axis=0)
        walk = np.abs((walk + SIDE) % (2 * SIDE) - SIDE)  # back from the edges
        away = np.hypot(walk[:, :1] - x, walk[:, 1:] - y) + 0.05
        cell = (-35 * np.log10(away) + chance.normal(0, 6, away.shape)).argmax(axis=1)
        seen.add(np.full(STEPS, number + 1), NOON + 60 * np.arange(STEPS), cell.astype(np.int32))
    return seen


@pytest.mark.parametrize("seed", [1, 2])
def test_company_says_what_positions_say(seed):
    """Nine of ten cells that are core by the one are core by the other, and evidence differs by less than five on the whole."""
    x, y, region = land(seed)
    lat, lon = 31 + y * KM, 121 + x * KM / np.cos(np.radians(31))
    nowhere, seen = np.full(len(x), np.nan), company(x, y, seed)
    placed = judged(region, lat, lon, seen, PREFECTURE, lambda _: None)
    hidden = judged(region, nowhere, nowhere, seen, PREFECTURE, lambda _: None)
    assert (placed.judged_by == JudgedBy.POSITION).mean() > 0.98
    assert (hidden.judged_by == JudgedBy.CO_OCCURRENCE).all()
    core = [judgement.cells.evidence == CORE for judgement in (placed, hidden)]
    assert 0.5 < core[0].mean() < 0.9
    assert core[0][core[1]].mean() > 0.9
    assert core[1][core[0]].mean() > 0.9
    both = np.stack([placed.cells.evidence, hidden.cells.evidence])
    assert np.corrcoef(both)[0, 1] > 0.95
    assert np.abs(both[0] - both[1]).mean() < 5
