"""Every text that we send, by its length on the air; and what no text of ours may hold."""

import csv
import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

import service.data
from service.adapters.pack_files import load_packs
from service.adapters.region_tables import load_regions
from service.audit.entries import Kind as EntryKind
from service.domain.access import Access
from service.domain.access_texts import told_record
from service.domain.asker_names import MOST_LETTERS
from service.domain.card_texts import told_card, told_card_code
from service.domain.challenge_texts import MOST_PARTS as MOST_ASKED
from service.domain.challenge_texts import MOST_STANDING, told_asked, told_repeated, told_shown
from service.domain.check_codes import CheckCode
from service.domain.check_texts import told_checked, told_guessed
from service.domain.consent import Consent, ConsentEvent, ConsentPurpose, EventKind, Mode, NoticeShown
from service.domain.consent_texts import told_consents
from service.domain.conversation import Conversation
from service.domain.dialogue import Act
from service.domain.explanations import MOST_PARTS, Explanation, explain
from service.domain.held_codes import Channel, Telling
from service.domain.identity import LastFour, Msisdn
from service.domain.inclusion import Scope
from service.domain.intents import Purpose
from service.domain.itinerary import Certainty
from service.domain.notices import Address, Notice, NoticeKind
from service.domain.packs import Language
from service.domain.questions import MOST_PROVINCES, Document, Predicate, Request, Show
from service.domain.recipients import recipient
from service.domain.replies import (
    erased,
    included,
    keeping,
    locked,
    lost,
    new_regions,
    not_included,
    opened,
    reply,
    say,
    tell,
)
from service.domain.statement import Statement, checkable
from service.domain.stay_rule import Answer, Gap, Reason, Visit
from service.domain.sunset_texts import told_ending
from service.domain.verifiers import MOST_NAME
from service.smpp.text import Coding, coding_for, cut

PACKS = load_packs(Path(__file__).parents[3] / "config" / "packs")
LANGUAGES = {language.code: language for pack in PACKS.values() for language in pack.languages}
REGIONS = load_regions()
DATA = Path(service.data.__file__).parent
CODES = sorted(
    {
        code
        for table, column in (("regions.csv", "code"), ("countries.csv", "region"))
        for row in csv.DictReader((DATA / table).read_text(encoding="utf-8").splitlines())
        if REGIONS.known(code := int(row[column]))
    }
)
PROVINCES = sorted({province for code in CODES if (province := REGIONS.province_of(code)) is not None})
TODAY = 20_780
NOW = TODAY * 86_400 + 4000
CODE = CheckCode.parse("7KQ2M-9XW4B")
MSISDN = Msisdn.parse("8613800138000")
TOLD_ELSEWHERE = {Act.SILENCE, Act.REVEAL, Act.HELP, Act.DISPUTE, Act.SHOW_ASK, Act.SHOW}
TOLD_ELSEWHERE |= {Act.RECORDS, Act.LOCK, Act.UNLOCK, Act.CONSENTS}
ONE_SMS = [act for act in Act if act not in TOLD_ELSEWHERE]


def parts(text: str) -> int:
    """Short messages of a text."""
    return len(cut(text, coding_for(text)))


def answer(regions, possible=(), missing=(), days=14):
    """An answer with these regions."""
    visits = [Visit(region, Certainty.CERTAIN) for region in regions]
    visits += [Visit(region, Certainty.POSSIBLE) for region in possible]
    return Answer("dwell-4h/1", TODAY - days, TODAY, days, tuple(visits), tuple(missing))


def said(found: Answer, language: Language) -> str:
    """The reply to 138****8000, a number of a year ago."""
    statement = Statement(MSISDN.masked, found, TODAY - 400, 0, NOW)
    return reply(statement, language, REGIONS.name, CODE if checkable(found) else None)


def longest(language: Language, count: int) -> list[int]:
    """The regions with the longest names."""
    return sorted(CODES, key=lambda code: -len(REGIONS.name(code, language.code)))[:count]


