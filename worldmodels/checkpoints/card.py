"""`model_card`: what the hub shows of a checkpoint, written from its config and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huggingface_hub import ModelCard

TEMPLATE = """---
{{ card_data }}
---

# {{ title }}

A learned world model of the plugin `{{ plugin }}` ({{ distribution }} {{ version }}).

```
pip install 'worldmodels-core[hub]' {{ distribution }}
```

```python
import gymnasium as gym
import worldmodels

model = worldmodels.load("{{ repo }}")
env = gym.make_vec("worldmodels/Imagined-v0", checkpoint="{{ repo }}", num_envs=16)
```
{% for heading, rows in sections.items() if rows %}
## {{ heading }}

| | |
|---|---|
{% for name, value in rows %}| {{ name }} | {{ value }} |
{% endfor %}{% endfor %}"""


def model_card(description: Mapping[str, Any], repo: str) -> ModelCard:
    """The card, with the metadata that the hub reads.

    Args:
        description: A checkpoint's `config.json`.
        repo: The hub id under which it will be found.
    """
    from huggingface_hub import ModelCard, ModelCardData

    plugin = str(description["plugin"])
    provenance = dict(description.get("provenance") or {})
    sections = {
        "Figures": provenance.pop("figures", {}),
        "World": description.get("spec") or {},
        "Config": description.get("config") or {},
        "Heads": description.get("heads") or {},
        "Provenance": provenance,
    }
    return ModelCard.from_template(
        ModelCardData(library_name="worldmodels", tags=["world-model", "gymnasium", plugin]),
        template_str=TEMPLATE,
        title=repo.rpartition("/")[2],
        repo=repo,
        plugin=plugin,
        distribution=description.get("distribution"),
        version=description.get("version"),
        sections={heading: _rows(values) for heading, values in sections.items()},
    )


def _rows(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Names and values of nested mappings, as cells of a table."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        nested = isinstance(value, Mapping) and bool(value)
        rows += _rows(value, f"{prefix}{name}.") if nested else [(_cell(f"{prefix}{name}"), _cell(value))]
    return rows


def _cell(value: Any) -> str:
    """Text that ends neither its cell nor its row."""
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return " ".join(text.split()).replace("|", "\\|")
