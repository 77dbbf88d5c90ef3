"""AnalystService: requests in, answers out."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import uuid
from collections.abc import Iterator
from typing import Any

import grpc

from .answers import quotations
from .answers.ask import NOT_ENOUGH, Analyst, Answer
from .answers.gate import check
from .answers.pulse import Pulse, summary_of
from .answers.sources import Statement
from .figures.feed import Feed
from .figures.figure import to_wire as figure_to_wire
from .figures.observations import Observations
from .figures.recorder import observe
from .logs import log
from .mesh.channel import current
from .mesh.contracts import enum, message
from .mesh.errors import CallError, invalid_argument
from .news.index import NewsIndex
from .news.item import NewsItem, from_wire
from .news.item import to_wire as item_to_wire
from .news.read_lines import read_lines
from .news.sentiment import METHOD, Lexicon
from .news.store import NewsStore
from .news.text import assert_text
from .times import now, to_datetime

DEFAULT_DAYS = 7
MOST_COUNTED = 2_000
MOST_LISTED = 100
DEFAULT_PAGE = 100
# How far clocks may be apart: of what is asked for as of now, nothing is newer than this.
AHEAD = datetime.timedelta(seconds=60)


class AnalystService:
    """A method for each of the contract's, by its name: request in, response out, CallError for a refusal."""

    def __init__(
        self,
        feed: Feed,
        observations: Observations,
        store: NewsStore,
        index: NewsIndex,
        analyst: Analyst,
        lexicon: Lexicon,
    ):
        self._feed = feed
        self._observations = observations
        self._store = store
        self._index = index
        self._analyst = analyst
        self._lexicon = lexicon

    def GetMarketPulse(self, request: Any) -> Any:
        seen = observe(self._feed, request.product)
        self._observations.add(seen)
        day = seen.moment.market_time.date()
        first = self._observations.first_of_day(request.product, day)
        last = self._observations.last_before(request.product, day)
        pulse = Pulse(seen, first, last)
        limit = max(seen.moment.market_time, now() + AHEAD)
        # Written by the code here, and held against its figures all the same.
        statements = []
        for statement in pulse.statements:
            wrong = check([statement], pulse.sources, limit)
            if wrong:
                log("error", "a sentence of a pulse did not hold", reason=wrong[0].description)
            else:
                statements.append(statement)
        response = message("market.v1.GetMarketPulseResponse")(
            product=request.product,
            summary=summary_of(statements),
            statements=[_statement(each) for each in statements],
            figures=[figure_to_wire(each, id) for id, each in pulse.sources.figures.items()],
        )
        response.market_time.FromDatetime(seen.moment.market_time)
        return response

    def GetSentiment(self, request: Any) -> Any:
        if request.product not in self._feed.symbols():
            raise CallError(grpc.StatusCode.NOT_FOUND, f"there is no product {request.product}", "PRODUCT_UNKNOWN")
        as_of = _as_of(request) or now()
        start = _before(as_of, request.days or DEFAULT_DAYS)
        sentiment = self._lexicon.of(self._store.about(request.product, start, as_of, MOST_COUNTED))
        response = message("market.v1.GetSentimentResponse")(
            product=request.product,
            tone=enum("market.v1.Tone")[sentiment.tone],
            item_count=len(sentiment.counted),
            method=METHOD,
            other_language_count=sentiment.other_languages,
        )
        if sentiment.score is not None:
            response.score = sentiment.score
        for item, score in sentiment.counted[:MOST_LISTED]:
            counted = response.items.add(news_item_id=str(item.id), title=item.title, source=item.source, score=score)
            counted.publish_time.FromDatetime(item.publish_time)
        response.from_time.FromDatetime(start)
        response.as_of.FromDatetime(as_of)
        return response

    def Ask(self, request: Any) -> Any:
        scope = current.get()
        assert scope is not None
        if not request.question.strip():
            raise invalid_argument("question", "is empty", "STRING_MIN_LEN")
        given = _as_of(request)
        as_of = given or now()
        product = request.product if request.HasField("product") else None
        answer = self._analyst.ask(request.question, product, given or as_of + AHEAD, scope.deadline)
        return _answer(answer, as_of)

    def CreateNewsItem(self, request: Any) -> Any:
        assert_text(request.news_item, "news_item.")
        (item,), _ = self._store.add([from_wire(request.news_item)])
        # Who has been answered finds it.
        self._index.add([item])
        return message("market.v1.CreateNewsItemResponse")(news_item=item_to_wire(item))

    def ImportNews(self, request: Any) -> Any:
        items = read_lines(request.lines)
        _, created = self._store.add(items)
        known = len({item.digest for item in items}) - created
        return message("market.v1.ImportNewsResponse")(created_count=created, known_count=known)

    def GetNewsItem(self, request: Any) -> Any:
        item = self._store.get(uuid.UUID(request.news_item_id))
        if item is None:
            raise CallError(grpc.StatusCode.NOT_FOUND, "there is no such news item", "NEWS_ITEM_UNKNOWN")
        return message("market.v1.GetNewsItemResponse")(news_item=item_to_wire(item))

    def ListNews(self, request: Any) -> Any:
        product = request.product if request.HasField("product") else None
        size = request.page_size or DEFAULT_PAGE
        items = self._store.page(size + 1, product, _position(request.page_token, product))
        response = message("market.v1.ListNewsResponse")(news_items=[item_to_wire(item) for item in items[:size]])
        if len(items) > size:
            response.next_page_token = _token(items[size - 1], product)
        return response


