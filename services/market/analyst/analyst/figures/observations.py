"""
Figures as they were: what the analyst has seen of each product, so that it can say what has moved, and answer as of a time that has
passed.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..database import Database
from .figure import Figure, Moment

# By the database's clock, not the market's, which runs faster.
KEPT_DAYS = 7


@dataclass(frozen=True)
class Observation:
    moment: Moment
    figures: tuple[Figure, ...]

    def find(self, name: str, expiry: str | None = None) -> Figure | None:
        return next((each for each in self.figures if (each.name, each.expiry) == (name, expiry)), None)


class Observations:
    def __init__(self, database: Database):
        self._database = database

    def add(self, observation: Observation) -> None:
        """The same chain again, of whichever instance, is the one that is there."""
        moment = observation.moment
        self._database.run(
            """
            insert into observation (product, epoch, sequence, market_time, figures)
            values (:product, :epoch, :sequence, :time, cast(cast(:figures as text) as jsonb))
            on conflict do nothing
            """,
            product=moment.product,
            epoch=moment.epoch,
            sequence=moment.sequence,
            time=moment.market_time,
            figures=json.dumps([_to_json(each) for each in observation.figures]),
        )

    def latest(self, product: str, as_of: datetime.datetime) -> Observation | None:
        """The newest that is not newer than a time of the market."""
        return self._first("market_time <= :time order by market_time desc, sequence desc", product, as_of)

    def first_of_day(self, product: str, day: datetime.date) -> Observation | None:
        """The first of a day by UTC, in which the sessions of the exchanges that there are lie as a whole."""
        start = datetime.datetime.combine(day, datetime.time(), datetime.timezone.utc)
        found = self._first("market_time >= :time order by market_time, sequence", product, start)
        return found if found and found.moment.market_time.date() == day else None

    def last_before(self, product: str, day: datetime.date) -> Observation | None:
        start = datetime.datetime.combine(day, datetime.time(), datetime.timezone.utc)
        return self._first("market_time < :time order by market_time desc, sequence desc", product, start)

    def remove_old(self) -> None:
        self._database.run(
            "delete from observation where create_time < now() - make_interval(days => :days)", days=KEPT_DAYS
        )

    def _first(self, condition: str, product: str, time: datetime.datetime) -> Observation | None:
        rows = self._database.run(
            f"""
            select product, epoch, sequence, market_time, figures from observation
            where product = :product and {condition} limit 1
            """,
            product=product,
            time=time,
        )
        return _observation(rows[0]) if rows else None


def _to_json(figure: Figure) -> dict[str, Any]:
    kept = {name: getattr(figure, name) for name in ("name", "label", "value", "unit", "source", "expiry")}
    return {name: value for name, value in kept.items() if value is not None}


def _observation(row: dict[str, Any]) -> Observation:
    moment = Moment(row["product"], row["epoch"], row["sequence"], row["market_time"])
    figures: Sequence[dict[str, Any]] = row["figures"]
    return Observation(moment, tuple(Figure(moment=moment, **each) for each in figures))
