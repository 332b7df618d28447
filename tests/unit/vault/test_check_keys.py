"""The keys role for check codes: what opens a record, what does not, and how fast anybody may try."""

import hmac
import json
from hashlib import sha256

import pytest

from service.adapters.key_file import KeyFile
from service.domain.check_codes import CheckCode, PhoneLastFour
from service.domain.itinerary import Certainty
from service.domain.statement import Statement
from service.domain.stay_rule import Answer, Gap, Visit
from service.ports.check_keys import CheckClaim, CheckDraft
from service.ports.keys import KeysError
from service.records.check_record import (
    BLOCK,
    CheckRecordError,
    Holder,
    decode_holder,
    decode_statement,
    encode_holder,
    encode_statement,
)
from service.vault.check_holders import HolderVault
from service.vault.check_keys import DeviceCheckKeys

FOUR = PhoneLastFour("5678")


def statement(count, missing=0):
    """A statement with so many regions and missing days."""
    visits = tuple(Visit(420100 + region, Certainty(region % 2)) for region in range(count))
    gaps = tuple((20_766 + day, Gap.NOT_SEEN) for day in range(missing))
    answer = Answer("dwell-4h/1", 20_766, 20_780, 14, visits, gaps)
    return Statement("138****5678", answer, 20_380, 0, 1_795_400_000, "ab" * 32)


@pytest.fixture
def keys(vault):
    """The role on the vault's device."""
    return DeviceCheckKeys(vault.device, vault.chance.randbytes, lambda: vault.now)


async def minted(keys, content=b"content"):
    """One new code with its record."""
    [found] = await keys.check_mint([CheckDraft(FOUR, content)])
    return found


async def opened(keys, code, last_four, sealed):
    """What somebody with these gets."""
    [found] = await keys.check_open([CheckClaim(code, last_four, sealed)])
    return found


async def test_code_and_digits_open_the_record_and_nothing_less_does(keys):
    """Another code, other digits, nothing there, an altered byte anywhere: None."""
    one, other = await minted(keys), await minted(keys, b"other")
    assert await opened(keys, one.code, FOUR, one.sealed) == b"content"
    assert await keys.check_place([one.code, other.code]) == [one.place, other.place]
    assert await opened(keys, one.code, PhoneLastFour("5679"), one.sealed) is None
    assert await opened(keys, other.code, FOUR, one.sealed) is None
    assert await opened(keys, one.code, FOUR, other.sealed) is None
    assert await opened(keys, one.code, FOUR, None) is None
    assert await opened(keys, one.code, FOUR, b"") is None
    for place in range(len(one.sealed)):
        altered = bytearray(one.sealed)
        altered[place] ^= 1
        assert await opened(keys, one.code, FOUR, bytes(altered)) is None


async def test_a_code_alone_is_useless_without_the_device(keys, vault):
    """The place is no plain hash of the code: without P1 nobody can look for it, nor with P2 instead of it."""
    one = await minted(keys)
    file = json.loads((vault.folder / "keys.json").read_text())
    message = b"check/place/v1|" + one.code.symbols.encode()
    assert hmac.digest(bytes.fromhex(file["check_place"]), message, sha256)[:16] == one.place
    for name in ("pepper", "check_salt", "index_key", "receipt_key", "requester_key"):
        assert hmac.digest(bytes.fromhex(file[name]), message, sha256)[:16] != one.place
    assert sha256(message).digest()[:16] != one.place


async def test_whoever_has_store_and_code_opens_nothing_under_another_salt(keys, vault):
    """P2 is in the key: with P1, the record, its code and its digits, and every other key, a device without P2 opens nothing."""
    one = await minted(keys)
    file = json.loads((vault.folder / "keys.json").read_text())
    found = {}
    for name, salt in (("same", file["check_salt"]), ("other", "00" * 32)):
        copy = vault.folder / f"{name}.json"
        copy.touch(0o600)
        copy.write_text(json.dumps({**file, "check_salt": salt}))
        device = KeyFile.open(copy, vault.chance.randbytes, create=False)
        thief = DeviceCheckKeys(device, vault.chance.randbytes, lambda: vault.now)
        assert await thief.check_place([one.code]) == [one.place]
        found[name] = await opened(thief, one.code, FOUR, one.sealed)
    assert found == {"same": b"content", "other": None}


