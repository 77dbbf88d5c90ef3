"""What a news item is, in the service and on the wire."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from ..mesh.contracts import message
from ..times import to_datetime


@dataclass(frozen=True)
class NewsItem:
    title: str
    content: str
    source: str
    url: str
    products: tuple[str, ...]
    publish_time: datetime.datetime
    id: uuid.UUID | None = None
    create_time: datetime.datetime | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """What can be quoted."""
        return f"{self.title}\n{self.content}" if self.content else self.title

    @property
    def digest(self) -> bytes:
        """The same for two items that say the same."""
        said = [self.title, self.content, self.source, self.url, sorted(self.products), self.publish_time.isoformat()]
        return hashlib.sha256(json.dumps(said).encode()).digest()

    def names(self, product: str) -> bool:
        return product in self.products


def from_wire(wire: Any) -> NewsItem:
    return NewsItem(
        title=wire.title,
        content=wire.content,
        source=wire.source,
        url=wire.url,
        products=tuple(sorted(set(wire.products))),
        publish_time=to_datetime(wire.publish_time),
    )


def to_wire(item: NewsItem) -> Any:
    wire = message("market.v1.NewsItem")(
        news_item_id=str(item.id),
        title=item.title,
        content=item.content,
        source=item.source,
        url=item.url,
        products=item.products,
    )
    wire.publish_time.FromDatetime(item.publish_time)
    if item.create_time is not None:
        wire.create_time.FromDatetime(item.create_time)
    return wire
