"""The sentences of a text, word for word."""

from __future__ import annotations

import re

LONGEST = 400
# After a full stop a sentence begins with a capital, a digit or a mark: abbreviations are mostly followed by small letters.
_END = re.compile(r"(?<=[.!?])[\"”’)]*\s+(?=[\"“‘(\[]?[A-Z0-9À-Þ])|\n+|(?<=[。！？])")


def sentences_of(text: str) -> list[str]:
    """Each as it stands in the text. Those that are longer than 400 characters are left out."""
    parts: list[str] = []
    start = 0
    for match in _END.finditer(text):
        parts.append(text[start : match.end()])
        start = match.end()
    parts.append(text[start:])
    trimmed = (part.strip() for part in parts)
    return [part for part in trimmed if part and len(part) <= LONGEST]
