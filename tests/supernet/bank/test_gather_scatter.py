import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from supernet.bank.gather_scatter import Routing


@st.composite
def places(draw):
    count = draw(st.integers(1, 5))
    part = st.lists(st.integers(0, count - 1), min_size=1, max_size=4)
    return draw(st.lists(part, min_size=1, max_size=4)), count


def gathered(parts, targets, count):
    whole = torch.zeros(len(parts[0]), count, *parts[0].shape[2:], dtype=parts[0].dtype)
    return whole.index_add(1, torch.tensor([t for part in targets for t in part]), torch.cat(parts, 1))


@settings(max_examples=40)
@given(places())
def test_gathering_sums_what_has_one_place_and_its_gradient_is_exact(drawn):
    targets, count = drawn
    routing = Routing(targets, count)
    parts = [torch.randn(2, len(part), 3, dtype=torch.float64, requires_grad=True) for part in targets]
    torch.testing.assert_close(routing.gather(parts), gathered(parts, targets, count))
    assert torch.autograd.gradcheck(lambda *p: routing.gather(p), parts)


@settings(max_examples=40)
@given(places())
def test_scattering_hands_out_members_and_its_gradient_is_exact(drawn):
    targets, count = drawn
    routing = Routing(targets, count)
    whole = torch.randn(2, count, 3, dtype=torch.float64, requires_grad=True)
    for part, own in zip(routing.scatter(whole), targets, strict=True):
        torch.testing.assert_close(part, whole[:, own])
    assert torch.autograd.gradcheck(lambda w: tuple(routing.scatter(w)), [whole])


def test_members_in_order_are_views():
    whole = torch.randn(2, 4, 3)
    first, rest = Routing([[0], [1, 2, 3]], 4).scatter(whole)
    assert {first.data_ptr(), rest.data_ptr()} == {whole.data_ptr(), whole[:, 1].data_ptr()}


def test_a_part_that_is_all_in_order_is_not_moved():
    part = torch.randn(2, 3, 4)
    assert Routing([[0, 1, 2]], 3).gather([part]) is part


def test_second_derivatives_are_refused():
    routing = Routing([[0, 0]], 1)
    part = torch.randn(2, 2, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(routing.gather([part]).square().sum(), part, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.gpu
def test_a_gpu_gives_the_same(device):
    targets = [[0, 2, 1], [1, 1], [3]]
    routing = Routing(targets, 5).to(device)
    parts = [torch.randn(2, len(part), 3, device=device) for part in targets]
    torch.testing.assert_close(routing.gather(parts).cpu(), gathered([p.cpu() for p in parts], targets, 5))
