"""Signed notes (C2SP signed-note): a text, and under it who signed it.

Rule 1: signature lines and verifier keys are read, made and checked in this file.
Rule 2: what the text says is not its business; a private key passes through and is not kept.

    the text, a line or more                                kinds of keys
    <empty line>                                            0x01  signs the text
    — name base64(key id | signature)                       0x04  a witness: signs a time and the text

    verifier key:  name+keyid+base64(kind | public key)     key id = SHA-256(name | LF | kind | public key)[:4]
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = [
    "COSIGNATURE",
    "NOTE_BYTES_MAX",
    "SIGNATURE",
    "Note",
    "NoteError",
    "Signature",
    "Signer",
    "VerifierKey",
    "decoded",
    "is_key_name",
]

SIGNATURE, COSIGNATURE = 0x01, 0x04
NOTE_BYTES_MAX = 64 * 1024
_SIGNATURES_MAX = 100  # as the reference implementation; the specification asks for 16 at least
_SEED = 32
_PRIVATE = "PRIVATE+KEY+"
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_KEY_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")


class NoteError(ValueError):
    """No signed note, no verifier key, or a signature that does not hold."""


def is_key_name(name: str) -> bool:
    """Whether a key may be called so: not empty, no spaces, no plus."""
    return _KEY_NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """What a signature is checked with: whose it is, and of which kind."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes by which a signature line names its key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read `name+keyid+base64`. Raises NoteError."""
        found = _KEY.fullmatch(text.strip())
        if found is None:
            raise NoteError("a verifier key reads name+keyid+base64")
        material = decoded(found[3])
        if len(material) != 1 + _SEED or material[0] not in {SIGNATURE, COSIGNATURE}:
            raise NoteError(f"the verifier key of {found[1]} is not an Ed25519 key of a known kind")
        key = cls(found[1], material[0], material[1:])
        if key.key_id.hex() != found[2]:
            raise NoteError(f"the verifier key of {found[1]} was mistyped: its key id does not fit")
        return key

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the signature (RFC 8032)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key and the name it signs under."""

    name: str
    kind: int
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(self.name, self.kind, public)

    def secret(self) -> str:
        """The private key as text, as golang.org/x/mod/sumdb/note writes it: for a file that nobody else reads."""
        key = self.verifier
        material = base64.b64encode(bytes([self.kind]) + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{key.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Read a private key. Raises NoteError, which never shows it."""
        found = _KEY.fullmatch(text.strip().removeprefix(_PRIVATE))
        material = decoded(found[3]) if found is not None else b""
        if found is None or len(material) != 1 + _SEED or material[0] not in {SIGNATURE, COSIGNATURE}:
            raise NoteError(f"a private key reads {_PRIVATE}name+keyid+base64")
        signer = cls(found[1], material[0], material[1:])
        if signer.verifier.key_id.hex() != found[2]:
            raise NoteError("a private key was mistyped: its key id does not fit")
        return signer

    def sign(self, message: bytes) -> bytes:
        """The bare signature, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line; `blob` is what stands behind the key id."""

    name: str
    key_id: bytes
    blob: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"

    def of(self, key: VerifierKey) -> bool:
        """Whether the line says that this key made it."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a newline, and its signatures, not yet checked."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The note's bytes."""
        return (self.text + "\n" + "".join(map(str, self.signatures))).encode()

    @classmethod
    def parse(cls, content: bytes) -> "Note":
        """Read a note. Raises NoteError, with the line that is wrong."""
        if len(content) > NOTE_BYTES_MAX:
            raise NoteError("longer than any note")
        try:
            whole = content.decode()
        except UnicodeDecodeError:
            raise NoteError("not UTF-8") from None
        if any(sign < " " and sign != "\n" for sign in whole):
            raise NoteError("holds control characters")
        text, parted, tail = whole.rpartition("\n\n")
        if not parted or not tail.endswith("\n"):
            raise NoteError("no signatures behind an empty line")
        lines = tail[:-1].split("\n")
        if len(lines) > _SIGNATURES_MAX:
            raise NoteError(f"more than {_SIGNATURES_MAX} signatures")
        return cls(text + "\n", tuple(map(_signature, lines)))

    def signed_by(self, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
        """Which of these keys have signed the text. Raises NoteError where a line names one of them and fails."""
        found = []
        for key in keys:
            lines = [line for line in self.signatures if line.of(key)]
            if not all(key.verifies(line.blob, self.text.encode()) for line in lines):
                raise NoteError(f"the signature of {key.name} does not hold")
            if lines:
                found.append(key)
        return found


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    if found is None:
        raise NoteError("a signature line reads — name base64")
    blob = decoded(found[2])
    if len(blob) < 5:
        raise NoteError("a signature is too short")
    return Signature(found[1], blob[:4], blob[4:])


def decoded(text: str) -> bytes:
    """Base64 (RFC 4648, section 4) in its one canonical form: unused bits are zero."""
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; what is not ASCII is another
        raise NoteError("no base64") from None
    if base64.b64encode(content).decode() != text:
        raise NoteError("base64 that is not canonical")
    return content
