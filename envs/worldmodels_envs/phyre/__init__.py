"""Physical puzzles in the manner of PHYRE: one ball is placed, and the world decides."""

import importlib.util

_MISSING = [name for name in ("cv2", "pymunk") if importlib.util.find_spec(name) is None]
if _MISSING:
    raise ImportError(f"worldmodels_envs.phyre needs {' and '.join(_MISSING)}: pip install 'worldmodels-envs[phyre]'")
