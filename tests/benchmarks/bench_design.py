"""What `archgraph design` is worth, and whether what it makes can be used.

python tests/benchmarks/bench_design.py road --images hf:DIR -o FOLDER [--budget 10m]
    180 pictures of three classes in many sizes, made of CIFAR-10's; the road by commands, timed; then the exported
    files on every picture against `archgraph predict`, and `archgraph evaluate` against the report.
python tests/benchmarks/bench_design.py compare --images digits|hf:DIR --budget SECONDS -o FILE.jsonl [--seeds 0 1 2]
    Test accuracy under 100,000 parameters and equal processor time of one thread, search and final training together:
    design; a ResNet and a MobileNetV2 trained by its recipe for all of that time; and its plan with random search or
    with Optuna's TPE. A line for each seed and method; those that the file has are not run again.
python tests/benchmarks/bench_design.py show FILE.jsonl...
    A table of means and standard deviations over seeds.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from operator import eq
from pathlib import Path

MOST = 100_000
TRAIN, VALIDATION, TEST = 5000, 1000, 5000
"""Images of larger sets."""
RESNET, MOBILENET = 16, 0.18
"""Channels of the first stage; factor of the published widths."""
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""MobileNetV2's expansion, channels, layers and stride of each stage; images of 32 pixels are halved two times less."""
NAMES = {"design": ("delta", None), "random": ("random", 0), "tpe": ("tpe", 0)}


def resnet(image, classes, channels=RESNET, blocks=1):
    """A ResNet of three stages (He et al. 2016); with one block each, ResNet-8."""
    from archgraph.networks.blueprint import Blueprint
    from archgraph.networks.heads import classifier, conv_norm, stem
    from archgraph.networks.steps import RELU

    made = Blueprint(image)
    x = stem(made, channels, RELU)
    for stage in range(3):
        for block in range(blocks):
            name, inputs, outputs = f"stage{stage}_block{block}_", made.shapes[x][0], channels * 2**stage
            stride = 2 if stage and not block else 1
            made.barrier()
            main = [*conv_norm(inputs, outputs, 3, stride), RELU, *conv_norm(outputs, outputs, 3)]
            main = made.add(f"{name}main", x, *main)
            if inputs != outputs:
                x = made.add(f"{name}shortcut", x, *conv_norm(inputs, outputs, 1, stride))
            x = made.add(f"{name}out", [x, main], RELU)
    classifier(made, x, classes)
    return made.prune()


def mobilenet(image, classes, width=MOBILENET):
    """MobileNetV2 (Sandler et al. 2018), with strides as for images of 32 pixels."""
    from archgraph.networks.blueprint import Blueprint
    from archgraph.networks.heads import classifier, conv_norm, stem
    from archgraph.networks.steps import activation, conv, norm

    relu6 = activation("ReLU6")
    made = Blueprint(image)
    x = stem(made, _rounded(32 * width), relu6)
    for stage, (expansion, channels, layers, first) in enumerate(BLOCKS):
        for layer in range(layers):
            inputs, outputs, stride = made.shapes[x][0], _rounded(channels * width), 1 if layer else first
            inner = inputs * expansion
            made.barrier()
            steps = [*conv_norm(inputs, inner), relu6] if expansion > 1 else []
            steps += [conv(inner, inner, 3, stride, groups=inner), norm(inner), relu6, *conv_norm(inner, outputs)]
            main = made.add(f"stage{stage}_layer{layer}_main", x, *steps)
            x = made.add(f"stage{stage}_layer{layer}_out", [x, main]) if (stride, inputs) == (1, outputs) else main
    classifier(made, x, classes, *conv_norm(made.shapes[x][0], _rounded(1280 * width)), relu6)
    return made.prune()


