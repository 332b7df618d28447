"""What an operator may configure: `whole` of `sections` of `values`."""

from service.settings.sections import Hsm, Http, Ingest, Packs, Smpp, Store, Witness
from service.settings.values import SettingsError, loopback, secret_line
from service.settings.whole import DeskPlace, Settings

__all__ = [
    "DeskPlace",
    "Hsm",
    "Http",
    "Ingest",
    "Packs",
    "Settings",
    "SettingsError",
    "Smpp",
    "Store",
    "Witness",
    "loopback",
    "secret_line",
]
