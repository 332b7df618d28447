"""Who asks is a hash under a key, and a network of addresses is one requester."""

import pytest

from service.sealing.requesters import (
    place_of_digits,
    requester_for,
    requester_of_address,
    requester_of_index,
)

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    "named",
    [
        lambda key: requester_of_address(key, "192.0.2.7"),
        lambda key: requester_of_address(key, "2001:db8::1"),
        lambda key: requester_of_index(key, b"i" * 16),
        lambda key: requester_for(key, b"card", b"r" * 16),
        lambda key: place_of_digits(key, "123456"),
    ],
)
def test_without_the_key_nobody_finds_an_address_by_trying_all(named):
    """There are 2^32 addresses and a million digits: only the key makes their hashes useless to a reader of the store."""
    assert named(KEY) == named(KEY)
    assert named(KEY) != named(OTHER)


def test_a_network_of_64_bits_is_one_requester_and_an_ipv4_address_is_one():
    """However it is written; the next network is another."""
    named = {address: requester_of_address(KEY, address) for address in ("2001:db8::", "2001:db8::ffff:1")}
    assert len(set(named.values())) == 1
    assert requester_of_address(KEY, "2001:db8:0:1::") not in named.values()
    assert requester_of_address(KEY, "192.0.2.7") == requester_of_address(KEY, "::ffff:192.0.2.7")
    assert requester_of_address(KEY, "192.0.2.7") != requester_of_address(KEY, "192.0.2.8")
