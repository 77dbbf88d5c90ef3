"""What the analyst hears in words: their meaning, tone, language and sentences."""

import json
import pathlib
import tempfile
import time
import unittest

import jwt
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec

from analyst.answers.embeddings import Embeddings
from analyst.answers.language import language_of
from analyst.answers.sentences import sentences_of
from analyst.figures.of_chain import figures_of, max_pain, volatility_at
from analyst.mesh.contracts import message, policy, service
from analyst.mesh.errors import CallError
from analyst.mesh.principal import Principals, authorize
from analyst.news.read_lines import read_lines
from analyst.news.sentiment import Lexicon

from .sources import news


class Meaning(unittest.TestCase):
    def test_the_model_is_the_one_that_its_card_describes(self):
        # The example of all-MiniLM-L6-v2's model card, and its cosines.
        rows = Embeddings().of(
            ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
        )
        self.assertEqual([round(float(cosine), 3) for cosine in rows[1:] @ rows[0]], [0.695, 0.943, 0.257])

    def test_a_text_means_the_same_whatever_it_is_read_beside(self):
        embeddings = Embeddings()
        texts = ["Weft fell.", "Chip makers warn of weak demand for the rest of the year. " * 20, "?", ""]
        together = embeddings.of(texts)
        alone = np.concatenate([embeddings.of([text]) for text in texts])
        self.assertLess(float(np.abs(together - alone).max()), 1e-5)
        self.assertEqual(embeddings.of([]).shape, (0, 384))


class Words(unittest.TestCase):
    def test_languages_are_told_apart_and_a_symbol_alone_is_of_none_other(self):
        for text, language in (
            ("Why did WEFT fall?", "en"),
            ("WEFT?", "en"),
            ("Warum ist WEFT gefallen?", "de"),
            ("¿Por qué cayó WEFT?", "es"),
            ("なぜWEFTは下がったのですか", "ja"),
        ):
            self.assertEqual(language_of(text), language, text)

    def test_sentences_stand_in_the_text_as_they_are(self):
        text = "Weft fell 3.2% on Monday, e.g. at noon. “It hurts.” Why?\nA new line"
        sentences = sentences_of(text)
        self.assertEqual(sentences, ["Weft fell 3.2% on Monday, e.g. at noon.", "“It hurts.”", "Why?", "A new line"])
        self.assertEqual(sentences_of("x" * 401), [])

    def test_a_tone_is_told_with_what_was_counted_and_without_other_languages(self):
        good, bad = news("A great success, and delighted customers."), news("A disaster. Losses are horrible.")
        german = news("Der Index fiel am Montag, weil Hersteller vor einer schwachen Nachfrage warnten.")
        heard = Lexicon().of([good, bad, german])
        (one, up), (other, down) = heard.counted
        self.assertEqual((one, other, heard.other_languages), (good, bad, 1))
        self.assertGreater(up, 0.05)
        self.assertLess(down, -0.05)
        self.assertAlmostEqual(heard.score, (up + down) / 2)
        nothing = Lexicon().of([])
        self.assertEqual((nothing.score, nothing.tone), (None, "TONE_UNSPECIFIED"))


class Files(unittest.TestCase):
    LINE = '{"title": "a", "source": "b", "publishTime": "2026-01-05T14:30:00Z"}'

    def test_what_is_wrong_in_a_file_is_named_by_its_line(self):
        for content, reason, told in (
            (b"\x89PNG\r\n\x1a\n\x00", "NEWS_NOT_TEXT", "line 1"),
            (f"{self.LINE}\n\n".encode() + b"\xff", "NEWS_NOT_TEXT", "line 3"),
            (self.LINE.replace('"a"', '"a\\u0000"').encode(), "NEWS_NOT_TEXT", "line 1: title"),
            (f"{self.LINE}\n[]".encode(), "NEWS_LINE_INVALID", "line 2"),
            (f"{self.LINE}\nnull".encode(), "NEWS_LINE_INVALID", "line 2"),
            (b'{"titel": "a"}', "NEWS_LINE_INVALID", "line 1"),
            (self.LINE.replace("2026", "2999").encode(), "NEWS_LINE_INVALID", "line 1: publish_time"),
            (b"[" * 100_000, "NEWS_LINE_INVALID", "line 1"),
            (b"\n \n", "NEWS_LINE_INVALID", "no line"),
            ("\n".join([self.LINE] * 1001).encode(), "NEWS_LINE_INVALID", "1001 lines"),
        ):
            with self.assertRaises(CallError) as caught:
                read_lines(content)
            self.assertEqual(caught.exception.reason, reason)
            self.assertIn(told, caught.exception.text)

    def test_a_file_with_a_byte_order_mark_and_windows_line_ends_is_read(self):
        items = read_lines(b"\xef\xbb\xbf" + f"{self.LINE}\r\n{self.LINE}\r\n".encode())
        self.assertEqual([item.title for item in items], ["a", "a"])


