"""PyG's data classes, loaded without the warnings that loading PyG gives."""

import warnings

with warnings.catch_warnings():  # torch_geometric still scripts a few functions, which newer torch deprecates
    warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=FutureWarning)
    warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=DeprecationWarning)
    from torch_geometric.data import Batch, Data, Dataset

__all__ = ["Batch", "Data", "Dataset"]
