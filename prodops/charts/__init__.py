"""Charts, tables and quotes: tidy frames in, what a reader sees out.

``line``, ``small_multiples``, ``fan``, ``bars``, ``dots``, ``tornado``, ``contributions``, ``treemap``, ``grid``, ``cloud``, ``cumulative``
and ``aging`` return Altair charts; ``table``, ``quotes`` and ``live`` (a model's sliders, for a page) return objects that Jupyter
shows. Each title states a finding, each subtitle says what is plotted and in which unit, each chart has an alt text. Nothing is
computed here but order, labels and the sum of the rest that is folded into "other (n)".
"""

from prodops.charts.bars import bars, dots
from prodops.charts.display import to_svg
from prodops.charts.flows import aging, cloud, cumulative
from prodops.charts.grids import grid
from prodops.charts.living import Live, live
from prodops.charts.maps import treemap
from prodops.charts.quotes import Quotes, quotes
from prodops.charts.reviews import six_twelve
from prodops.charts.steps import contributions
from prodops.charts.swings import fan, tornado
from prodops.charts.tables import Column, Table, table
from prodops.charts.theme import theme
from prodops.charts.timelines import line, small_multiples

__all__ = [
    "Column",
    "Live",
    "Quotes",
    "Table",
    "aging",
    "bars",
    "cloud",
    "contributions",
    "cumulative",
    "dots",
    "fan",
    "grid",
    "line",
    "live",
    "quotes",
    "six_twelve",
    "small_multiples",
    "table",
    "theme",
    "to_svg",
    "tornado",
    "treemap",
]
