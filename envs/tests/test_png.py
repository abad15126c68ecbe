import zlib

import numpy as np

from worldmodels_envs.png import write_png


def test_the_file_is_a_png_of_these_pixels(tmp_path):
    picture = np.random.default_rng(0).integers(256, size=(3, 5, 3), dtype=np.uint8)
    write_png(tmp_path / "a.png", picture)
    content = (tmp_path / "a.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    size = int.from_bytes(content[33:37], "big")
    rows = zlib.decompress(content[41 : 41 + size])
    assert rows == b"".join(b"\0" + row.tobytes() for row in picture)
