"""Surveys: NPS, CSAT, CES, PMF, Kano, opportunity, choices and matrices, with ranges that cover and groups too small kept back."""
