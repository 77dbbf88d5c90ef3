"""Quoted words in a text, and whether they stand in another."""

from __future__ import annotations

import re
import unicodedata

# What opens a quotation, and what may close it. A straight apostrophe is in words, and opens none.
MARKS = {'"': '"', "“": "”“", "„": "“”", "«": "»", "»": "«", "‹": "›", "「": "」", "『": "』"}


def split(text: str) -> tuple[str, list[str]]:
    """The text with each quotation taken out, and the quotations. A mark that is not closed quotes all that is behind it."""
    outside: list[str] = []
    quoted: list[str] = []
    rest = text
    while rest:
        start = next((index for index, one in enumerate(rest) if one in MARKS), None)
        if start is None:
            outside.append(rest)
            break
        outside.append(rest[:start])
        closing = MARKS[rest[start]]
        end = next((index for index in range(start + 1, len(rest)) if rest[index] in closing), len(rest))
        quoted.append(rest[start + 1 : end])
        rest = rest[end + 1 :]
    return " ".join(outside), quoted


def stands_in(quotation: str, text: str) -> bool:
    """
    Word for word and without a gap. Kinds of spaces, dashes and quotation marks are alike, and a sentence's end that was put into
    the quotation is none of its words; letters, digits and capitals are what they are.
    """
    wanted = plain(quotation).strip(" .,;:!?")
    if not any(one.isalnum() for one in wanted):
        return False
    found = plain(text)
    # A part of a word, or of a number, is another one. Scripts from here on have no spaces between words.
    before = r"(?<!\w)(?<!\d[.,])(?<!-(?=\d))" if ord(wanted[0]) < 0x2E80 else ""
    behind = r"(?![\w%])(?![.,]\d)" if ord(wanted[-1]) < 0x2E80 else ""
    return re.search(f"{before}{re.escape(wanted)}{behind}", found) is not None


def plain(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    text = re.sub(r"[“”„«»‹›「」『』]", '"', text)
    text = re.sub(r"[‘’‚]", "'", text)
    return re.sub(r"\s+", " ", text)
