"""Decisions: what comes first and how sure that is, goals graded from KPIs, and the log of actions with what came of them."""
