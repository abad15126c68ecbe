"""The toys are importable as `toys`, by the broken models too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
