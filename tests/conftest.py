import pytest

from worldmodels.testing.plugins import install


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The toy model, installed for real as "toy"."""
    site = install(tmp_path / "site", "toy", "worldmodels.testing.toy:Toy")
    monkeypatch.syspath_prepend(str(site))
    return "toy"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Installs a plugin made of source text; returns its folder."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def write(name, source, distribution="", module="", attribute="Model"):
        module = module or f"stranger_{name}"
        site = install(tmp_path / "site", name, f"{module}:{attribute}", distribution)
        (site / f"{module}.py").write_text(source)
        return site

    return write
