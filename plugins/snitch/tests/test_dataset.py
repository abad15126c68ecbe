import dataclasses
import json

import numpy as np
import pytest

from worldmodels.data import EpisodeStore
from worldmodels.errors import DataError, InputError
from worldmodels_envs import cater
from worldmodels_snitch.cater import run
from worldmodels_snitch.dataset import generate_store, import_cater

SMALL = {"size": (16, 16), "frames": 31, "stride": 10, "progress": False}


def same(one, two):
    assert len(one) == len(two)
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.frames, b.frames)
        for name in a.signals.keys() | b.signals.keys():
            np.testing.assert_array_equal(a.signals[name], b.signals[name])


def test_a_store_has_what_the_generator_made(tmp_path):
    store = generate_store(tmp_path, 2, "max2action", seed=5, start=3, **SMALL)
    config = cater.resolve_config("max2action", size=16, frames=31)
    for episode, made in zip(store, cater.episodes(config, 2, 5, start=3, stride=10, masks=True), strict=True):
        np.testing.assert_array_equal(episode.frames, made["frames"])
        assert (episode.signals["label"] == made["label"]).all()
        np.testing.assert_array_equal(episode.signals["masks"], made["masks"])
    assert store.spec.fps == 2.4 and store.spec.action_space is None
    assert store.schema.provenance["cater"]["config"] == json.loads(json.dumps(dataclasses.asdict(config)))


def test_going_on_gives_what_one_piece_gives(tmp_path):
    whole = generate_store(tmp_path / "whole", 3, masks=False, **SMALL)
    generate_store(tmp_path / "cut", 1, masks=False, **SMALL)
    same(generate_store(tmp_path / "cut", 3, masks=False, **SMALL), whole)
    assert "masks" not in whole.schema.signals


def test_other_videos_are_refused(tmp_path):
    generate_store(tmp_path, 1, **SMALL)
    with pytest.raises(DataError, match="holds other videos"):
        generate_store(tmp_path, 2, seed=1, **SMALL)


def test_cater_itself_is_read(tmp_path):
    config = cater.CaterConfig(size=(32, 32), frames=31, supersample=1)
    cater.write_cater(tmp_path / "cater", 4, config, seed=2)
    store = import_cater(tmp_path / "cater", tmp_path / "store", size=(16, 16), stride=10, progress=False)
    folder = cater.CaterFolder(tmp_path / "cater", size=(16, 16), stride=10)
    assert len(store) == len(folder) == 2
    for episode, video in zip(store, folder, strict=True):
        np.testing.assert_array_equal(episode.frames, video["frames"])
        assert episode.signals["label"][-1] == video["label"]


def test_the_verb(tmp_path, capsys):
    run([f"out={tmp_path / 'x'}", "videos=1", "size=[16,16]", "stride=100"])
    assert "1 videos of 4 frames" in capsys.readouterr().out
    assert len(EpisodeStore(tmp_path / "x")) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "needs videos="),
        (["videos=1", "variant=all_action"], "did you mean 'all_actions'"),
        (["folder=/nowhere"], "/nowhere"),
        (["videos=1", "stride=0"], "stride = 0"),
    ],
)
def test_bad_words_are_one_line(tmp_path, words, message):
    with pytest.raises(InputError, match=message):
        run([f"out={tmp_path / 'x'}", *words])
