"""Answers questions: finds what they may rest on, has an answer written or makes one, and holds it against its sources."""

from __future__ import annotations

import datetime
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc

from ..figures.feed import Feed
from ..figures.figure import Figure
from ..figures.observations import Observation, Observations
from ..figures.recorder import observe
from ..logs import log
from ..mesh.errors import CallError
from ..news.index import NewsIndex
from ..news.item import NewsItem
from ..news.store import NewsStore
from . import gate
from .chat_model import ChatModel
from .embeddings import Embeddings, Vectors
from .extract import LEAST_OF_NEWS, choose_figures, extract
from .gate import Refusal
from .generate import generate
from .language import DECIMAL_COMMA, ENGLISH, language_of
from .sources import Sources, Statement

MOST_ITEMS = 5
MOST_PRODUCTS = 3
# Kept from the caller's time to make an answer without the model, when it has not answered.
RESERVE_SECONDS = 10.0

NOT_ENOUGH = "There is not enough evidence to answer that."


@dataclass(frozen=True)
class Answer:
    kind: str
    statements: Sequence[Statement]
    sources: Sources
    language: str
    model: str
    notices: Sequence[str]
    refusals: Sequence[Refusal] = field(default=())


class Analyst:
    def __init__(
        self,
        feed: Feed,
        observations: Observations,
        store: NewsStore,
        index: NewsIndex,
        embeddings: Embeddings,
        model: ChatModel | None,
    ):
        self._feed = feed
        self._observations = observations
        self._store = store
        self._index = index
        self._embeddings = embeddings
        self._model = model

    def ask(self, question: str, product: str | None, as_of: datetime.datetime, deadline: float) -> Answer:
        """
        `as_of`: nothing newer is looked at. `deadline`: of time.monotonic(). Raises CallError NOT_FOUND for a product that is none.
        """
        notices: list[str] = []
        language = language_of(question)
        symbols = self._symbols(notices)
        if product is not None and symbols is not None and product not in symbols:
            raise CallError(grpc.StatusCode.NOT_FOUND, f"there is no product {product}", "PRODUCT_UNKNOWN")
        named = [each for each in symbols or () if re.search(rf"(?<!\w){each}(?!\w)", question)]
        about = [product] if product is not None else named[:MOST_PRODUCTS]

        looked_up: dict[str, Sequence[Figure]] = {}

        def look_up(symbol: str) -> Sequence[Figure]:
            # A question about one product is answered by its figures.
            if symbol not in (symbols or ()) or (product is not None and symbol != product):
                raise LookupError(f"there are no figures of {symbol[:20]}")
            if symbol not in looked_up:
                found = self._observation(symbol, as_of)
                looked_up[symbol] = found.figures if found else ()
            return looked_up[symbol]

        bare = re.sub("|".join(map(re.escape, named)) or r"(?!)", " ", question)
        whole, matter = self._embeddings.of([question, bare])
        figures = choose_figures(
            question, matter, [figure for symbol in about for figure in look_up(symbol)], self._embeddings
        )
        found = self._index.search(whole, as_of, product, MOST_ITEMS)
        news = self._store.get_all([each.id for each in found if each.cosine >= LEAST_OF_NEWS])
        pending = self._index.pending()
        if pending:
            notices.append(f"{pending} news items are not indexed yet, and were not looked at.")

        refusals: tuple[Refusal, ...] = ()
        if self._model is not None:
            generated = generate(
                self._model,
                question,
                figures,
                news,
                look_up,
                as_of,
                language in DECIMAL_COMMA,
                max(deadline - RESERVE_SECONDS, time.monotonic()),
            )
            refusals = generated.refusals
            if generated.statements:
                kind = "ANSWER_KIND_GENERATED"
                name = self._model.name
                return Answer(kind, generated.statements, generated.sources, language, name, notices, refusals)
            if refusals:
                notices.append(
                    "What the language model wrote was not given out: see refusals. This is made of the sources."
                )
        else:
            notices.append("No language model is configured: this is made of the sources, word for word.")
        if language != ENGLISH:
            notices.append(
                f"The question seems to be in another language than the search's, which is English: {language}."
            )
        return self._extracted(whole, figures, news, as_of, language, notices, refusals)

    def _extracted(
        self,
        vector: Vectors,
        figures: Sequence[Figure],
        news: Sequence[NewsItem],
        as_of: datetime.datetime,
        language: str,
        notices: Sequence[str],
        refusals: tuple[Refusal, ...],
    ) -> Answer:
        sources, drafted = extract(vector, figures, news, self._embeddings)
        statements = [each for each in drafted if not gate.check([each], sources, as_of)]
        kind = "ANSWER_KIND_EXTRACTED" if statements else "ANSWER_KIND_NOT_ENOUGH_EVIDENCE"
        return Answer(kind, statements, sources, language, "", notices, refusals)

    def _symbols(self, notices: list[str]) -> list[str] | None:
        """None: they are not known now."""
        try:
            return self._feed.symbols()
        except CallError as error:
            notices.append(f"The market could not be asked: {error.text}.")
            return None

    def _observation(self, product: str, as_of: datetime.datetime) -> Observation | None:
        try:
            now = observe(self._feed, product)
            self._observations.add(now)
            if now.moment.market_time <= as_of:
                return now
        except CallError as error:
            # What was seen before is as good as it is old, and says so by its time.
            log(
                "warn",
                "the market could not be looked at: what was seen last counts",
                reason=error.text,
                product=product,
            )
        return self._observations.latest(product, as_of)
