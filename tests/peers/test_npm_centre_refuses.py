"""The whole service at a foreign message centre that does not let it in."""

import re
import time

import pytest

pytestmark = pytest.mark.peer


def test_a_wrong_password_is_a_refused_bind_and_no_flood(service, script):
    """The centre refuses; the service asks again with growing pauses, and says nothing of it to anybody."""
    centre = script("centre.js")
    password = service.folder / "password"
    password.write_text("wrong")
    try:
        with service.serving(centre.next("listening")["port"]):
            assert not centre.next("bind")["welcome"]
            time.sleep(3)
    finally:
        password.write_text("secret")
    centre.quiet("bind", 0.1)
    assert 1 <= sum(one["event"] == "bind" for one in centre.seen) < 8
    assert not re.search(r"wrong|138001380", (service.folder / "journal").read_text())
