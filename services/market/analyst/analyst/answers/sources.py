"""What an answer may rest on."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..figures.figure import Figure
from ..news.item import NewsItem


@dataclass(frozen=True)
class Sources:
    """Figures by their ids (F1, F2, ...) and news by theirs (N1, N2, ...)."""

    figures: Mapping[str, Figure] = field(default_factory=dict)
    news: Mapping[str, NewsItem] = field(default_factory=dict)

    @staticmethod
    def of(figures: Iterable[Figure], news: Iterable[NewsItem]) -> Sources:
        return Sources(
            {f"F{number}": each for number, each in enumerate(figures, 1)},
            {f"N{number}": each for number, each in enumerate(news, 1)},
        )

    def __contains__(self, id: str) -> bool:
        return id in self.figures or id in self.news

    def time_of(self, id: str) -> datetime.datetime:
        """When it was: by the market's clock, or of publication."""
        figure = self.figures.get(id)
        return figure.moment.market_time if figure else self.news[id].publish_time


@dataclass(frozen=True)
class Statement:
    text: str
    citations: tuple[str, ...]
