"""What must be true of every relation of a graph that a build made."""

from __future__ import annotations

from graph.model import GraphSnapshot, Relation, RelationType
from graph.text.name_finder import NameFinder


def without_both_names(graph: GraphSnapshot) -> list[Relation]:
    """The typed relations whose quotes together do not name both ends, in any spelling of their names."""
    names = {c.id: c.names for c in graph.concepts}
    found = []
    for relation in graph.relations:
        ends = (relation.head, relation.tail)
        finder = NameFinder([(name, i) for i in ends for name in names[i]], acronyms=False)
        quoted = {at.owner for line in relation.evidence for at in finder.find_all(line.quote)}
        if relation.type is not RelationType.RELATED_TO and quoted != set(ends):
            found.append(relation)
    return found
