import shutil

import pytest

from worldmodels.claims.claim import Recipe
from worldmodels.claims.data import folder_of, provide
from worldmodels.data import EpisodeStore, writer
from worldmodels.errors import DataError, OutputError, UnknownNameError

RECORD = ("record", "env=noise_world:claims/Noise-v0", "episodes=3", "world.max_steps=4", "seed={seed}")


def test_data_are_made_once_and_shared_by_equal_recipes(tmp_path):
    folder = provide(Recipe(RECORD), "test", 7, tmp_path)
    assert len(EpisodeStore(folder)) == 3
    made = (folder / "store.json").stat().st_mtime_ns
    assert provide(Recipe(RECORD), "test", 7, tmp_path) == folder
    assert (folder / "store.json").stat().st_mtime_ns == made
    assert folder_of(Recipe(RECORD), "test", 8, tmp_path) != folder
    assert folder_of(Recipe((*RECORD[:2], "episodes=4")), "test", 7, tmp_path) != folder


def test_a_draft_that_a_killed_process_left_is_made_anew(tmp_path):
    folder = folder_of(Recipe(RECORD), "test", 7, tmp_path)
    other = provide(Recipe(RECORD), "test", 8, tmp_path)
    shutil.copytree(other, folder.with_name(f"{folder.name}.draft"))
    assert len(EpisodeStore(provide(Recipe(RECORD), "test", 7, tmp_path))) == 3
    assert not folder.with_name(f"{folder.name}.draft").exists()


def test_data_that_could_not_be_made_leave_no_draft(tmp_path, monkeypatch):
    def full(path, content):
        raise OutputError(f"{path} cannot be written: the disk is full.")

    monkeypatch.setattr(writer, "write_file", full)
    with pytest.raises(DataError, match="the disk is full"):
        provide(Recipe(RECORD), "test", 7, tmp_path)
    assert list((tmp_path / "data").glob("*.draft")) == []


def test_data_that_are_gone_are_one_line(tmp_path):
    with pytest.raises(DataError, match=r"'cater' is gone: .* '/no/such'. They come from CATER's page."):
        provide(Recipe(path="/no/such", source="CATER's page"), "cater", 0, tmp_path)
    assert provide(Recipe(path=str(tmp_path)), "cater", 0, tmp_path) == tmp_path


def test_an_unknown_verb_gets_the_nearest(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'record'"):
        provide(Recipe(("recrod",)), "test", 0, tmp_path)
    with pytest.raises(UnknownNameError, match=r"'episods'. Did you mean 'episodes'"):
        provide(Recipe(("record", "episods=3")), "test", 0, tmp_path)
