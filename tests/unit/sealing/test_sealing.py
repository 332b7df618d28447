"""Primitives against published vectors, and derivations that never meet."""

from itertools import combinations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from service.sealing import keyring
from service.sealing.blinding import blind, blind_all
from service.sealing.envelope import SealError, post, public_key, seal, unpost, unseal, unwrap, wrap


def test_key_wrap_is_rfc_3394s():
    """RFC 3394, 4.6: 256 bits of key data with a 256-bit KEK; 4.1: 128 with 128."""
    kek = bytes(range(32))
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex(
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )
    assert wrap(kek, key) == wrapped
    assert unwrap(kek, wrapped) == key
    small = bytes.fromhex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5")
    assert wrap(kek[:16], key[:16]) == small


def test_the_exchange_is_rfc_7748s():
    """RFC 7748, 6.1: Bob's public key."""
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    assert public_key(bob).hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"


@given(st.binary(max_size=300), st.integers(0, 10_000))
def test_what_is_posted_opens_for_the_private_key_alone(plain, place):
    """Not altered in any byte, not under another name, not with another key."""
    private, ephemeral = b"p" * 32, b"e" * 32
    posted = post(public_key(private), ephemeral, plain, b"name")
    assert unpost(private, posted, b"name") == plain
    altered = bytearray(posted)
    altered[place % len(posted)] ^= 2
    for key, data, bound in (
        (private, bytes(altered), b"name"),
        (private, posted, b"other"),
        (b"q" * 32, posted, b"name"),
        (private, posted[: place % len(posted)], b"name"),
        (private, bytes(80), b"name"),
    ):
        with pytest.raises(SealError):
            unpost(key, data, bound)


def test_the_cipher_is_aes_256_gcm():
    """McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16 (with additional data)."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = seal(key, nonce, plain, bound)
    assert sealed[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
    assert sealed[12:].hex().startswith("522dc1f099567d07f47f37a32a84427d")
    assert unseal(key, sealed, bound) == plain


def test_derivations_are_rfc_5869s_expand():
    """RFC 5869, A.1: the OKM of test case 1 from its PRK, by the same construction."""
    prk = bytes.fromhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
    info = bytes.fromhex("f0f1f2f3f4f5f6f7f8f9")
    okm = HKDFExpand(algorithm=SHA256(), length=42, info=info).derive(prk)
    assert okm.hex() == (
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    )
    library = HKDFExpand(algorithm=SHA256(), length=32, info=b"queue/v1").derive(bytes(range(32)))
    assert keyring.queue_key(bytes(range(32))) == library


def test_no_two_purposes_share_a_key():
    """From one material and one secret, whatever the shard, index or generation: all keys differ."""
    material, secret = b"m" * 32, b"s" * 16
    keys = [keyring.queue_key(material), keyring.checkpoint_key(material)]
    for shard in range(256):
        keys += [keyring.wrapping_key(material, shard), keyring.epoch_share(material, shard)]
    for index in (b"a" * 16, b"b" * 16):
        for generation in (1, 2):
            keys.append(keyring.log_key(secret, index, generation))
            keys += [keyring.itinerary_key(secret, share, index, generation) for share in keys[2:6]]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_an_itinerary_key_needs_both_the_secret_and_the_epoch():
    """Neither half tells anything of it: change one bit of either, and the key is another."""
    key = keyring.itinerary_key(bytes(16), bytes(32), b"i" * 16, 1)
    assert keyring.itinerary_key(bytes(15) + b"\x01", bytes(32), b"i" * 16, 1) != key
    assert keyring.itinerary_key(bytes(16), bytes(31) + b"\x01", b"i" * 16, 1) != key


def test_document_claims_never_collide():
    """No two of type and digits give the same bytes."""
    claims = {
        keyring.document_claim(b"i" * 16, b"s" * 16, kind, digits)
        for kind in ("resident_id", "passport", "resident_idp")
        for digits in ("1234", "123X", "2234")
    }
    assert len(claims) == 9


@given(st.binary(max_size=200), st.binary(max_size=40), st.data())
def test_every_bit_counts(plain, bound, data):
    """One bit of nonce, ciphertext, tag or binding changed: it does not open."""
    key = b"k" * 32
    sealed = bytearray(seal(key, b"n" * 12, plain, bound))
    assert unseal(key, bytes(sealed), bound) == plain
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        unseal(key, bytes(sealed), bound)
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        unseal(key, bytes(sealed), bound + b"x")
    with pytest.raises(SealError):
        unseal(b"K" * 32, bytes(sealed), bound)


@given(st.binary(max_size=27))
def test_what_is_too_short_is_refused(data):
    """Before any cipher sees it."""
    with pytest.raises(SealError):
        unseal(b"k" * 32, data, b"")
    with pytest.raises(SealError):
        unwrap(b"k" * 32, data)


def test_indices_of_many_are_the_indices_of_each():
    """Two ways, one index; another key, another index."""
    numbers = [8613800138000 + step for step in range(50)]
    many = blind_all(b"k" * 32, numbers)
    assert many == [blind(b"k" * 32, str(number)) for number in numbers]
    assert all(one != other for one, other in combinations(many, 2))
    assert blind(b"K" * 32, str(numbers[0])) != many[0]
