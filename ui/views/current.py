"""Which graph the pages show: the one that was chosen on the home page, else the one that they were started with.

The choice is that of this server, which serves one person on this machine: a second window shows the same graph.
"""

from __future__ import annotations

from graph.stores.address import GraphAddress, GraphDefaults, existing_graph

_chosen: list[GraphAddress] = []


def choose(graph: GraphAddress | None) -> None:
    """Show this graph from now on; None: the one that the pages were started with."""
    _chosen[:] = [] if graph is None else [graph]


def current_graph(defaults: GraphDefaults) -> GraphAddress:
    """The graph to show.

    Raises:
        StoreError: none was chosen, and there is none where ``defaults`` lead.
    """
    return _chosen[0] if _chosen else existing_graph(None, defaults=defaults)


def is_chosen() -> bool:
    """Whether a graph was chosen on the page."""
    return bool(_chosen)
