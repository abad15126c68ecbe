import json
import pickle
import zlib

import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.data.index import RECORD
from worldmodels.data.recorder import stack_actions
from worldmodels.errors import DataError, InputError, WorldModelsError


def test_episodes_come_back_bit_for_bit(store_path, make_episode, assert_same):
    store = EpisodeStore(store_path)
    assert len(store) == 5 and store.steps.tolist() == [3, 9, 1, 6, 12]
    for seed, episode in enumerate(store):
        assert_same(episode, make_episode(len(episode.rewards), seed))
    assert_same(store[-1], store[4])
    with pytest.raises(IndexError):
        store[5]
    assert store.spec.frame_shape == (3, 4, 5) and store.spec.action_space == spaces.Discrete(4)
    assert store.schema.provenance == {"by": "test"}


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "int64", "uint64", "float16", "float32", "float64"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_signals_keep_dtype_and_value(tmp_path, dtype, order):
    values = (np.random.default_rng(0).normal(size=(6, 2, 3)) * 50).astype(dtype)
    frames = np.zeros((6, 2, 2, 1), np.uint8)
    with EpisodeWriter(tmp_path / "s") as writer:
        writer.add(Episode(frames, signals={"odd name/..": values.astype(np.dtype(dtype).newbyteorder(order))}))
    back = EpisodeStore(tmp_path / "s")[0].signals["odd name/.."]
    assert back.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(back, values)


