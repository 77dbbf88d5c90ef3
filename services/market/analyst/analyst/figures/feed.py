"""Reads the market: calls of the service `feed`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc

from ..mesh.channel import Caller

SERVICE = "market.v1.OptionMarketService"


class Feed:
    def __init__(self, channel: grpc.Channel):
        self._list = Caller(channel, SERVICE, "ListProducts")
        self._get = Caller(channel, SERVICE, "GetChain")

    def symbols(self) -> list[str]:
        return list(self._symbols())

    def chain(self, product: str) -> Any:
        """The chain as it stands. Raises CallError with feed's own status and reason."""
        return self._get(product=product).chain

    def _symbols(self) -> Iterator[str]:
        token = ""
        while True:
            page = self._list(page_size=1000, page_token=token)
            yield from (product.symbol for product in page.products)
            token = page.next_page_token
            if not token:
                return
