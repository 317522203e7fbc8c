"""The press: runs notebooks from outside and turns each run into one HTML file.

``catalogue`` reads which reports there are and checks their ``parameters`` before anything starts; ``press`` gives each
run a process of its own, in which ``execute`` drives papermill on a private kernel (``kernels``), ``provenance`` writes
down what the result rests on, ``render`` makes the page and ``publish`` puts it in place, whole or not at all.
"""
