"""Figures of the market, and where they are from: no number in an answer is from anywhere else."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any, Literal

from ..mesh.contracts import enum, message

Unit = Literal["PRICE", "FRACTION", "RATIO", "CONTRACTS"]


@dataclass(frozen=True)
class Moment:
    """A chain of a product, and when it was: by the market's own clock."""

    product: str
    epoch: int
    sequence: int
    market_time: datetime.datetime


@dataclass(frozen=True)
class Figure:
    name: str
    # As a sentence says it, without product and expiry.
    label: str
    value: float
    unit: Unit
    # Method that it was read from, or made of what it answers.
    source: str
    moment: Moment
    expiry: str | None = None

    @property
    def product(self) -> str:
        return self.moment.product

    def say(self) -> str:
        """The value as a sentence has it: with two decimals, or more where fewer than two digits would be left of it."""
        if self.unit == "CONTRACTS":
            return f"{self.value:.0f}"
        value, sign = (self.value * 100, "%") if self.unit == "FRACTION" else (self.value, "")
        places = max(2, 1 - math.floor(math.log10(abs(value)))) if value else 2
        return f"{value:.{places}f}{sign}"


def to_wire(figure: Figure, id: str) -> Any:
    wire = message("market.v1.Figure")(
        id=id,
        name=figure.name,
        label=figure.label,
        value=figure.value,
        unit=enum("market.v1.FigureUnit")[f"FIGURE_UNIT_{figure.unit}"],
        product=figure.product,
        source=figure.source,
        epoch=figure.moment.epoch,
        sequence=figure.moment.sequence,
    )
    if figure.expiry is not None:
        wire.expiry = figure.expiry
    wire.market_time.FromDatetime(figure.moment.market_time)
    return wire
