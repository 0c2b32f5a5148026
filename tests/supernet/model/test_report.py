import base64
import dataclasses
import io
import re

import numpy as np
import torch
from PIL import Image

from supernet.images.datasets import load_images
from supernet.images.preprocessing import Preprocessing
from supernet.images.splits import Images
from supernet.model.evaluation import ImageEvaluation
from supernet.model.model import Model
from supernet.model.report import model_report, png


def test_the_report_needs_nothing_else_and_holds_the_figures(model_folder):
    model = Model.load(model_folder)
    report = model.report
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", report)
    assert report.count("<script") == 1  # that of all reports, which sorts tables
    assert f"{100 * model.metrics['test_accuracy']:.1f} %" in report
    assert f"{model.metrics['params']:,}" in report
    assert report.count("<svg xmlns") == 3
    assert model.data["described"] in report
    assert "prefers-color-scheme: dark" in report


def shown(model, probabilities, labels, part):
    return model_report(model, ImageEvaluation(model.class_names, probabilities, labels), part)


def test_mistakes_are_pictures_and_the_surest_come_first(model_folder, picture_folder):
    model = Model.load(model_folder)
    part = load_images(f"folder:{picture_folder}", preprocessing=model.preprocessing).test
    labels = torch.tensor([1, 0, 2])
    report = shown(model, torch.eye(3) * 0.4 + 0.2, labels, part.take(slice(0, 3)))
    assert report.count('<img src="data:image/png;base64,') == 2
    assert "cat, taken for\nbird (60.0 %)" in report
    assert "None: every test image" in shown(model, torch.eye(3), torch.arange(3), part.take(slice(0, 3)))


def test_names_of_classes_are_text(model_folder, picture_folder):
    model = Model.load(model_folder)
    part = load_images(f"folder:{picture_folder}", preprocessing=model.preprocessing).test
    model = dataclasses.replace(model, class_names=("<b>", "&", "dog"), id="<script>alert")
    report = shown(model, torch.eye(3)[[1, 0, 2]], torch.arange(3), part.take(slice(0, 3)))
    assert "<script>alert" not in report
    assert "&lt;b&gt;, taken for\n&amp;" in report


def test_of_many_classes_the_pairs_that_are_confused_most_are_shown(model_folder):
    model = Model.load(model_folder)
    names = tuple(f"class{i}" for i in range(30))
    images = {part: [1] * 30 for part in ("train", "validation", "test")}
    many = dataclasses.replace(model, class_names=names, data={**model.data, "images": images})
    part = Images(torch.zeros(30, 3, 16, 16), torch.arange(30))
    report = shown(many, torch.eye(30).roll(1, 0), part.labels, part)
    assert "Classes confused most" in report
    assert "<td>class0</td><td>class29</td>" in report


def test_a_picture_comes_back_from_its_data_uri():
    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 5), dtype=np.uint8)
    form = Preprocessing(channels=1, height=4, width=5, mean=(0.3,), deviation=(0.2,))
    uri = png(form.standardise(torch.from_numpy(pixels)[None])[0], form)
    back = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert np.array_equal(np.asarray(back), pixels[0])
