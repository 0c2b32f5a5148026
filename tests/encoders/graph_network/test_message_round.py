import torch

from encoders.graph_network.message_round import MessageRound


def test_edges_and_dense_arrays_give_the_same_states():
    torch.manual_seed(0)
    layer, state = MessageRound(8), torch.randn(4, 8)
    edges = torch.tensor([[0, 0, 1, 2], [1, 2, 3, 3]])
    into = torch.zeros(4, 4)
    into[edges[1], edges[0]] = 1
    torch.testing.assert_close(layer(state, edges), layer.dense(state[None], into[None], into.T[None])[0])


def test_a_node_without_edges_keeps_what_it_says_itself():
    torch.manual_seed(0)
    layer, state = MessageRound(8), torch.randn(1, 8)
    own, _, _ = layer.messages(state)
    torch.testing.assert_close(layer(state, torch.empty(2, 0, dtype=torch.long)), state + layer.update_of(own))
