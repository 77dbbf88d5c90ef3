"""
The tone of news by VADER (Hutto and Gilbert 2014): a lexicon of words with rules for negation and emphasis, in English. It hears words
and not what they mean for a price; what was counted is cited, so that a reader can see for himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from ..answers.language import ENGLISH, language_of
from ..answers.sentences import sentences_of
from .item import NewsItem

# By whom VADER was published, these bounds are usual.
BOUND = 0.05
METHOD = f"VADER {version('vaderSentiment')}, mean over sentences"


@dataclass(frozen=True)
class Sentiment:
    # From -1 to 1. None: nothing was counted.
    score: float | None
    counted: tuple[tuple[NewsItem, float], ...]
    other_languages: int

    @property
    def tone(self) -> str:
        if self.score is None:
            return "TONE_UNSPECIFIED"
        if abs(self.score) < BOUND:
            return "TONE_NEUTRAL"
        return "TONE_POSITIVE" if self.score > 0 else "TONE_NEGATIVE"


class Lexicon:
    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()

    def score(self, text: str) -> float:
        """The mean of its sentences, from -1 to 1."""
        sentences = sentences_of(text) or [text]
        scores = [float(self._analyzer.polarity_scores(each)["compound"]) for each in sentences]
        return sum(scores) / len(scores)

    def of(self, items: Sequence[NewsItem]) -> Sentiment:
        english = [item for item in items if language_of(item.text) == ENGLISH]
        counted = tuple((item, self.score(item.text)) for item in english)
        mean = sum(score for _, score in counted) / len(counted) if counted else None
        return Sentiment(mean, counted, len(items) - len(english))
