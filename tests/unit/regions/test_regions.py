"""Which codes are regions, and what they are called."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.region_tables import load_regions
from service.domain.regions import Region, RegionError, Regions

REGIONS = load_regions()
TODAY = (date(2026, 11, 23) - date(1970, 1, 1)).days
GSM_7_BIT = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)  # 3GPP TS 23.038, 6.2.1, without the extension table


def day(year: int, month: int = 6, of_month: int = 1) -> int:
    """A Shanghai day ordinal."""
    return (date(year, month, of_month) - date(1970, 1, 1)).days


def living() -> list[int]:
    """Every code that is a region today, China and abroad."""
    return [code for code in range(1000, 820001) if REGIONS.known(code, TODAY)] + abroad()


def abroad() -> list[int]:
    """Every country's representative code."""
    return [code for code in range(1000) if REGIONS.known(code, TODAY)]


@pytest.mark.parametrize(
    ("text", "region", "chinese", "english"),
    [
        ("420100", 420100, "湖北武汉", "Wuhan (Hubei)"),
        ("440300", 440300, "广东深圳", "Shenzhen (Guangdong)"),
        ("222400", 222400, "吉林延边", "Yanbian (Jilin)"),
        ("422800", 422800, "湖北恩施", "Enshi (Hubei)"),
        ("150100", 150100, "内蒙古呼和浩特", "Hohhot (Inner Mongolia)"),
        ("152200", 152200, "内蒙古兴安盟", "Hinggan (Inner Mongolia)"),
        ("650100", 650100, "新疆乌鲁木齐", "Ürümqi (Xinjiang)"),
        ("540100", 540100, "西藏拉萨", "Lhasa (Tibet)"),
        ("610100", 610100, "陕西西安", "Xi'an (Shaanxi)"),
        ("230100", 230100, "黑龙江哈尔滨", "Harbin (Heilongjiang)"),
        ("350200", 350200, "福建厦门", "Xiamen (Fujian)"),
        ("340300", 340300, "安徽蚌埠", "Bengbu (Anhui)"),
        ("341500", 341500, "安徽六安", "Lu'an (Anhui)"),
        ("331000", 331000, "浙江台州", "Taizhou (Zhejiang)"),
        ("331100", 331100, "浙江丽水", "Lishui (Zhejiang)"),
        ("140400", 140400, "山西长治", "Changzhi (Shanxi)"),
        ("411100", 411100, "河南漯河", "Luohe (Henan)"),
        ("211300", 211300, "辽宁朝阳", "Chaoyang (Liaoning)"),
        ("530800", 530800, "云南普洱", "Pu'er (Yunnan)"),
        ("220200", 220200, "吉林吉林市", "Jilin (Jilin)"),
        ("632500", 632500, "青海海南州", "Hainan (Qinghai)"),
        ("429004", 429004, "湖北仙桃", "Xiantao (Hubei)"),
        ("469021", 469021, "海南定安", "Ding'an (Hainan)"),
        ("659001", 659001, "新疆石河子", "Shihezi (Xinjiang)"),
        ("310000", 310000, "上海", "Shanghai"),
        ("310100", 310000, "上海", "Shanghai"),
        ("500200", 500000, "重庆", "Chongqing"),
        ("454", 810000, "香港", "Hong Kong"),
        ("455", 820000, "澳门", "Macau"),
        ("466", 710000, "台湾", "Taiwan"),
        ("440", 440, "日本", "Japan"),
        ("441", 440, "日本", "Japan"),
        ("235", 234, "英国", "United Kingdom"),
        ("316", 310, "美国", "United States"),
        ("405", 404, "印度", "India"),
    ],
)
def test_a_code_of_the_cell_table_means_a_region_with_a_name(
    text: str, region: int, chinese: str, english: str
) -> None:
    """Prefectures, municipalities as one, Hong Kong, Macau and Taiwan by either code, countries by any of their MCCs."""
    assert REGIONS.parse(text, TODAY) == region
    assert REGIONS.name(region, "zh", TODAY) == chinese
    assert REGIONS.name(region, "en", TODAY) == english


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("420106", "420100"),  # a district: the answer is its prefecture
        ("420000", "prefecture-level"),
        ("429000", "prefecture-level"),  # a heading of GB/T 2260, not a place
        ("110105", "six digits"),
        ("460", "abroad"),
        ("901", "abroad"),  # ships and aeroplanes are in no country
        ("289", "abroad"),  # not assigned by the ITU
        ("", "six digits"),
        ("-420100", "six digits"),
        ("420100.0", "six digits"),
        ("４２０１００", "six digits"),
        ("Wuhan", "six digits"),
        ("42010", "prefecture-level"),
        ("4201000", "prefecture-level"),
    ],
)
def test_what_is_no_region_is_refused_with_what_was_expected(text: str, expected: str) -> None:
    """A district, a province, China's own MCC, a network without a country, and text that is no code."""
    with pytest.raises(RegionError, match=expected):
        REGIONS.parse(text, TODAY)


