"""The errors that archgraph raises on purpose; everything else is a defect.

    ArchGraphError
    ├── CrowdedError
    ├── DivergedError
    └── InputError (a ValueError)
        ├── GraphError
        └── CompileError

The text of each is one line: what, where, what to do.
"""


class ArchGraphError(Exception):
    """Base of all; raised itself where something fails though the input is right, such as a loss that is not finite."""


class CrowdedError(ArchGraphError):
    """What was to run side by side does not fit into memory together."""


class DivergedError(ArchGraphError):
    """A training came to numbers that are not finite."""


class InputError(ArchGraphError, ValueError):
    """An argument or a file is not what it has to be."""


class GraphError(InputError):
    """A graph is not an architecture, or not one of the space that it was given for."""


class CompileError(InputError):
    """A graph is an architecture, but holds a node that cannot be turned into a network."""
