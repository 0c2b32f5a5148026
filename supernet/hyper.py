"""HyperArchitecture: d rows of candidate cells, mixed by a softmax over architecture parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor, nn

from supernet.bank import Bank
from supernet.frame import Frame, Path, hyper_of
from supernet.network import Network
from supernet.ranks import Choice, Scores


class HyperArchitecture(nn.Module):
    r"""A row's output is the weighted sum of its cells, :math:`\sum_j \mathrm{softmax}(\alpha_i)_j\, c_{ij}(x)`.

    FaDE (Neumeyer et al. 2024): d rows of k candidates contain k^d architectures and cost d * k cells. Cells share no
    weights; those of a row read the same stem.

    Args:
        rows: the candidate cells of each row, d lists of at least one cell.
        frame: what surrounds the cells.
        seed: seed of the initial weights.

    Attributes:
        alphas: architecture parameters, d vectors of one number a candidate, initially 0.

    Shapes:
        images [batch, channels, height, width] -> logits [batch, classes]

    Raises:
        CompileError: a row has no candidates, or a node cannot be compiled; the text names it.
    """

    def __init__(self, rows: Sequence[Path], frame: Frame, seed: int) -> None:
        super().__init__()
        self.frame = frame
        self.blueprint = hyper_of(frame, rows)
        self.bank = Bank([self.blueprint], [seed])

    @property
    def alphas(self) -> list[nn.Parameter]:
        return [self.bank.alphas[f"row{i}"] for i in range(self.frame.rows)]

    def forward(self, images: Tensor, mixtures: Sequence[Tensor] | None = None) -> Tensor:
        """Logits under the given mixtures, d vectors of one weight a candidate; default softmax of `alphas`."""
        logits: Tensor = self.bank(images, self.named(mixtures))[:, 0]
        return logits

    def named(self, mixtures: Sequence[Tensor] | None) -> Mapping[str, Tensor] | None:
        """Mixtures of the rows as the bank takes them."""
        return None if mixtures is None else {f"row{i}": mixture for i, mixture in enumerate(mixtures)}

    def path(self, choice: Choice) -> Network:
        """The stand-alone network of one cell a row, with the weights that it has here."""
        network = Network(self.blueprint.select({f"row{i}": j for i, j in enumerate(choice)}), seed=0)
        network.load_state_dict(self.bank.state(), strict=False)
        return network.to(next(self.parameters()).device)

    def weights(self) -> Iterator[nn.Parameter]:
        """All parameters but the architecture parameters."""
        return self.bank.weights()

    def probabilities(self) -> list[Scores]:
        """softmax(alpha) of each row, d vectors on the CPU; their product along a path is its FaDE-rank."""
        return [alpha.detach().double().softmax(0).cpu().numpy() for alpha in self.alphas]
