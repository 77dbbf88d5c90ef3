"""Which language a text is in."""

from __future__ import annotations

from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# What news and questions are likely to be in: with fewer to choose from, short texts are told apart better.
LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "uk", "zh"]
DECIMAL_COMMA = frozenset(["de", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv", "tr", "uk"])
ENGLISH = "en"
LEAST_PROBABILITY = 0.5


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def language_of(text: str) -> str:
    """ISO 639-1. English where it cannot be told, as of a symbol alone."""
    language, probability = _identifier().classify(text)
    return str(language) if probability >= LEAST_PROBABILITY else ENGLISH
