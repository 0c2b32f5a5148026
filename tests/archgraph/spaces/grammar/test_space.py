"""Spaces of grammars keep the contract, and hold the members that they are said to."""

from archgraph import spaces
from archgraph.spaces import Space
from archgraph.testing import SpaceContract


class TestVision(SpaceContract):
    samples = 6
    most_neighbors = 2

    def make(self) -> Space:
        return spaces.get("grammar:vision")


class TestSequence(SpaceContract):
    samples = 6
    most_neighbors = 2

    def make(self) -> Space:
        return spaces.get("grammar:sequence")


class TestNASBench201(SpaceContract):
    def make(self) -> Space:
        return spaces.get("grammar:nasbench201")


class TestDag(SpaceContract):
    def make(self) -> Space:
        return spaces.get("grammar:dag")