def test_the_packs_are_all_there():
    """Three operators of China and one in English, by their short codes; and every region has been looked at."""
    assert len(CODES) > 500
    assert sorted(PACKS) == ["10000", "10001", "10010", "10086", "10650086"]
    assert sorted(LANGUAGES) == ["en", "zh"]


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("act", ONE_SMS)
@pytest.mark.parametrize("days", [14, 15, 30])
def test_every_prompt_is_one_short_message(code, act, days):
    """70 units of UCS-2 or 160 septets, whatever the window."""
    for purpose, scope in itertools.product(Purpose, Scope):
        talk = Conversation(purpose=purpose, days=days, case="H4TN8", sim_code="7391")
        assert parts(say(act, talk, LANGUAGES[code], scope)) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_said_of_disputes_and_inclusion_is_one_short_message(code):
    """With the longest references and numbers."""
    language = LANGUAGES[code]
    address = Address("8613800138000", "10086", code)
    for kind in set(NoticeKind) - {NoticeKind.REGION}:
        notice = Notice(kind, b"i" * 16, 1, address, "ABCDEFGHJK-12345678"[:12], NOW)
        assert parts(tell(notice, language)) == 1
    assert parts(opened("7KQ2MXW", 9, language)) == 1
    assert parts(opened(None, 9, language)) == 1
    assert parts(not_included(language)) == 1
    assert parts(included(NOW, 30, language)) == 1
    assert parts(locked(NOW, language)) == 1
    assert parts(locked(0, language)) == 1
    assert parts(erased(999_999_999, language)) == 1
    assert parts(keeping(on=True, language=language)) == parts(keeping(on=False, language=language)) == 1
    three = longest(language, 3)
    assert parts(new_regions(three, 999_999, language, REGIONS.name)) <= 2
    assert parts(new_regions([420100], 21, language, REGIONS.name)) == 1


def explained(regions, language: Language, *, runs=2, possible=(), missing=(), struck=()) -> str:
    """An explanation of these regions, each with so many runs of days."""
    days = tuple(day for run in range(runs) for day in (TODAY - 13 + 4 * run, TODAY - 11 + 4 * run))
    reasons = [
        Reason(region, Certainty(region not in possible), days, NOW - 90_000, NOW) for region in regions
    ]
    reasons += [Reason(region, Certainty.CERTAIN, days, NOW - 90_000, NOW, TODAY) for region in struck]
    found = answer(regions, missing=missing, days=30)
    whole = Explanation(found, tuple(reasons), TODAY - 400, 0, NOW, frozenset(regions))
    return explain(MSISDN, whole, language, REGIONS.name)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_longest_explanation_has_a_bound(code):
    """Nine of the longest names, all possible and disputed, ten more only counted, three struck, gaps everywhere."""
    language = LANGUAGES[code]
    regions = longest(language, 30)
    missing = [(TODAY - 1 - 2 * n, gap) for n, gap in zip(range(12), itertools.cycle(Gap), strict=False)]
    text = explained(regions, language, possible=regions, missing=missing, struck=regions[:5], runs=3)
    assert parts(text) <= MOST_PARTS
    assert language.texts["explain_more"].format(count=21) in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_an_ordinary_explanation_is_three_short_messages_at_most(code):
    """Three regions, one of them a border's."""
    assert parts(explained([420100, 440300, 320500], LANGUAGES[code], runs=1, possible=[320500])) <= 3


def test_an_explanation_tells_days_rule_and_certainty():
    """Two runs are written out, three are drawn together; what was struck stands apart."""
    chinese = LANGUAGES["zh"]
    text = explained([420100, 320500], chinese, runs=1, possible=[320500], struck=[310000])
    assert "规则dwell-4h/1" in text
    assert (
        "1.湖北武汉(异议中)11/10、11/12,2天,确定;2.江苏苏州(异议中)11/10、11/12,2天,边界。边界:边界基站,可能未到"
        in text
    )
    assert "已更正,不再计入:上海11/10、11/12(11/23更正)" in text
    assert text.endswith("某项有误请10分钟内回复YY1至YY2")
    assert "11/10-20间" in explained([420100], chinese, runs=3)
    assert explained([420100], chinese).endswith("如有误请10分钟内回复YY1")
    assert "YY" not in explained([], chinese)


