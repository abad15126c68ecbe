import sys

import pytest

from worldmodels.checkpoints import read_config
from worldmodels.checkpoints.shipped import shipped
from worldmodels.errors import CheckpointError, InputError
from worldmodels.play.command import PlayOptions, find_gallery, is_loopback, listen, run
from worldmodels.worlds.choice import world_of


def test_what_plugins_bring_along_can_be_entered():
    if not shipped():
        pytest.skip("no plugin with a checkpoint is installed")
    gallery = find_gallery(PlayOptions())
    assert gallery.titles() == list(shipped())
    for name, folder in shipped().items():
        world = world_of(read_config(folder)["provenance"])
        assert world is not None, f"{name} does not say its world, so nobody can play in it"
    with pytest.raises(LookupError, match="unknown world"):
        gallery.open("nowhere")


def test_several_checkpoints_of_one_plugin_go_by_their_folders(tmp_path, installed):
    site = installed("gifted", "Model = None", module="stranger_gifted_module")
    package = site / "gifted_package"
    for name in ("checkpoint", "checkpoints/small"):
        (package / name).mkdir(parents=True)
        (package / name / "config.json").write_text("{}")
    (package / "__init__.py").write_text("raise AssertionError('listing imports nothing')")
    installed("packaged", "", module="gifted_package.model", distribution="gifted-package")
    found = shipped()
    assert found["packaged"] == package / "checkpoint"
    assert found["small"] == package / "checkpoints" / "small"


def test_a_checkpoint_that_is_not_there_is_told_at_once():
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        find_gallery(PlayOptions(checkpoint="/no/where"))


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.0.1", True), ("0.0.0.0", False), ("box", False)],
)
def test_what_is_loopback(host, local):
    assert is_loopback(host) is local


def test_missing_packages_are_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(InputError, match=r'pip install "worldmodels-core\[play\]"'):
        run([])


def test_settings_are_checked():
    with pytest.raises(InputError, match=r"port = .* at least 0 and at most 65535"):
        PlayOptions(port=70000)


def test_a_port_that_is_taken_is_one_line_before_any_address(capsys):
    pytest.importorskip("uvicorn")
    if not shipped():
        pytest.skip("no plugin with a checkpoint is installed")
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port} cannot be listened at: .* in use"):
            run([f"port={port}"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("host", ["no.such.host.invalid", "1.2.3.4"])
def test_hosts_that_are_not_this_machine_are_one_line(host):
    with pytest.raises(InputError, match=f"{host}:0 cannot be listened at"):
        listen(host, 0)


def test_any_free_port_is_told(monkeypatch, capsys):
    uvicorn = pytest.importorskip("uvicorn")
    if not shipped():
        pytest.skip("no plugin with a checkpoint is installed")
    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: print(sockets[0].getsockname()[1]))
    run(["port=0"])
    told, port = capsys.readouterr().out.splitlines()
    assert f"http://127.0.0.1:{port}/ " in told and port != "0"
