"""The published networks around the cells as blueprints; one file a space, as in `archgraph.networks`."""

from archgraph.networks.registry import NETWORKS, blueprint

__all__ = ["NETWORKS", "blueprint"]
