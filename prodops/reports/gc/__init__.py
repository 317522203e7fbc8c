"""Keeping the store small: what may go is what no kept report names and nothing used lately, the longest unused first.

:func:`look` lists what is there, :func:`plan` chooses without changing anything, :func:`carry_out` removes.
"""

from prodops.reports.gc.listing import Kept, Listing, RunFolder, look
from prodops.reports.gc.planning import GRACE, KEPT_RUNS, Plan, Removal, plan, size_words
from prodops.reports.gc.removing import carry_out

__all__ = ["GRACE", "KEPT_RUNS", "Kept", "Listing", "Plan", "Removal", "RunFolder", "carry_out", "look", "plan", "size_words"]