def _rounded(channels):
    return max(4, int(channels + 2) // 4 * 4)


def loaded(name):
    from supernet import load_images

    images = load_images(name)
    if len(images.train) <= TRAIN:
        return images
    sizes = {"train": TRAIN, "validation": VALIDATION, "test": TEST}
    parts = {part: getattr(images, part).take(slice(0, size)) for part, size in sizes.items()}
    return replace(images, **parts, mirrored=images.shape[0] == 3)


def designed(images, method, budget, seed):
    """The figures of a design."""
    from search import DesignSettings, design

    name, known = NAMES[method]
    settings = DesignSettings(method=name) if known is None else DesignSettings(method=name, known=known)
    said = []
    model = design(images, {"params": MOST}, budget, None, None, seed, settings=settings, say=said.append,
                   clock=time.process_time)  # fmt: skip
    training = model.training
    return {
        "network": model.id,
        "settings": dict(model.choice.settings),
        "params": model.metrics["params"],
        "epochs": training["epochs"],
        "validation": model.metrics["validation_accuracy"],
        "test": model.metrics["test_accuracy"],
        "plan": said[0],
    }


def trained(images, make, budget, seed):
    """The figures of a network of its own that is trained by design's recipe for the whole budget."""
    from search.designer.pace import fit_step, steps_of
    from search.designer.settings import DesignSettings
    from supernet.images.augmentation import Augmentation
    from supernet.model.evaluation import evaluate
    from supernet.standalone.fit_recipe import FitRecipe
    from supernet.standalone.fit_training import FitTraining

    started, settings = time.process_time(), DesignSettings()
    network = make(images.shape, images.classes)
    assert network.cost.params <= MOST, network.cost
    recipe = FitRecipe(
        epochs=1,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        augmentation=Augmentation(crop=True, flip=images.mirrored),
    )
    step = fit_step(network, images, recipe, 0.06 * budget, time.process_time)
    left = (1 - settings.reserve) * budget - (time.process_time() - started)
    epochs = max(1, round(left / (step * steps_of(len(images.train), recipe.batch_size))))
    training = FitTraining(network, images, replace(recipe, epochs=epochs), seed)
    tested = evaluate(training.run(), images.test, images.class_names)
    best = training.history[training.best_epoch - 1]
    return {
        "params": network.cost.params,
        "epochs": epochs,
        "validation": best["validation_accuracy"],
        "test": tested.to_dict()["accuracy"],
    }


METHODS = {
    "design": lambda images, budget, seed: designed(images, "design", budget, seed),
    "resnet": lambda images, budget, seed: trained(images, resnet, budget, seed),
    "mobilenet": lambda images, budget, seed: trained(images, mobilenet, budget, seed),
    "random": lambda images, budget, seed: designed(images, "random", budget, seed),
    "tpe": lambda images, budget, seed: designed(images, "tpe", budget, seed),
}


def compare(name, budget, output, seeds, methods):
    import torch

    from supernet.bank.malloc import keep_freed_memory

    torch.set_num_threads(1)
    keep_freed_memory()
    images = loaded(name)
    lines = output.read_text().splitlines() if output.exists() else []
    done = {(one["budget"], one["seed"], one["method"]) for one in map(json.loads, lines)}
    METHODS["resnet"](images, 2.0, 0)  # what is done only once in a process
    for seed in seeds:
        for method in methods:
            if (budget, seed, method) in done:
                continue
            wall, started = time.perf_counter(), time.process_time()
            found = METHODS[method](images, budget, seed)
            took = {"seconds": time.process_time() - started, "wall": time.perf_counter() - wall}
            line = {"images": images.name, "budget": budget, "seed": seed, "method": method} | found | took
            with output.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps({k: v for k, v in line.items() if k != "plan"}), flush=True)


def show(files):
    """A table of means and standard deviations over seeds."""
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    print("| images | budget | method | seeds | test accuracy | validation | parameters | epochs | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for key in dict.fromkeys((one["images"], one["budget"]) for one in lines):
        for method in METHODS:
            own = [one for one in lines if (one["images"], one["budget"], one["method"]) == (*key, method)]
            if not own:
                continue
            cells = [_spread([one[name] for one in own], digits) for name, digits in (("test", 4), ("validation", 4))]
            means = [statistics.mean(one[name] for one in own) for name in ("params", "epochs", "seconds")]
            cells += [f"{value:,.0f}" for value in means]
            print(f"| {key[0]} | {key[1]:g} s | {method} | {len(own)} | {' | '.join(cells)} |")


def _spread(values, digits):
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):.{digits}f} +- {spread:.{digits}f}"


