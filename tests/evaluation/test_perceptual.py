import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pytest
import torch
from safetensors.torch import save_file

from worldmodels.errors import InputError, MetricUnavailableError, UnknownNameError
from worldmodels.evaluation.frame_metrics import frame_metrics
from worldmodels.evaluation.metrics import PSNR
from worldmodels.evaluation.perceptual import ALEXNET_FILE, LPIPS, load_lpips, lpips, lpips_metric


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = LPIPS().eval().requires_grad_(False)
    for i in range(5):
        network.get_parameter(f"lin{i}.model.1.weight").abs_()
    return network


@pytest.fixture
def files(network, tmp_path):
    """The two published files' tensors: torchvision's AlexNet and the calibration."""
    state = network.state_dict()
    trunk = {k: v for k, v in state.items() if k.startswith("features")} | {"classifier.1.weight": torch.ones(2)}
    torch.save(trunk, tmp_path / "alexnet.pth")
    save_file({k: v for k, v in state.items() if k.startswith("lin")}, tmp_path / "linear.safetensors")
    return tmp_path / "alexnet.pth", tmp_path / "linear.safetensors"


def frames(shape, seed):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def test_equal_frames_are_at_distance_zero_and_different_ones_are_not(network):
    a, b = frames((2, 3, 3, 40, 48), 0), frames((2, 3, 3, 40, 48), 1)
    assert lpips(network, a, a).tolist() == [[0] * 3] * 2
    assert (lpips(network, a, b) > 0).all()


def test_grey_frames_are_repeated_three_times(network):
    a, b = frames((2, 1, 32, 32), 0), frames((2, 1, 32, 32), 1)
    assert torch.equal(lpips(network, a, b), lpips(network, a.repeat(1, 3, 1, 1), b.repeat(1, 3, 1, 1)))


def test_batches_do_not_matter(network):
    a, b = frames((5, 3, 32, 32), 0), frames((5, 3, 32, 32), 1)
    assert torch.allclose(lpips(network, a, b, batch_size=2), lpips(network, a, b), atol=1e-6)


def test_weights_come_from_the_published_names(network, files):
    a, b = frames((2, 3, 32, 32), 0), frames((2, 3, 32, 32), 1)
    assert torch.equal(lpips(load_lpips(*files), a, b), lpips(network, a, b))


def test_agrees_with_the_package_lpips(files, monkeypatch):
    """The package itself, its calibration and a stand-in for torchvision with the same random trunk."""
    if not find_spec("lpips"):
        pytest.skip("the package lpips is not installed")
    ours = load_lpips(files[0])
    torchvision = ModuleType("torchvision")
    torchvision.models = SimpleNamespace(alexnet=lambda pretrained: SimpleNamespace(features=ours.features))
    monkeypatch.setitem(sys.modules, "torchvision", torchvision)
    package = pytest.importorskip("lpips", exc_type=ImportError)
    theirs = package.LPIPS(net="alex", verbose=False)
    a, b = frames((3, 3, 40, 40), 0), frames((3, 3, 40, 40), 1)
    expected = theirs(2 * a - 1, 2 * b - 1).flatten()
    assert torch.allclose(lpips(ours, a, b), expected, rtol=1e-4)
    for name in [n for n in sys.modules if n.split(".")[0] == "lpips"]:
        del sys.modules[name]  # it holds the stand-in


def test_small_frames_are_refused(network):
    with pytest.raises(InputError, match="at least 31"):
        lpips(network, torch.zeros(3, 30, 64), torch.zeros(3, 30, 64))


def test_missing_weights_leave_the_metric_out_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    found, left_out = frame_metrics(["psnr", "lpips"])
    assert found == [PSNR]
    assert "alexnet-owt-7be5be79.pth" in left_out["lpips"]
    assert "\n" not in left_out["lpips"]


def test_lpips_by_name_is_a_metric_where_there_are_weights(files, tmp_path, monkeypatch):
    if not find_spec("lpips"):
        pytest.skip("the package lpips, which holds the calibration, is not installed")
    (tmp_path / "checkpoints").mkdir()
    files[0].rename(tmp_path / "checkpoints" / ALEXNET_FILE)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (metric,), left_out = frame_metrics(["lpips"])
    assert not left_out
    assert not metric.higher_is_better
    assert metric.compute(frames((2, 3, 32, 32), 0), frames((2, 3, 32, 32), 1)).shape == (2,)


class Evil:
    def __reduce__(self):
        return (print, ("code ran",))


@pytest.mark.parametrize("content", ["missing", "text", "pickle", "foreign"])
def test_unfit_weights_are_named_in_one_line_and_run_no_code(content, files, tmp_path, capsys):
    path = tmp_path / "weights.pth"
    if content == "text":
        path.write_text("not weights")
    if content == "pickle":
        torch.save({"features.0.weight": Evil()}, path)
    if content == "foreign":
        torch.save({"features.0.weight": torch.ones(2)}, path)
    with pytest.raises(MetricUnavailableError) as caught:
        load_lpips(path, files[1])
    assert "\n" not in str(caught.value)
    assert "code ran" not in capsys.readouterr().out


def test_a_metric_with_weights_of_ones_own_passes_through(files):
    metric = lpips_metric(*files)
    assert frame_metrics(["psnr", metric]) == ([PSNR, metric], {})


def test_unknown_metrics_get_the_nearest_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'psnr'"):
        frame_metrics(["pnsr"])
