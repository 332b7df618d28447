"""Addresses of streams."""

import pytest

from service.adapters.redis_feed import stream_of


def test_an_address_names_its_stream_and_never_its_password():
    """The server's URL keeps what the client needs; the name that is shown keeps no secret."""
    url, name, called = stream_of(
        "redis://me:secret@feed.example:6380/2?stream=events&health_check_interval=5"
    )
    assert url == "redis://me:secret@feed.example:6380/2?health_check_interval=5"
    assert (name, called) == ("events", "redis://feed.example:6380/2?stream=events")
    assert stream_of("unix:///run/feed.sock?stream=e")[0] == "unix:///run/feed.sock"
    for wrong in ("redis://here/0", "redis://here/0?stream=", "redis://here/0?stream=a&stream=b"):
        with pytest.raises(ValueError, match="names it once"):
            stream_of(wrong)
