"""`archgraph supernet`: hyper-architectures, stand-alone training and scores without training."""

from __future__ import annotations

import typer

from supernet.commands.rank import rank
from supernet.commands.rank_choices import rank_choices
from supernet.commands.score import score
from supernet.commands.train import train

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def supernet() -> None:
    """Networks compiled from graphs."""


app.command()(rank)
app.command()(rank_choices)
app.command()(train)
app.command()(score)
