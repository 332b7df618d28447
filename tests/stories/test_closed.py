"""A service that has closed: one text to whoever writes, whatever is written, in the language of the word."""

from pathlib import Path

import pytest

from service.adapters.held_segments import HeldSegments
from service.adapters.pack_files import load_packs
from service.domain.sunset_texts import told_closed
from service.flows.closed import Closed, UnsentError
from service.ports.sms import Fate, InboundSms
from service.smpp.text import coding_for, cut
from tests.stories.conftest import BEGIN, Centre, Clock, Counters

PACKS = load_packs(Path(__file__).parents[2] / "config" / "packs")
NUMBER = "8613800138000"


@pytest.fixture
def closed():
    """What answers, and the centre that it answers through."""
    centre, clock, position = Centre(), Clock(), []
    flow = Closed(
        PACKS, centre, BEGIN, lambda: position[0] if position else None, b"k" * 32, Counters(), clock
    )
    return flow, centre, clock, position


async def texts(closed, *said, number=NUMBER):
    """What comes of these, an hour apart."""
    flow, centre, clock, _ = closed
    for text in said:
        clock.now += 3600
        await flow(InboundSms(number, "10086", text))
    inbox = centre.inboxes.pop(number, [])
    return [sms.text for sms in inbox]


async def test_every_word_gets_the_closing_text(closed):
    """Before and after the keys are destroyed; STOP gets its confirmation, HELP is told what there is to be told."""
    zh = await texts(closed, "CXMYD", "1234", "BZ", "SC", "HY 【行程查询】…", "hello")
    assert set(zh) == {
        "【行程查询】本服务已于2026-11-23永久停止,不再查询或记录任何号码的到访地。已存数据的密钥将全部销毁"
    }
    [english] = await texts(closed, "TRIP")
    assert english.startswith("TRIP: this service closed for good on 2026-11-23.")
    assert (await texts(closed, "TD"))[0].startswith("【行程查询】已停止,不再向该号码发送信息。")
    assert (await texts(closed, "STOP"))[0].startswith("TRIP: stopped, nothing more is sent")
    closed[3].append(1_234_567)
    [told] = await texts(closed, "CXMYD")
    assert told.endswith("数据密钥已全部销毁,任何人无法恢复。凭证:公开日志第1234567条")


async def test_a_machine_gets_two_and_strangers_nothing(closed):
    """Then silence for ten minutes; another number is answered; who is no handset costs no text."""
    flow, centre, clock, _ = closed
    for _ in range(5):
        await flow(InboundSms(NUMBER, "10086", "loop"))
    await flow(InboundSms("8613800138001", "10086", "CXMYD"))
    await flow(InboundSms("10010", "10086", "CXMYD"))
    await flow(InboundSms(NUMBER, "99999", "CXMYD"))
    assert {number: len(got) for number, got in centre.inboxes.items()} == {NUMBER: 2, "8613800138001": 1}
    clock.now += 601
    await flow(InboundSms(NUMBER, "10086", "CXMYD"))
    assert len(centre.inboxes[NUMBER]) == 3


async def test_a_text_whose_answer_was_not_sent_comes_again(closed):
    """The centre keeps it."""
    flow, centre, *_ = closed
    centre.fates = [Fate.UNSENT]
    with pytest.raises(UnsentError):
        await flow(InboundSms(NUMBER, "10086", "CXMYD"))


@pytest.mark.parametrize("pack", PACKS.values(), ids=list(PACKS))
def test_the_closing_texts_are_one_short_message(pack):
    """Of every pack, with the longest position that a log will ever have."""
    for language in pack.languages:
        for position in (None, 99_999_999_999):
            for stopped in (False, True):
                text = told_closed(BEGIN, position, language, stopped=stopped)
                assert len(cut(text, coding_for(text))) == 1


async def test_parts_of_long_texts_are_kept_in_memory_and_not_for_ever():
    """Whole once all are there, in whichever order; of too many messages the oldest is forgotten."""
    held = HeldSegments()
    assert await held.keep(b"a", 2, 2, b"two") is None
    assert await held.keep(b"a", 1, 2, b"one") == (b"one", b"two")
    await held.drop(b"a")
    assert await held.keep(b"a", 1, 2, b"one") is None
    for other in range(1000):
        await held.keep(b"%d" % other, 1, 2, b"x")
    assert await held.keep(b"a", 2, 2, b"two") is None
