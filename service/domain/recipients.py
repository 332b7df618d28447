"""Who is shown an answer, as a consent names him.

Rule 1: this form alone tells a registered verifier from whoever calls himself so.
Rule 2: it does not know who is registered.
"""

__all__ = ["name_of", "recipient"]


def recipient(name: str, code: str) -> str:
    """A registered one with its code; without a code: in quotation marks."""
    return f"{name}, {code}" if code else f"“{name}”"


def name_of(named: str) -> str:
    """The name alone, of a registered one."""
    return named.rpartition(", ")[0]
