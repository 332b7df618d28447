"""The figures for anybody, as a page in two languages and as JSON."""

import httpx
import pytest

from service.adapters.published_directory import PublishedDirectory
from service.audit.entries import Kind
from service.entrypoints import transparency_page as transparency
from service.entrypoints.transparency_page import transparency_page
from service.entrypoints.web import application
from tests.log_directory import entry, written


@pytest.fixture
def waiting():
    """How many disputes are open; None where the store fails."""
    return [17]


@pytest.fixture
def disputes(waiting):
    """As the page asks for it."""

    async def counted():
        return waiting[-1]

    return counted


@pytest.fixture
async def visitor(tmp_path, disputes):
    """Somebody who looks at the page of a log in a folder."""
    app = application()
    app.include_router(transparency_page(PublishedDirectory(tmp_path), disputes))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
def log(tmp_path):
    """A month of 24 checks, nine erasures, and two acts of staff of different kinds."""
    kinds = [Kind.CHECK] * 24 + [Kind.ERASE] * 9 + [Kind.STAFF_PROPOSE] * 6 + [Kind.STAFF_APPROVE] * 6
    written(tmp_path, [entry(number, kind) for number, kind in enumerate(kinds)])


@pytest.mark.usefixtures("log")
async def test_the_page_tells_each_month_in_the_browsers_language(visitor):
    """Rounded; small ones not at all; kinds that are many in one row; no kind's own name."""
    chinese = await visitor.get("/transparency", headers={"Accept-Language": "zh-CN"})
    assert (chinese.status_code, chinese.headers["content-language"]) == (200, "zh-Hans-CN")
    for words in (
        "2026-11",
        "被核验的查询结果",
        "约20",
        "数据删除",
        "少于10",
        "工作人员的操作",
        "约10",
        "共有45条",
    ):
        assert words in chinese.text
    english = await visitor.get("/transparency?lang=en")
    assert "about 20" in english.text
    assert "staff." not in english.text + chinese.text
    assert "default-src 'none'" in english.headers["content-security-policy"]


@pytest.mark.usefixtures("log")
async def test_programs_get_json(visitor):
    """0 where a count is small; the log's size as it is: anybody can read it in the checkpoint."""
    answer = await visitor.get("/transparency", headers={"Accept": "application/json"})
    assert answer.json() == {
        "log_size": 45,
        "fewer_than": 10,
        "months": [
            {"month": "2026-11", "kinds": {"check": 20, "erase": 0, "staff.approve": 0, "staff.propose": 0}}
        ],
        "open_disputes": 20,
    }


@pytest.mark.usefixtures("log")
async def test_open_disputes_are_told_as_roughly_as_the_rest(visitor, waiting):
    """Few are not told, and none where they cannot be counted."""
    assert "Disputes that are open now</h2>\n<p>about 20" in (await visitor.get("/transparency?lang=en")).text
    waiting.append(3)
    assert "尚未了结的异议</h2>\n<p>少于10" in (await visitor.get("/transparency?lang=zh")).text
    waiting.append(None)
    assert "open now" not in (await visitor.get("/transparency?lang=en")).text


async def test_an_empty_log_and_a_damaged_one_say_so(visitor, tmp_path):
    """Nothing has happened yet; or it cannot be read now, which is no figure."""
    assert "nothing has happened" in (await visitor.get("/transparency?lang=en")).text
    (tmp_path / "checkpoint").write_text("no note")
    damaged = await visitor.get("/transparency")
    assert (damaged.status_code, damaged.headers["retry-after"]) == (503, "30")


def test_every_public_kind_has_its_words():
    """A new kind of entry needs a row in the page's table."""
    told = (*transparency._WORDS, *transparency._FAMILIES)
    assert [kind.value for kind in Kind if not kind.value.startswith(told)] == []