@pytest.mark.parametrize("code", LANGUAGES)
def test_help_and_the_notice_of_a_lost_answer_are_short(code):
    """Two short messages, one more for the day on which the service ends; and one."""
    told = say(Act.HELP, Conversation(), LANGUAGES[code])
    assert parts(told) <= 2
    assert parts(told_ending(NOW, told, LANGUAGES[code])) <= 3
    for purpose, days in itertools.product(Purpose, (14, 15, 30)):
        assert parts(lost(purpose, days, LANGUAGES[code])) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_reply_with_three_regions_is_two_short_messages_at_most(code):
    """Even with the three longest names of the whole list, the check code, and days missing for three reasons."""
    three = longest(LANGUAGES[code], 3)
    reasons = (Gap.BEFORE_ACTIVATION, Gap.NO_RECORDS, Gap.NOT_SEEN)
    gaps = [(TODAY - day, reasons[day % 3]) for day in (14, 12, 11, 9, 7, 6, 4, 2)]
    for missing in ([], gaps[:1], gaps[:3], gaps):
        text = said(answer(three, missing=missing), LANGUAGES[code])
        assert CODE.written in text
        assert parts(text) <= 2, text


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_notice_of_a_check_is_one_short_message(code):
    """At once or folded, by web, SMS or both, however often; and the one of wrong tries."""
    both = (Channel.WEB, Channel.SMS)
    for telling in (
        Telling(1, NOW, 0, both[:1], 99_999, 99_999),
        Telling(9999, NOW, NOW + 600, both, 10_000, 99_999),
    ):
        assert parts(told_checked(NOW, telling, LANGUAGES[code])) == 1
    assert parts(told_guessed(NOW, LANGUAGES[code])) == 1


LONGEST_NAME = {"zh": "某" * MOST_LETTERS, "en": "Somewhere Hotels"}
REGISTERED_NAME = {"zh": "某" * MOST_NAME, "en": "Somewhere Grand Hotels C"}


def asks(question, name, asker="") -> Request:
    """A request of this question."""
    return Request(question, "8000", name, asker, b"r" * 16, "47", b"k" * 32)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("asker", ["", "91350100M000100Y43"])
