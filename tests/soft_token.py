"""A PKCS#11 token of SoftHSM for tests: its module, label and PIN, and a session of the test's own to look inside."""

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pkcs11
from pkcs11 import Attribute, ObjectClass

MODULES = (Path("/usr/lib/softhsm/libsofthsm2.so"), Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"))


@dataclass(frozen=True)
class SoftToken:
    """Where the token is."""

    module: Path
    label: str
    pin: str

    @contextmanager
    def session(self):
        """A session beside the device's."""
        found = pkcs11.lib(str(self.module)).get_token(token_label=self.label)
        with found.open(rw=True, user_pin=self.pin) as session:
            yield session

    def empty(self):
        """Destroy every key in it."""
        with self.session() as session:
            for key in list(session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY})):
                key.destroy()


def made(folder: Path, label: str = "itinerary", pin: str = "1234") -> SoftToken | None:
    """A new token below a folder; None where SoftHSM is not installed."""
    module = next((path for path in MODULES if path.exists()), None)
    if module is None:
        return None
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)  # read once, when the module is loaded
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", "5678"],
        check=True,
        capture_output=True,
    )
    return SoftToken(module, label, pin)
