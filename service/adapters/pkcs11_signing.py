"""Signing keys as key pairs of a PKCS#11 module: the private one signs, and never leaves it.

Rule 1: how a key's life is noted beside it is decided here: in the public object, which anybody may read.
Rule 2: it speaks to the module on the device's own thread only.

    sign/card/3   public and private key, Ed25519 (PKCS#11 3.0, 6.3.15)
                  CKA_ID of the public one = announced, active from, active until, verify until, position; 8 bytes each
"""

import struct
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from service.adapters.pkcs11_device import Pkcs11Device
from service.ports.device import DeviceError
from service.sealing.signing import Draft, KeyUse, SigningKey

__all__ = ["Pkcs11Signing"]

_Key = Any  # what an object can do the binding mixes in at run time, from its attributes
_PREFIX = "sign/"
_LIFE = struct.Struct(">4Qq")
_UNPLACED = -1
_EDWARDS25519 = bytes.fromhex("130c656477617264733235353139")  # PrintableString "edwards25519"
_PUBLIC = 32
_STAYS = {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True}


class Pkcs11Signing:
    """Implements `ports.signing.SigningDevice` on the token of a key device."""

    def __init__(self, device: Pkcs11Device) -> None:
        self._device = device

    async def keys(self) -> tuple[SigningKey, ...]:
        """See `ports.signing.SigningDevice`."""
        return await self._device.on_session(lambda session: tuple(map(_key, _pairs(session))))

    async def create(self, draft: Draft) -> SigningKey:
        """See `ports.signing.SigningDevice`."""
        return await self._device.on_session(lambda session: _created(session, draft))

    async def keep(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        await self._device.on_session(lambda session: _kept(session, key))

    async def sign(self, key: SigningKey, message: bytes) -> bytes:
        """See `ports.signing.SigningDevice`."""
        return await self._device.on_session(lambda session: _signed(session, key, message))

    async def destroy(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        await self._device.on_session(lambda session: _destroyed(session, key, ObjectClass.PRIVATE_KEY))

    async def forget(self, key: SigningKey) -> None:
        """See `ports.signing.SigningDevice`."""
        await self.destroy(key)
        await self._device.on_session(lambda session: _destroyed(session, key, ObjectClass.PUBLIC_KEY))


def _created(session: pkcs11.Session, draft: Draft) -> SigningKey:
    found = _objects(session, ObjectClass.PUBLIC_KEY, _label(draft))
    if not found:
        curve = session.create_domain_parameters(
            KeyType.EC_EDWARDS, {Attribute.EC_PARAMS: _EDWARDS25519}, local=True
        )
        public, _ = curve.generate_keypair(
            mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN,
            label=_label(draft),
            id=_life(SigningKey(draft, b"")),
            store=True,
            private_template=_STAYS,
        )
        return _key(public)
    return _key(found[0])


def _kept(session: pkcs11.Session, key: SigningKey) -> None:
    for public in _objects(session, ObjectClass.PUBLIC_KEY, _label(key.life)):
        public[Attribute.ID] = _life(key)


def _signed(session: pkcs11.Session, key: SigningKey, message: bytes) -> bytes:
    found = _objects(session, ObjectClass.PRIVATE_KEY, _label(key.life))
    if not found:
        raise DeviceError("this signing key is not in the device any more")
    return bytes(found[0].sign(message, mechanism=Mechanism.EDDSA))


def _destroyed(session: pkcs11.Session, key: SigningKey, kind: ObjectClass) -> None:
    for one in _objects(session, kind, _label(key.life)):
        one.destroy()


def _pairs(session: pkcs11.Session) -> list[_Key]:
    found = _objects(session, ObjectClass.PUBLIC_KEY, None)
    return [public for public in found if public.label.startswith(_PREFIX)]


def _objects(session: pkcs11.Session, kind: ObjectClass, label: str | None) -> list[_Key]:
    wanted: dict[Attribute, Any] = {Attribute.CLASS: kind, Attribute.KEY_TYPE: KeyType.EC_EDWARDS}
    if label is not None:
        wanted[Attribute.LABEL] = label
    return list(session.get_objects(wanted))


def _label(life: Draft) -> str:
    return f"{_PREFIX}{life.use.value}/{life.serial}"


def _life(key: SigningKey) -> bytes:
    life, position = key.life, _UNPLACED if key.position is None else key.position
    return _LIFE.pack(life.announced_at, life.active_from, life.active_until, life.verify_until, position)


def _key(public: _Key) -> SigningKey:
    """CKA_EC_POINT ends with the key itself, in whatever the module wraps it."""
    _, use, serial = public.label.split("/")
    *times, position = _LIFE.unpack(public[Attribute.ID])
    life = Draft(KeyUse(use), int(serial), *times)
    point = bytes(public[Attribute.EC_POINT])[-_PUBLIC:]
    return SigningKey(life, point, None if position == _UNPLACED else position)