def pictures(images, folder, each=60, classes=(0, 1, 8)):
    """A folder a class, of pictures of many sizes."""
    import io

    import numpy as np
    import pandas as pd
    from PIL import Image

    rng = np.random.default_rng(0)
    table = pd.read_parquet(Path(images.removeprefix("hf:")) / "train.parquet")
    for label in classes:
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)
        for number, row in enumerate(table[table.label == label].image.head(each)):
            size = tuple(rng.integers(28, 90, 2).tolist())
            picture = Image.open(io.BytesIO(row["bytes"])).resize(size)
            picture.save(folder / f"class{label}" / f"{number:03}.png")


ONNX = """
import json, sys
import numpy as np, onnxruntime
from PIL import Image, ImageOps
session = onnxruntime.InferenceSession(sys.argv[1])
about = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
(height, width), channels = about["size"], about["channels"]
for file in sys.argv[2:]:
    picture = ImageOps.exif_transpose(Image.open(file)).convert(about["mode"])
    pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
    image = pixels.reshape(1, height, width, channels).transpose(0, 3, 1, 2)
    print(about["classes"][session.run(None, {"images": image})[0].argmax()])
"""
"""The README's ten lines."""
TORCH = """
import json, sys
import numpy as np, torch
from PIL import Image, ImageOps
about = {"classes": "", "size": "", "mode": "", "channels": ""}
network = torch.export.load(sys.argv[1], extra_files=about).module()
about = {name: json.loads(text) for name, text in about.items()}
(height, width), channels = about["size"], about["channels"]
for file in sys.argv[2:]:
    picture = ImageOps.exif_transpose(Image.open(file)).convert(about["mode"])
    pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
    images = torch.from_numpy(pixels).reshape(1, height, width, channels).permute(0, 3, 1, 2)
    print(about["classes"][network(images.expand(2, -1, -1, -1))[0].argmax()])
"""


def road(images, budget, output):
    """The whole road by commands; a line on each of its steps."""
    folder, model = output / "pictures", output / "model"
    if not folder.is_dir():
        pictures(images, folder)
    files = sorted(map(str, folder.glob("*/*.png")))
    started = time.perf_counter()
    _run("design", f"folder:{folder}", "-o", model, "--limit", "params=200k", "--budget", budget)
    took = time.perf_counter() - started
    found = json.loads((model / "config.json").read_text())["metrics"]
    print(f"design took {took:.0f} s of {budget}; {found['params']:,} parameters, test {found['test_accuracy']:.4f}")
    evaluated = json.loads(_run("evaluate", model, "--dataset", f"folder:{folder}", "--json"))
    print(f"evaluate gives the report's accuracy: {evaluated['accuracy'] == found['test_accuracy']}")
    _run("predict", model, *files, "-o", output / "classes.csv")
    with (output / "classes.csv").open(newline="") as table:
        predicted = {row["file"]: row["class"] for row in csv.DictReader(table)}
    wanted = [predicted[file] for file in files]
    for kind, program in (("onnx", ["-c", ONNX]), ("pt2", ["-c", TORCH]), ("py", [])):
        exported = output / f"net.{kind}"
        _run("export", model, "--to", kind, "-o", exported)
        words = [sys.executable, *program, str(exported), *files]
        lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        own = [line.split("\t")[kind == "py"] for line in lines]  # the Python file says the picture first
        print(f"{kind}: the classes of predict on {sum(map(eq, own, wanted))} of {len(files)} pictures")


def _run(*words):
    """What a command writes to stdout."""
    command = [sys.executable, "-m", "archgraph.cli.main", *map(str, words)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    one = commands.add_parser("road")
    one.add_argument("--images", required=True)
    one.add_argument("--budget", default="10m")
    one.add_argument("-o", "--output", type=Path, required=True)
    one = commands.add_parser("compare")
    one.add_argument("--images", required=True)
    one.add_argument("--budget", type=float, required=True)
    one.add_argument("-o", "--output", type=Path, required=True)
    one.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    one.add_argument("--methods", nargs="+", default=list(METHODS))
    one = commands.add_parser("show")
    one.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.what == "road":
        road(given.images, given.budget, given.output)
    elif given.what == "compare":
        compare(given.images, given.budget, given.output, given.seeds, given.methods)
    else:
        show(given.files)


if __name__ == "__main__":
    main()
