"""The key device as a PKCS#11 module: each epoch's key an object that never leaves it and dies with its epoch.

Rule 1: this file alone speaks to the module, on one thread: the binding crashes where two threads call it.
Rule 2: it knows nothing of subscriptions. Nothing that comes back is a key of the device.

    epoch/20781   AES-256, encrypts and decrypts only        pepper, check_place, check_salt   generic secrets, sign only
    wrapped = nonce (12 bytes, the device's own) | AES-256-GCM of the material, bound to its epoch
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass

from service.ports.device import DeviceError, Pepper

__all__ = ["Pkcs11Device"]

_T = TypeVar("_T")
_Key = Any  # what an object can do the binding mixes in at run time, from its attributes
_EPOCH = "epoch/"
_NONCE, _TAG = 12, 16
_STAYS = {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True}
_GONE = "this epoch's key is not in the device"
_FOREIGN = "a wrapped key does not belong to this device's epoch"


class Pkcs11Device:
    """A `KeyDevice` on one token. Its session is opened at the start and kept."""

    def __init__(self, session: pkcs11.Session, thread: ThreadPoolExecutor) -> None:
        self._session = session
        self._thread = thread
        self._peppers: dict[Pepper, _Key] = {}

    @classmethod
    async def open(
        cls, module: Path, token: str, pin: str, *, create: bool = False, ending: bool = False
    ) -> "Pkcs11Device":
        """Log in; with `create`, make the peppers that are missing. Raises DeviceError with the remedy.

        With `ending` some may be missing: whoever destroys them was killed in between.
        """
        thread = ThreadPoolExecutor(1, "pkcs11")
        try:
            session = await asyncio.get_running_loop().run_in_executor(thread, _logged_in, module, token, pin)
        except DeviceError:
            thread.shutdown(wait=False)
            raise
        device = cls(session, thread)
        try:
            await device._do(lambda: device._find_peppers(create=create, ending=ending))
        except DeviceError:
            await device.close()
            raise
        return device

    async def close(self) -> None:
        """Log out."""
        await self._do(self._session.close)
        self._thread.shutdown(wait=False)

    async def epochs(self) -> tuple[int, ...]:
        """See `ports.device.KeyDevice`."""
        return await self._do(self._epochs)

    async def create(self, epoch: int) -> None:
        """See `ports.device.KeyDevice`."""
        await self._do(lambda: self._create(epoch))

    async def destroy(self, epoch: int) -> None:
        """See `ports.device.KeyDevice`."""
        await self._do(lambda: self._destroy(epoch))

    async def peppers(self) -> tuple[Pepper, ...]:
        """See `ports.device.KeyDevice`."""
        return tuple(self._peppers)

    async def destroy_pepper(self, pepper: Pepper) -> None:
        """See `ports.device.KeyDevice`."""
        await self._do(lambda: self._end(pepper))

    async def wrap(self, epoch: int, key: bytes) -> bytes:
        """See `ports.device.KeyDevice`."""
        return await self._do(lambda: self._wrap(epoch, key))

    async def unwrap(self, epoch: int, wrapped: bytes) -> bytes:
        """See `ports.device.KeyDevice`."""
        return await self._do(lambda: self._unwrap(epoch, wrapped))

    async def macs(self, messages: Sequence[bytes], pepper: Pepper = Pepper.DOCUMENT) -> list[bytes]:
        """See `ports.device.KeyDevice`."""
        return await self._do(lambda: self._macs(messages, pepper))

    async def on_session(self, work: Callable[[pkcs11.Session], _T]) -> _T:
        """A piece of work of another port of the same token, on its one thread. Raises DeviceError."""
        return await self._do(lambda: work(self._session))

    async def _do(self, work: Callable[[], _T]) -> _T:
        """A piece of work on the module's thread; its errors carry no text of the module."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except pkcs11.PKCS11Error as error:
            raise DeviceError(f"the key device failed ({type(error).__name__}); see its own log") from None
        except RuntimeError:
            raise DeviceError("the key device is closed") from None

    def _find_peppers(self, *, create: bool, ending: bool) -> None:
        for pepper in Pepper:
            found = self._keys(KeyType.GENERIC_SECRET, pepper.value)
            if not found and ending:
                continue
            if not found and not create:
                raise DeviceError(f"the token has no key {pepper.value}; run `itinerary init`")
            self._peppers[pepper] = found[0] if found else self._made_pepper(pepper.value)

    def _made_pepper(self, label: str) -> _Key:
        return self._session.generate_key(
            KeyType.GENERIC_SECRET,
            256,
            label=label,
            store=True,
            capabilities=MechanismFlag.SIGN,
            template=_STAYS,
        )

    def _epochs(self) -> tuple[int, ...]:
        labels = [key.label for key in self._keys(KeyType.AES)]
        return tuple(int(label.removeprefix(_EPOCH)) for label in labels if label.startswith(_EPOCH))

    def _create(self, epoch: int) -> None:
        if not self._keys(KeyType.AES, f"{_EPOCH}{epoch}"):
            self._session.generate_key(
                KeyType.AES,
                256,
                label=f"{_EPOCH}{epoch}",
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template=_STAYS,
            )

    def _destroy(self, epoch: int) -> None:
        for key in self._keys(KeyType.AES, f"{_EPOCH}{epoch}"):
            key.destroy()

    def _end(self, pepper: Pepper) -> None:
        self._peppers.pop(pepper, None)
        for key in self._keys(KeyType.GENERIC_SECRET, pepper.value):
            key.destroy()

    def _wrap(self, epoch: int, key: bytes) -> bytes:
        nonce = bytes(self._session.generate_random(_NONCE * 8))
        sealed = self._kek(epoch).encrypt(
            key, mechanism=Mechanism.AES_GCM, mechanism_param=_bound(nonce, epoch)
        )
        return nonce + bytes(sealed)

    def _unwrap(self, epoch: int, wrapped: bytes) -> bytes:
        kek = self._kek(epoch)
        if len(wrapped) <= _NONCE + _TAG:
            raise DeviceError(_FOREIGN)
        nonce, sealed = wrapped[:_NONCE], wrapped[_NONCE:]
        try:
            return bytes(
                kek.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_bound(nonce, epoch))
            )
        except (pkcs11.exceptions.EncryptedDataInvalid, pkcs11.exceptions.GeneralError):
            raise DeviceError(_FOREIGN) from None  # modules differ in what they call a wrong tag

    def _macs(self, messages: Sequence[bytes], pepper: Pepper) -> list[bytes]:
        key = self._peppers.get(pepper)
        if key is None:
            raise DeviceError("this key is not in the device any more")
        return [bytes(key.sign(message, mechanism=Mechanism.SHA256_HMAC)) for message in messages]

    def _kek(self, epoch: int) -> _Key:
        found = self._keys(KeyType.AES, f"{_EPOCH}{epoch}")
        if not found:
            raise DeviceError(_GONE)
        return found[0]

    def _keys(self, kind: KeyType, label: str | None = None) -> list[_Key]:
        wanted: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: kind}
        if label is not None:
            wanted[Attribute.LABEL] = label
        return list(self._session.get_objects(wanted))


def _bound(nonce: bytes, epoch: int) -> pkcs11.GCMParams:
    return pkcs11.GCMParams(nonce, b"epoch/v1|%d" % epoch, _TAG * 8)


def _logged_in(module: Path, token: str, pin: str) -> pkcs11.Session:
    try:
        return pkcs11.lib(str(module)).get_token(token_label=token).open(rw=True, user_pin=pin)
    except pkcs11.NoSuchToken:
        raise DeviceError(f"the module has no token {token}; make it with the module's own tool") from None
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked):
        raise DeviceError("the token refuses this PIN, or is locked; see hsm.pin_file") from None
    except (RuntimeError, pkcs11.PKCS11Error) as error:
        raise DeviceError(f"{module}: no PKCS#11 module that works ({type(error).__name__})") from None
