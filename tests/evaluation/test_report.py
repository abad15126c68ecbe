import io
import json
import re

import av
import jinja2
import matplotlib.figure
import numpy as np
import pytest

from worldmodels.errors import InputError, OutputError
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.report import (
    Column,
    Curve,
    Figure,
    Report,
    Table,
    Text,
    VideoStrip,
    VideoStrips,
    curves_figure,
    strip_png,
    write_strip,
)
from worldmodels.evaluation.report.video_strip import IMAGINED, SEEN


def ramp(length=4, side=8, channels=3):
    """Frame t is of the grey level 10 t."""
    levels = 10 * np.arange(length, dtype=np.uint8)
    return np.broadcast_to(levels[:, None, None, None], (length, side, side, channels)).copy()


def played(png):
    with av.open(io.BytesIO(png)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def full_report():
    table = Table(
        "Prediction",
        [Column("model"), Column("PSNR (dB)", True), Column("LPIPS", False)],
        [["a", Estimate(20.0, 19.5, 20.5, 9), 0.5], ["b", Estimate(10.0, 9.5, 10.5, 9), 0.25], ["c", None, None]],
    )
    curve = Curve("a", [1, 2, 3], [mean_interval([1.0, 2.0]), 3.0, float("nan")])
    figure = curves_figure("Curves", [curve], xlabel="t", ylabel="y", marks={"trained": 2}, note="A note.")
    strips = VideoStrips("VideoStrips", [VideoStrip("clip", {"real": ramp(), "imagined": ramp()}, context=2)])
    report = Report("Run", {"seed": 0, "sizes": [1, 2]})
    return report.add(Text("Words", "One.\n\nTwo."), table, figure, strips).leave_out("lpips", "no weights")


def test_strips_play_every_frame_losslessly_with_a_border_that_tells_what_was_seen():
    strip = VideoStrip("clip", {"left": ramp(), "right": 255 - ramp(channels=1)}, context=1)
    frames = played(strip_png(strip))
    side = 8 * 18 + 8
    assert frames.shape == (4, side, 2 * side, 3)
    assert (frames[:, side // 2, side // 2] == 10 * np.arange(4)[:, None]).all()
    assert (frames[:, side // 2, side + side // 2] == 255 - 10 * np.arange(4)[:, None]).all()
    assert [tuple(pixel) for pixel in frames[:, 0, 0]] == [SEEN, IMAGINED, IMAGINED, IMAGINED]


def test_enlarged_pixels_stay_sharp():
    video = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    inside = played(strip_png(VideoStrip("clip", {"x": video})))[:, 4:-4, 4:-4]
    assert np.array_equal(inside[:, ::9, ::9], video)
    assert np.array_equal(inside[:, 8::9, 8::9], video)


def test_strips_repeat_forever_at_their_speed():
    png = strip_png(VideoStrip("clip", {"x": ramp()}, fps=12.5))
    control = png.index(b"acTL")
    assert int.from_bytes(png[control + 8 : control + 12], "big") == 0
    first = png.index(b"fcTL") + 4
    delay = [int.from_bytes(png[first + i : first + i + 2], "big") for i in (20, 22)]
    assert delay[0] / delay[1] == pytest.approx(0.08)


def test_big_frames_are_made_smaller_and_unequal_ones_centred():
    strip = VideoStrip("clip", {"big": ramp(2, 900), "small": ramp(2, 300)})
    frames = played(strip_png(strip))
    assert frames.shape[1:3] == (308, 308 + 308)


@pytest.mark.parametrize(
    "videos",
    [
        {},
        {"x": ramp().astype(np.float32)},
        {"x": ramp()[0]},
        {"x": ramp(channels=2)},
        {"x": ramp(4), "y": ramp(5)},
    ],
)
def test_unfit_videos_are_refused(videos):
    with pytest.raises(InputError):
        VideoStrip("clip", videos)


def test_write_strip_names_the_format(tmp_path):
    strip = VideoStrip("clip", {"x": ramp()})
    assert played(write_strip(strip, tmp_path / "strip.png").read_bytes()).shape[0] == 4
    with pytest.raises(InputError, match=r"\*\.png"):
        write_strip(strip, tmp_path / "strip.gif")


def test_the_page_stands_alone(tmp_path):
    path = full_report().write(tmp_path / "new" / "folder")
    page = path.read_text()
    sources = re.findall(r'(?:src|srcset|href)="([^"]*)"', page)
    assert len(sources) == 3
    assert all(source.startswith("data:image/") for source in sources)
    assert "<script" not in page and "url(" not in page and "@import" not in page
    assert sorted(p.name for p in path.parent.iterdir()) == ["report.html", "report.json"]


def test_the_page_says_what_was_measured_and_what_was_left_out():
    page = full_report().to_html()
    for words in ("One.", "Two.", "20.00 ± 0.50", "no weights", "A note.", "imagined"):
        assert words in page


def test_the_best_of_each_column_is_marked():
    page = full_report().to_html()
    assert re.findall(r'class="number best">([^<]*)<', page) == ["20.00 ± 0.50", "0.25"]


def test_everything_foreign_is_escaped():
    nasty = '<script>alert("x")</script>'
    report = Report(nasty, {nasty: nasty}).add(
        Text(nasty, nasty),
        Table(nasty, [Column(nasty)], [[nasty]], note=nasty),
        curves_figure(nasty, [Curve(nasty, [1], [1.0])], xlabel=nasty, ylabel="y", note=nasty),
        VideoStrips(nasty, [VideoStrip(nasty, {nasty: ramp()})]),
    )
    page = report.leave_out(nasty, nasty).to_html()
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 12


def test_json_holds_the_figures_and_no_picture(tmp_path):
    full_report().write(tmp_path)
    described = json.loads((tmp_path / "report.json").read_text())
    words, table, figure, strips = described["sections"]
    assert [s["kind"] for s in described["sections"]] == ["text", "table", "figure", "videostrips"]
    assert words["body"] == "One.\n\nTwo."
    assert table["rows"][0] == ["a", {"mean": 20.0, "low": 19.5, "high": 20.5, "n": 9}, 0.5]
    assert figure["data"]["curves"][0]["y"][1:] == [3.0, None]
    assert strips["strips"] == [{"title": "clip", "videos": ["real", "imagined"], "frames": 4, "context": 2}]
    assert described["provenance"] == {"seed": 0, "sizes": [1, 2]}
    assert described["left_out"] == {"lpips": "no weights"}


def test_a_report_that_cannot_be_made_leaves_the_old_one(tmp_path):
    full_report().write(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = Report("Run").add(Text("Words", None))
    with pytest.raises(jinja2.UndefinedError):
        broken.write(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Report("Run").write(tmp_path / "file")


def test_a_figure_of_ones_own_is_shown_on_white():
    figure, buffer = matplotlib.figure.Figure(), io.BytesIO()
    figure.add_subplot().plot([1, 2])
    figure.savefig(buffer, format="png")
    page = Report("Run").add(Figure("Mine", buffer.getvalue())).to_html()
    assert 'class="plot white"' in page
    assert "data:image/png;base64," in page


def test_curves_are_drawn_the_same_every_time():
    def draw():
        curves = [Curve("a", [1, 2], [1.0, 2.0])]
        return curves_figure("t", curves, xlabel="x", ylabel="y")

    assert draw().image == draw().image
    assert draw().image != draw().dark


def test_rows_fit_their_columns():
    with pytest.raises(InputError, match="has 1 columns, and a row of 2"):
        Table("t", [Column("a")], [[1, 2]])
