"""The choices that a design makes for its user, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DesignSettings:
    """What is chosen where a user says nothing.

    *Measured* are, with commands in `tests/benchmarks/RESULTS.md`: the method, which on published tables of cells comes
    to the best in the fewest trials; and the learning rate of long trainings, on digits and CIFAR-10. All other numbers
    are argued, not measured.

    Args:
        method: of the search.
        known: architectures from published tables that the search begins with, where the space has them and they keep
            the limits; 0 for methods other than delta.
        search_share: of the budget that the search gets; the rest trains the winner long. A winner that is hardly
            trained is worth less than a good network that is trained long, so the search has the smaller part.
        reserve: share of the budget for what is not priced: the test part, the latency, the report.
        measuring: share of the budget for the steps that are timed.
        trials: that a search has at least, as long as trials can be made shorter.
        most_trials: that a search has at most; more would choose by the noise of the validation part.
        trial_epochs: of a trial at least; where they do not suffice for all images, fewer images are used.
        most_trial_epochs: of a trial at most, where short trainings order networks already.
        trial_steps: of a trial at least: after fewer, networks that learn nothing lead, such as all pooling.
        trial_images: of a trial at least, where there are so many.
        epochs: of the final training that the largest network has to leave; else a shallower one is taken, or one that
            shrinks the images first.
        least_epochs: of it at least; for fewer the network is made narrower.
        most_epochs: of it at most; where a set is so small that the budget would pay for more, it is not used up.
        batch: networks of the search that are trained side by side on a CPU, where small ones share their overhead.
        gpu_batch: the same on a GPU, which a small network does not fill.
        batch_size: images of a step.
        small_batch_size: the same where there are fewer than `small` training images, for more steps an epoch.
        small_randaugment: operations of RandAugment there.
        small: training images.
        learning_rate: of trials and final training.
        folds: of the final training's cross-validation where the validation part is too small to decide by. The search
            then validates on half of all images that are not tested on.
        size: side to which larger pictures of folders and Parquet files are scaled: 224 pixels cost twelve times as
            much as 64.
        small_size: the same for less than `much_time`, in which 64 pixels leave too few trials and epochs on a CPU.
        much_time: seconds.
        fitting: share of random members of the space that keep the limits in the network whose size is chosen: the
            search then has a choice, and most of the limit is used.
        least_width: share of the published width under which a shallower network is taken.
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
