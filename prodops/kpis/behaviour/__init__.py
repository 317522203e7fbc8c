"""Behaviour: what people do over time, counted by person: retention, lifecycle, stickiness, active users and funnels."""
