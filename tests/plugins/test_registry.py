import subprocess
import sys

import pytest

import worldmodels
from worldmodels import WorldSpec, available, create
from worldmodels.errors import InputError, PluginError, UnknownNameError
from worldmodels.plugins import load_class, name_of, plugin
from worldmodels.testing.plugins import install
from worldmodels.testing.toy import Toy

SPEC = WorldSpec((3, 8, 8))
SUBCLASS = "from worldmodels.testing.toy import Toy\nclass Model(Toy):\n    presets = {'small': {'hidden': 5}}\n"


def test_listing_imports_nothing(installed):
    installed("bomb", "raise SystemError('imported')")
    assert available()["bomb"].target == "stranger_bomb:Model"
    assert "stranger_bomb" not in sys.modules


@pytest.mark.parametrize(
    "call", ["worldmodels.available()", "__import__('worldmodels.cli.main').cli.main.main(['list'])"]
)
def test_neither_import_nor_listing_loads_torch(call):
    code = f"import sys, worldmodels; {call}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL).returncode == 0


def test_create_takes_presets_and_settings_over_them(installed):
    installed("mine", SUBCLASS)
    assert create("mine", SPEC).config.hidden == 256
    assert create("mine", SPEC, preset="small").config.hidden == 5
    assert create("mine", SPEC, preset="small", config={"hidden": 6, "state": 3}, state=4).config.hidden == 6
    assert create("mine", SPEC, config={"state": 3}, state=4).config.state == 4


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"preset": "smal"}, UnknownNameError, "'small'"),
        ({"hiden": 3}, UnknownNameError, "'hidden'"),
        ({"hidden": "wide"}, InputError, "'wide' is not int"),
    ],
)
def test_wrong_settings(installed, arguments, error, words):
    installed("mine", SUBCLASS)
    with pytest.raises(error, match=words):
        create("mine", SPEC, **arguments)


def test_an_unknown_model_suggests_near_ones(toy):
    with pytest.raises(UnknownNameError, match=r"'tyo'.*'toy'.*pip"):
        create("tyo", SPEC)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('first line\\nsecond line')", "RuntimeError: first line"),
        ("raise ValueError", "ValueError"),
        ("import sys; sys.exit('go away')", "SystemExit: go away"),
        ("def broken(:", "SyntaxError"),
        ("Other = 3", "AttributeError"),
        ("Model = 3", "3, not a subclass"),
        ("class Model: pass", "not a subclass"),
        ("from worldmodels import WorldModel\nModel = WorldModel(None)", "abstract"),
    ],
)
def test_a_broken_plugin_is_reported_by_name_distribution_and_cause(installed, toy, source, cause):
    installed("broken", source, module=f"stranger_{abs(hash(source))}")
    with pytest.raises(PluginError) as caught:
        load_class("broken")
    message = str(caught.value)
    assert cause in message
    assert "'broken' of worldmodels-broken" in message
    assert "second line" not in message
    assert load_class(toy) is Toy


def test_two_distributions_with_one_name_are_both_named(installed, tmp_path, toy):
    installed("twice", SUBCLASS, "first-dist")
    install(tmp_path / "site", "twice", "worldmodels.testing.toy:Toy", "second-dist")
    assert set(available()["twice"].rivals) | {available()["twice"].distribution} == {"first-dist", "second-dist"}
    with pytest.raises(PluginError, match=r"first-dist and second-dist|second-dist and first-dist"):
        create("twice", SPEC)
    assert load_class(toy) is Toy


def test_one_distribution_on_the_path_twice_is_no_rival(tmp_path, monkeypatch):
    for place in ("build", "editable"):
        install(tmp_path / place, "twin", "worldmodels.testing.toy:Toy", "one-dist")
        monkeypatch.syspath_prepend(str(tmp_path / place))
    assert plugin("twin").rivals == ()


def test_an_installation_without_metadata_harms_nothing(installed, tmp_path, toy):
    site = installed("torn", SUBCLASS)
    (site / "worldmodels_torn-1.0.dist-info" / "METADATA").unlink()
    assert available()["torn"].distribution == "an unnamed distribution"
    assert load_class(toy) is Toy
    assert issubclass(load_class("torn"), Toy)


def test_an_unmet_requirement_is_part_of_the_cause(installed):
    site = installed("needy", "import absent_package")
    metadata = site / "worldmodels_needy-1.0.dist-info" / "METADATA"
    wanted = "Requires-Dist: absent-package>=2\nRequires-Dist: numpy>=999\nRequires-Dist: torch\n"
    metadata.write_text(metadata.read_text() + wanted + "Requires-Dist: other; extra == 'more'\n")
    with pytest.raises(PluginError) as caught:
        load_class("needy")
    assert "requires absent-package>=2, which is not installed" in str(caught.value)
    assert "requires numpy>=999, and" in str(caught.value)
    assert "torch" not in str(caught.value).replace("worldmodels", "")
    assert "other" not in str(caught.value)


def test_a_model_knows_its_name(toy, installed):
    assert name_of(create(toy, SPEC)) == "toy"
    installed("mine", SUBCLASS)
    assert name_of(create("mine", SPEC)) == "mine"
    unregistered = type("Unregistered", (Toy,), {})
    assert name_of(unregistered(SPEC)) is None


def test_a_model_offered_under_a_shorter_path_knows_its_name(tmp_path, monkeypatch):
    package = tmp_path / "site" / "stranger_package"
    package.mkdir(parents=True)
    (package / "model.py").write_text(SUBCLASS)
    (package / "__init__.py").write_text("from stranger_package.model import Model\n")
    (package / "broken.py").write_text("raise ValueError\n")
    install(tmp_path / "site", "aaa-broken", "stranger_package.broken:Model")
    install(tmp_path / "site", "short", "stranger_package:Model")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert name_of(create("short", SPEC)) == "short"


def test_the_package_offers_its_names_and_no_others():
    assert "create" in dir(worldmodels)
    with pytest.raises(AttributeError, match="no attribute 'creat'"):
        worldmodels.creat  # noqa: B018
