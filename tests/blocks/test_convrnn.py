import pytest
import torch
import torch.nn.functional as F
from torch import nn

from worldmodels.blocks import ConvGRU, ConvLSTM


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("kernel", [3, 5])
def test_a_convlstm_is_one_over_the_concatenation(size, kernel):
    lstm = ConvLSTM(3, 5, kernel)
    inputs, state = torch.randn(2, 4, 3, size, size), lstm.rest(torch.randn(2, 3, size, size))
    weight = torch.cat([lstm.input_gates.weight, lstm.hidden_gates.weight], 1)
    hidden, cell = state
    for x in inputs.unbind(1):
        gates = F.conv2d(torch.cat([x, hidden], 1), weight, lstm.input_gates.bias, padding=kernel // 2)
        i, f, o, g = gates.chunk(4, 1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
    after = lstm(inputs, state)
    torch.testing.assert_close(after.hidden[:, -1], hidden)
    torch.testing.assert_close(after.cell[:, -1], cell)


def test_norms_have_at_most_as_many_groups_and_at_least_as_many_channels():
    lstm = ConvLSTM(3, 8, groups=16, least=4)
    groups = [norm.num_groups for norm in lstm.modules() if isinstance(norm, nn.GroupNorm)]
    assert groups == [8, 8, 2]


@pytest.mark.parametrize(
    "layer", [ConvLSTM(3, 5), ConvLSTM(3, 8, groups=4), ConvGRU(3, 5), ConvGRU(3, 5, 5, nn.ReLU())]
)
def test_a_video_may_be_read_in_parts(layer):
    inputs = torch.randn(2, 5, 3, 4, 6)
    rest = layer.rest(inputs)
    whole, first = layer(inputs, rest), layer(inputs[:, :2], rest)
    if isinstance(layer, ConvGRU):
        second = layer(inputs[:, 2:], first[:, -1])
        torch.testing.assert_close(second[:, -1], whole[:, -1])
    else:
        second = layer(inputs[:, 2:], type(rest)(first.hidden[:, -1], first.cell[:, -1]))
        torch.testing.assert_close(second.cell[:, -1], whole.cell[:, -1])


def test_a_convgru_on_single_pixels_is_a_gru():
    layer, cell = ConvGRU(3, 5, 1), nn.GRUCell(3, 5)
    inputs, state = torch.randn(2, 3, 3, 1, 1), torch.randn(2, 5)
    with torch.no_grad():
        # PyTorch's order is reset, keep, new, and it keeps what ours renews; it resets after the product.
        signs = torch.tensor([1.0, -1.0, 1.0]).repeat_interleave(5)
        cell.weight_ih.copy_(layer.input_gates.weight.flatten(1) * signs[:, None])
        cell.bias_ih.copy_(layer.input_gates.bias * signs)
        cell.weight_hh[:10].copy_(layer.hidden_gates.weight.flatten(1) * signs[:10, None])
        cell.bias_hh.zero_()
        diagonal = torch.diag(torch.tensor([1.0, -1.0, 2.0, 0.5, 1.0]))
        cell.weight_hh[10:].copy_(diagonal)
        layer.reset_state.weight.copy_(diagonal[..., None, None])
    states = layer(inputs, state[..., None, None])
    for time in range(3):
        state = cell(inputs[:, time].flatten(1), state)
        torch.testing.assert_close(states[:, time].flatten(1), state)