def test_a_verifiers_question_is_two_short_messages(code, asker):
    """With the longest name of its language, and three provinces."""
    three = Predicate(True, (150000, 230000, 650000))
    for question in (Show(), Document(LastFour.parse("123X")), three):
        name = (REGISTERED_NAME if asker else LONGEST_NAME)[code]
        text = told_asked(asks(question, name, asker), "7391", LANGUAGES[code], REGIONS.name)
        assert parts(text) <= 2, text
    shown = told_shown(asks(Show(), name, asker), NOW, 99_999, LANGUAGES[code])
    assert parts(shown) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_standing_question_says_that_it_is_one_and_how_to_end_it(code):
    """Three short messages with three provinces; what it tells with time, how often, and the word that ends it are in it."""
    language = LANGUAGES[code]
    long = sorted((one for one in PROVINCES), key=lambda one: -len(REGIONS.name(one, code)))
    for count, name, most in (
        (3, REGISTERED_NAME[code], 3),
        (MOST_PROVINCES, REGISTERED_NAME[code], 4),
        (MOST_PROVINCES, REGISTERED_NAME["zh"], MOST_STANDING),
    ):
        question = Predicate(False, tuple(long[:count]))
        asked = replace(asks(question, name, "91350100M000100Y43"), standing=True)
        text = told_asked(asked, "7391", language, REGIONS.name)
        assert parts(text) <= most, text
        assert language.cancels[0] in text
        assert {"zh": "每天最多查1次", "en": "one answer a day"}[code] in text
        assert {"zh": "可看出哪天有变化", "en": "on which day something changed"}[code] in text
    assert parts(told_shown(asked, NOW, 99_999, language)) <= 2


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_use_of_a_standing_consent_is_told_in_two_short_messages_at_most(code):
    """One with a name as long as an unregistered one's; four of the longest names that stand at once are five in `QX`."""
    language, day = LANGUAGES[code], 86_400
    for name, most in ((LONGEST_NAME[code], 1), (REGISTERED_NAME["zh"], 2)):
        notice = NoticeShown("question", "1", "00", code)
        used = tuple(ConsentEvent(EventKind.USED, NOW + one * day) for one in range(14))
        consent = Consent(
            "id", ConsentPurpose.ANSWERS, Mode.STANDING, notice, 14, "dwell-4h/1", 20, NOW + 14 * day, "pair 47",
            (ConsentEvent(EventKind.GIVEN, NOW), *used), recipient=recipient(name, "91350100M000100Y43"),
        )  # fmt: skip
        assert parts(told_repeated(consent, 99_999, language)) <= most
        assert parts(told_consents([consent] * 4, NOW, language)) <= 5


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", ['"前台小王"', f'"{"某" * MOST_LETTERS}"', "某" * MOST_NAME, '"North Gate"'])
def test_the_own_record_is_two_short_messages_whoever_asked(code, name):
    """A name in Chinese in an English text too; the newest line is always in it."""
    lines = [Access(99_999 - one, "predicate", NOW, "", name) for one in range(10)]
    text = told_record(lines, 99_999, LANGUAGES[code])
    assert parts(text) <= 2, text
    assert "99999)" in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_longest_question_has_a_bound(code):
    """Ten provinces beside a name in Chinese."""
    provinces = sorted((code for code in PROVINCES), key=lambda one: -len(REGIONS.name(one, code)))
    question = Predicate(True, tuple(provinces[:MOST_PROVINCES]))
    text = told_asked(asks(question, LONGEST_NAME["zh"]), "7391", LANGUAGES[code], REGIONS.name)
    assert parts(text) <= MOST_ASKED
    assert all(REGIONS.name(province, code) in text for province in question.provinces)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_verifiers_question_says_who_asks_what_and_how_to_answer(code):
    """An unregistered one in quotation marks and marked; a registered one without; pair and number in both."""
    language = LANGUAGES[code]
    typed = told_asked(asks(Show(), "Li Ming"), "7391", language, REGIONS.name)
    registered = told_asked(asks(Show(), "Li Ming", "91350100M000100Y43"), "7391", language, REGIONS.name)
    assert re.search(r"[“\"]Li Ming[”\"]", typed)
    assert {"zh": "未登记", "en": "not registered"}[code] in typed
    assert not re.search(r"[“\"]Li Ming", registered)
    assert {"zh": "已登记", "en": "(registered)"}[code] in registered
    for text in (typed, registered):
        assert "47" in text
        assert "7391" in text
        assert language.texts["ask_show"] in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_record_is_two_short_messages_at_most(code):
    """Of every kind, by the longest name, with the largest numbers; what there is no room for is only counted."""
    language = LANGUAGES[code]
    for kind, by in itertools.product(EntryKind, ("", "web", "x" * 99)):
        lines = [Access(999_999_990 + n, kind.value, NOW, "reasons", by) for n in range(9, 0, -1)]
        text = told_record(lines, 999_999_999, language)
        assert parts(text) <= 2
        assert "999999999)" in text
    assert parts(told_record([], 0, language)) == 1
    few = told_record([Access(2, "check", NOW, by="web"), Access(1, "disclose", NOW, "reasons")], 2, language)
    assert language.texts["entry_check"] in few
    assert language.texts["channel_web"] in few
    assert language.texts["entry_disclose_reasons"] in few


def test_whoever_worked_on_a_case_is_told_in_the_readers_language():
    """The log's own word for it is nobody's."""
    line = [Access(3, "staff.lift", NOW, by="staff")]
    assert "(工作人员)" in told_record(line, 3, LANGUAGES["zh"])
    assert "(staff)" in told_record(line, 3, LANGUAGES["en"])


