import os
import subprocess
import sys

import pytest
import torch
from torch import nn

from worldmodels.blocks import LSTM

BF16 = torch.ops.mkldnn._is_mkldnn_bf16_supported()


@pytest.mark.parametrize("layers", [1, 2])
def test_it_is_torchs_lstm_and_goes_on_from_its_state(layers):
    lstm, inputs = LSTM(3, 5, layers), torch.randn(2, 6, 3)
    plain = nn.LSTM(3, 5, layers, batch_first=True)
    plain.load_state_dict(lstm.state_dict())
    expected, (hidden, cell) = plain(inputs)
    outputs, state = lstm(inputs)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(state.hidden, hidden.transpose(0, 1))
    torch.testing.assert_close(state.cell, cell.transpose(0, 1))
    first, between = lstm(inputs[:, :2], lstm.rest(inputs))
    second, after = lstm(inputs[:, 2:], between)
    torch.testing.assert_close(torch.cat([first, second], 1), expected)
    torch.testing.assert_close(after.cell, state.cell)


def test_no_frames_leave_the_state_as_it_is():
    lstm = LSTM(3, 5)
    state = lstm.rest(torch.randn(2, 3))
    outputs, after = lstm(torch.randn(2, 0, 3), state)
    assert outputs.shape == (2, 0, 5) and after is state


@pytest.mark.parametrize("supported", [True, False])
@pytest.mark.parametrize("gradients", [True, False])
def test_autocast_works_where_half_precision_does_not(monkeypatch, supported, gradients):
    asked = []
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: asked.append(1) or supported)
    lstm = LSTM(3, 5)
    seen = []
    monkeypatch.setattr(nn.LSTM, "forward", watched(nn.LSTM.forward, seen))
    if supported and not BF16:
        pytest.skip("this processor has no LSTM in half precision")
    with torch.set_grad_enabled(gradients), torch.autocast("cpu", torch.bfloat16):
        outputs, state = lstm(torch.randn(2, 4, 3))
        again, _ = lstm(torch.randn(2, 4, 3, dtype=torch.bfloat16), state)
    assert asked and seen == [supported, supported]
    assert outputs.dtype == again.dtype == state.cell.dtype == torch.float32 and outputs.isfinite().all()


def watched(forward, seen):
    def watching(self, *arguments):
        seen.append(torch.is_autocast_enabled("cpu"))
        return forward(self, *arguments)

    return watching


def test_a_processor_without_avx512_trains_under_autocast():
    script = """
import torch
from worldmodels.blocks import LSTM
lstm = LSTM(3, 5, 2)
with torch.autocast("cpu", torch.bfloat16):
    outputs, _ = lstm(torch.randn(2, 4, 3))
outputs.sum().backward()
print(bool(lstm.weight_hh_l0.grad.abs().sum() > 0))
"""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == ["True"], done.stderr