def test_every_province_is_covered_and_every_region_has_one() -> None:
    """All 34 provinces have regions; every region of China lies in one of them."""
    inside = [code for code in living() if code >= 1000]
    provinces = {REGIONS.province_of(code) for code in inside}
    assert len(provinces) == 34
    assert None not in provinces
    assert (
        len(inside) == 333 + 4 + 3 + 33
    )  # prefectures; municipalities; HK, Macau, Taiwan; run by their province
    assert all(REGIONS.province_of(code) is None for code in abroad())


def test_names_tell_the_regions_of_today_apart() -> None:
    """No two living regions share a name, in Chinese or in English; neither is ever empty."""
    for language in ("zh", "en"):
        names = [REGIONS.name(code, language, TODAY) for code in living()]
        assert len(set(names)) == len(names)
        assert all(names)


def test_english_names_fit_the_gsm_alphabet() -> None:
    """One foreign letter would turn an English SMS into UCS-2 and halve its length."""
    for code in living():
        assert set(REGIONS.name(code, "en", TODAY)) <= GSM_7_BIT


def test_chinese_names_are_short_enough_for_a_text() -> None:
    """Three regions of the longest names still leave room in two SMS (134 characters)."""
    assert max(len(REGIONS.name(code, "zh", TODAY)) for code in living()) <= 11


@pytest.mark.parametrize(
    ("code", "last_year", "name"),
    [
        (371200, 2018, "山东莱芜"),
        (341400, 2011, "安徽巢湖"),
        (469003, 2015, "海南儋州"),
        (542400, 2017, "西藏那曲"),
    ],
)
def test_a_dead_code_is_refused_after_its_last_year_and_keeps_its_name(
    code: int, last_year: int, name: str
) -> None:
    """A code may die inside a window: records made under it are still named, new cell tables must not use it."""
    assert REGIONS.known(code, day(last_year, 12, 31))
    assert not REGIONS.known(code, day(last_year + 1, 1, 1))
    assert REGIONS.known(code)
    assert REGIONS.name(code, "zh", TODAY) == name
    with pytest.raises(RegionError):
        REGIONS.parse(str(code), TODAY)


def test_a_renamed_region_is_called_by_the_name_of_the_day() -> None:
    """420600 was Xiangfan until 2010; in the year of the change the new name is used."""
    assert REGIONS.name(420600, "zh", day(2009)) == "湖北襄樊"
    assert REGIONS.name(420600, "en", day(2010)) == "Xiangyang (Hubei)"
    assert REGIONS.name(420600, "zh") == "湖北襄阳"


def test_a_code_is_unknown_before_its_first_year() -> None:
    """Sansha exists since 2012."""
    assert not REGIONS.known(460300, day(2011))
    assert REGIONS.known(460300, day(2012))


def test_a_code_of_no_table_is_named_by_its_digits() -> None:
    """An answer never falls silent about a stay because a table lost its code."""
    assert REGIONS.name(999999, "zh") == "999999"


def test_the_countries_are_those_of_the_itu() -> None:
    """Some 200 countries; every MCC leads to a region that exists; China's own is none."""
    assert 190 < len(abroad()) < 240
    assert not REGIONS.known(460)
    for mcc in range(1000):
        try:
            region = REGIONS.parse(f"{mcc:03}", TODAY)
        except RegionError:
            continue
        assert REGIONS.known(region, TODAY)


@settings(max_examples=1000)
@given(st.one_of(st.text(), st.integers(0, 999_999).map("{:06}".format), st.sampled_from(living()).map(str)))
def test_parsing_gives_a_known_region_or_a_refusal(text: str) -> None:
    """Whatever stands in a cell table, the outcome is a region that exists or one sentence."""
    try:
        region = REGIONS.parse(text, TODAY)
    except RegionError as error:
        sentence = str(error)
    else:
        sentence = REGIONS.name(region, "en")
        assert REGIONS.known(region, TODAY)
    assert 0 < len(sentence) < 120


def test_rows_may_come_in_any_order() -> None:
    """The newest row of a code gives its name, wherever it stands in the table."""
    old = Region(420600, "襄樊市", "Xiangfan", "襄樊", 420000, None, 14000)
    new = Region(420600, "襄阳市", "Xiangyang", "襄阳", 420000, 13999, None)
    province = Region(420000, "湖北省", "Hubei", "湖北", 420000)
    for rows in ([old, new, province], [new, province, old]):
        assert Regions.of(rows, ()).name(420600, "en") == "Xiangyang (Hubei)"
