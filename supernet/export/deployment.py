"""What a network's file says of itself, so that whoever has the file alone can use it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from supernet.images.preprocessing import Preprocessing


@dataclass(frozen=True)
class Deployment:
    """Classes and preprocessing of a network that is given to others.

    Args:
        class_names: in the order of the outputs.
        preprocessing: of the pictures that it was trained on; mean and deviation go into the network.

    Example:
        >>> from pathlib import Path
        >>> from supernet import Deployment, Model, export_network
        >>> model = Model.load("model")
        >>> deployment = Deployment(model.class_names, model.preprocessing)
        >>> [path.name for path in export_network(model.network(), "pt2", Path("digits.pt2"), deployment=deployment)]
        ['digits.pt2']
        >>> sorted(deployment.facts())[:3]
        ['background', 'channels', 'classes']
    """

    class_names: tuple[str, ...]
    preprocessing: Preprocessing

    def facts(self) -> dict[str, Any]:
        """All that is to be known, by name, in values that JSON has."""
        form = self.preprocessing
        return {
            "classes": list(self.class_names),
            "size": [form.height, form.width],
            "channels": form.channels,
            "mode": self.mode,
            "background": form.background,
            "white": form.depth,
            "input": f"images: float32 [N, {form.channels}, {form.height}, {form.width}], 0 to 1; standardised inside",
            "output": f"logits: float32 [N, {len(self.class_names)}]; softmax gives probabilities",
            "preprocessing": (
                "turn the picture as its EXIF orientation says; compose transparency on the grey `background`; convert "
                "it to Pillow's `mode`; resize it to `size` (height, width) by Pillow's bilinear filter; divide by "
                "255, pictures of more than 8 bits by `white`; put channels first"
            ),
        }

    def texts(self) -> dict[str, str]:
        """`facts`, each as JSON."""
        return {name: json.dumps(value, ensure_ascii=False) for name, value in self.facts().items()}

    @property
    def mode(self) -> str:
        """What Pillow calls the pictures' colours."""
        return "L" if self.preprocessing.channels == 1 else "RGB"


class DeployedNetwork(nn.Module):
    """A network that standardises its images itself, or takes them as they come.

    Args:
        network: takes standardised images.
        preprocessing: None where images come standardised.

    Shapes:
        images [N, channels, height, width], 0 to 1 with a preprocessing -> logits [N, classes]
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, network: nn.Module, preprocessing: Preprocessing | None = None) -> None:
        super().__init__()
        self.network = network
        self.standardises = preprocessing is not None
        if preprocessing is not None:
            for name, values in (("mean", preprocessing.mean), ("deviation", preprocessing.deviation)):
                self.register_buffer(name, torch.tensor(values, dtype=torch.float32).view(1, -1, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        if self.standardises:
            images = (images - self.mean) / self.deviation
        logits: Tensor = self.network(images)
        return logits
