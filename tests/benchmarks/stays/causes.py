"""Why a stay was missed, and what a false one was: each counted once, by what it looks like from outside.

Rule 1: hits are `scores.py`'s; here only the rest is sorted, never scored.
Rule 2: it looks at truth and answer, not at cells: what a cell said is for `ceilings.py` to tell.

    missed    nothing there    no stay of that region overlaps it
              swallowed        one does that is more than twice as long: an absence was not seen
              broken           several do, for more than half of it
              mostly lost      what overlaps covers less than half of it
    false     never there      no true stay of that region overlaps it
              a piece          of a true stay more than twice as long
              joined           of several true stays
    either    shifted          the rest: begins or ends elsewhere
"""

from collections import Counter, defaultdict

import numpy as np
from rich.table import Table

from service.mobility.nearest import Tree
from tests.benchmarks.stays.geographies import borders_of
from tests.benchmarks.stays.scores import Found, Truth, matched, overlap, worth
from tests.benchmarks.stays.signalling import World
from tests.benchmarks.stays.truth import TrueStay, whereabouts

__all__ = ["causes", "near_no_border", "table"]

_INLAND_KM = 2.0
_NEAR_KM = (0.5, 1.0, 2.0, 4.0)
_MISSED = ("nothing there", "swallowed", "broken", "mostly lost", "shifted")
_FALSE = ("never there", "a piece", "joined", "shifted ")


def causes(world: World, truth: Truth, found: list[Found]) -> Counter[tuple[str, str]]:
    """Counts by (what, class of person) and by (where, kilometres to the next border)."""
    tree = Tree.of(_flat(borders_of(world.land.prefecture)))
    counts = Counter[tuple[str, str]]()
    theirs: defaultdict[int, list[Found]] = defaultdict(list)
    for stay in found:
        if worth(stay):
            theirs[stay.person].append(stay)
    for number, person in enumerate(truth.people):
        true, given = truth.stays[number], sorted(theirs[number], key=lambda stay: stay.start)
        pairs = matched(true, given)
        counts["found", person.kind] += len(pairs)
        right, used = {id(one) for one, _ in pairs}, {id(other) for _, other in pairs}
        for lost in (one for one in true if id(one) not in right):
            counts[_missed(lost, given), person.kind] += 1
            counts["missed", _where(tree, person, lost)] += 1
        for extra in (one for one in given if id(one) not in used):
            counts[_false(extra, true), person.kind] += 1
            counts["false", _where(tree, person, extra)] += 1
    return counts


def near_no_border(world: World, truth: Truth) -> np.ndarray:
    """The people whose home and true stays all lie away from borders."""
    tree = Tree.of(_flat(borders_of(world.land.prefecture)))
    kept = []
    for number, person in enumerate(world.people):
        spots = [
            whereabouts(person, np.array([(stay.start + stay.end) / 2]))[:2] for stay in truth.stays[number]
        ]
        places = np.array([person.home, *((x[0], y[0]) for x, y in spots)])
        if np.sqrt(tree.nearest(_flat(places), 1)[1].min()) >= _INLAND_KM:
            kept.append(number)
    return np.array(kept, np.int64)


def _missed(stay: TrueStay, given: list[Found]) -> str:
    same = [one for one in given if one.region == stay.region and overlap(one, stay) > 0]
    length, covered = stay.end - stay.start, sum(overlap(one, stay) for one in same)
    if not same:
        return "nothing there"
    if max(one.end - one.start for one in same) > 2 * length:
        return "swallowed"
    if 2 * covered < length:
        return "mostly lost"
    return "broken" if len(same) > 1 else "shifted"


def _false(stay: Found, true: list[TrueStay]) -> str:
    same = [one for one in true if one.region == stay.region and overlap(one, stay) > 0]
    if not same:
        return "never there"
    if max(one.end - one.start for one in same) > 2 * (stay.end - stay.start):
        return "a piece"
    return "joined" if len(same) > 1 else "shifted "


def _flat(points):
    return np.column_stack([points, np.zeros(len(points))])


def _where(tree, person, stay):
    x, y, _, _ = whereabouts(person, np.linspace(stay.start, stay.end, 21))
    away = float(np.sqrt(np.median(tree.nearest(_flat(np.column_stack([x, y])), 1)[1])))
    nearer = [limit for limit in _NEAR_KM if away < limit]
    return f"under {nearer[0]:g} km" if nearer else f"{_NEAR_KM[-1]:g} km and more"


def table(counts: Counter[tuple[str, str]], classes) -> Table:
    """Missed and false stays of one method, by class and by distance to the border."""
    made = Table(title="ours: why stays are missed, and what false ones are, prefecture level")
    for column in ("", "found", *_MISSED, *_FALSE):
        made.add_column(column.strip())
    for kind in (*classes, "all"):
        kinds = classes if kind == "all" else [kind]
        whats = ("found", *_MISSED, *_FALSE)
        made.add_row(kind, *(str(sum(counts[what, one] for one in kinds)) for what in whats))
    made.add_section()
    for where in (*(f"under {limit:g} km" for limit in _NEAR_KM), f"{_NEAR_KM[-1]:g} km and more"):
        made.add_row(
            f"{where} from a border",
            "",
            f"{counts['missed', where]} missed",
            *[""] * 4,
            f"{counts['false', where]} false",
        )
    return made
