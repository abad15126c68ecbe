"""Physical puzzles in the manner of PHYRE: one ball is placed, and the world decides."""
