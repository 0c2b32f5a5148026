"""The published networks around the cells as blueprints; one file a space, as in `archgraph.networks`."""

from supernet.networks.registry import NETWORKS, blueprint, compile_network

__all__ = ["NETWORKS", "blueprint", "compile_network"]
