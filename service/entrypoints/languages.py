"""The pages' languages: which one a browser asks for, and the translations.

Rule 1: this file alone decides in which language a page is written.
Rule 2: it knows no page. The texts are English in the templates and Chinese in one PO file; nothing is compiled.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["DEFAULT", "PAGES", "PageLanguage", "chosen", "later", "load_languages"]

PAGES = Path(__file__).parent / "pages"
DEFAULT = "zh"
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
_MOST = 20


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """Templates in one language. `code` is what packs and regions call it, `tag` what HTML does (BCP 47)."""

    code: str
    tag: str
    locale: Locale
    templates: Environment
    texts: NullTranslations

    def render(self, template: str, **values: Any) -> str:
        """One page."""
        return self.templates.get_template(template).render(**values, language=self)

    def gettext(self, text: str) -> str:
        """A text that does not stand in a template."""
        translated: str = self.texts.gettext(text)
        return translated


def later(text: str) -> str:
    """A text that is translated where it is shown: so the translators' tools find it where it stands."""
    return text


def load_languages() -> dict[str, PageLanguage]:
    """All languages by their codes. The files belong to the package."""
    return {code: _language(code, name) for code, name in _LOCALES.items()}


def chosen(query: str | None, header: str | None) -> str:
    """The language that the address asks for, else the browser; Chinese where neither says anything."""
    if query in _LOCALES:
        return query
    weighed = []
    for place, item in enumerate((header or "").split(",")[:_MOST]):
        tag, _, parameters = item.strip().lower().partition(";")
        quality = _quality(parameters)
        if tag and quality > 0:
            weighed.append((-quality, place, tag.partition("-")[0]))
    for _, _, primary in sorted(weighed):
        if primary in _LOCALES:
            return primary
    return "en" if any(primary != "*" for _, _, primary in weighed) else DEFAULT


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _language(code: str, name: str) -> PageLanguage:
    templates = Environment(
        loader=FileSystemLoader(PAGES / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = _translations(name)
    templates.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    tag = "zh-Hans-CN" if code == "zh" else code
    return PageLanguage(code, tag, Locale.parse(name), templates, texts)


def _translations(name: str) -> NullTranslations:
    path = PAGES / "locale" / name / "LC_MESSAGES" / "pages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=name)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
