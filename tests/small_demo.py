"""The demo in a few seconds."""

from encoders.embedding.pretrain import PretrainConfig
from search.demo.demo import DemoConfig
from search.fade.config import FadeConfig
from supernet.hyper.recipe import BilevelRecipe
from supernet.standalone.training import Recipe

TINY = DemoConfig(
    threads=1,
    space="dag:1-4",
    width=8,
    train_size=64,
    buckets=4,
    budget=0.05,
    sampled_paths=5,
    truth_seeds=2,
    rank_repeats=2,
    final_seeds=2,
    pretrain=PretrainConfig(latent=2, steps=4, batch_size=16, pairs=20, look_every=2, held_out=0.2),
    recipe=Recipe(epochs=1),
    final_recipe=Recipe(epochs=1),
    ranked=4,
    hyper=BilevelRecipe(epochs=1, warm_up=0),
    fade=FadeConfig(rows=2, candidates=4),
    step=BilevelRecipe(epochs=1, warm_up=1),
)
