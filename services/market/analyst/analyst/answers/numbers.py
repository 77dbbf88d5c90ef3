"""
The numbers that a text states: in digits of any script, in words, with what is written behind them, and days and times of day as
such.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    # As it is written.
    text: str
    value: float
    # Half of the last place that is written: so far it may be from what it rounds.
    tolerance: float
    is_percent: bool = False
    # Whether it says by a sign which way it goes.
    is_signed: bool = False


@dataclass(frozen=True)
class Stamp:
    """A day or a time of day: "2026-12-18", "14:30"."""

    text: str


@dataclass(frozen=True)
class Name:
    """Letters and digits in one, such as "SP500" or "Q3"."""

    text: str


Token = Number | Stamp | Name

SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "bn": 1e9, "b": 1e9,
    "billion": 1e9, "billions": 1e9, "trillion": 1e12, "bp": 1e-4, "bps": 1e-4, "basis": 1e-4,
}  # fmt: skip
PERCENT = ("%", "percent", "per cent", "prozent", "pourcent", "pour cent", "por ciento", "percentage", "pct")

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
WORDS: dict[str, float] = {
    **{word: float(value) for value, word in enumerate(_SMALL)},
    **{word: 20.0 + 10 * index for index, word in enumerate(_TENS)},
}
# "One" is more often no number than one.
del WORDS["one"]
MULTIPLIERS = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
FACTORS: dict[str, float] = {
    "half": 0.5, "halved": 0.5, "double": 2, "doubled": 2, "doubles": 2, "doubling": 2,
    "twice": 2, "twofold": 2, "triple": 3, "tripled": 3, "threefold": 3, "thrice": 3, "quadrupled": 4, "tenfold": 10,
    "dozen": 12, "dozens": 12,
}  # fmt: skip

_TIME = r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?|\d{1,2}:\d{2}(?::\d{2})?"
_DIGITS = r"\d+(?:[.,\u00a0\u202f'’]\d+)*(?:[eE][+-]?\d+)?|[.]\d+"
_TOKEN = re.compile(
    rf"(?P<stamp>(?<![\w-])(?:{_TIME})(?!\w))|(?P<sign>(?<![\w.])[-−+])?(?P<digits>{_DIGITS})(?P<glued>[^\W\d_]*)"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def tokens_of(text: str, decimal_comma: bool = False) -> list[Token]:
    """`decimal_comma`: whether a comma is the point of decimals, as in German, and not between thousands."""
    text = _western(text)
    return [*_written(text, decimal_comma), *_in_words(text)]


def _western(text: str) -> str:
    """Digits of all scripts as 0 to 9, and superscripts and fractions as what they stand for."""
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/")
    return "".join(str(unicodedata.digit(one)) if unicodedata.category(one) == "Nd" else one for one in text)


def _written(text: str, decimal_comma: bool) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        if match["stamp"]:
            yield Stamp(match["stamp"])
            continue
        start, end = match.span()
        before = text[:start]
        letters = re.search(r"[^\W\d_][\w.-]*$", before)
        glued = match["glued"].lower()
        if letters and not before.endswith((" ", "\n")) and not match["sign"]:
            yield Name(f"{letters[0]}{match[0]}")
            continue
        if glued and glued not in SCALES and glued not in ("x", "st", "nd", "rd", "th"):
            yield Name(match[0])
            continue
        yield _number(match, text[end:], decimal_comma)


def _number(match: re.Match[str], rest: str, decimal_comma: bool) -> Number:
    value, places = _parse(match["digits"], decimal_comma)
    if match["sign"] in ("-", "−"):
        value = -value
    following = rest.lstrip(" \u00a0\u202f").lower()
    scale = SCALES.get(match["glued"].lower())
    if scale is None:
        word = _WORD.match(following)
        scale = SCALES.get(word[0]) if word and (len(word[0]) > 2 or word[0] in ("bp", "bn", "mn")) else None
    is_percent = following.startswith(PERCENT)
    tolerance = 0.5 * 10.0**-places * (scale or 1.0)
    return Number(match[0], value * (scale or 1.0), tolerance, is_percent, match["sign"] is not None)


def _parse(digits: str, decimal_comma: bool) -> tuple[float, int]:
    point, thousands = (",", ".") if decimal_comma else (".", ",")
    plain = re.sub(rf"[{thousands}\u00a0\u202f'’]", "", digits).replace(point, ".")
    if plain.count(".") > 1:
        # No number; none that a figure could have.
        return float("nan"), 0
    mantissa = re.split("[eE]", plain)[0]
    places = len(mantissa.partition(".")[2])
    return float(plain), places


def _in_words(text: str) -> Iterator[Number]:
    words = [match for match in _WORD.finditer(text)]
    parts = [(match, part.lower()) for match in words for part in match[0].split("-")]
    index = 0
    while index < len(parts):
        match, word = parts[index]
        if word in FACTORS:
            yield Number(match[0], FACTORS[word], 0.0)
            index += 1
            continue
        if word not in WORDS:
            index += 1
            continue
        start = index
        total = current = 0.0
        while index < len(parts) and (parts[index][1] in WORDS or parts[index][1] in MULTIPLIERS):
            each = parts[index][1]
            if each in WORDS:
                current += WORDS[each]
            elif each == "hundred":
                current *= 100
            else:
                total, current = total + current * MULTIPLIERS[each], 0.0
            index += 1
        following = text[parts[index - 1][0].end() :].lstrip().lower()
        said = text[parts[start][0].start() : parts[index - 1][0].end()]
        yield Number(said, total + current, 0.5, following.startswith(PERCENT))
