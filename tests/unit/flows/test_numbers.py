"""Whose number is whose, when the keys role fails in between."""

import numpy as np
import pytest

from service.flows import numbers as flow
from service.flows.numbers import Numbers
from service.mobility.subscriptions import Subscriptions
from service.ports.keys import Activation, KeysError

COUNT = 5_000


class LivesOfNumbers:
    """Activations by index; fails at the call of that number, once."""

    def __init__(self):
        self.generation, self.calls, self.fail_at = 1, 0, None

    async def activations(self, indices):
        """One life each."""
        self.calls += 1
        if self.calls == self.fail_at:
            raise KeysError("down")
        return [Activation(self.generation, 20_000) for _ in indices]


async def test_a_recycled_number_is_told_even_if_the_next_question_fails():
    """Its row is emptied at once; what was folded for the former owner must be dropped whatever comes after."""
    keys, clock, known = LivesOfNumbers(), [1_000.0], Subscriptions()
    asked = Numbers(keys, lambda some: [number.to_bytes(16) for number in some], lambda: clock[0], 60)
    batch = np.arange(8613900000000, 8613900000000 + COUNT)
    rows, changed = await asked.rows_of(batch, known)
    assert (rows.tolist(), changed) == (list(range(COUNT)), [])
    clock[0] += 60
    keys.generation, keys.fail_at = 2, keys.calls + 2
    with pytest.raises(KeysError):
        await asked.rows_of(batch, known)
    _, changed = await asked.rows_of(batch, known)
    assert sorted(changed) == list(range(COUNT))
    assert keys.calls > COUNT // flow._AT_ONCE * 2


async def test_who_enrols_later_is_found_after_a_while():
    """Nobody's number is asked for again when it is met after `again` seconds."""
    keys, clock, known = LivesOfNumbers(), [1_000.0], Subscriptions()

    async def nobody(indices):
        return [None for _ in indices]

    answered, keys.activations = keys.activations, nobody
    asked = Numbers(keys, lambda some: [number.to_bytes(16) for number in some], lambda: clock[0], 60)
    batch = np.array([8613900000000])
    assert (await asked.rows_of(batch, known))[0].tolist() == [-1]
    keys.activations = answered
    clock[0] += 59
    assert (await asked.rows_of(batch, known))[0].tolist() == [-1]
    clock[0] += 1
    assert (await asked.rows_of(batch, known))[0].tolist() == [0]
