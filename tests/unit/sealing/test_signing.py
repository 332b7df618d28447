"""Tokens and the life of their keys, held against the RFCs' own vectors."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from service.sealing.signing import (
    ACTIVE_SECONDS,
    ANNOUNCED_SECONDS,
    Draft,
    KeyUse,
    SigningKey,
    State,
    TokenType,
    due,
    jwks,
    successor,
    thumbprint,
    token,
    token_input,
)

NOW = 1_795_400_000
SEED = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def decoded(text):
    """base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def key(begin=NOW, use=KeyUse.CARD, serial=1, position=0):
    """A key that begins to sign then."""
    end = begin + ACTIVE_SECONDS
    life = Draft(use, serial, begin - ANNOUNCED_SECONDS, begin, end, end + 86_400)
    return SigningKey(life, bytes([serial]) * 32, position)


def test_the_thumbprint_is_that_of_rfc_8037():
    """RFC 8037, A.3: the key's thumbprint; `kid` is its first eight characters."""
    assert thumbprint(decoded(PUBLIC)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert SigningKey(key().life, decoded(PUBLIC)).kid == "kPrK_qmx"


def test_the_signature_is_that_of_rfc_8037():
    """RFC 8037, A.4: the same key over the same bytes gives the published token, put together as ours are."""
    signed = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = Ed25519PrivateKey.from_private_bytes(decoded(SEED)).sign(signed)
    assert token(signed, signature) == (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg"
        "5BhVsPt9g7sVvpAr_MuM0KAg"
    )


def test_the_header_says_how_it_is_signed_and_what_it_is():
    """`alg`, `kid` and `typ`, and nothing else: no `crit`, no key, no address of one."""
    header, claims = token_input(TokenType.CARD, "kPrK_qmx", {"b": 1, "a": "武"}).split(b".")
    assert json.loads(decoded(header.decode())) == {"alg": "Ed25519", "kid": "kPrK_qmx", "typ": "trip+jwt"}
    assert decoded(claims.decode()) == '{"a":"武","b":1}'.encode()


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (NOW - 1, State.ANNOUNCED),
        (NOW, State.ACTIVE),
        (NOW + 7 * 86_400 - 1, State.ACTIVE),
        (NOW + 7 * 86_400, State.VERIFY_ONLY),
        (NOW + 8 * 86_400 - 1, State.VERIFY_ONLY),
        (NOW + 8 * 86_400, State.RETIRED),
    ],
)
def test_each_state_begins_with_its_second(at, state):
    """Announced, active for seven days, good for verifying one more, retired."""
    assert key().state(at) is state


def test_the_first_key_signs_at_once_and_the_next_is_due_two_days_before_its_end():
    """Not a second earlier; it begins in the second in which the first one ends."""
    first = due([], KeyUse.CARD, NOW)
    assert (first.serial, first.active_from, first.active_until) == (1, NOW, NOW + 7 * 86_400)
    known = [SigningKey(first, bytes(32), 0)]
    end = first.active_until
    assert due(known, KeyUse.CARD, end - ANNOUNCED_SECONDS - 1) is None
    second = due(known, KeyUse.CARD, end - ANNOUNCED_SECONDS)
    assert (second.serial, second.announced_at, second.active_from) == (2, end - ANNOUNCED_SECONDS, end)


def test_the_sets_do_not_know_each_other():
    """A card key makes no receipt key superfluous; a receipt is verified for ninety days."""
    draft = due([key()], KeyUse.RECEIPT, NOW)
    assert (draft.serial, draft.verify_until - draft.active_until) == (1, 90 * 86_400)
    assert TokenType.RECEIPT.use is KeyUse.RECEIPT
    assert {TokenType.CARD.use, TokenType.REVOKED.use} == {KeyUse.CARD}


@given(st.lists(st.integers(0, 20 * 86_400), max_size=60))
def test_however_irregularly_it_is_looked_after_one_key_signs(pauses):
    """After each look exactly one key of the set is active, and none was announced later than made."""
    keys, now = [], NOW
    for pause in [0, *pauses]:
        now += pause
        while (draft := due(keys, KeyUse.CARD, now)) is not None:
            keys.append(SigningKey(draft, draft.serial.to_bytes(32), draft.serial))
        assert [one.state(now) for one in keys].count(State.ACTIVE) == 1
        assert [one.life.serial for one in keys] == list(range(1, len(keys) + 1))


def test_a_rotation_by_hand_is_announced_as_well():
    """In 48 hours; while one is announced there is nothing to announce; at once there is."""
    first = key(NOW - 86_400)
    draft = successor([first], KeyUse.CARD, NOW, at_once=False)
    assert draft.active_from == NOW + ANNOUNCED_SECONDS
    ended = first.ending(draft.active_from, at_once=False)
    assert ended.life.active_until == draft.active_from
    assert ended.life.verify_until == draft.active_from + 86_400
    second = SigningKey(draft, bytes(32), 1)
    assert successor([ended, second], KeyUse.CARD, NOW, at_once=False) is None
    third = successor([ended, second], KeyUse.CARD, NOW, at_once=True)
    assert (third.serial, third.active_from) == (3, NOW)
    for one in (ended, second):
        assert one.ending(NOW, at_once=True).state(NOW) is State.RETIRED


def test_the_published_set_tells_verifiers_all_they_need():
    """Neither what is not in the log yet nor what is retired; no private member."""
    keys = [key(), key(NOW + 7 * 86_400, serial=2, position=5), key(serial=3, position=None)]
    keys.append(key(NOW - 30 * 86_400, serial=4))
    found = jwks(keys, NOW)["keys"]
    assert [one["log_index"] for one in found] == [0, 5]
    times = {"announced_at", "active_from", "active_until", "verify_until"}
    members = {"kty", "crv", "x", "kid", "alg", "use", "signs", "log_index"} | times
    assert [set(one) for one in found] == [members, members]
