"""Delivery flow: from moves of work items to WIP, throughput, age, cycle time, the bottleneck and its cost, and dates that are kept."""
