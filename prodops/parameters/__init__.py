"""A notebook's parameters: what its one tagged cell declares, and values checked against that. Nothing is ever run here."""
