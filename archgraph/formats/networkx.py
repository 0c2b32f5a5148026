"""Graphs that networkx wrote: node-link JSON (one object or a list of them) and GraphML.

Nodes carry the attribute `op`, the name of an operation; the first is `input`, the last `output`. Numbers among a
graph's own attributes become metrics; its `id`, `name` or `space` are taken over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from archgraph.architecture import MAX_NODES
from archgraph.errors import GraphError, InputError
from archgraph.formats.containers.json_file import read_json
from archgraph.graph import ArchGraph
from archgraph.table.jsonl import is_metric
from archgraph.table.table import ArchTable

MAX_GRAPHML = 1 << 26  # bytes
_RESERVED = ("id", "name", "space")


def read_networkx(*paths: Path | str) -> ArchTable:
    """The graphs of node-link JSON (.json) and GraphML (.graphml) files.

    Raises:
        InputError: a file is missing or malformed, or a graph is no architecture; the text names it.
    """
    graphs, ids, members, metrics = [], [], [], []
    for path in map(Path, paths):
        for i, graph in enumerate(_graphs(path)):
            try:
                graphs.append(_architecture(graph))
            except GraphError as error:
                raise GraphError(f"{path}, graph {i}: {error}") from error
            own = graph.graph
            ids.append(str(own.get("id") or own.get("name") or f"{path.stem}:{i}")[:1024])
            members.append(str(own.get("space") or "")[:1024])
            numbers = {str(k): float(v) for k, v in own.items() if k not in _RESERVED and is_metric(v)}
            metrics.append({k: v for k, v in numbers.items() if k.isprintable()})
    return ArchTable.from_graphs(graphs, ids=ids, space=members, metrics=pd.DataFrame(metrics, dtype=float))


def _architecture(graph: nx.DiGraph[Any]) -> ArchGraph:
    if graph.number_of_nodes() > MAX_NODES:
        raise GraphError(f"an architecture has at most {MAX_NODES} nodes, but got {graph.number_of_nodes()}")
    return ArchGraph.from_networkx(graph)


def _graphs(path: Path) -> list[nx.DiGraph[Any]]:
    suffix = path.suffix.lower()
    if suffix == ".json":
        content = read_json(path)
        entries = content if isinstance(content, list) else [content]
        if not entries:
            raise InputError(f"{path} holds no graph")
        try:
            return [_from_node_link(entry) for entry in entries]
        except GraphError as error:
            raise GraphError(f"{path}: {error}") from error
    if suffix not in (".graphml", ".xml"):
        raise InputError(f"{path}: a networkx graph is node-link JSON (.json) or GraphML (.graphml)")
    try:
        if path.stat().st_size > MAX_GRAPHML:
            raise InputError(f"{path}: a GraphML file has at most {MAX_GRAPHML >> 20} MiB")
        graph = nx.read_graphml(path)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except Exception as error:  # networkx raises whatever its parser and the conversions raise
        reason = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise InputError(f"{path}: not a GraphML file ({reason})") from error
    if not graph.is_directed():
        raise GraphError(f"{path}: an architecture's graph is directed")
    return [nx.DiGraph(graph)]


def _from_node_link(content: Any) -> nx.DiGraph[Any]:
    """A graph from `{"nodes": [{"id", "op"}], "edges" or "links": [{"source", "target"}], "graph": {}}`."""
    edges = content.get("edges", content.get("links")) if isinstance(content, dict) else None
    if edges is None or not isinstance(content.get("nodes"), list) or not isinstance(edges, list):
        raise GraphError("node-link JSON is an object with lists `nodes` and `edges` (or `links`)")
    if not content.get("directed", True):
        raise GraphError("an architecture's graph is directed")
    graph: nx.DiGraph[Any] = nx.DiGraph()
    own = content.get("graph")
    graph.graph.update(own if isinstance(own, dict) else {})
    for node in content["nodes"]:
        if not isinstance(node, dict) or not isinstance(node.get("id"), str | int):
            raise GraphError("a node is an object with an `id`, a text or a number")
        if node["id"] in graph:
            raise GraphError(f"two nodes have the id {str(node['id'])[:64]!r}")
        graph.add_node(node["id"], op=node.get("op"))
    for edge in edges:
        ends = (edge.get("source"), edge.get("target")) if isinstance(edge, dict) else (None, None)
        if not all(isinstance(end, str | int) and end in graph for end in ends):
            raise GraphError(f"an edge has a `source` and a `target` among the nodes, but got {str(edge)[:64]}")
        if graph.has_edge(*ends):
            raise GraphError(f"the edge {ends[0]!s:.64} to {ends[1]!s:.64} is given twice")
        graph.add_edge(*ends)
    return graph
