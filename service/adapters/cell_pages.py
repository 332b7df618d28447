"""The report of a cell table as one page: no script, nothing loaded, light and dark, printable.

Rule 1: this file alone decides how much of a report a page shows; the whole of it is in the machine form.
Rule 2: it finds nothing out, and draws nothing. Names of cells are somebody's input: the template escapes them, and
`cell_map` does in what it hands over as markup.
"""

from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from service.adapters.cell_map import COLOURS, close_up, overview
from service.adapters.cell_report import cells_told
from service.domain.regions import Regions
from service.ports.built_cells import Built

__all__ = ["page"]

_BORDERS, _PICTURES, _DOUBTED, _NAMES = 40, 6, 200, 100
_DOUBTS = {
    "nowhere": ("at 0/0", "at 0 N 0 E: not believed"),
    "swapped": ("with lat and lon exchanged", "lat and lon look exchanged: not believed"),
    "far": (
        "far from their phones' other cells",
        "every other cell of its phones is at least so far: not believed",
    ),
    "surrounded": (
        "among towers of another region",
        "none of the 13 nearest towers is of its region; the nearest that is, so far away",
    ),
    "shared": (
        "at a spot of several regions or of very many cells",
        "several regions, or very many cells, at one spot",
    ),
}
_CHANGES = (
    ("added", "New"),
    ("removed", "Gone"),
    ("region", "In another region"),
    ("moved", "Moved by more than 100 m, or a position found or lost"),
    ("softened", "Core before, soft now"),
    ("hardened", "Soft before, core now"),
)


def page(built: Built, told: Mapping[str, Any], regions: Regions) -> str:
    """The page of a report (`cell_report.report`)."""

    def names(code: int) -> str:
        zh, en = regions.name(code, "zh"), regions.name(code, "en")
        return en if zh == en else f"{zh} {en.split(' (')[0]}"

    pictures = []
    for border in built.borders[:_PICTURES]:
        picture, rows = close_up(built, border, names)
        if picture:
            pictures.append((border.regions, Markup(picture), cells_told(built, rows)))  # noqa: S704  # nosec B704
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string((files("service.data") / "cell_report.html").read_text("utf-8"))
    return template.render(
        told=told,
        names=names,
        figures=[(name.capitalize(), told[name]) for name in ("cells", "core", "soft", "regions")],
        colours=COLOURS,
        map=Markup(overview(built, names)),  # noqa: S704  # nosec B704
        borders=told["borders"][:_BORDERS],
        pictures=pictures,
        doubts=sorted(Counter(cell["doubt"] for cell in told["doubted"]).items()),
        doubted=told["doubted"][:_DOUBTED],
        words=_DOUBTS,
        changes=_CHANGES,
        most=_NAMES,
    )
