"""Why a number moved: the parts of its formula, the slices the move sits in, and what stood in the calendar."""
