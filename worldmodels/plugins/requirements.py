"""What a distribution requires and this environment does not have."""

from __future__ import annotations

import importlib.metadata

from packaging.requirements import InvalidRequirement, Requirement


def unmet(distribution: str) -> list[str]:
    """Requirements that are missing or installed in another version, one phrase each; extras are left out."""
    try:
        requirements = importlib.metadata.requires(distribution) or []
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return []
    return [fault for text in requirements if (fault := _fault(text))]


def _fault(text: str) -> str | None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"its requirement {text!r} cannot be read"
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"it requires {requirement}, which is not installed"
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"it requires {requirement}, and {version} is installed"
