"""The people of the demo: each with a number, a document's last four, and what a lookup must answer.

Rule 1: what the demo promises about a person stands here, by construction, whatever the kernel derives.
Rule 2: numbers are made up; they are valid, and that is all they have to be.

Days are counted back from today. The window of CXMYD begins with day 14 at midnight.
"""

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.itinerary import day_of, start_of_day
from service.sample.people import MONTH_DAYS, Life, home, silent, trip

__all__ = ["Persona", "hours_until", "personas"]

_BEIJING, _LANGFANG, _TIANJIN = 110000, 131000, 120000
_WUHAN, _SHENZHEN, _SHANGHAI, _SUZHOU = 420100, 440300, 310000, 320500
_CHENGDU, _XIAN, _GUANGZHOU, _FOSHAN, _CHANGSHA, _ZHENGZHOU = 510100, 610100, 440100, 440600, 430100, 410100
_HANGZHOU = 330100
_JAPAN = 440
_CLINGING = 5  # days ago


@dataclass(frozen=True, slots=True)
class Persona:
    """One person of the demo. `missing` are the days of the 14 without data, counted back from today."""

    msisdn: str
    last_four: str
    story_zh: str
    story_en: str
    life: Life
    certain: tuple[int, ...]
    possible: tuple[int, ...] = ()  # never visited; border cells alone speak for it
    missing: tuple[int, ...] = ()


def hours_until(now: int) -> float:
    """The sample's length in hours: its complete days, and today until now."""
    return (now - start_of_day(day_of(now) - MONTH_DAYS)) / 3600


def personas(now: int) -> list[Persona]:
    """Everybody the README names, for a month that ends at `now` (unix seconds)."""
    hours = hours_until(now)

    def days_ago(days: float, hour: float = 0) -> float:
        return (MONTH_DAYS - days) * 24 + hour

    return [
        Persona(
            "8613800138001",
            "123X",
            "武汉居民,坐飞机去过深圳",
            "lives in Wuhan, flew to Shenzhen for two nights",
            trip(home(_WUHAN, hours), days_ago(6, 8), days_ago(4, 20), (3, _SHENZHEN)),
            (_WUHAN, _SHENZHEN),
        ),
        Persona(
            "8613800138002",
            "0421",
            "上海居民,足不出市",
            "lives in Shanghai and stays there",
            home(_SHANGHAI, hours),
            (_SHANGHAI,),
        ),
        Persona(
            "8613800138003",
            "7719",
            "住在花桥安亭交界处,两边基站都能收到",
            "lives where Shanghai meets Suzhou and hears towers of both",
            _border_flat(home(_SHANGHAI, hours), (_SHANGHAI, _SUZHOU), days_ago),
            (_SHANGHAI,),
            (_SUZHOU,),
        ),
        Persona(
            "8613800138004",
            "5008",
            "夜车北京到西安,途经石家庄、郑州",
            "took the night train from Beijing to Xi'an, past Shijiazhuang and Zhengzhou",
            trip(
                home(_BEIJING, hours),
                days_ago(8, 20),
                days_ago(5, 23),
                (0.5, 130100),
                (0.9, 410100),
                (1.4, _XIAN),
            ),
            (_BEIJING, _XIAN),
        ),
        Persona(
            "8613800138005",
            "318X",
            "去过日本三天",
            "spent three days in Japan",
            trip(home(_HANGZHOU, hours), days_ago(10, 9), days_ago(7, 18), (4, _JAPAN)),
            (_HANGZHOU, _JAPAN),
        ),
        Persona(
            "8613800138006",
            "6640",
            "关机三天",
            "switched the phone off for three whole days",
            silent(home(_CHENGDU, hours), days_ago(7), days_ago(4)),
            (_CHENGDU,),
            (),
            (7, 6, 5),
        ),
        Persona(
            "8613800138007",
            "9052",
            "三天前入网的新号",
            "a new number, activated three days ago",
            Life(home(_GUANGZHOU, hours).presences, activated=3),
            (_GUANGZHOU,),
            (),
            tuple(range(14, 3, -1)),
        ),
        Persona(
            "8613800138008",
            "2267",
            "今天刚入网,还没有数据",
            "a number activated today, without any data yet",
            Life((), activated=0),
            (),
            (),
            tuple(range(14, 0, -1)),
        ),
        Persona(
            "8613800138009",
            "4815",
            "二十天前去过长沙:近14天没有",
            "was in Changsha twenty days ago: outside the 14 days, inside the 30",
            trip(home(_WUHAN, hours), days_ago(20, 8), days_ago(18, 20), (2, _CHANGSHA)),
            (_WUHAN,),
        ),
        Persona(
            "8613800138010",
            "1376",
            "广佛两地上班",
            "works in Foshan by day, lives in Guangzhou",
            _commuter(home(_GUANGZHOU, hours), _FOSHAN, days_ago),
            (_GUANGZHOU, _FOSHAN),
        ),
    ]


def _commuter(life: Life, work: int, days_ago: Callable[[float, float], float]) -> Life:
    """Nine hours elsewhere on every day but the last."""
    for day in range(MONTH_DAYS, 0, -1):
        life = trip(life, days_ago(day, 8), days_ago(day, 18), (0.7, work))
    return life


def _border_flat(life: Life, pair: tuple[int, int], days_ago: Callable[[float, float], float]) -> Life:
    """By day in the city, by night at the border, hearing either side; for one weekend at home the phone clings to the other."""
    for day in range(MONTH_DAYS, 2, -1):
        if day == _CLINGING:
            life = trip(life, days_ago(day, 18), days_ago(day - 2, 32), (0.2, (*pair, pair[1])))
        elif day not in {_CLINGING - 1, _CLINGING - 2}:
            life = trip(life, days_ago(day, 18), days_ago(day, 32), (0.2, pair))
    return life
