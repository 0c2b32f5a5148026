"""Model: a trained network that knows its classes and its preprocessing, in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import archgraph
from archgraph._code import code_is_allowed
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.own import check_modules
from archgraph.operation import Operation
from archgraph.ops import OPS, SHIPPED
from archgraph.persistence.deferred import Deferred, Pending
from archgraph.persistence.folders import CONFIG, checkpoint_folder
from archgraph.reports.report_look import html_table
from supernet.images.listing import some
from supernet.images.preprocessing import EncodedBytes, Preprocessing
from supernet.images.splits import ImagePart
from supernet.images.streamed import StreamedImages
from supernet.imported.network import ImportedNetwork
from supernet.imported.program import NetworkProgram
from supernet.imported.program_json import from_json, to_json
from supernet.model.config import (
    DIGEST,
    KIND,
    VERSION,
    WEIGHTS,
    Shapes,
    config_text,
    digest,
    read_config,
    weight_shapes,
)
from supernet.model.evaluation import ImageEvaluation, evaluate
from supernet.network import Network

REPORT = "report.html"


@dataclass(frozen=True)
class Model:
    """A trained network, and all that is needed to use it and to know where it comes from.

    Args:
        graph: the architecture.
        space: name of its space.
        choice: the network around it.
        class_names: in the order of the outputs.
        preprocessing: what becomes of a picture before the network; its size is the image's.
        weights: of `Network`, on the CPU.
        report: HTML.
        id: name of the architecture.
        training: how it was trained, in values that JSON has.
        data: what it was trained on, likewise.
        metrics: what it scored, likewise.
        program: of a network that was made elsewhere, what it computes; None for that of `choice`.

    Example:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from supernet import Model
        >>> Image.new("L", (8, 8)).save("picture.png")
        >>> model = Model.load("model")
        >>> model.image, len(model.class_names), model.predict([Path("picture.png")]).shape
        ((1, 8, 8), 10, torch.Size([1, 10]))
    """

    graph: ArchGraph
    space: str
    choice: NetworkChoice
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    weights: Deferred[Mapping[str, Tensor]] = Deferred()
    report: Deferred[str] = Deferred()
    id: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    program: NetworkProgram | None = None

    @property
    def image(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return self.preprocessing.channels, self.preprocessing.height, self.preprocessing.width

    @property
    def blueprint(self) -> Blueprint:
        """The network of `choice` before it is built, without layers on which its output does not depend."""
        return self.choice.blueprint(self.graph, self.space, self.image, len(self.class_names)).prune()

    def network(self) -> Network | ImportedNetwork:
        """The network with its weights, in evaluation mode; it takes standardised images."""
        if self.program is not None:
            return ImportedNetwork(self.program, {name: value.clone() for name, value in self.weights.items()}).eval()
        made = Network(self.blueprint, 0)
        made.load_state_dict(self.weights)
        return made.eval()

    def fits(self, shapes: Shapes) -> bool:
        """Whether weights of these names and shapes are the network's, which is not built.

        Of a network that was made elsewhere names, image and single input are looked at.
        """
        if self.program is None:
            return weight_shapes(self.blueprint) == shapes
        images = [example.shape[1:] for example in self.program.inputs.values()]
        return images == [self.image] and set(self.program.state_names()) == shapes.keys()

    def predict(self, pictures: Sequence[Path | bytes], batch: int = 64, device: str = "cpu") -> Tensor:
        """Probabilities of the classes of each picture, [len(pictures), classes].

        Args:
            pictures: files or encoded bytes.
            batch: pictures at once.
            device: where the network runs.

        Raises:
            InputError: a picture cannot be read; the text names it.
        """
        encoded = [EncodedBytes(each) if isinstance(each, bytes) else each for each in pictures]
        labels = torch.zeros(len(encoded), dtype=torch.int64)
        if not encoded:
            return torch.zeros(0, len(self.class_names))
        return self.evaluate(StreamedImages(encoded, labels, self.preprocessing, device), batch).probabilities

    def evaluate(self, part: ImagePart, batch: int = 64, class_names: Sequence[str] | None = None) -> ImageEvaluation:
        """What the network says of images, where these are used.

        Args:
            part: images that are standardised by the model's preprocessing.
            batch: images at once.
            class_names: of the part's labels, some of the model's in any order; default the model's.

        Raises:
            InputError: a class is none that the model knows; the text names it.
        """
        number = {name: i for i, name in enumerate(self.class_names)}
        names = self.class_names if class_names is None else tuple(class_names)
        if strange := [name for name in names if name not in number]:
            raise InputError(f"the model knows no class {some(strange)}; its classes are {some(self.class_names)}")
        found = evaluate(self.network().to(part.batch_device), part, self.class_names, batch)
        return replace(found, labels=torch.tensor([number[name] for name in names])[found.labels])

    def save(self, folder: Path | str) -> None:
        """Write the model, whole or not at all; an older model of that name is replaced.

        Raises:
            InputError: the folder cannot be written, or holds something that is no model.
        """
        config, report = self._config(), self.report
        held = {name: value.detach().cpu().contiguous() for name, value in self.weights.items()}
        with checkpoint_folder(folder, KIND) as temporary:
            (temporary / CONFIG).write_text(config_text(config), encoding="utf-8")
            save_file(held, temporary / WEIGHTS, {DIGEST: digest(config)})
            (temporary / REPORT).write_text(report, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path | str) -> Model:
        """Read what `save` wrote. Its description is held against its weights before anything is built.

        Raises:
            InputError: there is none, it is of another version, or a file is missing, damaged or changed.
        """
        path = Path(folder)
        config, shapes = read_config(path)
        try:
            weights: Pending[Mapping[str, Tensor]] = Pending(partial(load_file, path / WEIGHTS))
            made = _described(config, weights, Pending(partial(_read_report, path / REPORT)))
            if code_is_allowed() or not any(OPS[name].module for name in made.graph.ops):
                fits = made.fits(shapes)
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise InputError(f"{path / CONFIG} describes no model ({_line(error)}); copy the model anew") from error
        check_modules(made.graph.ops)
        if not fits:
            raise InputError(f"{path / WEIGHTS} holds the weights of another network; copy the model anew")
        return made

    def _repr_html_(self) -> str:
        """What a notebook shows: what it tells apart, how well and at what cost, and its architecture."""
        from archgraph.drawing.graphs import draw_graphs
        from archgraph.reports.figures import svg

        rows = [("classes", ", ".join(self.class_names)), ("image", "x".join(map(str, self.image)))]
        for name, value in self.metrics.items():
            if isinstance(value, str | int | float):
                rows.append((name, f"{value:.4g}" if isinstance(value, float) else str(value)))
        head = (self.id or "model", self.space)
        return html_table(head, rows) + svg(draw_graphs([self.graph]))

    def _config(self) -> dict[str, Any]:
        own = [OPS[name].to_dict() for name in sorted(set(self.graph.ops)) if OPS[name] not in SHIPPED]
        return {
            "kind": KIND,
            "version": VERSION,
            "archgraph": archgraph.__version__,
            "id": self.id,
            "space": self.space,
            "ops": list(self.graph.ops),
            "edges": [list(edge) for edge in self.graph.edges],
            "operations": own,
            "network": self.choice.to_dict(),
            "image": list(self.image),
            "class_names": list(self.class_names),
            "preprocessing": self.preprocessing.to_dict(),
            "training": dict(self.training),
            "data": dict(self.data),
            "metrics": dict(self.metrics),
        } | ({} if self.program is None else {"program": to_json(self.program)})


def _described(config: Mapping[str, Any], weights: Pending[Mapping[str, Tensor]], report: Pending[str]) -> Model:
    """The model of a description.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, InputError: it is none.
    """
    for operation in config["operations"]:
        OPS.register(Operation(**operation))
    names = config["class_names"]
    texts = [config["id"], config["space"], *names]
    if not isinstance(names, list) or not all(isinstance(text, str) for text in texts):
        raise InputError("a name is no text")
    made = Model(
        ArchGraph(config["ops"], config["edges"]),
        config["space"],
        NetworkChoice.from_dict(config["network"]),
        tuple(names),
        Preprocessing.from_dict(config["preprocessing"]),
        weights,
        report,
        config["id"],
        dict(config["training"]),
        dict(config["data"]),
        dict(config["metrics"]),
        from_json(config["program"]) if "program" in config else None,
    )
    if list(made.image) != config["image"]:
        raise InputError("the image is not the preprocessing's")
    return made


def _read_report(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is missing or damaged; copy the model anew") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
