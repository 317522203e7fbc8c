"""Launches: is it ready, on what evidence, when does it come; and afterwards: did it work, and does it stay?"""