async def test_two_records_of_one_reply_have_nothing_in_common(keys):
    """Code, place and every sealed byte differ as random bytes do."""
    one, other = await minted(keys), await minted(keys)
    assert one.code != other.code
    same = sum(a == b for a, b in zip(one.sealed, other.sealed, strict=True))
    assert same < len(one.sealed) // 4


async def test_each_operation_has_a_rate_of_its_own(keys, vault):
    """Twenty thousand at once, ten thousand a second after that; the others go on."""
    code = CheckCode("0" * 10)
    for many, operation in (
        ([CheckDraft(FOUR, b"")] * 20_001, keys.check_mint),
        ([CheckClaim(code, FOUR, None)] * 20_001, keys.check_open),
    ):
        with pytest.raises(KeysError, match="too many"):
            await operation(many)
        with pytest.raises(KeysError, match="too many"):  # the burst is used up, for one as for many
            await operation(many[:1])
    vault.now += 1
    await keys.check_place([code] * 20_000)
    with pytest.raises(KeysError, match="too many"):
        await keys.check_place([code])
    assert await minted(keys)
    vault.now += 0.5
    await keys.check_place([code] * 5_000)
    with pytest.raises(KeysError, match="too many"):
        await keys.check_place([code] * 2)


async def test_a_holder_is_opened_at_its_own_place_only(vault):
    """Moved to another place, altered, of another epoch: nobody's."""
    holders = HolderVault(vault.keys, vault.chance.randbytes)
    holder = Holder(b"i" * 16, 1, "8613800005678", "10086", "zh", 1_795_400_000)
    handle = await holders.seal(b"p" * 16, holder)
    assert await holders.open(b"p" * 16, handle) == holder
    assert await holders.open(b"q" * 16, handle) is None
    assert await holders.open(b"p" * 16, handle[:-1] + bytes([handle[-1] ^ 1])) is None
    assert await holders.open(b"p" * 16, b"\xff\xff" + handle[2:]) is None
    assert await holders.open(b"p" * 16, b"") is None
    other = Holder(b"j" * 16, 2, "8613800005679", "10086", "en", 1)
    assert len(await holders.seal(b"p" * 16, other)) == len(handle)


@pytest.mark.parametrize(("count", "missing"), [(0, 0), (1, 3), (20, 14)])
def test_a_statement_comes_back_as_it_was_and_tells_nothing_by_its_length(count, missing):
    """However many regions, one block."""
    data = encode_statement(statement(count, missing))
    assert decode_statement(data) == statement(count, missing)
    assert len(data) == BLOCK


@pytest.mark.parametrize(
    "data", [b"", b"\x02{}", b"\x01", b"\x01[]", b"\x01{}", b'\x01{"answer":{}}', b"\x01\xff"]
)
def test_other_bytes_are_refused_without_a_word_of_them(data):
    """Another version, another shape."""
    for decode in (decode_statement, decode_holder):
        with pytest.raises(CheckRecordError):
            decode(data)
    assert decode_holder(encode_holder(Holder(b"i", 1, "1", "2", None, 3))) == Holder(
        b"i", 1, "1", "2", None, 3
    )


async def test_an_answers_hash_is_the_same_again_and_found_by_nobody_else(keys, vault):
    """Of one entry and one content; under the device's key, so that trying all answers leads nowhere without it."""
    content = encode_statement(statement(3))
    found = await keys.answer_hash(17, content)
    assert found == await keys.answer_hash(17, content)
    others = {await keys.answer_hash(18, content), await keys.answer_hash(17, encode_statement(statement(4)))}
    assert found not in others
    salt = bytes.fromhex(json.loads((vault.folder / "keys.json").read_text())["check_salt"])
    assert hmac.digest(salt, b"check/answer/v1|" + (17).to_bytes(8) + content, sha256) == found
