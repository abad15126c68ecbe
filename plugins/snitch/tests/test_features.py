import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.abilities import ObjectCentric
from worldmodels.errors import InputError
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig
from worldmodels_snitch import features
from worldmodels_snitch.features import model_features


class Slotted(ObjectCentric, Toy):
    """The toy with its state as two slots."""

    def slots(self, belief_or_rollout):
        return self.features(belief_or_rollout).unflatten(-1, (2, -1))

    def masks(self, belief_or_rollout):
        raise NotImplementedError

    positions = masks


def toy(cls=Toy, space=None, shape=(3, 12, 12), seed=0):
    torch.manual_seed(seed)
    return cls(WorldSpec(shape, space), ToyConfig(state=4, hidden=8, std=0.5)).eval()


def test_they_are_the_beliefs_after_every_frame_without_noise(stores, tmp_path, monkeypatch):
    monkeypatch.setattr(features, "CHUNK", 4)
    model, episodes = toy(), stores[1]
    read = model_features(model, episodes, tmp_path, batch_size=3)
    assert read.values.shape == (8, 6, 1, 4)
    for index in (0, 7):
        frames = torch.from_numpy(episodes[index].frames.copy()).permute(0, 3, 1, 2)[None] / 255
        wanted = model.features(model.observe(frames, every=True, temperature=0.0))[0]
        np.testing.assert_allclose(read.values[index, :, 0], wanted, rtol=1e-4, atol=1e-6)


def test_they_are_computed_once(stores, tmp_path, monkeypatch):
    first = model_features(toy(), stores[1], tmp_path)
    monkeypatch.setattr(features, "_compute", None)
    again = model_features(toy(), stores[1], tmp_path)
    assert again.identity == first.identity
    np.testing.assert_array_equal(again.values, first.values)


def test_other_weights_or_videos_are_other_features(stores, tmp_path):
    names = {
        model_features(model, episodes, tmp_path).identity
        for model, episodes in ((toy(), stores[1]), (toy(seed=1), stores[1]), (toy(), stores[1].subset([0, 1])))
    }
    assert len(names) == 3


def test_a_killed_computation_goes_on_with_the_next_video(stores, tmp_path, monkeypatch):
    whole = model_features(toy(), stores[1], tmp_path / "whole", batch_size=2)
    believed, calls = features._believed, []

    def killed(*arguments):
        calls.append(len(arguments[1]))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return believed(*arguments)

    monkeypatch.setattr(features, "_believed", killed)
    with pytest.raises(KeyboardInterrupt):
        model_features(toy(), stores[1], tmp_path / "cut", batch_size=2)
    part = next((tmp_path / "cut").glob("*.part"))
    part.write_bytes(part.read_bytes() + b"torn")
    calls.clear()
    calls.append(0)
    calls.append(0)
    monkeypatch.setattr(features, "_believed", lambda *a: calls.append(len(a[1])) or believed(*a))
    cut = model_features(toy(), stores[1], tmp_path / "cut", batch_size=2)
    assert calls[2:] == [2, 2]
    np.testing.assert_array_equal(cut.values, whole.values)


@pytest.mark.parametrize(("read", "shape"), [("auto", (2, 2)), ("slots", (2, 2)), ("features", (1, 4))])
def test_object_centric_models_give_slots(stores, tmp_path, read, shape):
    assert model_features(toy(Slotted), stores[1], tmp_path, read=read).shape == shape


@pytest.mark.parametrize(
    ("model", "read", "message"),
    [
        (toy(), "slots", "no slots"),
        (toy(shape=(3, 8, 8)), "auto", "the model is for frames"),
        (toy(space=Discrete(2)), "auto", "the model is for frames"),
    ],
)
def test_what_does_not_fit(stores, tmp_path, model, read, message):
    with pytest.raises(InputError, match=message):
        model_features(model, stores[1], tmp_path, read=read)
