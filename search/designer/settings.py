"""The choices that a design makes for its user, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DesignSettings:
    """What is chosen where a user says nothing.

    Measured, with commands in `tests/benchmarks/RESULTS.md`: `method`, which on published tables of cells comes to the
    best in the fewest trials; `known`; `trials`; `epochs`; `fitting`; `small_randaugment`; `learning_rate`; and the
    space's own usual network. Those were chosen on few trainings of seconds, by validation figures: they tell a good
    choice from a bad one, not from its neighbours. All other numbers are argued.

    Args:
        method: of the search.
        known: architectures from published tables that the search begins with, where the space has them and they keep
            the limits; 0 for methods other than delta. Measured: they do as well as the best of some random ones.
        search_share: of the budget that the search gets; the rest trains the winner long. Argued: a winner that is
            hardly trained is worth less than a good network that is trained long.
        reserve: share of the budget for what is not priced: the test part, the latency, the report. Argued.
        measuring: share of the budget for the steps that are timed. Argued.
        trials: that a search has at least. Where there is no time for so many, an architecture that is known to be good
            is trained without a search, or for spaces without such there are fewer. Measured: four trials of seconds
            tell no more than luck, and a training for all of the time is better.
        most_trials: that a search has at most. Argued: more would choose by the noise of the validation part.
        trial_epochs: of a trial at least; where they do not suffice for all images, fewer images are used. Argued.
        most_trial_epochs: of a trial at most. Argued: short trainings order networks already.
        trial_steps: of a trial at least. Argued: after fewer, networks that learn nothing lead, such as all pooling.
        trial_images: of a trial at least, where there are so many. Argued.
        epochs: of the final training that the largest network has to leave; else a shallower one is taken, or one that
            shrinks the images first. Measured: of equal parameters and time, networks of smaller images and more
            epochs come first by far below 20 epochs.
        least_epochs: of it at least; for fewer the network is made narrower. Argued.
        most_epochs: of it at most; where a set is so small that the budget would pay for more, it is not used up.
            Argued: from some hundred on, epochs change nothing.
        batch: networks of the search that are trained side by side on a CPU, where small ones share their overhead.
            Argued.
        gpu_batch: the same on a GPU, which a small network does not fill. Argued, and tried on none.
        batch_size: images of a step. Argued.
        small_batch_size: the same where there are fewer than `small` training images, for more steps an epoch. Argued.
        small_randaugment: operations of RandAugment there. Measured: without, networks learn few pictures by heart.
        small: training images. Argued.
        learning_rate: of trials and final training. Measured.
        folds: of the final training's cross-validation where the validation part is too small to decide by. The search
            then validates on half of all images that are not tested on. Argued.
        size: side to which larger pictures of folders and Parquet files are scaled. Argued: 224 pixels cost twelve
            times as much as 64.
        small_size: the same for less than `much_time`. Argued: 64 pixels leave too few trials and epochs on a CPU.
        much_time: seconds. Argued.
        fitting: share of random members of the space that keep the limits in the network whose size is chosen. Measured
            against .75: a network that uses the limit up is better than a free choice of cells in a narrower one.
        least_width: share of the published width under which a shallower network is taken. Argued.

    Example:
        >>> from search import DesignSettings
        >>> DesignSettings(trials=4).method
        'delta'
    """

    method: str = "delta"
    known: int = 4
    search_share: float = 0.25
    reserve: float = 0.03
    measuring: float = 0.03
    trials: int = 8
    most_trials: int = 64
    trial_epochs: int = 4
    most_trial_epochs: int = 24
    trial_steps: int = 64
    trial_images: int = 1024
    epochs: int = 30
    least_epochs: int = 10
    most_epochs: int = 1000
    batch: int = 4
    gpu_batch: int = 16
    batch_size: int = 64
    small_batch_size: int = 32
    small_randaugment: int = 2
    small: int = 1000
    learning_rate: float = 0.01
    folds: int = 3
    size: int = 64
    small_size: int = 32
    much_time: float = 1800.0
    fitting: float = 0.25
    least_width: float = 0.5

    def most_size(self, budget: float) -> int:
        """The side to which larger pictures are scaled, in so many seconds."""
        return self.size if budget >= self.much_time else self.small_size
