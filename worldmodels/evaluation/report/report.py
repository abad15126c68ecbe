"""`Report`: sections in, one HTML file and one JSON file out."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report.sections import Section
from worldmodels.evaluation.report.video_strip import IMAGINED, SEEN, VideoStrip, strip_png
from worldmodels.whole import write_file


class Report:
    """Collects what was measured and writes it down.

    Args:
        title: What the report is about.
        provenance: Where the figures are from: model, data, seed, command, hardware.

    Attributes:
        sections: What was added, in order.
        left_out: Metric to the reason why it is missing.
    """

    def __init__(self, title: str, provenance: Mapping[str, object] | None = None) -> None:
        self.title = title
        self.provenance = dict(provenance or {})
        self.sections: list[Section] = []
        self.left_out: dict[str, str] = {}

    def add(self, *sections: Section) -> Report:
        """Append sections; returns the report itself."""
        self.sections.extend(sections)
        return self

    def leave_out(self, metric: str, reason: str) -> Report:
        """Say that a metric was asked for and why it could not be computed; returns the report itself."""
        self.left_out[metric] = reason
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything but the pictures, in JSON types; what is not finite is null."""
        return {
            "title": self.title,
            "provenance": _plain(self.provenance),
            "sections": [{"kind": _kind(s)} | _described(s) for s in self.sections],
            "left_out": dict(self.left_out),
        }

    def to_html(self) -> str:
        """The page, with all pictures inside; it asks no other machine for anything."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(Path(__file__).parent),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        environment.filters |= {"cell": _cell, "image": _data_uri, "strip": lambda f: _data_uri(strip_png(f))}
        environment.tests |= {"figure_cell": lambda cell: not isinstance(cell, str)}
        colours = {"seen": _css(SEEN), "imagined": _css(IMAGINED)}
        kinds = [(_kind(section), section) for section in self.sections]
        made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return environment.get_template("page.html").render(report=self, sections=kinds, made=made, colours=colours)

    def write(self, folder: str | Path) -> Path:
        """Write `report.html` and `report.json` into the folder, each whole or not at all.

        Returns:
            The path of `report.html`.

        Raises:
            OutputError: where the disk refuses.
        """
        folder = Path(folder)
        text = json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
        page = self.to_html()
        write_file(folder / "report.json", text.encode())
        return write_file(folder / "report.html", page.encode())


def _kind(section: Section) -> str:
    return type(section).__name__.lower()


def _described(item: Any) -> dict[str, Any]:
    """A dataclass's fields, without pictures."""
    values = {f.name: getattr(item, f.name) for f in fields(item)}
    return {name: _plain(v) for name, v in values.items() if not isinstance(v, bytes) and name != "dark"}


def _plain(value: Any) -> Any:
    """JSON types: figures as their own JSON, strips as what they show, anything unknown as text."""
    match value:
        case Estimate():
            return value.to_json()
        case VideoStrip():
            shown = list(value.videos)
            return {"title": value.title, "videos": shown, "frames": value.length, "context": value.context}
        case Mapping():
            return {str(key): _plain(v) for key, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
    return _described(value) if hasattr(value, "__dataclass_fields__") else str(value)


def _cell(cell: object) -> str:
    if cell is None:
        return "–"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _data_uri(image: bytes) -> str:
    kind = "png" if image.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


def _css(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
