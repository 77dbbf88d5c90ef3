"""What is written is given out only if it holds against what it cites."""

import datetime
import unittest

from analyst.answers.gate import check
from analyst.answers.sources import Statement

from .sources import MARKET_TIME, SOURCES

LATER = MARKET_TIME + datetime.timedelta(days=1)


def reasons(text, *citations, as_of=LATER, decimal_comma=False):
    refusals = check([Statement(text, citations)], SOURCES, as_of, decimal_comma)
    return sorted({refusal.reason for refusal in refusals})


class Figures(unittest.TestCase):
    def test_a_figure_passes_rounded_as_far_as_it_is_written(self):
        for text, *citations in (
            ("WEFT stands at 5,012.35.", "F1"),
            ("WEFT stands at 5012.", "F1"),
            ("The put-call ratio is 1.21, at 2026-01-05 15:30.", "F2"),
            ("For 2026-01-16 volatility is 20.35%, or some 20 percent.", "F3"),
            ("WEFT fell by 1.2% (-1.23 %).", "F4"),
            ("It fell by 1.2 per cent to 5012.3 [F1, F4].", "F1", "F4"),
            ("1.23 million calls were traded.", "F5"),
            ("Volatility is twenty percent.", "F3"),
            ("Die Volatilität ist hoch, und Puts überwiegen.", "F2"),
        ):
            self.assertEqual(reasons(text, *citations), [], text)

    def test_a_figure_that_no_cited_source_has_is_refused(self):
        for text, *citations in (
            ("WEFT stands at 5,112.35.", "F1"),
            ("WEFT stands at 5012.36.", "F1"),
            ("The put-call ratio is 1.22.", "F2"),
            ("The put-call ratio is 1.21.", "F1"),
            ("WEFT stands at 5012 and will reach 6000.", "F1"),
            ("The put-call ratio is 121%.", "F2"),
            ("Volatility is 0.2035%.", "F3"),
            ("Volatility is thirty percent.", "F3"),
            ("The price doubled.", "F1"),
            ("Volatility for 2026-02-20 is 20.35%.", "F3"),
            ("At 15:31 the ratio was 1.21.", "F2"),
            ("The ratio is ١٫٢١ or ９９.", "F2"),
            ("The ratio is about 0.", "F2"),
            ("3 million calls were traded.", "F5"),
            ("1.2k calls were traded.", "F5"),
            ("The ratio is 1.21e3.", "F2"),
            ("The ratio is ½.", "F2"),
        ):
            self.assertEqual(reasons(text, *citations), ["FIGURE"], text)

    def test_a_number_that_only_news_has_is_refused_outside_of_quotation_marks(self):
        self.assertEqual(reasons("WEFT fell 3.2%.", "N1"), ["FIGURE"])
        self.assertEqual(reasons("“Weft fell 3.2% on Monday.”", "N1"), [])

    def test_a_change_goes_the_way_that_is_said(self):
        self.assertEqual(reasons("WEFT rose by 1.23%.", "F4"), ["FIGURE"])
        self.assertEqual(reasons("WEFT moved by +1.23%.", "F4"), ["FIGURE"])
        self.assertEqual(reasons("WEFT fell by 1.23%.", "F4"), [])

    def test_a_comma_is_the_point_of_decimals_only_where_the_language_has_it_so(self):
        self.assertEqual(reasons("Das Verhältnis ist 1,21.", "F2", decimal_comma=True), [])
        self.assertEqual(reasons("The ratio is 1,21.", "F2"), ["FIGURE"])
        self.assertEqual(reasons("The price is 5.012.", "F1"), ["FIGURE"])
        self.assertEqual(reasons("Der Preis ist 5.012,35.", "F1", decimal_comma=True), [])


class Quotations(unittest.TestCase):
    def test_words_that_stand_in_the_cited_item_pass(self):
        for text in (
            "Example Press: “Weft fell 3.2% on Monday.”",
            'It says "do not expect a recovery before June".',
            "Es heißt „Volumes were thin“.",
            "«Weft Index slides as chip makers warn»",
        ):
            self.assertEqual(reasons(text, "N1"), [], text)

    def test_fabricated_words_are_refused(self):
        self.assertEqual(reasons("“Weft is bankrupt.”", "N1"), ["QUOTATION"])

    def test_words_that_were_changed_are_refused(self):
        for text in (
            "“Weft fell 32% on Monday.”",
            "“Weft fell 3.3% on Monday.”",
            "“Weft fell 3”",
            "“.2% on Monday”",
            "“expect a recovery before Jun”",
            "“do expect a recovery before June”",
            "“weft fell 3.2% on monday”",
        ):
            self.assertEqual(reasons(text, "N1"), ["QUOTATION"], text)

    def test_spliced_words_are_refused(self):
        for text in (
            "“Weft fell 3.2% on Monday. Volumes were thin.”",
            "“Weft fell … Volumes were thin.”",
            "“Analysts at Example Bank [...] expect a recovery”",
            "“Analysts at Example Bank expect a recovery before June.”",
        ):
            self.assertEqual(reasons(text, "N1"), ["QUOTATION"], text)

    def test_words_that_stand_in_another_item_are_refused(self):
        self.assertEqual(reasons("“Weft fell 3.2% on Monday.”", "N2"), ["QUOTATION"])
        self.assertEqual(reasons("“Loom expects sales of 4.5 billion.”", "N1"), ["QUOTATION"])
        self.assertEqual(reasons("“Weft fell 3.2% on Monday.”", "F1"), ["QUOTATION"])

    def test_a_quotation_that_is_not_closed_hides_nothing(self):
        self.assertEqual(reasons("“Weft fell 3.2% on Monday, and 9999 will follow.", "N1"), ["QUOTATION"])


class Citations(unittest.TestCase):
    def test_what_cites_nothing_or_what_there_is_not_is_refused(self):
        self.assertEqual(reasons("Puts prevail."), ["CITATION"])
        self.assertEqual(reasons("Puts prevail.", "F9"), ["CITATION"])
        self.assertEqual(reasons("Puts prevail.", "F2", "N7"), ["CITATION"])
        self.assertEqual(reasons("Read more at https://evil.example.", "N1"), ["CITATION"])

    def test_what_is_newer_than_the_time_that_was_asked_for_is_refused(self):
        before = MARKET_TIME - datetime.timedelta(microseconds=1)
        self.assertEqual(reasons("The ratio is 1.21.", "F2", as_of=before), ["AS_OF"])
        self.assertEqual(reasons("“Volumes were thin.”", "N1", as_of=before), ["AS_OF"])
        self.assertEqual(reasons("The ratio is 1.21.", "F2", as_of=MARKET_TIME), [])

    def test_no_statement_is_no_answer(self):
        self.assertEqual([each.reason for each in check([], SOURCES, LATER)], ["NO_ANSWER"])


if __name__ == "__main__":
    unittest.main()
