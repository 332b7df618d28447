"""Rule, scope and the name of the log are the operator's choice; what cannot be is refused by name."""

import pytest

from service.domain.inclusion import Scope
from service.domain.stay_rule import RULES
from service.settings import Settings, SettingsError

TEXT = """key_file = "k"
log_directory = "log"
[store]
directory = "store"
[smpp]
system_id = "x"
password_file = "p"
[packs]
directory = "packs"
"""


def loaded(tmp_path, more):
    """Settings with some lines more."""
    file = tmp_path / "itinerary.toml"
    file.write_text(TEXT + more, encoding="utf-8")
    return Settings.load(file)


def test_rule_and_scope_have_defaults_and_can_be_chosen(tmp_path):
    """dwell-4h/1 and everybody; whole days as in 2020, and only who asked."""
    usual = loaded(tmp_path, '[ingest]\ndirectory = "i"\n')
    assert (usual.rule.name, usual.ingest.scope) == ("dwell-4h/1", Scope.ALL)
    chosen = loaded(
        tmp_path, '[ingest]\ndirectory = "i"\nscope = "enrolled"\n[rule]\nname = "dwell-4h-days/1"\n'
    )
    assert RULES[chosen.rule.name].whole_days_only
    assert chosen.ingest.scope is Scope.ENROLLED


def test_a_rule_that_does_not_exist_is_refused_with_those_that_do(tmp_path):
    """One line."""
    with pytest.raises(SettingsError, match=r"rule\.name.*dwell-4h/1, dwell-4h-days/1"):
        loaded(tmp_path, '[ingest]\ndirectory = "i"\n[rule]\nname = "dwell-1h/1"\n')


def test_authorities_that_are_not_there_are_a_fault_of_the_configuration(tmp_path):
    """Not of the first connection, hours later."""
    text = TEXT.replace("[packs]", 'tls = true\nca_file = "ca.pem"\n[packs]')
    (tmp_path / "itinerary.toml").write_text(text + '[ingest]\ndirectory = "i"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"smpp\.ca_file.*ca\.pem: no file there"):
        Settings.load(tmp_path / "itinerary.toml")


@pytest.mark.parametrize("origin", ["", "a log", "log+1", "log\\tone"])
def test_a_log_is_named_as_a_key_may_be_named(tmp_path, origin):
    """C2SP signed-note: not empty, no white space, no plus."""
    text = TEXT.replace("[store]", f'log_origin = "{origin}"\n[store]')
    (tmp_path / "itinerary.toml").write_text(text + '[ingest]\ndirectory = "i"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"log_origin.*no spaces and no plus"):
        Settings.load(tmp_path / "itinerary.toml")


@pytest.mark.parametrize(
    "url",
    [
        "redis://h:6379/0",
        "unix:///run/keys.sock",
        "cluster://10.0.0.1:7000,10.0.0.2:7000",
        "clusters://link:secret@store-1:7000,[::1]:7001",
    ],
)
def test_a_store_is_a_server_or_a_cluster(tmp_path, url):
    """By its URL; of a cluster some servers are enough."""
    text = TEXT.replace('directory = "store"', f'keys_url = "{url}"\ndata_url = "{url}"')
    (tmp_path / "itinerary.toml").write_text(text + '[ingest]\ndirectory = "i"\n', encoding="utf-8")
    assert Settings.load(tmp_path / "itinerary.toml").store.keys_url == url


@pytest.mark.parametrize(
    "url", ["http://h:1", "cluster://h", "cluster://h:7000/0", "cluster://h:7000,", "cluster://h:0"]
)
def test_a_store_of_another_kind_is_refused_before_it_is_asked(tmp_path, url):
    """In one line that says what was expected."""
    text = TEXT.replace('directory = "store"', f'keys_url = "{url}"\ndata_url = "{url}"')
    (tmp_path / "itinerary.toml").write_text(text + '[ingest]\ndirectory = "i"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"store\.keys_url.*(redis://|HOST:PORT)"):
        Settings.load(tmp_path / "itinerary.toml")
