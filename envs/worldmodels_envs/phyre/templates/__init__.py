"""The 25 templates of the ball tier; parameters as in `README.md`, layouts as in the original's scenes."""

from worldmodels_envs.phyre.template import REGISTRY, Template, find
from worldmodels_envs.phyre.templates import balls, floors, halves, jars, pads, pegs, walls

TEMPLATES: dict[str, Template] = dict(sorted(REGISTRY.items()))


def get_template(id: str) -> Template:
    """A template by its id.

    Raises:
        KeyError: for an unknown id, naming near ones.
    """
    return find(TEMPLATES, id)


__all__ = [
    "TEMPLATES",
    "Template",
    "balls",
    "floors",
    "get_template",
    "halves",
    "jars",
    "pads",
    "pegs",
    "walls",
]