class Chains(unittest.TestCase):
    def chain(self, calls=(5, 0, 1), puts=(0, 2, 9), volatility=(0.3, 0.2, 0.25)):
        chain = message("market.v1.ChainUpdated")(product="WEFT", epoch=1, sequence=7, underlying_price=100.0)
        expiry = chain.expiries.add(expiry="2026-12-18", years=0.25, forward_price=100.0)
        expiry.strike.extend([90, 100, 110])
        expiry.volatility.extend(volatility)
        for side, counts in ((expiry.calls, calls), (expiry.puts, puts)):
            side.volume.extend(counts)
            side.open_interest.extend(counts)
        return chain

    def test_figures_are_those_that_a_reader_of_the_chain_works_out(self):
        figures = {(each.name, each.expiry): each.value for each in figures_of(self.chain())}
        day = "2026-12-18"
        self.assertEqual(figures[("put_call_ratio_volume", None)], 11 / 6)
        self.assertEqual(figures[("call_open_interest", day)], 6)
        self.assertEqual(figures[("atm_volatility", day)], 0.2)
        self.assertAlmostEqual(figures[("expected_move", day)], 100 * 0.2 * 0.5)
        # Paid at 90: 2 x 10 + 9 x 20 = 200; at 100: 5 x 10 + 9 x 10 = 140; at 110: 5 x 20 = 100.
        self.assertEqual(figures[("max_pain", day)], 110)

    def test_what_cannot_be_told_has_no_figure(self):
        names = {each.name for each in figures_of(self.chain(calls=(0, 0, 0), volatility=(0.3, 0, 0.25)))}
        self.assertFalse(names & {"put_call_ratio_volume", "atm_volatility", "expected_move", "skew"})
        self.assertIsNone(max_pain([90.0], [0], [0]))
        self.assertIsNone(volatility_at([90.0, 110.0], [0.3, 0.2], 120.0))
        self.assertEqual(figures_of(message("market.v1.ChainUpdated")())[0].name, "underlying_price")


class Principal(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.jwks, self.revoked = (pathlib.Path(self.folder.name, name) for name in ("jwks", "revoked"))
        self.revoked.write_text("[]")
        self.key = ec.generate_private_key(ec.SECP256R1())
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        self.jwks.write_text(json.dumps({"keys": [{**public, "kid": "k1", "alg": "ES256", "use": "sig"}]}))
        self.principals = Principals(self.jwks, self.revoked)
        self.rules = policy(service("market.v1.AnalystService").methods_by_name["CreateNewsItem"])

    def token(self, key=None, kid="k1", algorithm="ES256", **claims):
        now = int(time.time())
        said = {"iss": "weft", "aud": "weft", "sub": "u1", "sid": "s1", "jti": "j1", "iat": now, "exp": now + 900}
        said |= {"kind": "user", "roles": ["admin"], "scopes": []} | claims
        return jwt.encode(said, key or self.key, algorithm=algorithm, headers={"kid": kid})

    def outcome(self, token, caller="gateway"):
        try:
            authorize(self.rules, self.principals.verify(token) if token else None, caller)
            return "in"
        except CallError as error:
            return f"{error.code.name} {error.reason}"

    def test_who_may_write_news_is_whom_the_contract_names(self):
        for token, expected in (
            (self.token(), "in"),
            (self.token(roles=["user"]), "PERMISSION_DENIED ROLE_REQUIRED"),
            (self.token(kind="api_key", scopes=["news.write"]), "in"),
            (self.token(kind="api_key", scopes=["news.read"]), "PERMISSION_DENIED SCOPE_REQUIRED"),
            (self.token(kind="service"), "in"),
            (None, "UNAUTHENTICATED PRINCIPAL_REQUIRED"),
        ):
            self.assertEqual(self.outcome(token), expected)
        self.assertEqual(self.outcome(None, "cli"), "in")
        for front in (None, "gateway", "graphql"):
            self.assertEqual(self.outcome(None, front), "UNAUTHENTICATED PRINCIPAL_REQUIRED")

    def test_a_token_that_does_not_hold_is_nobody_s(self):
        past = int(time.time()) - 100
        other = ec.generate_private_key(ec.SECP256R1())
        for token, reason in (
            (self.token(other), "PRINCIPAL_INVALID"),
            (self.token(kid="k2"), "PRINCIPAL_INVALID"),
            (self.token("a secret of thirty-two bytes ....", algorithm="HS256"), "PRINCIPAL_INVALID"),
            (self.token(aud="weft-edge"), "PRINCIPAL_INVALID"),
            (self.token(iss="other"), "PRINCIPAL_INVALID"),
            (self.token(kind="god"), "PRINCIPAL_INVALID"),
            (self.token(roles="admin"), "PRINCIPAL_INVALID"),
            (self.token(exp=past), "PRINCIPAL_EXPIRED"),
            ("nonsense", "PRINCIPAL_INVALID"),
            ("x" * 13_000, "PRINCIPAL_INVALID"),
        ):
            self.assertEqual(self.outcome(token), f"UNAUTHENTICATED {reason}")
        self.assertEqual(self.outcome(self.token(exp=int(time.time()) - 30)), "in")

    def test_a_session_that_is_revoked_while_it_runs_is_over(self):
        self.assertEqual(self.outcome(self.token()), "in")
        replaced = self.revoked.with_suffix(".new")
        replaced.write_text('["s1"]')
        replaced.replace(self.revoked)
        self.assertEqual(self.outcome(self.token()), "UNAUTHENTICATED SESSION_REVOKED")


if __name__ == "__main__":
    unittest.main()
