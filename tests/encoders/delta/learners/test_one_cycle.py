import subprocess
import sys

import torch
from torch import nn

from encoders.delta.learners.one_cycle import OneCycleAdamW


def trained(make, steps):
    torch.manual_seed(0)
    model = nn.Linear(7, 3)
    step, zero = make(model)
    for _ in range(steps):
        loss = model(torch.randn(5, 7)).square().mean()
        zero()
        loss.backward()
        step()
    return torch.cat([parameter.detach().flatten() for parameter in model.parameters()])


def test_every_step_is_that_of_torchs_own_classes():
    def theirs(model):
        optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.05, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=31)
        return lambda: (optimizer.step(), schedule.step()), optimizer.zero_grad

    def ours(model):
        optimizer = OneCycleAdamW(model.parameters(), 3e-3, 31, 0.05)
        return optimizer.step, optimizer.zero_grad

    for steps in (1, 9, 30):
        assert torch.equal(trained(ours, steps), trained(theirs, steps))


def test_training_loads_no_compiler():
    code = (
        "import sys, torch; from encoders.delta.learners.networks import train_networks; "
        "train_networks(torch.randn(6, 2), torch.randn(6), 0, epochs=1, learners=1); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
