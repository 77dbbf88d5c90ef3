"""Sources for tests: some figures of a market, and some news."""

import datetime

from analyst.answers.sources import Sources
from analyst.figures.figure import Figure, Moment
from analyst.news.item import NewsItem

UTC = datetime.timezone.utc
MARKET_TIME = datetime.datetime(2026, 1, 5, 15, 30, tzinfo=UTC)
SOURCE = "market.v1.OptionMarketService/GetChain"


def figure(name: str, label: str, value: float, unit: str = "RATIO", **more: object) -> Figure:
    moment = Moment("WEFT", 1, 42, more.pop("time", MARKET_TIME))
    return Figure(name, label, value, unit, SOURCE, moment, **more)


def news(title: str, content: str = "", time: datetime.datetime = MARKET_TIME, **more: object) -> NewsItem:
    return NewsItem(title, content, more.get("source", "Example Press"), "", more.get("products", ("WEFT",)), time)


SOURCES = Sources.of(
    [
        figure("underlying_price", "price", 5012.3456, "PRICE"),
        figure("put_call_ratio_volume", "put-call ratio by volume", 1.2149),
        figure("atm_volatility", "at-the-money volatility", 0.20349, "FRACTION", expiry="2026-01-16"),
        figure("change_fraction", "change of the price", -0.0123, "FRACTION"),
        figure("call_volume", "volume of calls", 1_234_567, "CONTRACTS"),
    ],
    [
        news(
            "Weft Index slides as chip makers warn",
            "Weft fell 3.2% on Monday. Analysts at Example Bank do not expect a recovery before June. Volumes were thin.",
        ),
        news("Loom raises its forecast", "Loom expects sales of 4.5 billion.", products=("LOOM",)),
    ],
)
