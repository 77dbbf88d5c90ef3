"""A pulse says what has moved, and nothing that its figures do not."""

import dataclasses
import datetime
import unittest

from analyst.answers.gate import check
from analyst.answers.pulse import Pulse
from analyst.figures.figure import Moment
from analyst.figures.observations import Observation

from .sources import MARKET_TIME, figure


def observation(price, days=0, hours=0, **more):
    time = MARKET_TIME + datetime.timedelta(days=days, hours=hours)
    moment = Moment("WEFT", 1, 100 + 24 * days + hours, time)
    values = {"ratio": 1.5, "near": 0.31, "far": 0.2, "skew": -0.013, "pain": price * 0.9, **more}
    figures = [
        figure("underlying_price", "price", price, "PRICE"),
        figure("put_call_ratio_volume", "put-call ratio by volume", values["ratio"]),
        figure("atm_volatility", "at-the-money volatility", values["near"], "FRACTION", expiry="2026-01-16"),
        figure("expected_move", "expected move until expiry", price * 0.03, "PRICE", expiry="2026-01-16"),
        figure("max_pain", "max pain", values["pain"], "PRICE", expiry="2026-01-16"),
        figure("skew", "skew", values["skew"], "FRACTION", expiry="2026-01-16"),
        figure("atm_volatility", "at-the-money volatility", values["far"], "FRACTION", expiry="2026-06-19"),
    ]
    return Observation(moment, tuple(dataclasses.replace(each, moment=moment) for each in figures))


class PulseTest(unittest.TestCase):
    def test_every_sentence_holds_against_its_figures_whichever_way_the_market_went(self):
        for price in (5000.0, 5000.01, 4999.999, 5500.5, 1234.5678, 0.07):
            for skew in (-0.013, 0.0, 0.00004):
                now = observation(price, hours=3, skew=skew)
                pulse = Pulse(now, observation(5000.0), observation(4800.0, days=-3))
                for statement in pulse.statements:
                    wrong = check([statement], pulse.sources, now.moment.market_time)
                    self.assertEqual(wrong, [], statement)
                self.assertGreaterEqual(len(pulse.statements), 7)

    def test_it_says_what_moved_and_what_stands_out(self):
        pulse = Pulse(observation(5500.0, hours=3), observation(5000.0), observation(4800.0, days=-3))
        said = " ".join(statement.text for statement in pulse.statements)
        for words in (
            "WEFT stands at 5500.00.",
            "It rose by 700.00 (14.58%) since the last of the day before that was seen, 4800.00 at 2026-01-02T15:30:00Z.",
            "It rose by 500.00 (10.00%) since the first of the day",
            "The put-call ratio by volume is 1.50: of what is traded, puts prevail.",
            "Max pain of 2026-01-16 is 4950.00, below the price of 5500.00.",
            "The term structure is inverted: near options are the dearer ones, 31.00% for 2026-01-16",
            "calls are dearer by 1.30% of volatility",
        ):
            self.assertIn(words, said)

    def test_without_anything_before_it_says_nothing_of_moves(self):
        now = observation(5500.0)
        said = " ".join(statement.text for statement in Pulse(now, now, None).statements)
        self.assertNotIn("since", said)


if __name__ == "__main__":
    unittest.main()