SPACES = [
    spaces.Discrete(5, start=-2),
    spaces.MultiDiscrete([3, 4]),
    spaces.MultiBinary((3,)),
    spaces.Box(-1, 1, (2, 2), np.float32),
    spaces.Box(0, 255, (3,), np.uint8),
    spaces.Dict({"a.b": spaces.Discrete(3), "a": spaces.Dict({"b": spaces.Box(-1, 1, (2,), np.float64)})}),
    spaces.Tuple([spaces.Discrete(2), spaces.Tuple([spaces.MultiBinary((2,))])]),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_actions_of_every_space_come_back_nested(tmp_path, space):
    space.seed(0)
    samples = [space.sample() for _ in range(7)]
    frames = np.zeros((8, 2, 2, 3), np.uint8)
    with EpisodeWriter(tmp_path / "s", action_space=space) as writer:
        writer.add(Episode(frames, actions=stack_actions(space, samples)))
    store = EpisodeStore(tmp_path / "s")
    assert store.spec.action_space == space

    def at(actions, t):
        if isinstance(actions, dict):
            return {k: at(v, t) for k, v in actions.items()}
        return tuple(at(v, t) for v in actions) if isinstance(actions, tuple) else actions[t]

    for t, sample in enumerate(samples):
        assert space.contains(at(store[0].actions, t))
        np.testing.assert_equal(at(store[0].actions, t), sample)


def test_reader_sees_appended_episodes_after_refresh_only(store_path, make_episode, assert_same):
    store = EpisodeStore(store_path)
    first = store[1]
    with EpisodeWriter(store_path, action_space=spaces.Discrete(4)) as writer:
        writer.add(make_episode(4, seed=9))
        assert len(store) == 5 and store.refresh() == 6
    assert_same(store[5], make_episode(4, seed=9))
    assert_same(first, make_episode(9, seed=1))


def test_batch_is_stored_as_its_episodes(tmp_path, make_episode, assert_same):
    episodes = [make_episode(5, seed) for seed in range(4)]
    names = ("frames", "actions", "rewards", "terminated", "truncated")
    batch = Episode(
        **{name: np.stack([getattr(e, name) for e in episodes]) for name in names},
        signals={"position": np.stack([e.signals["position"] for e in episodes])},
    )
    with EpisodeWriter(tmp_path / "s", action_space=spaces.Discrete(4)) as writer:
        writer.add_batch(batch, seeds=range(4))
        writer.add(make_episode(2, 7))
    store = EpisodeStore(tmp_path / "s")
    for a, b in zip(store, [*episodes, make_episode(2, 7)], strict=True):
        assert_same(a, b)
    store.verify()


def test_index_grows_with_episodes_and_not_with_steps(tmp_path, make_episode):
    sizes = []
    for steps in (2, 200):
        with EpisodeWriter(tmp_path / str(steps), action_space=spaces.Discrete(4)) as writer:
            for seed in range(3):
                writer.add(make_episode(steps, seed))
        sizes.append((tmp_path / str(steps) / "index.bin").stat().st_size)
    assert sizes == [3 * RECORD.itemsize] * 2


def test_subsets_split_and_pickle(store_path, assert_same):
    store = EpisodeStore(store_path)
    train, validation = store.split(0.4, seed=1)
    seeds = [e.seed for e in train] + [e.seed for e in validation]
    assert len(validation) == 2 and sorted(seeds) == [0, 1, 2, 3, 4]
    again = store.split(0.4, seed=1)[0]
    assert [e.seed for e in again] == [e.seed for e in train]
    copy = pickle.loads(pickle.dumps(train))
    assert len(pickle.dumps(train)) < 3000
    for a, b in zip(copy, train, strict=True):
        assert_same(a, b)
    assert [e.seed for e in store[1:3]] == [1, 2]
    with pytest.raises(InputError, match="indices"):
        store.subset([5])
    with pytest.raises(InputError, match="fraction"):
        store.split(1.0)


def test_stills_and_videos_need_no_actions(tmp_path):
    frames = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    with EpisodeWriter(tmp_path / "s") as writer:
        writer.add(Episode(frames))
        writer.add(Episode(np.concatenate([frames, frames])))
    store = EpisodeStore(tmp_path / "s")
    assert store[0].actions is None and store[0].rewards is None and store.steps.tolist() == [0, 1]
    np.testing.assert_array_equal(store[0].frames, frames)


def rewrite(path, change):
    schema = json.loads((path / "store.json").read_text())
    change(schema)
    (path / "store.json").write_text(json.dumps(schema))


DAMAGES = {
    "no schema": lambda p: (p / "store.json").unlink(),
    "schema is not JSON": lambda p: (p / "store.json").write_text("{"),
    "schema is not text": lambda p: (p / "store.json").write_bytes(b"\xff\xfe\x00"),
    "foreign": lambda p: rewrite(p, lambda s: s.update(format="other")),
    "newer": lambda p: rewrite(p, lambda s: s.update(version=2)),
    "no columns": lambda p: rewrite(p, lambda s: s.pop("columns")),
    "columns is a number": lambda p: rewrite(p, lambda s: s.update(columns=3)),
    "path out": lambda p: rewrite(p, lambda s: s["columns"][2].update(name="signal./../../../etc/passwd")),
    "absolute path": lambda p: rewrite(p, lambda s: s["columns"][2].update(name="/etc/passwd")),
    "object dtype": lambda p: rewrite(p, lambda s: s["columns"][2].update(dtype="object")),
    "negative shape": lambda p: rewrite(p, lambda s: s["columns"][2].update(shape=[-1])),
    "huge shape": lambda p: rewrite(p, lambda s: s["columns"][2].update(shape=[2**62, 2**62])),
    "wrong kind": lambda p: rewrite(p, lambda s: s["columns"][2].update(kind="frame")),
    "twice": lambda p: rewrite(p, lambda s: s["columns"].append(s["columns"][0])),
    "bad space": lambda p: rewrite(p, lambda s: s["spec"].update(action_space={"type": "os.system"})),
    "another world": lambda p: rewrite(p, lambda s: s.update(world={"id": "os:path"})),
    "other frames": lambda p: rewrite(p, lambda s: s["spec"].update(frame_shape=[3, 8, 8])),
    "column is gone": lambda p: (p / "rewards.bin").unlink(),
    "column is short": lambda p: (p / "frames.bin").write_bytes((p / "frames.bin").read_bytes()[:-1]),
    "index bit": lambda p: flip(p / "index.bin", RECORD.itemsize + 16),
    "last record": lambda p: flip(p / "index.bin", 4 * RECORD.itemsize + 16),
    "forged record": lambda p: forge(p / "index.bin"),
}


def flip(path, at):
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def forge(path):
    records = np.fromfile(path, RECORD)
    records["step"][1] = -(2**62)
    raw = records[1:2].tobytes()
    records["crc"][1] = zlib.crc32(raw[:-4])
    records.tofile(path)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("opened", [EpisodeStore, lambda p: EpisodeWriter(p, action_space=spaces.Discrete(4))])
def test_damage_is_one_clear_line_and_nothing_is_lost(store_path, damage, opened):
    damage(store_path)
    before = {p.name: p.read_bytes() for p in store_path.iterdir()}
    with pytest.raises(DataError) as caught:
        opened(store_path)
    assert "\n" not in str(caught.value) and str(store_path) in str(caught.value)
    assert {p.name: p.read_bytes() for p in store_path.iterdir()} == before


def test_changed_bytes_are_found(store_path):
    flip(store_path / "rewards.bin", 3 * 8 + 1)
    store = EpisodeStore(store_path)
    with pytest.raises(DataError, match="episode 1"):
        store.verify()
    store.subset([0, 2]).verify()


def test_missing_store(tmp_path):
    with pytest.raises(DataError, match="not an episode store"):
        EpisodeStore(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorldModelsError, match="not an episode store"):
        EpisodeStore(tmp_path / "file")
