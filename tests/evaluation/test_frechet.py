import pytest
import torch

from worldmodels.errors import InputError, MetricUnavailableError
from worldmodels.evaluation.frechet import FVD, frechet_distance, video_features
from worldmodels.evaluation.i3d import I3D, pad_same


def with_moments(mean, covariance, n=4000, seed=0):
    """Features whose sample mean and covariance are exactly these."""
    x = torch.randn(n, len(mean), dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    x = x - x.mean(0)
    white = torch.linalg.solve_triangular(torch.linalg.cholesky(torch.cov(x.T)), x.T, upper=False)
    return (torch.linalg.cholesky(covariance) @ white).T + mean


def test_two_gaussians_have_a_closed_form():
    a = with_moments(torch.tensor([0.0, 1.0]), torch.diag(torch.tensor([4.0, 9.0], dtype=torch.float64)))
    b = with_moments(torch.tensor([3.0, 5.0]), torch.diag(torch.tensor([1.0, 16.0], dtype=torch.float64)), seed=1)
    assert frechet_distance(a, b) == pytest.approx(25 + (2 - 1) ** 2 + (3 - 4) ** 2)


def test_covariances_that_do_not_commute_agree_with_scipy():
    linalg = pytest.importorskip("scipy.linalg")
    draw = torch.randn(2, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    c1, c2 = (m @ m.T + 0.1 * torch.eye(5, dtype=torch.float64) for m in draw)
    zero = torch.zeros(5, dtype=torch.float64)
    expected = (c1 + c2).trace() - 2 * linalg.sqrtm((c1 @ c2).numpy()).trace().real
    assert frechet_distance(with_moments(zero, c1), with_moments(zero, c2, seed=1)) == pytest.approx(float(expected))


def test_fewer_features_than_dimensions_do_no_harm():
    x = torch.randn(6, 50, generator=torch.Generator().manual_seed(0))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-4)
    assert frechet_distance(x, x + 2) == pytest.approx(200, rel=1e-4)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (torch.zeros(1, 3), torch.zeros(4, 3)),
        (torch.zeros(4, 3), torch.zeros(4, 2)),
        (torch.full((4, 3), float("nan")), torch.zeros(4, 3)),
    ],
)
def test_unfit_features_are_refused(first, second):
    with pytest.raises(InputError):
        frechet_distance(first, second)


@pytest.mark.parametrize(("size", "kernel", "stride"), [(9, 7, 2), (8, 7, 2), (5, 3, 2), (4, 2, 2), (5, 1, 1)])
def test_padding_is_tensorflows_same(size, kernel, stride):
    x = torch.ones(1, 1, size, size, size)
    padded = pad_same(x, (kernel,) * 3, (stride,) * 3)
    steps = -(-size // stride)
    assert (padded.shape[2] - kernel) // stride + 1 == steps
    total = padded.shape[2] - size
    assert padded[0, 0, :, total // 2, total // 2].nonzero().flatten().tolist() == [i + total // 2 for i in range(size)]


@pytest.fixture(scope="module")
def i3d_file(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("i3d") / "rgb_imagenet.pt"
    torch.save(I3D().state_dict(), path)
    return path


def test_tensors_bear_the_published_names_and_shapes():
    shapes = {name: tuple(tensor.shape) for name, tensor in I3D().state_dict().items()}
    assert shapes["Conv3d_1a_7x7.conv3d.weight"] == (64, 3, 7, 7, 7)
    assert shapes["Conv3d_2c_3x3.bn.running_var"] == (192,)
    assert shapes["Mixed_3b.b1b.conv3d.weight"] == (128, 96, 3, 3, 3)
    assert shapes["Mixed_5c.b3b.bn.bias"] == (128,)
    assert shapes["logits.conv3d.weight"] == (400, 1024, 1, 1, 1)
    assert shapes["logits.conv3d.bias"] == (400,)
    assert len(shapes) == 57 * 6 + 2
    assert sum(p.numel() for p in I3D().parameters()) == 12_697_264


def test_fvd_reads_videos_through_the_network(i3d_file):
    fvd = FVD(i3d_file, batch_size=1)
    videos = torch.rand(2, 9, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    features = fvd.features(videos)
    assert features.shape == (2, 400)
    assert not torch.equal(features[0], features[1])


def test_features_are_of_resized_scaled_colour_videos_in_batches():
    seen = []

    def network(video):
        seen.append(video)
        return video.mean((2, 3, 4))

    videos = torch.full((3, 9, 1, 8, 8), 0.75)
    features = video_features(videos, network, batch_size=2)
    assert [tuple(v.shape) for v in seen] == [(2, 3, 9, 224, 224), (1, 3, 9, 224, 224)]
    assert torch.allclose(features, torch.full((3, 3), 0.5))


@pytest.mark.parametrize("shape", [(2, 8, 3, 8, 8), (2, 9, 8, 8)])
def test_short_or_misshapen_videos_are_refused(shape):
    with pytest.raises(InputError, match="at least 9 frames"):
        video_features(torch.zeros(shape), lambda v: v)


def test_fvd_says_what_is_wrong_with_its_weights(tmp_path):
    with pytest.raises(MetricUnavailableError, match="not a file"):
        FVD(tmp_path / "none.pt")
    torch.save({"weight": torch.ones(1)}, tmp_path / "other.pt")
    with pytest.raises(MetricUnavailableError, match="do not fit"):
        FVD(tmp_path / "other.pt")
