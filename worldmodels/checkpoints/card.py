"""`model_card`: what the hub shows of a checkpoint, written from its config and what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


def model_card(description: Mapping[str, Any], repo: str) -> str:
    """Markdown with the metadata that the hub reads.

    Args:
        description: A checkpoint's `config.json`.
        repo: The hub id under which it will be found.
    """
    plugin, distribution = description["plugin"], description.get("distribution")
    metadata = {"library_name": "worldmodels", "tags": ["world-model", "gymnasium", str(plugin)]}
    provenance = dict(description.get("provenance") or {})
    figures = provenance.pop("figures", {})
    sections = {
        "Figures": figures,
        "World": description.get("spec") or {},
        "Config": description.get("config") or {},
        "Heads": description.get("heads") or {},
        "Provenance": provenance,
    }
    parts = [
        f"---\n{yaml.safe_dump(metadata, sort_keys=False)}---",
        f"# {repo.rpartition('/')[2]}",
        f"A learned world model of the plugin `{plugin}` ({distribution} {description.get('version')}).",
        _usage(repo, str(distribution)),
        *(f"## {title}\n\n{_table(values)}" for title, values in sections.items() if values),
    ]
    return "\n\n".join(parts) + "\n"


def _usage(repo: str, distribution: str) -> str:
    return (
        f"```\npip install 'worldmodels-core[hub]' {distribution}\n```\n\n"
        "```python\nimport gymnasium as gym\nimport worldmodels\n\n"
        f'model = worldmodels.load("{repo}")\n'
        f'env = gym.make_vec("worldmodels/Imagined-v0", checkpoint="{repo}", num_envs=16)\n```'
    )


def _table(values: Mapping[str, Any]) -> str:
    rows = [f"| {_cell(name)} | {_cell(value)} |" for name, value in _flat(values)]
    return "\n".join(["| | |", "|---|---|", *rows])


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in values.items():
        nested = isinstance(value, Mapping) and bool(value)
        rows += _flat(value, f"{prefix}{name}.") if nested else [(f"{prefix}{name}", value)]
    return rows


def _cell(value: Any) -> str:
    """Text that ends neither its cell nor its row."""
    text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return " ".join(text.split()).replace("|", "\\|")