def test_every_kind_of_entry_has_its_words():
    """A new kind without words would be told as something else."""
    known = {kind.value.replace(".", "_") for kind in EntryKind}
    families = {kind.value.partition(".")[0] for kind in EntryKind}
    public = {"query", "config", "restore", "sunset"}  # about no subscription, or not used
    public |= {kind for kind in known if kind.startswith("key_")}
    for language in LANGUAGES.values():
        worded = {name.removeprefix("entry_") for name in language.texts if name.startswith("entry_")}
        assert not {
            kind
            for kind in known - public
            if kind not in worded and kind.partition("_")[0] not in worded & families
        }


def test_english_stays_in_the_gsm_alphabet():
    """One letter outside it would more than double the length: no text and no region's name has one."""
    english = LANGUAGES["en"]
    outside = [name for code in CODES if coding_for(name := REGIONS.name(code, "en")) is Coding.UCS2]
    assert outside == []
    assert all(coding_for(text) is Coding.DEFAULT for text in english.texts.values())


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_text_holds_a_link_or_speaks_of_the_person(code):
    """No link, nothing that could be taken for one; and never a promise about a person's health or whereabouts."""
    for text in LANGUAGES[code].texts.values():
        assert not re.search(r"https?:|www|\.(cn|com)\b|本人|阴性|健康|healthy", text)


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_not_certain_stands_apart(code):
    """A possible region is named behind the words that say so; coverage is in every reply."""
    found = answer([310000], possible=[320500], missing=[(TODAY - 3, Gap.NOT_SEEN)])
    text = said(found, LANGUAGES[code])
    doubt = LANGUAGES[code].texts["possible"].partition("{")[0]
    certain, _, possible = text.partition(doubt)
    assert REGIONS.name(310000, code) in certain
    assert REGIONS.name(320500, code) not in certain
    assert REGIONS.name(320500, code) in possible
    assert "13/14" in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_data_is_never_worded_as_no_travel(code):
    """0 of 14 days, the reason, and what it does not mean."""
    missing = [(day, Gap.NOT_SEEN) for day in range(TODAY - 14, TODAY)]
    text = said(answer([], missing=missing), LANGUAGES[code])
    assert "0/14" in text
    assert {"zh": "不等于未出行", "en": "does not mean no travel"}[code] in text
    assert LANGUAGES[code].texts["places_none"] not in text


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_answer_of_thirty_days_is_for_its_owner_alone(code):
    """It says so; the others do not."""
    owner = LANGUAGES[code].texts["owner_only"]
    assert said(answer([310000], days=30), LANGUAGES[code]).endswith(owner)
    assert owner not in said(answer([310000], days=15), LANGUAGES[code])


def test_missing_days_are_drawn_together():
    """Three in a row are a span, two stay two."""
    days = [TODAY - 10, TODAY - 9, TODAY - 7, TODAY - 6, TODAY - 5, TODAY - 1]
    text = said(answer([310000], missing=[(day, Gap.NOT_SEEN) for day in days]), LANGUAGES["zh"])
    assert "有数据8/14天,缺11/13、11/14、11/16-18、11/22" in text


def test_a_span_over_the_years_end_is_written_in_full():
    """2026-12-25 to 2027-01-08."""
    found = Answer("dwell-4h/1", 20_812, 20_826, 14, (), ())
    texts = {code: said(found, language) for code, language in LANGUAGES.items()}
    assert "12/25-01/08" in texts["zh"]
    assert "25 Dec-8 Jan" in texts["en"]


def test_no_two_acts_say_the_same():
    """But a refusal, which is one for all reasons."""
    for language in LANGUAGES.values():
        spoken = [say(act, Conversation(days=14, case="A", sim_code="1"), language) for act in ONE_SMS]
        assert all(one != other for one, other in itertools.combinations(spoken, 2))


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_texted_about_a_web_card_is_one_short_message(code):
    """The digits with their notice, and that a card was shown, with a long running number."""
    language = LANGUAGES[code]
    assert parts(told_card_code("7391", 14, "H4TN8", language)) == 1
    assert parts(told_card(NOW, 12_345, language)) == 1
