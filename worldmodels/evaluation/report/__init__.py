"""Reports of a run: tables, curves and videos in one HTML file that stands alone, and as JSON."""

from worldmodels.evaluation.report.curves import Curve, curves_figure
from worldmodels.evaluation.report.report import Report
from worldmodels.evaluation.report.sections import Cell, Column, Figure, Section, Table, Text, VideoStrips
from worldmodels.evaluation.report.video_strip import VideoStrip, strip_png, write_strip

__all__ = [
    "Cell",
    "Column",
    "Curve",
    "Figure",
    "Report",
    "Section",
    "Table",
    "Text",
    "VideoStrip",
    "VideoStrips",
    "curves_figure",
    "strip_png",
    "write_strip",
]
