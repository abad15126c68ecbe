import numpy as np
import pytest

from worldmodels.data import EpisodeStore
from worldmodels.data.minari import export_minari, import_minari
from worldmodels.errors import DataError, InputError, UnknownNameError

pytest.importorskip("minari")
pytest.importorskip("h5py")
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:minari")


@pytest.fixture(autouse=True)
def local_data(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "minari"))


def test_out_and_in_again_without_loss(store_path, tmp_path, assert_same):
    store = EpisodeStore(store_path)
    export_minari(store, "test/counter-v0", author="us")
    back = import_minari("test/counter-v0", tmp_path / "back", signals=["position"], progress=False)
    assert back.spec == store.spec
    for a, b in zip(back, store, strict=True):
        assert_same(a, b)


def test_bad_requests(store_path, tmp_path):
    store = EpisodeStore(store_path)
    export_minari(store[:2], "test/counter-v0", author="us")
    with pytest.raises(DataError, match="counter-v0"):
        export_minari(store, "test/counter-v0", author="us")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'test/counter-v0'"):
        import_minari("test/conter-v0", tmp_path / "s", progress=False)
    with pytest.raises(UnknownNameError, match="position"):
        import_minari("test/counter-v0", tmp_path / "s", signals=["positions"], progress=False)
    with pytest.raises(UnknownNameError, match="image"):
        import_minari("test/counter-v0", tmp_path / "s", frame="image", progress=False)
    with pytest.raises(InputError, match="missing"):
        export_minari(store[:0], "test/empty-v0")


def test_observations_that_are_no_images(tmp_path):
    import minari
    from gymnasium import spaces
    from minari.data_collector import EpisodeBuffer

    buffer = EpisodeBuffer(
        observations=np.zeros((3, 4)),
        actions=np.zeros(2, np.int64),
        rewards=np.zeros(2),
        terminations=np.zeros(2, bool),
        truncations=np.ones(2, bool),
        infos={},
    )
    box = spaces.Box(-1, 1, (4,), np.float64)
    data = minari.create_dataset_from_buffers(
        "test/flat-v0", [buffer], observation_space=box, action_space=spaces.Discrete(2), author="us"
    )
    with pytest.raises(InputError, match="not uint8 images"):
        import_minari(data, tmp_path / "s", progress=False)
