"""Reports of a run: tables, curves and films in one HTML file that stands alone, and as JSON."""

from worldmodels.evaluation.report.curves import Curve, curves_figure
from worldmodels.evaluation.report.films import Film, film_png, write_film
from worldmodels.evaluation.report.report import Report
from worldmodels.evaluation.report.sections import Cell, Column, Figure, Films, Section, Table, Text

__all__ = [
    "Cell",
    "Column",
    "Curve",
    "Figure",
    "Film",
    "Films",
    "Report",
    "Section",
    "Table",
    "Text",
    "curves_figure",
    "film_png",
    "write_film",
]
