"""The digest: what the other reports found, for one audience on one page, most surprising first, nothing told twice."""
