"""The journal: what may pass is listed, and what looks like a person is cut out of it."""

import asyncio
import io
import json
import logging

import pytest

from service.adapters.journal import journal, journalled

WHOEVER = "8613800138000 in 湖北武汉 with 123X"


def written(say):
    """The lines that come of it."""
    stream = io.StringIO()
    say(journal(stream))
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_moment_and_the_keys_that_may_pass():
    """Level, event, time; and what was passed beside, if it is listed."""
    [line] = written(lambda log: log.info("role started", role="link", msisdn="8613800138000", text="CXMYD"))
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "role started", "level": "info", "role": "link"}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("+8613800138000 asked", "+… asked"),
        ("8613800138000.csv: row 3", "….csv: row 3"),
        ("region 420100", "region …"),
        ("湖北武汉 and Wuhan", "… and Wuhan"),
        ("code 7KQ2M-9XW4B", "code …"),
        ("1３800138000", "…"),
        ("feed/20261125093000.parquet: row 17, column 2", "feed/20261125093000.parquet: row 17, column 2"),
        ("a port, 38475", "a port, 38475"),
    ],
)
def test_what_looks_like_a_person_is_cut_out_wherever_it_stands(said, left):
    """In the event and in every value; moments in files' names stay."""
    [line] = written(lambda log: log.warning(said, path=said, error=said))
    assert (line["event"], line["path"], line["error"]) == (left, left, left)


@pytest.mark.parametrize("value", [8613800138000, b"8613800138000", ["8613800138000"], {"a": 8613800138000}])
def test_whatever_kind_of_value_it_is(value):
    """A number, bytes, a list."""
    [line] = written(lambda log: log.info("x", count=value))
    assert "13800138000" not in json.dumps(line)


def test_an_exception_appears_by_its_type_alone():
    """Its text may be anybody's."""

    def say(log):
        try:
            int(WHOEVER)
        except ValueError as error:
            log.exception("it failed", error=type(error).__name__)

    assert written(say)[0].items() >= {"event": "it failed", "error": "ValueError", "level": "error"}.items()
    assert "123X" not in json.dumps(written(say))


@pytest.fixture
def root():
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    before = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:], level = before
    logger.setLevel(level)


async def test_libraries_and_the_event_loop_speak_through_it_too(root):
    """By their templates and the types of their exceptions, never by what is filled in."""
    stream = io.StringIO()
    journalled(journal(stream))
    assert root.handlers
    logging.getLogger("uvicorn.error").warning("a request of %s failed", "8613800138000")
    try:
        int(WHOEVER)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")

    async def fail():
        raise ValueError("123X of 8613800138000")

    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["event"], line.get("error"), line["library"]) for line in lines] == [
        ("a request of %s failed", None, "uvicorn.error"),
        ("Exception in ASGI application", "ValueError", "uvicorn.error"),
        ("Task exception was never retrieved", "ValueError", "asyncio"),
    ]
    assert "123X" not in stream.getvalue()
