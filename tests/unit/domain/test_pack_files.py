"""A pack's texts are held against what each must name, when the service starts and not when somebody is answered."""

import shutil
from pathlib import Path

import pytest

from service.adapters.pack_files import load_packs
from service.domain.packs import PackError

SHIPPED = Path(__file__).parents[3] / "config" / "packs"
CHALLENGE = "您正申请查询本号码近{days}天到访地"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A copy of the packs that are shipped."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "packs"))


def faults_of(folder: Path) -> list[str]:
    """What is told of the packs in this folder."""
    with pytest.raises(PackError) as told:
        load_packs(folder)
    return str(told.value).splitlines()


@pytest.mark.parametrize(
    "worded",
    [
        "您正申请查询本号码到访地",  # a field is not named
        "您正申请查询本号码{person}近{days}天到访地",  # nobody gives this one
        "您正申请查询本号码近{days天到访地",  # a brace without its partner
        "您正申请查询本号码近{days.__class__}天到访地",
        "您正申请查询本号码近{days!r}天到访地",
        "您正申请查询本号码近{days:>9}天到访地",
        "您正申请查询本号码近{}天到访地",
    ],
)
def test_a_text_names_its_fields_and_nothing_else(folder, worded):
    """One line for the file and the text, with what belongs there."""
    file = folder / "languages" / "zh.toml"
    text = file.read_text(encoding="utf-8")
    assert CHALLENGE in text
    file.write_text(text.replace(CHALLENGE, worded, 1), encoding="utf-8")
    assert faults_of(folder) == [
        f"{file}: texts.challenge: must name {{case}}, {{days}} and nothing else in braces"
    ]


def test_every_fault_is_told_at_once(folder):
    """A text that is missing, one too many, and one with braces that should have none, in two files."""
    for code, name in (("zh", "owner_only"), ("en", "unlocked")):
        file = folder / "languages" / f"{code}.toml"
        file.write_text(
            file.read_text(encoding="utf-8").replace(f"\n{name} =", f"\n{name}s =", 1), encoding="utf-8"
        )
    english = folder / "languages" / "en.toml"
    english.write_text(
        english.read_text(encoding="utf-8").replace('\ngenuine = "', '\ngenuine = "{regions} ', 1),
        encoding="utf-8",
    )
    assert faults_of(folder) == [
        f"{english}: texts.unlocked: this text is missing",
        f"{english}: texts.unlockeds: there is no such text; remove it",
        f"{english}: texts.genuine: must name nothing in braces",
        f"{folder / 'languages' / 'zh.toml'}: texts.owner_only: this text is missing",
        f"{folder / 'languages' / 'zh.toml'}: texts.owner_onlys: there is no such text; remove it",
    ]
