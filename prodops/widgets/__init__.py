"""Panels in JupyterLab: a form for a notebook's parameters, and a desk at which people curate the themes.

``parameters()`` shows the form of the notebook that it stands in; ``review(…)`` the themes, with what may be done to them.
"""

from prodops.widgets.form import Form, parameters
from prodops.widgets.review import Review, review

__all__ = ["Form", "Review", "parameters", "review"]
