"""The kernel of one run: a process of its own that shares nothing with another run and cannot outlive the press.

A warm kernel is forked from a preloaded process (:class:`Server` is the press's handle on it); a plain one is started afresh,
where there is no server, or it cannot.
"""

from prodops.reports.kernels.environ import CONTEXT, environment
from prodops.reports.kernels.heart import Heart
from prodops.reports.kernels.plain import LABEL, postpone_grammar
from prodops.reports.kernels.processes import KILL, UNKNOWN, adopt, end_children, kill, signal_name
from prodops.reports.kernels.server import Server

__all__ = [
    "CONTEXT",
    "KILL",
    "LABEL",
    "UNKNOWN",
    "Heart",
    "Server",
    "adopt",
    "end_children",
    "environment",
    "kill",
    "postpone_grammar",
    "signal_name",
]
