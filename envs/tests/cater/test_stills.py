"""Stills are the scenes that they say, and their edits change what they name and nothing else."""

import gymnasium
import numpy as np
import pytest

import worldmodels_envs  # noqa: F401
from worldmodels_envs.cater.camera import project
from worldmodels_envs.cater.stills import STILLS, TURN, StillsConfig, edited_stills, sample_still, stills

SMALL = StillsConfig(size=32, detail=8)


@pytest.mark.parametrize("variant", STILLS)
def test_objects_keep_apart_within_reach(variant):
    config = STILLS[variant]
    for seed in range(5):
        scene = sample_still(np.random.default_rng(seed), config)
        assert config.min_objects <= len(scene.things) <= config.max_objects
        assert (np.hypot(*scene.places[:, :2].T) <= config.reach).all()
        np.testing.assert_allclose(scene.places[:, 2], scene.radii)
        gaps = np.linalg.norm(scene.places[:, None, :2] - scene.places[:, :2], axis=-1)
        gaps -= scene.radii[:, None] + scene.radii
        assert (gaps[~np.eye(len(gaps), dtype=bool)] >= 0.25 - 1e-9).all()


def test_a_seed_and_a_number_decide_a_still():
    first, again = list(stills(SMALL, 3, seed=4)), list(stills(SMALL, 1, seed=4, start=2))
    for name, values in again[0].items():
        np.testing.assert_array_equal(values, first[2][name])
    assert not np.array_equal(first[0]["frame"], first[1]["frame"])


def test_masks_lie_where_objects_are_projected():
    config = StillsConfig(min_objects=1, max_objects=1)
    for still in stills(config, 4, seed=1):
        scene = sample_still(np.random.default_rng((1, 0)), config)
        rows, columns = np.nonzero(still["mask"] == 0)
        # The renderer's field is narrower than CATER's: offsets from the middle grow by the ratio.
        seen = project(still["positions"][:1].astype(float), scene.eyes[0], 64, 64)[0, :2]
        seen = 32 + (seen - 32) * np.array([16 / 35, 12 / 35]) / config.field
        assert abs(columns.mean() + 0.5 - seen[0]) < 1.5 and abs(rows.mean() + 0.5 - seen[1]) < 3


def test_edits_change_what_they_name():
    scene = next(edited_stills(SMALL, 1, seed=3))
    masks = {name: picture.mask for name, picture in scene.pictures.items()}
    frames = {name: picture.frame.astype(float) for name, picture in scene.pictures.items()}
    count = len(scene.scene.things)
    assert set(np.unique(masks["added"])) - {-1} <= set(range(count + 1)) and (masks["added"] == count).any()
    assert masks["removed"].max() == count - 2
    for name in ("moved", "removed", "added", "swapped", "left", "right"):
        assert np.abs(frames[name] - frames["scene"]).max() > 20
    untouched = (masks["scene"] == -1) & (masks["added"] == -1)
    assert np.median(np.abs(frames["added"] - frames["scene"])[untouched]) == 0
    np.testing.assert_allclose(scene.by[2], 0)
    assert TURN == 25


def test_environment():
    env = gymnasium.make("worldmodels/CaterStills-v0", config=SMALL, render_mode="rgb_array")
    frame, info = env.reset(seed=0)
    assert env.observation_space.contains(frame) and info["positions"].shape == (4, 3)
    following, _, terminated, _, _ = env.step(0)
    assert not terminated and not np.array_equal(frame, following)
    np.testing.assert_array_equal(env.render(), following)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.unwrapped.__class__(SMALL).step(0)


def test_batches_are_episodes_by_number():
    env = gymnasium.make("worldmodels/CaterStills-v0", config=SMALL).unwrapped
    whole = next(env.batches(3, 2, seed=7, signals=["positions", "mask"]))
    assert whole["frames"].shape == (3, 2, 32, 32, 3) and whole["mask"].shape == (3, 2, 32, 32)
    last = next(env.batches(1, 2, seed=7, start=2))
    np.testing.assert_array_equal(last["frames"][0], whole["frames"][2])
    assert "mask" not in last


@pytest.mark.parametrize("changes", [{"min_objects": 0}, {"max_objects": 11}, {"field": 0.0}, {"camera_jitter": -1.0}])
def test_settings_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=r"must"):
        StillsConfig(**changes)
