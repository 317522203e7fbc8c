"""Identity: what was found has the ids of what is known, and what people said holds.

settled = identity.settle(found, known)     # ids, the theme of each text, the taxonomy to keep
settled.place(texts, points, near)          # where other texts belong
"""

from prodops.feedback.identity.settled import Settled
from prodops.feedback.identity.settling import settle

__all__ = ["Settled", "settle"]
