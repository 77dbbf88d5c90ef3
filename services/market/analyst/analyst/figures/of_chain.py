"""
What a chain of options amounts to.

Sums over strikes as exchanges publish them: the put-call ratio by volume and by open interest, max pain (the listed strike at which
those who hold options are paid least when they expire), the volatility at the money, the move that it implies until the expiry
(forward times volatility times the root of the years: one standard deviation), and the skew between puts and calls of like distance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from ..times import to_datetime
from .figure import Figure, Moment

SOURCE = "market.v1.OptionMarketService/GetChain"
# Of the skew: strikes so many standard deviations below and above the forward.
SKEW_DEVIATIONS = 0.5


def moment_of(chain: Any) -> Moment:
    return Moment(chain.product, chain.epoch, chain.sequence, to_datetime(chain.market_time))


def figures_of(chain: Any) -> list[Figure]:
    """Figures of the whole chain, then of each expiry, the nearest first. What cannot be told has none."""
    return list(_all(chain))


def _all(chain: Any) -> Iterator[Figure]:
    moment = moment_of(chain)
    yield Figure("underlying_price", "price", chain.underlying_price, "PRICE", SOURCE, moment)
    every = list(chain.expiries)
    yield from _activity(every, moment, None)
    for each in every:
        yield from _activity([each], moment, each.expiry)
        yield from _of_expiry(each, moment)


def _activity(expiries: Sequence[Any], moment: Moment, expiry: str | None) -> Iterator[Figure]:
    calls, puts = ([getattr(each, side) for each in expiries] for side in ("calls", "puts"))
    for column, name, label in (
        ("volume", "volume", "volume"),
        ("open_interest", "open_interest", "open interest"),
    ):
        called, put = (sum(sum(getattr(each, column)) for each in side) for side in (calls, puts))
        yield Figure(f"call_{name}", f"{label} of calls", called, "CONTRACTS", SOURCE, moment, expiry)
        yield Figure(f"put_{name}", f"{label} of puts", put, "CONTRACTS", SOURCE, moment, expiry)
        if called > 0:
            ratio = put / called
            yield Figure(f"put_call_ratio_{name}", f"put-call ratio by {label}", ratio, "RATIO", SOURCE, moment, expiry)


def _of_expiry(each: Any, moment: Moment) -> Iterator[Figure]:
    strikes = list(each.strike)
    if not strikes:
        return
    pain = max_pain(strikes, list(each.calls.open_interest), list(each.puts.open_interest))
    if pain is not None:
        yield Figure("max_pain", "max pain", pain, "PRICE", SOURCE, moment, each.expiry)
    forward, years = each.forward_price, each.years
    at = volatility_at(strikes, list(each.volatility), forward)
    if at is None:
        return
    yield Figure("atm_volatility", "at-the-money volatility", at, "FRACTION", SOURCE, moment, each.expiry)
    deviation = at * math.sqrt(max(years, 0.0))
    yield Figure(
        "expected_move", "expected move until expiry", forward * deviation, "PRICE", SOURCE, moment, each.expiry
    )
    low, high = (forward * math.exp(sign * SKEW_DEVIATIONS * deviation) for sign in (-1, 1))
    below, above = (volatility_at(strikes, list(each.volatility), strike) for strike in (low, high))
    if below is not None and above is not None:
        label = "skew, volatility of puts over that of calls"
        yield Figure("skew", label, below - above, "FRACTION", SOURCE, moment, each.expiry)


def max_pain(strikes: Sequence[float], calls: Sequence[int], puts: Sequence[int]) -> float | None:
    """
    The listed strike K that minimises the sum over calls of open interest times max(K - strike, 0) and over puts of open
    interest times max(strike - K, 0); the lowest of several. None without open interest.
    """
    if sum(calls) + sum(puts) == 0:
        return None

    def paid(at: float) -> float:
        return sum(
            call * max(at - strike, 0.0) + put * max(strike - at, 0.0)
            for strike, call, put in zip(strikes, calls, puts)
        )

    return min(strikes, key=paid)


def volatility_at(strikes: Sequence[float], volatilities: Sequence[float], strike: float) -> float | None:
    """By a straight line between the two strikes around it. None outside of what is listed, or where one has no volatility."""
    for low, high, under, over in zip(strikes, strikes[1:], volatilities, volatilities[1:]):
        if low <= strike <= high:
            if not (under > 0 and over > 0):
                return None
            return under + (over - under) * (strike - low) / (high - low)
    return None
