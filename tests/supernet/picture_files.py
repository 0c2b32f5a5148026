"""Pictures of two kinds that anyone can tell apart, in folders and tables as people keep them."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def picture(kind, size=(16, 16), seed=0):
    """Noise whose upper half (kind 0) or left half is bright; [height, width, 3] uint8."""
    values = np.random.default_rng(seed).integers(0, 90, (*size, 3), dtype=np.uint8)
    half = values[: size[0] // 2] if kind == 0 else values[:, : size[1] // 2]
    half += 120
    return values


def encoded(values, kind="PNG", **options):
    data = io.BytesIO()
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    image.save(data, kind, **options)
    return data.getvalue()


def write_folder(root, parts=("train", "test"), classes=("cat", "dog"), counts=(8, 4, 4), ending="png"):
    for part, count in zip(parts, counts, strict=False):
        for kind, label in enumerate(classes):
            folder = root / part / label
            folder.mkdir(parents=True, exist_ok=True)
            for i in range(count):
                Image.fromarray(picture(kind % 2, seed=i)).save(folder / f"{i:03}.{ending}")
    return root


def write_parquet(file, pictures, labels, columns=("image", "label"), names=None, **options):
    """A table in Hugging Face's layout; `names` are its `ClassLabel`'s."""
    rows = [{"bytes": data if isinstance(data, bytes) else encoded(data), "path": None} for data in pictures]
    table = pa.table({columns[0]: rows, columns[1]: labels})
    if names is not None:
        features = {columns[1]: {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, **options)
