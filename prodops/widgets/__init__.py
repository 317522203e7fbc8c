"""Panels in JupyterLab: a form for a notebook's parameters, a desk at which people curate the themes, and sliders for "what if".

``parameters()`` shows the form of the notebook that it stands in; ``review(…)`` the themes, with what may be done to them;
``scenario(…)`` a scenario model, with what becomes of its outcomes when a lever is moved.
"""

from prodops.widgets.form import Form, parameters
from prodops.widgets.review import Review, review
from prodops.widgets.scenario import Scenario, scenario

__all__ = ["Form", "Review", "Scenario", "parameters", "review", "scenario"]
