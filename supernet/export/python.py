"""A network as a Python module that needs nothing but torch, and Pillow where it reads pictures."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import LACKED
from archgraph.texts import in_docstring
from supernet.export.deployment import Deployment
from supernet.layers import class_of
from supernet.network import Network

_TEMPLATE = '''"""{title}

Needs torch alone{pillow}. `load()` gives the network with its weights:

    python {name} {usage}
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
{constants}{classes_of_steps}

class Network(nn.Module):
    """[batch, {image}]{scale} -> [batch, {classes}]"""

    def __init__(self):
        super().__init__()
{init}{buffers}

    def forward(self, x):
{forward}
        return {output}


def load(path=Path(__file__).with_suffix(".safetensors")):
    """The network with the weights that lie beside this file, in evaluation mode."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + size]), bytearray(data[8 + size :])
    types = {{"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "F64": torch.float64}}
    types |= {{"I64": torch.int64, "I32": torch.int32, "U8": torch.uint8, "BOOL": torch.bool}}
    state = {{}}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(body[start:end], dtype=types[entry["dtype"]]).clone()
            state[name] = flat.reshape(entry["shape"])
    network = Network()
    network.load_state_dict(state)
    return network.eval()

{main}'''

_MAIN = """
if __name__ == "__main__":
    print(load()(torch.load(sys.argv[1], weights_only=True)).argmax(1).tolist())
"""

_READS = '''
def read(path):
    """A picture as the network takes it, [CHANNELS, *SIZE] from 0 to 1."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode[0] in "IF":
        if WHITE is None:
            raise ValueError(f"{path}: a picture of more than 8 bits; the network was trained on pictures of 8")
        deep = image.convert("I").convert("F").resize(SIZE[::-1], Image.Resampling.BILINEAR)
        grey = torch.frombuffer(bytearray(deep.tobytes()), dtype=torch.float32).reshape(1, *SIZE)
        return (grey / WHITE).clamp(0, 1).expand(CHANNELS, -1, -1)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        least, most = image.getchannel("A").getextrema()
        if least != most:
            image = Image.alpha_composite(Image.new("RGBA", image.size, (*[BACKGROUND] * 3, 255)), image)
        image = image.convert("RGB")
    image = image.convert(MODE).resize(SIZE[::-1], Image.Resampling.BILINEAR)
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return pixels.reshape(*SIZE, CHANNELS).permute(2, 0, 1).float() / 255


if __name__ == "__main__":
    network = load()
    for file in sys.argv[1:]:
        with torch.inference_mode():
            probabilities = network(read(file)[None]).softmax(1)[0]
        best = int(probabilities.argmax())
        print(file, CLASSES[best], f"{probabilities[best]:.4f}", sep="\\t")
'''

_CONSTANTS = """
CLASSES = {classes!r}
SIZE = ({height}, {width})  # height, width
CHANNELS, MODE = {channels}, {mode!r}
BACKGROUND = {background}  # grey behind transparent pictures
WHITE = {white}  # of pictures of more than 8 bits
MEAN, DEVIATION = {mean!r}, {deviation!r}  # of each channel, on the scale 0 to 1

"""

_BUFFERS = """
        self.register_buffer("mean", torch.tensor(MEAN).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, -1, 1, 1), persistent=False)"""


def python_source(network: Network, name: str, title: str, deployment: Deployment | None = None) -> str:
    """The network as a Python module.

    Args:
        network: of which the layers are written; its weights lie in a file beside.
        name: of the file.
        title: first line of its docstring.
        deployment: what it says of itself; None for a network that takes images as they come.
    """
    blueprint = network.blueprint
    layers, forward = [], ["        f = self.layers"]
    for number in blueprint.effective:
        layer = blueprint.layers[number]
        values = [f"v{source}" if source else "x" for source in layer.sources]
        if layer.cut:
            values = [
                value if blueprint.shapes[source][0] <= layer.cut else f"{value}[:, :{layer.cut}]"
                for value, source in zip(values, layer.sources, strict=True)
            ]
        sign = " * " if layer.join == "product" else " + "
        joined = f"torch.cat([{', '.join(values)}], 1)" if layer.join == "concat" else sign.join(values)
        forward.append(
            f"        v{number} = f[{layer.name!r}]({joined})" if layer.steps else f"        v{number} = {joined}"
        )
        if layer.steps:
            steps = ", ".join(step.code() for step in layer.steps)
            layers.append(f"                {layer.name!r}: nn.Sequential({steps}),")
    init = ["        self.layers = nn.ModuleDict(", "            {", *layers, "            }", "        )"]
    classes, output = blueprint.shapes[blueprint.output][0], f"v{blueprint.output}"
    return filled(title, name, blueprint.shapes[0], classes, init, forward, output, deployment, _classes(blueprint))


def filled(
    title: str,
    name: str,
    image: Sequence[int],
    classes: int,
    init: Sequence[str],
    forward: Sequence[str],
    output: str,
    deployment: Deployment | None = None,
    before: str = "",
) -> str:
    """A Python file of a network.

    Args:
        title: first line of its docstring.
        name: of the file.
        image: (channels, height, width) of an image.
        classes: numbers that the network gives for one image.
        init: lines that make what it holds, indented.
        forward: lines that compute with it, indented; `x` are the images.
        output: expression of what it returns.
        deployment: what it says of itself; None for a network that takes images as they come.
        before: what stands before the network's class.
    """
    sides = ", ".join(map(str, image))
    scaled = [] if deployment is None else ["        x = (x - self.mean) / self.deviation"]
    return _TEMPLATE.format(
        title=in_docstring(title),
        name=in_docstring(name),
        image=sides,
        classes_of_steps=before,
        classes=classes,
        init="\n".join(init),
        forward="\n".join([*scaled, *forward]),
        output=output,
        **(_as_it_comes(sides) if deployment is None else _of_pictures(deployment)),
    )


def _classes(blueprint: Blueprint) -> str:
    """The source of the layers that torch lacks."""
    kinds = {step.kind for number in blueprint.effective for step in blueprint.layers[number].steps}
    return "".join(f"\n\n{inspect.getsource(class_of(kind))}" for kind in LACKED if kind in kinds)


def _as_it_comes(image: str) -> dict[str, str]:
    usage = f"IMAGES.pt      prints the class of each image of a tensor [N, {image}]"
    return {"pillow": "", "usage": usage, "constants": "", "scale": "", "buffers": "", "main": _MAIN}


def _of_pictures(deployment: Deployment) -> dict[str, str]:
    form = deployment.preprocessing
    constants = _CONSTANTS.format(
        classes=list(deployment.class_names),
        height=form.height,
        width=form.width,
        channels=form.channels,
        mode=deployment.mode,
        background=form.background,
        white=form.depth,
        mean=list(form.mean),
        deviation=list(form.deviation),
    )
    return {
        "pillow": ", and Pillow to read pictures",
        "usage": "PICTURE...      prints the class of each picture and its probability",
        "constants": constants,
        "scale": " from 0 to 1",
        "buffers": _BUFFERS,
        "main": _READS,
    }
