"""How well a network tells the classes of images that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import ArchGraphError
from archgraph.reports.report_look import html_table
from supernet.images.splits import IN_ORDER, ImagePart

CONFIDENCE = 0.95
"""Of the interval of an accuracy."""


@dataclass(frozen=True)
class ImageEvaluation:
    """What a network says of N images of K classes.

    Args:
        class_names: K names.
        probabilities: [N, K], on the CPU.
        labels: [N], on the CPU.

    Example:
        >>> import torch
        >>> from supernet import ImageEvaluation
        >>> said = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
        >>> evaluation = ImageEvaluation(("cat", "dog"), said, labels=torch.tensor([0, 1, 1]))
        >>> evaluation.confusion.tolist(), evaluation.class_accuracies
        ([[1, 0], [1, 1]], {'cat': 1.0, 'dog': 0.5})
    """

    class_names: tuple[str, ...]
    probabilities: Tensor
    labels: Tensor

    @property
    def confusion(self) -> Tensor:
        """Images of each class (row) by the class that they were taken for, [K, K]."""
        classes = len(self.class_names)
        pairs = self.labels * classes + self.probabilities.argmax(1)
        return pairs.bincount(minlength=classes * classes).view(classes, classes)

    @property
    def accuracy(self) -> float:
        """Share of the images that are classified correctly."""
        return (self.probabilities.argmax(1) == self.labels).double().mean().item()

    def _repr_html_(self) -> str:
        """What a notebook shows: the accuracy with its interval, and that of each class."""
        low, high = self.interval
        rows = [(name, f"{share:.3f}") for name, share in self.class_accuracies.items()]
        caption = f"accuracy {self.accuracy:.3f}, 95 %: {low:.3f} to {high:.3f}, of {len(self.labels):,} images"
        return html_table(("class", "classified correctly"), rows, (1,), caption)

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's exact 95 % interval; see `accuracy_interval`."""
        confusion = self.confusion
        return accuracy_interval(int(confusion.trace()), int(confusion.sum()))

    @property
    def class_accuracies(self) -> dict[str, float]:
        """Share of the images of each class that are classified correctly; of classes that have images."""
        correct, images = self.confusion.diagonal().tolist(), self.confusion.sum(1).tolist()
        return {name: correct[i] / images[i] for i, name in enumerate(self.class_names) if images[i]}

    @property
    def balanced_accuracy(self) -> float:
        """Mean over the classes of their accuracies."""
        shares = self.class_accuracies.values()
        return sum(shares) / len(shares)

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats."""
        return F.nll_loss(self.probabilities.clamp(min=1e-30).log(), self.labels).item()

    def worst(self, most: int) -> list[int]:
        """Rows of the images that were taken for another class with the highest probabilities, at most so many."""
        sure, taken_for = self.probabilities.max(1)
        wrong = (taken_for != self.labels).nonzero().flatten()
        order = sure[wrong].argsort(descending=True, stable=True)[:most]
        return [int(row) for row in wrong[order]]

    def to_dict(self) -> dict[str, Any]:
        """All figures, in values that JSON has."""
        return {
            "images": len(self.labels),
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "balanced_accuracy": self.balanced_accuracy,
            "loss": self.loss,
            "classes": self.class_accuracies,
            "confusion": self.confusion.tolist(),
        }


def evaluate(network: nn.Module, part: ImagePart, class_names: Sequence[str], batch: int = IN_ORDER) -> ImageEvaluation:
    """What a network says of all images of a part, in evaluation mode; its mode is restored.

    Args:
        network: where the part's batches are used; [batch, *image] -> logits [batch, K].
        part: images that are standardised as those of its training.
        class_names: K names.
        batch: images at once.

    Raises:
        ArchGraphError: what the network says is not finite.
    """
    training = network.training
    network.eval()
    try:
        with torch.no_grad():
            found = [network(images.images).float().softmax(1).cpu() for images in part.in_order(batch)]
    finally:
        network.train(training)
    probabilities = torch.cat(found)
    if not probabilities.isfinite().all():
        raise ArchGraphError("what the network says of some images is not finite; train it with a lower learning rate")
    return ImageEvaluation(tuple(class_names), probabilities, part.labels.cpu())


def accuracy_interval(correct: int, images: int) -> tuple[float, float]:
    """The exact interval of an accuracy: it holds the true one with a probability of at least 95 %.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", 1934.

    >>> accuracy_interval(95, 100)
    (0.8871650888245055, 0.9835681208741422)

    Args:
        correct: images that are classified correctly.
        images: all of them, at least one.
    """
    from scipy.stats import binomtest

    found = binomtest(correct, images).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)
