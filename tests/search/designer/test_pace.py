import numpy as np
import pytest
from small_designs import SPACE, Ticking, few

from archgraph.networks.choice import NetworkChoice
from search.designer.pace import Pace, TrainingWork, fit_step, steps_of, timed, trial_step
from supernet.standalone.fit_recipe import FitRecipe
from supernet.standalone.training import Recipe


def test_a_pace_goes_through_what_was_measured():
    work, pace = [TrainingWork(1e6, 1e5), TrainingWork(5e6, 1e5), TrainingWork(1e6, 4e5)], Pace(0.01, 0.02, 0.3)
    found = Pace.through(work, [pace.step(one, 100) for one in work], 100)
    assert [found.base, found.each, found.moved] == pytest.approx([0.01, 0.02, 0.3])
    assert pace.step(TrainingWork.mean(work[:2]), 100) == pytest.approx(0.01 + 0.02 * 0.3 + 0.3 * 0.01)


def test_no_network_takes_less_than_no_time():
    pace = Pace.through([TrainingWork(1e6, 1e5), TrainingWork(5e6, 1e5)], [0.02, 0.01], 100)
    assert pace.each == 0
    assert 0.01 <= pace.step(TrainingWork(5e6, 1e5), 100) <= 0.02
    assert pace.scaled(3).step(TrainingWork(5e6, 1e5), 100) == pytest.approx(3 * pace.step(TrainingWork(5e6, 1e5), 100))


@pytest.mark.parametrize(("images", "batch_size", "steps"), [(64, 32, 2), (95, 32, 2), (20, 32, 1)])
def test_steps_of_an_epoch(images, batch_size, steps):
    assert steps_of(images, batch_size) == steps


def test_steps_are_timed_after_the_first():
    done = []

    def run(steps):
        done.append(steps)
        return steps

    assert timed(run, 1.0, Ticking(0.25)) == 0.5 * 0.25 / 6  # no clock is trusted to say that more steps take no time
    assert done == [1, 1, 6]
    assert timed(lambda steps: 3, 1.0, Ticking(0.25)) == 0.25 / 3


def test_what_a_run_takes_besides_its_steps_is_not_theirs():
    clock = Ticking(0.0)

    def run(steps):
        clock.now += 5.0 + 0.5 * steps
        return steps

    assert timed(run, 60.0, clock) == pytest.approx(0.5)


def test_trials_and_trainings_are_timed_by_running_them():
    data = few()
    graphs = list(SPACE.sample(2, np.random.default_rng(0)))
    made = [NetworkChoice(settings={"width": 4}).blueprint(g, SPACE.name, data.shape, 10) for g in graphs]
    least, most = 0.0, 0.25
    assert least < trial_step(made, data, Recipe(batch_size=32), 1.0, Ticking(0.25)) <= most / 2
    assert least < fit_step(made[0], data, FitRecipe(batch_size=32), 1.0, Ticking(0.25)) <= most
