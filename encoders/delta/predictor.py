"""DeltaPredictor: by how much one architecture is better than another, learned from few labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.persistence.deferred import Deferred
from archgraph.reports.report_look import html_table
from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from archgraph.threads import single_threads
from encoders.delta.calibration import calibration
from encoders.delta.components import Components
from encoders.delta.features import Features
from encoders.delta.labels import labelled_rows
from encoders.delta.learners.ensemble import Ensemble, GraphLesson, HeldOut
from encoders.delta.learners.gaussian_process import GaussianProcess
from encoders.delta.learners.networks import context_term
from encoders.delta.learners.tuned import standard
from encoders.delta.table_features import Rows, TableFeatures
from encoders.delta.warm_start import LabelledFeatures, WarmStart
from encoders.embedding.networks import Encoder, network_of
from encoders.features.normal_scores import FeatureScales, RankScale

_POPULATION = 20_000  # rows at most that stand for a table, labelled or not
_ROWS = 8192  # architectures encoded and compared with the anchors at once
_CERTAIN = 1000  # labels at most that the uncertainty is taken from
_SHOWN = 8  # predictions in a notebook
_ODDS = 2.0  # logarithm of the odds, before any label, that what is on no effective path counts for nothing
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prediction:
    """What is predicted of M architectures, or of M differences, in the unit of the metric.

    Attributes:
        mean: [M].
        std: standard deviation, [M].
    """

    mean: Floats
    std: Floats

    def _repr_html_(self) -> str:
        """What a notebook shows: the first of them."""
        rows = [(row, f"{self.mean[row]:.5g}", f"{self.std[row]:.2g}") for row in range(min(_SHOWN, len(self.mean)))]
        caption = f"{len(self.mean):,} predictions" + (f", the first {_SHOWN}" if len(rows) < len(self.mean) else "")
        return html_table(("row", "mean", "std"), rows, (0, 1, 2), caption)


@dataclass(frozen=True)
class EncodedArchitectures:
    """Architectures as the predictor sees them: one encoding each, whatever they are compared with.

    Attributes:
        x: normal scores of the features, [M, F].
        score: mean score of the learners, [M].
        context: what a difference is seen together with, [networks, M, C].
    """

    x: NDArray[np.float32]
    score: Floats
    context: torch.Tensor


@dataclass(frozen=True)
class AnchorTerms:
    """What the anchors that count, N of them, contribute to absolute values.

    Attributes:
        context: what their differences are seen together with, [networks, N, C].
        errors: how far their labels are from their scores, [N].
    """

    context: torch.Tensor
    errors: Floats


@dataclass(frozen=True)
class DeltaPredictor:
    """Predicts differences of a metric between architectures, and absolute values through labelled ones.

    After Sridhar and Chen, "Delta-NAS: Difference of Architecture Encoding" (2024), whose target is a difference and
    whose input the difference of two encodings; the form and the ensemble are a reconstruction: Gaussian processes,
    boosted trees, networks of differences, and a pre-trained graph network. Each learner is antisymmetric, so
    delta(a, b) = -delta(b, a) and delta(a, a) = 0 hold exactly. All work on normal scores of the metric's ranks. One
    more process, whose two values are known jointly, tells the uncertainty.

    Attributes:
        metric: the metric's name.
        features: what is known of an architecture.
        scale: between the metric and the scores.
        feature_scales: between the features and their normal scores, on which the processes work.
        process: tells the uncertainty.
        ensemble: the learners, each of which counts for what it proved to be worth on the labels.
        calibration: what the process's deviations are multiplied by, so that they cover what they say of labels
            that were held out.
        anchors: the labelled architectures, with the metric.
        warm: what another metric or space taught; the learners learn what is left over.
        known_terms: `anchor_terms` where they are known already.

    Example:
        >>> from archgraph import ArchTable
        >>> from encoders import load_delta
        >>> predictor, cells = load_delta("delta"), ArchTable.read("cells.parquet")
        >>> predictor
        DeltaPredictor(nodes, 20 labels, 76 features)
        >>> values = predictor.predict(cells)
        >>> values.mean.shape, values.std.shape, float(predictor.difference(cells[:1], cells[:1]).mean[0])
        ((40,), (40,), 0.0)
    """

    metric: str
    features: Features
    scale: RankScale
    feature_scales: FeatureScales
    process: GaussianProcess
    ensemble: Ensemble
    calibration: float
    anchors: Deferred[ArchTable] = Deferred()
    warm: WarmStart | None = None
    known_terms: AnchorTerms | None = None

    @classmethod
    def fit(
        cls,
        table: ArchTable,
        metric: str,
        train_size: int | None = None,
        columns: Sequence[str] = (),
        encoder: Encoder | None = None,
        seed: int = 0,
        device: str = "cpu",
        warm_start: DeltaPredictor | Sequence[DeltaPredictor] | None = None,
        frozen: bool = False,
    ) -> DeltaPredictor:
        """Learn from the labelled architectures of a table; arguments and errors as of `fit_on`.

        >>> DeltaPredictor.fit(table, "val_acc", train_size=100).predict(table).mean
        """
        return cls.fit_on(table, metric, train_size, columns, encoder, seed, device, warm_start, frozen)[0]

    @classmethod
    def fit_on(
        cls,
        table: ArchTable,
        metric: str,
        train_size: int | None = None,
        columns: Sequence[str] = (),
        encoder: Encoder | None = None,
        seed: int = 0,
        device: str = "cpu",
        warm_start: DeltaPredictor | Sequence[DeltaPredictor] | None = None,
        frozen: bool = False,
    ) -> tuple[DeltaPredictor, TableFeatures]:
        """Learn from the labelled architectures of a table; give also the table's features as far as they are known.

        Args:
            table: architectures; those without the metric tell what is usual, and which operations there are.
            metric: a column of numbers, higher or lower is better.
            train_size: how many labels to draw; default all.
            columns: other metrics that are known of every architecture, such as zero-cost scores.
            encoder: trained without labels; its graph network is trained on to the labels. Default none.
            seed: of every random choice.
            device: where the networks are trained.
            warm_start: a predictor of another metric, or of another space, to start from, or several.
            frozen: a graph network is not trained on: the principal components of what it reads are features.

        Raises:
            InputError: fewer than 4 labels, equal labels, one architecture with two labels, a column that is missing
                or incomplete, or nothing that could be frozen.
        """
        if metric in columns:
            raise InputError(f"metric {metric} is to be predicted, so it cannot be a column to read from")
        rows = labelled_rows(table, metric, train_size, seed)
        rows = rows[np.random.default_rng(derive_seed(seed, "order")).permutation(len(rows))]
        anchors = table[rows]
        scale = RankScale.of(anchors.metrics[metric].to_numpy(float))
        y = scale.score(anchors.metrics[metric].to_numpy(float))
        start = network_of(encoder)
        components, start = (Components.of(start, table), None) if frozen else (None, start)
        views = View.of_variants(Features.of(table, columns, components), table, rows, y)
        view = max(views, key=lambda view: view.evidence)
        features, normal = view.known.features, view.normal
        warm = None
        sources = [warm_start] if isinstance(warm_start, DeltaPredictor) else warm_start
        if sources:
            lessons = [source.lesson for source in sources]
            warm = WarmStart.fit(lessons, LabelledFeatures(features.plain_names, normal, y), seed)
            y = y - warm(normal)
        process = view.process if warm is None else GaussianProcess.fit(normal[:_CERTAIN], y[:_CERTAIN])
        lesson = None
        if start is not None:
            usual = standard(start, table, features.effective)
            lesson = GraphLesson(start, usual, anchors, features.effective)
        ensemble, held = Ensemble.fit(view.x, normal, y, features.core, seed, device, lesson)
        found = cls(metric, features, scale, view.scales, process, ensemble, 1.0, anchors, warm)
        found = replace(found, calibration=found._calibration(held, normal))
        count = len(process.weights)
        return replace(found, known_terms=found._terms(view.x[:count], anchors[:count])), view.known

    def _calibration(self, held: HeldOut, normal: NDArray[np.float32]) -> float:
        """The factor of the deviations, by what they cover of the labels that learners were not given."""
        known = held.rows < len(self.process.weights)
        rows, said = held.rows[known], held.said[known]
        score = said if self.warm is None else said + self.warm(normal[rows])
        truth = self.anchors.metrics[self.metric].to_numpy(float)[rows]
        deviation = self.process.leave_one_out()[1][rows] * self.process.target[1]
        return calibration(truth, self.scale.value(score), lambda factor: self._in_units(score, factor * deviation))

    @property
    def lesson(self) -> LabelledFeatures:
        """What was learned from, without components: a predictor of another metric or space can start from it."""
        names = self.features.plain_names
        x = self.feature_scales(self.features(self.anchors))[:, : len(names)]
        return LabelledFeatures(names, x, self.scale.score(self.anchors.metrics[self.metric].to_numpy(float)))

    def encode(self, table: ArchTable) -> EncodedArchitectures:
        """What is needed of each architecture for any comparison; linear in their number."""
        return self._encoded(self.features(table), table)

    def encode_rows(self, known: TableFeatures, rows: Rows) -> EncodedArchitectures:
        """The same for some rows of a table, of which features may be known already."""
        return self._encoded(known(rows), known.table[rows])

    def _encoded(self, x: NDArray[np.float32], table: ArchTable) -> EncodedArchitectures:
        scores, context = self.ensemble.embed(x)
        normal = self.feature_scales(x)
        score = self.ensemble.weights @ self.ensemble.predictions(x, normal, scores, self.ensemble.read(table))
        return EncodedArchitectures(normal, score + self.warm(normal) if self.warm is not None else score, context)

    def predict(self, table: ArchTable) -> Prediction:
        """Absolute values: the labels of the anchors plus the differences from them, closed to one score each.

        Raises:
            InputError: an architecture holds an operation, or lacks a column, that the predictor needs.
        """
        return self.predict_rows(TableFeatures(self.features, table), np.arange(len(table)))

    def predict_rows(self, known: TableFeatures, rows: Rows) -> Prediction:
        """The same for some rows of a table, of which features may be known already."""
        score, certainty = self._in_parts(known, rows, lambda part: (self.closed_score(part), self.process.std(part.x)))
        std = np.hypot(certainty, self.process.noise) * self.calibration
        return Prediction(self.scale.value(score), self._in_units(score, std))

    def rank(self, table: ArchTable) -> Floats:
        """The closed score alone, [len(table)]: the order of `predict` without the uncertainty, and cheaper."""
        known = TableFeatures(self.features, table)
        (score,) = self._in_parts(known, np.arange(len(table)), lambda part: (self.closed_score(part),))
        return score

    def difference(self, start: ArchTable, table: ArchTable) -> Prediction:
        """metric(table) - metric(start), row by row; one row of `start` is compared with every row of `table`.

        Raises:
            InputError: the tables have different lengths, or as for `predict`.
        """
        if len(start) not in (1, len(table)):
            raise InputError(
                f"differences are taken row by row: {len(table)} graphs need 1 or {len(table)} to start from, "
                f"but got {len(start)}"
            )
        return self.difference_of(self.encode(start), self.encode(table))

    def difference_of(self, a: EncodedArchitectures, b: EncodedArchitectures) -> Prediction:
        """The same for architectures that are encoded already, 1 or M of `a` and M of `b`."""
        start_x = np.broadcast_to(a.x, b.x.shape)
        differ = (start_x != b.x).any(axis=1)
        gap = self.score_difference(a, b) * differ  # sums of floats may come out otherwise in batches of another size
        middle = (a.score + b.score) / 2
        low, high = self.scale.value(middle - gap / 2), self.scale.value(middle + gap / 2)
        noise = 2 * self.process.noise**2 * differ
        std = np.sqrt(self.process.difference_std(start_x, b.x) ** 2 + noise) * self.calibration
        return Prediction(high - low, self._in_units(middle, std))

    def score_difference(self, a: EncodedArchitectures, b: EncodedArchitectures) -> Floats:
        """delta(a, b) on the scale of scores, row by row, [M]."""
        return b.score - a.score + self.context_term(a.context, b.context)

    def closed_score(self, encoded: EncodedArchitectures) -> Floats:
        """Scores through the anchors, which close every cycle: their differences sum to zero around it, [M].

        The mean over anchors of (score of its label + difference from it), each weighted by its certainty. All parts
        of a difference are sums or products, so it costs one product of matrices and no pair is encoded.
        """
        weights = self.process.anchor_weights(encoded.x)
        around = torch.from_numpy(weights) @ self.anchor_terms.context
        return encoded.score + self.context_term(around, encoded.context) + weights @ self.anchor_terms.errors

    @cached_property
    def anchor_terms(self) -> AnchorTerms:
        """What the anchors that count contribute to absolute values; computed from the anchors where not known."""
        if self.known_terms is not None:
            return self.known_terms
        first = self.anchors[: len(self.process.weights)]
        return self._terms(self.features(first), first)

    def _terms(self, x: NDArray[np.float32], first: ArchTable) -> AnchorTerms:
        """The terms of the first anchors, of their features [N, F]."""
        anchors, labels = self._encoded(x, first), first.metrics[self.metric].to_numpy(float)
        return AnchorTerms(anchors.context, self.scale.score(labels) - anchors.score)

    def _in_parts(
        self, known: TableFeatures, rows: Rows, compute: Callable[[EncodedArchitectures], tuple[Floats, ...]]
    ) -> list[Floats]:
        """What is computed of each row, some rows at a time, on as many cores as torch may use."""
        parts = [rows[start : start + _ROWS] for start in range(0, max(len(rows), 1), _ROWS)]
        _ = self.anchor_terms  # once, not once in each thread
        with single_threads(len(parts)) as workers:
            found = list(workers.map(lambda part: compute(self.encode_rows(known, part)), parts))
        return [np.concatenate(columns) for columns in zip(*found, strict=True)]

    def context_term(self, u: torch.Tensor, v: torch.Tensor) -> Floats:
        """The part of the differences that no score explains, [M]."""
        return self.ensemble.weights[2] * context_term(u, v).double().mean(0).numpy()

    def _in_units(self, score: Floats, std: Floats) -> Floats:
        return (self.scale.value(score + std) - self.scale.value(score - std)) / 2

    def __repr__(self) -> str:
        return f"DeltaPredictor({self.metric}, {len(self.anchors)} labels, {len(self.features.names)} features)"

    def _repr_html_(self) -> str:
        """What a notebook shows: what it learned from, and what its learners count for."""
        kinds = ("Gaussian processes", "boosted trees", "networks of differences", "graph network")
        weights = zip(kinds, self.ensemble.weights.tolist(), strict=False)
        rows = [("labels", len(self.anchors)), ("features", len(self.features.names))]
        return html_table(
            ("predicts differences of", self.metric), [*rows, *((name, f"{w:.2f}") for name, w in weights)], (1,)
        )


@dataclass(frozen=True)
class View:
    """The anchors [N] as one variant of the features shows them.

    Attributes:
        known: the features of the table's rows.
        scales: between the features and their normal scores.
        x: features of the anchors, [N, F].
        normal: their normal scores, [N, F].
        process: learned from these and the labels.
    """

    known: TableFeatures
    scales: FeatureScales
    x: NDArray[np.float32]
    normal: NDArray[np.float32]
    process: GaussianProcess

    @classmethod
    def of_variants(cls, features: Features, table: ArchTable, anchors: Rows, y: Floats) -> list[View]:
        """One of each variant, for anchors given as rows of the table, and their scores `y` [N]."""
        population = np.linspace(0, len(table) - 1, min(len(table), _POPULATION)).astype(np.intp)
        views = []
        for known in TableFeatures.of_variants(features, table, np.union1d(population, anchors)):
            scales, x = FeatureScales.of(known(population)), known(anchors)
            normal = scales(x)
            views.append(cls(known, scales, x, normal, GaussianProcess.fit(normal[:_CERTAIN], y[:_CERTAIN])))
        return views

    @property
    def evidence(self) -> float:
        """How likely these features are with the labels, whatever is learned from them."""
        return float(self.process.evidence[0]) + _ODDS * self.known.features.effective
