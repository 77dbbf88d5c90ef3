"""
What has been written is held against what it cites, before anybody is given it. It does not matter who wrote it: a language model, or
the code here.

- A statement cites at least one source, and only such as were found for this question.
- No source is newer than the time that was asked for.
- Outside of quotations, each number is a figure's that the statement cites, rounded no further than it is written. Numbers that stand
  in news are told in quotation marks or not at all: only then is it said whose they are.
- A quotation stands in one of the items that its statement cites, without a gap.
- Where the figure is a change, words such as "rose" and "fell" go the way that it went.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..figures.figure import Figure
from . import numbers, quotations
from .sources import Sources, Statement

Reason = Literal["NO_ANSWER", "CITATION", "FIGURE", "QUOTATION", "AS_OF"]

# Rounding may not be all that is left of a number: 0.004 is not "0.0".
MOST_LOST = 0.05
RISING = re.compile(
    r"\b(rose|rises?|rising|gain(s|ed)?|up|climb(s|ed)?|increas(e|es|ed)|advanc(e|es|ed)|jump(s|ed)?)\b", re.I
)
FALLING = re.compile(
    r"\b(fell|falls?|falling|los(t|es)|down|drop(s|ped)?|declin(e|es|ed)|decreas(e|es|ed)|slid|slides?)\b", re.I
)
# Nobody reads an answer to be led elsewhere; sources have their own addresses.
ADDRESS = re.compile(r"\bhttps?:|\bwww\.|\]\(", re.I)
CHANGES = ("change", "change_fraction")


@dataclass(frozen=True)
class Refusal:
    reason: Reason
    # For people.
    description: str


def check(
    statements: Sequence[Statement], sources: Sources, as_of: datetime.datetime, decimal_comma: bool = False
) -> list[Refusal]:
    """All that does not hold; nothing: the statements may be given out."""
    if not statements:
        return [Refusal("NO_ANSWER", "there is no statement")]
    return [refusal for each in statements for refusal in _check(each, sources, as_of, decimal_comma)]


def _check(statement: Statement, sources: Sources, as_of: datetime.datetime, decimal_comma: bool) -> Iterator[Refusal]:
    told = _short(statement.text)
    if not statement.citations:
        yield Refusal("CITATION", f"it cites nothing: {told}")
    for id in statement.citations:
        if id not in sources:
            yield Refusal("CITATION", f"{_short(id)} is none of the sources: {told}")
        elif sources.time_of(id) > as_of:
            yield Refusal("AS_OF", f"{id} is newer than the time that was asked for: {told}")
    figures = [sources.figures[id] for id in statement.citations if id in sources.figures]
    items = [sources.news[id] for id in statement.citations if id in sources.news]
    outside, quoted = quotations.split(statement.text)
    for words in quoted:
        if not any(quotations.stands_in(words, item.text) for item in items):
            yield Refusal("QUOTATION", f"no cited item has the words “{_short(words)}”")
    for token in numbers.tokens_of(_without_ids(outside), decimal_comma):
        if not any(_is_of(token, figure) for figure in figures) and not _is_named(token, sources):
            yield Refusal("FIGURE", f"no cited figure is {_short(token.text)}: {told}")
    yield from _directions(outside, figures)
    if ADDRESS.search(outside):
        yield Refusal("CITATION", f"it names an address on the web: {told}")


def _without_ids(text: str) -> str:
    """References to sources, such as [F1], are no numbers."""
    return re.sub(r"[\[(]\s*[FN]\d+(\s*[,;]\s*[FN]\d+)*\s*[\])]", " ", text)


def _is_of(token: numbers.Token, figure: Figure) -> bool:
    """Whether a figure says so."""
    if isinstance(token, numbers.Name):
        return token.text == figure.product
    if isinstance(token, numbers.Stamp):
        stamp = figure.moment.market_time.isoformat(timespec="seconds").replace("+00:00", "Z")
        day, _, time = stamp.partition("T")
        return token.text in (stamp, day, time.rstrip("Z"), time[:5], figure.expiry)
    value = figure.value
    if token.is_percent:
        if figure.unit != "FRACTION":
            return False
        value *= 100
    # "It fell by 1.2%" is of a change of -0.012.
    is_size = figure.name in (*CHANGES, "skew") and not token.is_signed
    return _rounds(token, value) or (is_size and _rounds(token, abs(value)))


def _rounds(number: numbers.Number, value: float) -> bool:
    away = abs(number.value - value)
    # What a product of two doubles loses.
    slack = 1e-9 * max(abs(value), 1.0)
    return away <= number.tolerance + slack and away <= MOST_LOST * abs(value) + slack


def _is_named(token: numbers.Token, sources: Sources) -> bool:
    """Symbols with digits in them are names, and no figures."""
    products = {figure.product for figure in sources.figures.values()}
    products.update(product for item in sources.news.values() for product in item.products)
    return isinstance(token, numbers.Name) and token.text.strip(".,") in products


def _directions(text: str, figures: Sequence[Figure]) -> Iterator[Refusal]:
    changes = [figure.value for figure in figures if figure.name in CHANGES]
    if not changes:
        return
    rises, falls = RISING.search(text), FALLING.search(text)
    if rises and not falls and all(change < 0 for change in changes):
        yield Refusal("FIGURE", f"it fell, and it is said that it rose: {_short(text)}")
    if falls and not rises and all(change > 0 for change in changes):
        yield Refusal("FIGURE", f"it rose, and it is said that it fell: {_short(text)}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"
