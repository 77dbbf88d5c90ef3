"""What has moved in a market, and what stands out: sentences about figures, each with those that it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..figures.figure import Figure
from ..figures.observations import Observation
from .sources import Sources, Statement

# Of the ratio of puts to calls: outside of these, one of the two is said to prevail.
BALANCED = (0.8, 1.25)
# How far max pain is from the price before it is said, as a fraction of the price.
FAR = 0.01


def changes_since(now: Observation, before: Observation, since: str) -> list[Figure]:
    """How far the price has gone since: the change, and the same as a fraction. `since`: as a sentence says it."""
    price, base = now.find("underlying_price"), before.find("underlying_price")
    if price is None or base is None or base.value == 0:
        return []
    change = price.value - base.value
    label = f"change of the price since {since}"
    return [
        Figure("change", label, change, "PRICE", price.source, now.moment),
        Figure("change_fraction", label, change / base.value, "FRACTION", price.source, now.moment),
    ]


class Pulse:
    """`first`: the first of the market's day that was seen; `last`: the last of a day before."""

    def __init__(self, now: Observation, first: Observation | None, last: Observation | None):
        self._now = now
        self.figures: list[Figure] = list(now.figures)
        self._moves: list[tuple[str, list[Figure]]] = []
        for before, since in ((last, "the last of the day before"), (first, "the first of the day")):
            if before is None or before.moment == now.moment:
                continue
            base = before.find("underlying_price")
            found = changes_since(now, before, since)
            if base is not None and found:
                self.figures += [base, *found]
                self._moves.append((since, [base, *found]))
        self.sources = Sources.of(self.figures, ())
        self._ids = {id(figure): name for name, figure in self.sources.figures.items()}
        self.statements: list[Statement] = list(self._write())

    def _write(self) -> Iterator[Statement]:
        yield from self._moved()
        yield from self._activity()
        nearest = self._expiries[0] if self._expiries else None
        if nearest is not None:
            yield from self._expiry(nearest)
        yield from self._term_structure()

    @property
    def _expiries(self) -> list[str]:
        return sorted({figure.expiry for figure in self._now.figures if figure.expiry is not None})

    def _state(self, text: str, *figures: Figure) -> Statement:
        return Statement(text, tuple(self._ids[id(figure)] for figure in figures))

    def _moved(self) -> Iterator[Statement]:
        price = self._now.find("underlying_price")
        if price is None:
            return
        product = price.product
        yield self._state(f"{product} stands at {price.say()}.", price)
        for since, (base, change, fraction) in self._moves:
            way = "rose" if change.value > 0 else "fell" if change.value < 0 else "did not move"
            by = f" by {_size(change)} ({_size(fraction)})" if change.value else ""
            stamp = base.moment.market_time.isoformat(timespec="seconds").replace("+00:00", "Z")
            text = f"It {way}{by} since {since} that was seen, {base.say()} at {stamp}."
            yield self._state(text, base, change, fraction)

    def _activity(self) -> Iterator[Statement]:
        for name, done in (("volume", "traded"), ("open_interest", "open")):
            ratio = self._now.find(f"put_call_ratio_{name}")
            if ratio is None:
                continue
            low, high = BALANCED
            what = (
                "puts prevail"
                if ratio.value > high
                else "calls prevail"
                if ratio.value < low
                else "the two are balanced"
            )
            yield self._state(f"The {ratio.label} is {ratio.say()}: of what is {done}, {what}.", ratio)

    def _expiry(self, expiry: str) -> Iterator[Statement]:
        volatility, move = (self._now.find(name, expiry) for name in ("atm_volatility", "expected_move"))
        if volatility and move:
            text = (
                f"For {expiry} the market expects a move of {move.say()} either way, by a volatility of "
                f"{volatility.say()} at the money."
            )
            yield self._state(text, move, volatility)
        pain, price = self._now.find("max_pain", expiry), self._now.find("underlying_price")
        if pain and price and abs(pain.value - price.value) > FAR * price.value:
            where = "above" if pain.value > price.value else "below"
            yield self._state(f"Max pain of {expiry} is {pain.say()}, {where} the price of {price.say()}.", pain, price)

    def _term_structure(self) -> Iterator[Statement]:
        found = [each for each in (self._now.find("atm_volatility", expiry) for expiry in self._expiries) if each]
        if len(found) < 2:
            return
        near, far = found[0], found[-1]
        shape = "inverted: near options are the dearer ones" if near.value > far.value else "rising"
        text = f"The term structure is {shape}, {near.say()} for {near.expiry} and {far.say()} for {far.expiry}."
        yield self._state(text, near, far)
        skews = [each for each in (self._now.find("skew", expiry) for expiry in self._expiries) if each]
        if skews:
            steepest = max(skews, key=lambda figure: abs(figure.value))
            dearer = "puts" if steepest.value > 0 else "calls"
            text = (
                f"The skew is steepest for {steepest.expiry}: {dearer} are dearer by {_size(steepest)} of volatility."
            )
            yield self._state(text, steepest)


def _size(figure: Figure) -> str:
    return figure.say().removeprefix("-")


def summary_of(statements: Sequence[Statement]) -> str:
    return " ".join(statement.text for statement in statements)
