"""Published networks as graphs, written node by node."""

from archgraph import ArchGraph


class Drawing:
    """Nodes behind one another, and joins."""

    def __init__(self) -> None:
        self.ops, self.edges, self.at = ["input"], [], 0

    def add(self, *names: str, behind: int | None = None) -> int:
        self.at = self.at if behind is None else behind
        for name in names:
            self.edges.append((self.at, len(self.ops)))
            self.at = len(self.ops)
            self.ops.append(name)
        return self.at

    def join(self, *sources: int) -> None:
        self.at = len(self.ops)
        self.edges += [(source, self.at) for source in sources]
        self.ops.append("sum")

    def residual(self, *names: str) -> None:
        before = self.at
        self.join(before, self.add(*names))

    def graph(self) -> ArchGraph:
        self.add("globalavgpool", "output")
        return ArchGraph(self.ops, self.edges)


def resnet(blocks: tuple[int, ...]) -> ArchGraph:
    """A ResNet of basic blocks (He et al. 2016)."""
    made = Drawing()
    made.add("conv7x7-s2-bn-relu", "maxpool3x3-s2")
    for stage, count in enumerate(blocks):
        for block in range(count):
            before = made.at
            if stage and not block:
                way = made.add("conv3x3-s2-e2-bn-relu", "conv3x3-bn")
                made.join(way, made.add("conv1x1-s2-e2-bn", behind=before))
            else:
                made.join(made.add("conv3x3-bn-relu", "conv3x3-bn"), before)
            made.add("relu")
    return made.graph()


def vit(depth: int, patch: int, heads: int) -> ArchGraph:
    """A vision transformer whose positions are averaged (Dosovitskiy et al. 2021)."""
    made = Drawing()
    made.add(f"conv{patch}x{patch}-s{patch}", "position")
    for _ in range(depth):
        made.residual("ln", f"attention-h{heads}")
        made.residual("ln", "linear-e4-gelu", "linear-e0.25")
    made.add("ln")
    return made.graph()


def mixer(depth: int, patch: int) -> ArchGraph:
    """An MLP-Mixer (Tolstikhin et al. 2021)."""
    made = Drawing()
    made.add(f"conv{patch}x{patch}-s{patch}")
    for _ in range(depth):
        made.residual("ln", "tokenmlp-e0.5-gelu")
        made.residual("ln", "linear-e4-gelu", "linear-e0.25")
    made.add("ln")
    return made.graph()