def _as_of(request: Any) -> datetime.datetime | None:
    return to_datetime(request.as_of) if request.HasField("as_of") else None


def _before(time: datetime.datetime, days: int) -> datetime.datetime:
    try:
        return time - datetime.timedelta(days=days)
    except OverflowError:
        return datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)


def _statement(statement: Statement) -> Any:
    return message("market.v1.Statement")(text=statement.text, citations=statement.citations)


def _answer(answer: Answer, as_of: datetime.datetime) -> Any:
    cited = {id for statement in answer.statements for id in statement.citations}
    response = message("market.v1.AskResponse")(
        kind=enum("market.v1.AnswerKind")[answer.kind],
        answer=summary_of(answer.statements) if answer.statements else NOT_ENOUGH,
        statements=[_statement(each) for each in answer.statements],
        figures=[figure_to_wire(each, id) for id, each in answer.sources.figures.items() if id in cited],
        quotations=list(_quotations(answer)),
        language=answer.language,
        model=answer.model,
        notices=answer.notices,
    )
    reasons = enum("market.v1.RefusalReason")
    for refusal in answer.refusals:
        response.refusals.add(reason=reasons[f"REFUSAL_REASON_{refusal.reason}"], description=refusal.description)
    response.as_of.FromDatetime(as_of)
    return response


def _quotations(answer: Answer) -> Iterator[Any]:
    """What is quoted of each item that is cited; of one that is not quoted, no words."""
    for id, item in answer.sources.news.items():
        texts = [statement.text for statement in answer.statements if id in statement.citations]
        quoted = [words for text in texts for words in quotations.split(text)[1]]
        words_of_it = [words for words in dict.fromkeys(quoted) if quotations.stands_in(words, item.text)]
        for words in words_of_it or ([""] if texts else []):
            quotation = message("market.v1.Quotation")(
                id=id, news_item_id=str(item.id), title=item.title, source=item.source, text=words
            )
            quotation.publish_time.FromDatetime(item.publish_time)
            yield quotation


def _token(item: NewsItem, product: str | None) -> str:
    position = [product, item.publish_time.isoformat(), str(item.id)]
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode()


def _position(token: str, product: str | None) -> tuple[datetime.datetime, uuid.UUID] | None:
    if not token:
        return None
    try:
        of, time, id = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
        position = datetime.datetime.fromisoformat(time), uuid.UUID(id)
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise invalid_argument("page_token", "is no token of a page", "PAGE_TOKEN_INVALID") from error
    if position[0].tzinfo is None:
        raise invalid_argument("page_token", "is no token of a page", "PAGE_TOKEN_INVALID")
    if of != product:
        raise invalid_argument("page_token", "is the token of another list", "PAGE_TOKEN_FOREIGN")
    return position
