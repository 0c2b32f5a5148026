"""The errors that archgraph raises on purpose; everything else is a defect."""


class ArchGraphError(Exception):
    """Base of every error raised on purpose. Its text is one line: what, where, what to do."""


class InputError(ArchGraphError, ValueError):
    """An argument or a file is not what it has to be."""


class GraphError(InputError):
    """A graph is not an architecture: a cycle, an unknown operation, a node on no input-output path."""


class CompileError(InputError):
    """A graph is an architecture, but holds a node that cannot be turned into a network."""
