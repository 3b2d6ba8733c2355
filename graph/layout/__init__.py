"""Where each concept is on the map: one place, computed when the graph is built.

:func:`graph.layout.compute.lay_out` is what other modules call. It works from coarse to fine, so that its time grows
with the number of concepts and not with its square: the map has one site for each concept, the themes divide the sites
between them, then the parts of each theme divide those of the theme, and at last the concepts take the sites of the
smallest territory.
"""
