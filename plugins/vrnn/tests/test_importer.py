"""Published weights give the published model's frames."""

import json
import re
from pathlib import Path

import pytest
import torch

from worldmodels.errors import CheckpointError
from worldmodels.noise import Noise
from worldmodels_vrnn.importer import (
    DEFAULTS,
    NEVER_CALLED,
    empty_model,
    export_published,
    import_checkpoint,
    load_published,
    published_name,
)
from worldmodels_vrnn.reference import sample, teacher_forced

FACTS = Path(__file__).parents[3] / "../shared/facts/vrnn_checkpoint_keys.md"
SMALL = {"img_ch": 3, "n_ctx": 2, "n_hid": 16}


@pytest.fixture(scope="module")
def state():
    """Random weights in the authors' names, far from their initial values, and their unused network."""
    torch.manual_seed(0)
    state = export_published(empty_model(SMALL))
    state = {name: tensor + 0.1 * torch.randn_like(tensor) for name, tensor in state.items()}
    return {**state, "det_init_net.0.main.0.weight": torch.zeros(512, 512, 1, 1)}


@pytest.fixture
def files(tmp_path, state):
    def write(tensors=state, config=SMALL):
        torch.save(tensors, tmp_path / "weights.pth")
        (tmp_path / "config.json").write_text(json.dumps(config))
        return tmp_path / "weights.pth", tmp_path / "config.json"

    return write


@pytest.fixture(scope="module")
def frames():
    return torch.rand(2, 8, 3, 64, 64, generator=torch.Generator().manual_seed(1))


def test_imagined_frames_are_the_authors(files, state, frames):
    model = import_checkpoint(*files()).eval()
    belief = model.observe(frames[:, :2], temperature=0.0)
    ours = model.render(model.imagine(belief, horizon=5, temperature=0.0))
    theirs = sample(state, frames[:, :2], 2, 5)
    torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=0)
    assert ours.std() > 0.05, "frames without contrast compare nothing"


def test_followed_frames_and_latents_are_the_authors(files, state, frames):
    model = import_checkpoint(*files()).eval()
    with torch.no_grad():
        _, followed = model._follow_clip(frames, None, noise=Noise(temperature=0.0))
        decoded = model.network.decoder.logits(followed.decoded).sigmoid()
        theirs, q, p = teacher_forced(state, frames, 2)
        levels = model.network.divergent(followed)
    torch.testing.assert_close(decoded, theirs, atol=1e-3, rtol=0)
    for (_, ours_q, ours_p), theirs_q, theirs_p in zip(levels, q, p, strict=True):
        for ours, published in ((ours_q, theirs_q), (ours_p, theirs_p)):
            torch.testing.assert_close(ours.mean, published[0], atol=1e-3, rtol=0)
            torch.testing.assert_close(ours.std.square(), published[1], atol=1e-3, rtol=0)


@pytest.mark.skipif(not FACTS.exists(), reason="the list of published tensors lies beside the repository")
def test_every_published_tensor_has_its_place():
    text = FACTS.read_text().split("## `s2s_big_hier_v4`")[1].split("## `")[0]
    shapes = {name: numbers(shape) for name, shape in re.findall(r"^(\S+) \(([\d, ]+)\)$", text, re.M)}
    with torch.device("meta"):
        model = empty_model(DEFAULTS)
        load_published(model, {name: torch.empty(shape) for name, shape in shapes.items()})
    own = {published_name(name) for name in model.state_dict()}
    assert own == {name for name in shapes if not name.startswith(NEVER_CALLED)}
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 230_744_387


def numbers(text):
    return [int(part) for part in text.split(",") if part.strip()]


def test_weights_saved_by_data_parallel(files, state):
    model = import_checkpoint(*files({f"module.{name}": tensor for name, tensor in state.items()}))
    assert torch.equal(model.network.encoder.stem.weight, state["emb_net.0.weight"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("emb_net.0.bias"), "no tensor emb_net.0.bias"),
        (lambda s: s.update({"flow.0.weight": torch.zeros(1)}), "such as flow.0.weight"),
        (lambda s: s.update({"emb_net.0.bias": torch.zeros(3)}), r"emb_net.0.bias has shape \(3,\), not \(16,\)"),
        (lambda s: s.update({"step": 3}), "no plain state dict"),
    ],
)
def test_other_weights_are_refused(files, state, change, message):
    changed = dict(state)
    change(changed)
    with pytest.raises(CheckpointError, match=message):
        import_checkpoint(*files(changed))


def test_a_pickle_with_code_is_refused(files):
    with pytest.raises(CheckpointError, match="cannot be read as a state dict"):
        import_checkpoint(*files(Path("/")))


@pytest.mark.parametrize("config", [[], {"n_hid": "wide"}, {"n_ctx": 0}])
def test_other_configs_are_refused(files, config):
    with pytest.raises(CheckpointError, match=r"n_hid|n_ctx"):
        import_checkpoint(*files(config=config))
