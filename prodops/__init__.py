"""prodops: a Jupyter workbench for product operations.

The bench runs inside a notebook: ``sources`` opens the tables that ``params/workspace.yaml`` names; ``feedback``, ``kpis``, ``surveys``,
``flow``, ``launches``, ``decisions`` and ``scenarios`` say what happened, what follows and how sure that is; ``digest`` tells each audience
what the others found; ``charts`` and ``widgets`` show it. The press, ``reports``, runs notebooks from outside and turns each into one HTML
file. ``stamps`` are the records that cross from one to the other.
"""

__version__ = "0.1.0"
