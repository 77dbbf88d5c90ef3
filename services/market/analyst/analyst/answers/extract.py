"""An answer without a language model: the figures that a question is about, and the sentences of news that are most like it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..figures.figure import Figure
from ..news.item import NewsItem
from .embeddings import Embeddings, Vectors
from .quotations import MARKS
from .sentences import sentences_of
from .sources import Sources, Statement

# Cosines below which a text is not about the question, found by trying: texts of other matters are below 0.3.
LEAST_OF_NEWS = 0.3
LEAST_OF_SENTENCE = 0.4
LEAST_OF_FIGURE = 0.4
MOST_FIGURES = 3
MOST_QUOTATIONS = 3
# Of each item: news says first what matters.
MOST_SENTENCES = 8


def choose_figures(question: str, vector: Vectors, figures: Sequence[Figure], embeddings: Embeddings) -> list[Figure]:
    """The most alike first: of the days that the question names, else of the whole chain and the nearest expiry."""
    days = set(re.findall(r"\d{4}-\d{2}-\d{2}", question))
    expiries = sorted({figure.expiry for figure in figures if figure.expiry is not None})
    wanted = days & set(expiries)
    fitting = [each for each in figures if (each.expiry in wanted if wanted else each.expiry in (None, *expiries[:1]))]
    # The same of the whole chain and of an expiry: the former is what was asked for.
    by_label: dict[tuple[str, str], Figure] = {}
    for figure in fitting:
        by_label.setdefault((figure.product, figure.label), figure)
    candidates = list(by_label.values())
    if not candidates:
        return []
    cosines = embeddings.of([each.label for each in candidates]) @ vector
    order = np.argsort(-cosines, kind="stable")
    return [candidates[index] for index in order if cosines[index] >= LEAST_OF_FIGURE][:MOST_FIGURES]


def extract(
    vector: Vectors, figures: Sequence[Figure], news: Sequence[NewsItem], embeddings: Embeddings
) -> tuple[Sources, list[Statement]]:
    """`figures`: as choose_figures() has chosen them. No statement: they do not answer the question."""
    sources = Sources.of(figures, news)
    return sources, [*_of_figures(sources), *_of_news(vector, sources, embeddings)]


def _of_figures(sources: Sources) -> list[Statement]:
    statements = []
    for id, figure in sources.figures.items():
        stamp = figure.moment.market_time.isoformat(timespec="seconds").replace("+00:00", "Z")
        of = f" for {figure.expiry}" if figure.expiry else ""
        statements.append(Statement(f"{figure.product}: {figure.label}{of} is {figure.say()}, at {stamp}.", (id,)))
    return statements


def _of_news(vector: Vectors, sources: Sources, embeddings: Embeddings) -> list[Statement]:
    sentences = [
        (id, sentence) for id, item in sources.news.items() for sentence in sentences_of(item.text)[:MOST_SENTENCES]
    ]
    if not sentences:
        return []
    cosines = embeddings.of([sentence for _, sentence in sentences]) @ vector
    best = np.argsort(-cosines, kind="stable")
    chosen = [sentences[index] for index in best if cosines[index] >= LEAST_OF_SENTENCE][:MOST_QUOTATIONS]
    quoted = ((id, _quote(sentence)) for id, sentence in chosen)
    return [Statement(text, (id,)) for id, text in quoted if text is not None]


def _quote(sentence: str) -> str | None:
    """In marks that do not close within it; None: there are none."""
    for opening in ("“", "«", '"'):
        if not any(mark in sentence for mark in MARKS[opening]):
            return f"{opening}{sentence}{MARKS[opening][0]}"
    return None
