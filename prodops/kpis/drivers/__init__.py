"""Why a number moved: the parts of its formula, the slices that explain the change, and what stood in the calendar.

``formula`` takes a change apart along a KPI's own formula (``nodes``, ``shapley``, ``slicing``, ``mixes``; told by ``telling``);
``explanation`` searches slices (``leaves``, ``cuboids``, ``effects``, ``ordinary``, ``search``); ``locating`` does so for the moves of a
review (``crossing``, ``why``), and ``calendar`` gives the candidates (said by ``calendar_words``).
"""
