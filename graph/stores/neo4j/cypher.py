"""Every Cypher statement of studyatlas.

Values are parameters, always; of text only relation types get into a query, from their Enum.

The schema, in which every node carries the label ``StudyAtlas`` and the name of its graph, so that nothing else is ever
touched::

    (:Graph {name, build})                      the build that readers read; publishing switches it
    (:Build {build, published, retired, …})     what a build contains, in numbers
    (:Document)<-[:OF]-(:Passage)
    (:Concept)-[:IS_A|PART_OF|…]->(:Concept)    {position, confidence, origin, basis, docs, lines, quotes}
    (:Concept)-[:PREREQUISITE_OF]->(:Concept)   {position, confidence, reasons, docs, lines, quotes}
    (:Concept {keys})                           the folded names by which a concept is found
    (:Concept)-[:MENTIONED_IN {lines}]->(:Passage)
    (:Concept)-[:IN_COMMUNITY]->(:Community)-[:WITHIN]->(:Community)
    (:Merge)-[:INTO]->(:Concept)                the merge report
    (:Skipped)                                  what is not in the graph
    (:Page {data})                              bytes: postings, vectors, layout and index, see graph.stores.neo4j.pages

``build`` appears on every node, ``position`` is the place in the snapshot, so that ``ORDER BY position`` is the
documented order, and ``key`` is ``BUILD:KIND:POSITION`` (of a graph ``graph:NAME``), unique, the way to a node.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from graph.model import RelationType

SCHEMA: Final = 2
"""Number of the schema above, on every (:Build). In schema 1 the folded names of a concept were nodes of their own,
(:Name {folded})-[:NAMES]->(:Concept); such a graph is still read, by :data:`NAMED_BY_NODES`."""

SETUP: Final[tuple[str, ...]] = (
    "CREATE CONSTRAINT studyatlas_key IF NOT EXISTS FOR (n:StudyAtlas) REQUIRE n.key IS UNIQUE",
    "CREATE INDEX studyatlas_id IF NOT EXISTS FOR (n:StudyAtlas) ON (n.build, n.id)",
    """CREATE FULLTEXT INDEX studyatlas_keys IF NOT EXISTS FOR (n:StudyAtlas) ON EACH [n.keys]
       OPTIONS {indexConfig: {`fulltext.analyzer`: 'keyword'}}""",
    """CREATE FULLTEXT INDEX studyatlas_text IF NOT EXISTS FOR (n:StudyAtlas) ON EACH [n.text]
       OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}""",
    """CREATE FULLTEXT INDEX studyatlas_names IF NOT EXISTS FOR (n:StudyAtlas) ON EACH [n.name, n.aliases]
       OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}""",
    """CREATE VECTOR INDEX studyatlas_concept_vectors IF NOT EXISTS FOR (n:StudyAtlas) ON n.concept_vector
       OPTIONS {indexConfig: {`vector.similarity_function`: 'cosine'}}""",
    """CREATE VECTOR INDEX studyatlas_passage_vectors IF NOT EXISTS FOR (n:StudyAtlas) ON n.passage_vector
       OPTIONS {indexConfig: {`vector.similarity_function`: 'cosine'}}""",
)
"""Statements that make the schema; each does nothing where it is there already. All are on our own label: nobody else's
nodes are constrained or indexed."""
INDEX_NAMES: Final = frozenset(re.findall(r"(?:INDEX|CONSTRAINT) (studyatlas_\w+)", " ".join(SETUP)))
INDEXES: Final = "SHOW INDEXES YIELD name WHERE name STARTS WITH 'studyatlas_' RETURN name"
SETTLED: Final = "CALL db.awaitIndexes(60)"

# ---- which graphs and builds there are
# -----------------------------------------------------------------------------------

CURRENT: Final = """
MATCH (g:StudyAtlas {key: 'graph:' + $graph})
MATCH (b:StudyAtlas {key: g.build + ':build:0'})
RETURN b {.*} AS build
"""
GRAPHS: Final = """
MATCH (g:StudyAtlas:Graph)
MATCH (b:StudyAtlas {key: g.build + ':build:0'})
RETURN g.name AS name, b {.*} AS build ORDER BY name
"""
GRAPH_NAMES: Final = "MATCH (g:StudyAtlas:Graph) RETURN g.name AS name ORDER BY name"

# ---- publishing
# ----------------------------------------------------------------------------------------------------------

TRANSACTIONS: Final = """
SHOW TRANSACTIONS YIELD transactionId, metaData, startTime, username
WHERE metaData.studyatlas IS NOT NULL AND metaData.graph = $graph
RETURN transactionId AS id, metaData.studyatlas AS role, metaData.build AS build,
datetime(startTime).epochMillis AS since,
       startTime AS time, username AS user
"""
LOCK: Final = """
MERGE (g:StudyAtlas {key: 'graph:' + $graph})
SET g:Graph, g.graph = $graph, g.name = $graph, g.building = $build
RETURN g.build AS build
"""
"""Whoever runs it contains the graph until the end of the transaction; nobody sees anything of it before."""
STILL_THERE: Final = "RETURN 1"
FLIP: Final = """
MATCH (g:StudyAtlas {key: 'graph:' + $graph})
MATCH (b:StudyAtlas {key: $build + ':build:0'})
SET g.build = $build, b.published = true
REMOVE g.building
"""
REMOVE_GRAPH: Final = "MATCH (g:StudyAtlas {key: 'graph:' + $graph}) DELETE g"
RETIRE: Final = """
MATCH (b:StudyAtlas {key: $build + ':build:0'}) SET b.retired = coalesce(b.retired, datetime.realtime().epochMillis)
RETURN b.retired AS retired
"""
OTHER_BUILDS: Final = """
MATCH (b:StudyAtlas:Build {graph: $graph}) WHERE NOT b.build IN $keep
RETURN b.build AS build, b.published AS published, b.retired AS retired ORDER BY build
"""
REMOVE_LINKS: Final = """
MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':'
MATCH (n)-[r]->() WITH r LIMIT 100000
CALL (r) { DELETE r } IN TRANSACTIONS OF 5000 ROWS
RETURN count(*) AS removed
"""
"""Some of a build's relationships, each of which leaves a node of the build. To be repeated until none is left: the
rows of one statement are all in the server's memory, and so is a transaction; the nodes with most relationships, of
which 500 may have a tenth of all, would be too much for one."""
REMOVE_BUILD: Final = """
MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':' AND NOT n:Build
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 500 ROWS
"""
REMOVE_BUILD_NODE: Final = "MATCH (b:StudyAtlas {key: $build + ':build:0'}) DELETE b"

CREATE_BUILD: Final = (
    "CREATE (b:StudyAtlas:Build {key: $build + ':build:0', graph: $graph, build: $build}) SET b += $properties"
)
_CONCEPT: Final = "MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':concept:'"
HELD: Final = f"""
RETURN {{
    documents: COUNT {{ MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':document:' }},
    passages: COUNT {{ MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':passage:' }},
    concepts: COUNT {{ {_CONCEPT} }},
    relations: COUNT {{ {_CONCEPT} MATCH (n)-[:{"|".join(RelationType.__members__)}]->() }},
    prerequisites: COUNT {{ {_CONCEPT} MATCH (n)-[:PREREQUISITE_OF]->() }},
    communities: COUNT {{ MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':community:' }},
    merges: COUNT {{ MATCH (n:StudyAtlas) WHERE n.key STARTS WITH $build + ':merge:' }}
}} AS held
"""
"""What is there of a build."""


COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "Document": ("id", "title", "sha256", "lines", "lang", "unit", "starts"),
    "Passage": ("id", "doc", "first_line", "last_line", "heading_path", "text", "line_codes"),
    "Concept": (
        *("id", "name", "aliases", "keys", "kind", "salience", "confidence", "degree", "mentions"),
        *("definition", "definition_doc", "definition_line"),
    ),
    "Community": ("id", "level", "parent", "title", "summary", "docs", "lines", "quotes"),
    "Merge": ("concept", "kept", "merged", "reason", "doc", "line", "quote"),
    "Skipped": ("doc", "line", "reason"),
    "Page": ("data",),
}
"""Label → the properties that its nodes have besides those of all nodes, in the order in which rows hold them after the
position."""


def create_nodes(label: str, *, kind: str | None = None, to: str | None = None) -> str:
    """The statement that makes nodes from ``$rows``.

    Lists of a position and the values of :data:`COLUMNS`, where null is not a property.

    It returns by which ids the nodes are reached, in the order of the rows. Lists are half the work that maps are, for
    both sides.

    Args:
        label: one of :data:`COLUMNS`.
        kind: what is in the key; the label in small letters if not given.
        to: the type of the relationship to the node whose id is the last item of each row; None for none.
    """
    columns = COLUMNS[label]
    values = ", ".join(f"{name}: row[{i}]" for i, name in enumerate(("position", *columns)))
    key = f"key: $build + ':{kind or label.lower()}:' + row[0], graph: $graph, build: $build"
    other = "" if to is None else f" MATCH (o) WHERE elementId(o) = row[{len(columns) + 1}]"
    link = "" if to is None else f"-[:{to}]->(o)"
    return (
        f"UNWIND $rows AS row{other} CREATE (n:StudyAtlas:{label} {{{key}, {values}}}){link} RETURN elementId(n) AS id"
    )


_ENDS: Final = "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row[0] MATCH (b) WHERE elementId(b) = row[1]"
CREATE_MENTIONS: Final = f"{_ENDS} CREATE (a)-[:MENTIONED_IN {{lines: row[2]}}]->(b)"
CREATE_MEMBERS: Final = f"{_ENDS} CREATE (a)-[:IN_COMMUNITY]->(b)"
CREATE_WITHIN: Final = f"{_ENDS} CREATE (a)-[:WITHIN]->(b)"
SET_CONCEPT_VECTORS: Final = """
UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] CALL db.create.setNodeVectorProperty(n, 'concept_vector', row[1])
"""
SET_PASSAGE_VECTORS: Final = """
UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] CALL db.create.setNodeVectorProperty(n, 'passage_vector', row[1])
"""


def create_relations(kind: RelationType | None) -> str:
    """The statement that makes relations of one type (None: prerequisites) from ``$rows``.

    Lists of two ids and the properties.
    """
    names = ("reasons",) if kind is None else ("origin", "basis")
    values = ", ".join(
        f"{name}: row[{i}]"
        for i, name in enumerate(("position", "confidence", "docs", "lines", "quotes", *names), start=2)
    )
    return f"{_ENDS} CREATE (a)-[:{_type(kind)} {{{values}}}]->(b)"


def _type(kind: RelationType | None) -> str:
    """How a relation type is written in Cypher; None stands for prerequisites."""
    return "PREREQUISITE_OF" if kind is None else kind.name


def typed(types: Collection[RelationType] | None) -> str:
    """What is between the brackets of a pattern for relations of these types (None: all), in a fixed order."""
    return "|".join(t.name for t in RelationType if types is None or t in types)


# ---- reading: $build is the build that is read, $at are positions
# ----------------------------------------------------------

POSITIONS: Final = """
UNWIND $ids AS id MATCH (n:StudyAtlas {build: $build, id: id}) WHERE $label IN labels(n) RETURN n.position AS position ORDER BY position
"""
CONCEPTS: Final = """
UNWIND $at AS p MATCH (c:StudyAtlas {key: $build + ':concept:' + p})
RETURN c.position, c.id, c.name, c.aliases, c.kind, c.salience, c.confidence, c.definition, c.definition_doc, c.definition_line, c.mentions
"""
CONCEPT_IDS: Final = """
UNWIND range(0, $size - 1) AS p MATCH (c:StudyAtlas {key: $build + ':concept:' + p}) RETURN c.position, c.id
"""
NAMES: Final = """
UNWIND range(0, $size - 1) AS p MATCH (c:StudyAtlas {key: $build + ':concept:' + p}) RETURN c.id, c.name, c.aliases
"""
NAMED: Final = """
CALL db.index.fulltext.queryNodes('studyatlas_keys', $phrase) YIELD node AS c
WHERE c.build = $build RETURN c.position AS position ORDER BY position
"""
NAMED_BY_NODES: Final = """
MATCH (n:StudyAtlas {build: $build, folded: $folded})-[:NAMES]->(c) RETURN DISTINCT c.position AS position ORDER BY position
"""
DOCUMENTS: Final = """
UNWIND range(0, $size - 1) AS p MATCH (d:StudyAtlas {key: $build + ':document:' + p}) RETURN d.id, d.title, d.sha256, d.lines, d.lang, d.unit, d.starts
ORDER BY p
"""
PASSAGES: Final = """
UNWIND $at AS p MATCH (n:StudyAtlas {key: $build + ':passage:' + p})
RETURN n.position, n.id, n.doc, n.first_line, n.last_line, n.heading_path, n.text, n.line_codes
"""
PASSAGE_IDS: Final = """
UNWIND range(0, $size - 1) AS p MATCH (n:StudyAtlas {key: $build + ':passage:' + p}) RETURN n.position, n.id
"""
PASSAGES_OF: Final = """
MATCH (d:StudyAtlas {build: $build, id: $doc})<-[:OF]-(n:Passage) WHERE d:Document RETURN n.position AS position ORDER BY position
"""
COMMUNITIES: Final = """
UNWIND range(0, $size - 1) AS p MATCH (t:StudyAtlas {key: $build + ':community:' + p}) WHERE $level IS NULL OR t.level = $level
OPTIONAL MATCH (c)-[:IN_COMMUNITY]->(t)
WITH t, c ORDER BY t.position, c.position
WITH t, collect(c.id) AS members ORDER BY t.position
RETURN t.id, t.level, t.parent, t.title, t.summary, members, t.docs, t.lines, t.quotes
"""
MERGES: Final = """
UNWIND range(0, $size - 1) AS p MATCH (m:StudyAtlas {key: $build + ':merge:' + p})
RETURN m.concept, m.kept, m.merged, m.reason, m.doc, m.line, m.quote ORDER BY p
"""
MERGES_INTO: Final = """
MATCH (c:StudyAtlas {build: $build, id: $id})<-[:INTO]-(m:Merge)
RETURN m.concept, m.kept, m.merged, m.reason, m.doc, m.line, m.quote ORDER BY m.position
"""
SKIPPED: Final = """
UNWIND range(0, $size - 1) AS p MATCH (s:StudyAtlas {key: $build + ':skipped:' + p}) RETURN s.doc, s.line, s.reason ORDER BY p
"""
PAGES: Final = """
UNWIND $at AS p MATCH (n:StudyAtlas {key: $build + ':' + $kind + ':' + p}) RETURN n.position, n.data
"""
NEAREST_CONCEPTS: Final = """
CALL db.index.vector.queryNodes('studyatlas_concept_vectors', $number, $vector) YIELD node AS n
RETURN count(*) AS found, collect(CASE WHEN n.build = $build THEN [n.id, n.concept_vector] END) AS mine
"""
NEAREST_PASSAGES: Final = """
CALL db.index.vector.queryNodes('studyatlas_passage_vectors', $number, $vector) YIELD node AS n
RETURN count(*) AS found, collect(CASE WHEN n.build = $build THEN [n.id, n.passage_vector] END) AS mine
"""
DEGREE: Final = "MATCH (c:StudyAtlas {build: $build, id: $id}) WHERE c:Concept RETURN c.degree AS degree"


def _closure(steps: str, edges: str) -> str:
    """The edges ``edges`` at all concepts that ``steps`` lead to from ``$id``, as columns, a row for ``$step`` concepts.

    The database walks breadth first and visits each concept once, because only distinct ends are wanted: the plan has
    ``VarLengthExpand(Pruning,BFS)``. What takes time is bringing the edges here, and a row for each of them takes five
    times as long as lists. A row is made when the one before it has been sent, so that the memory of the server does
    not grow with the closure. Where there is no evidence its lists are empty: ``collect`` would skip a null.
    """
    return f"""
MATCH (c:StudyAtlas {{build: $build, id: $id}}) WHERE c:Concept
MATCH (c){steps}(x) WITH DISTINCT x
WITH collect(x) AS xs
UNWIND range(0, size(xs) - 1, $step) AS first
CALL (xs, first) {{
  UNWIND xs[first..first + $step] AS x MATCH {edges}
  RETURN collect(r.position) AS positions, collect(a.id) AS befores, collect(b.id) AS afters,
         collect(r.confidence) AS confidences, collect(coalesce(r.reasons, [])) AS reasons,
         collect(coalesce(r.docs, [])) AS docs, collect(coalesce(r.lines, [])) AS lines,
         collect(coalesce(r.quotes, [])) AS quotes
}}
RETURN positions, befores, afters, confidences, reasons, docs, lines, quotes
"""


CLOSURE: Final = _closure("<-[:PREREQUISITE_OF*0..]-", "(x)<-[r:PREREQUISITE_OF]-(a) WITH r, a, x AS b")
UNLOCKED: Final = _closure("-[:PREREQUISITE_OF*0..]->", "(x)-[r:PREREQUISITE_OF]->(b) WITH r, x AS a, b")
_EDGE: Final = "RETURN r.position, a.id, b.id, r.confidence, r.reasons, r.docs, r.lines, r.quotes"
PREREQUISITES: Final = f"""
UNWIND range(0, $size - 1) AS p MATCH (a:StudyAtlas {{key: $build + ':concept:' + p}})-[r:PREREQUISITE_OF]->(b) {_EDGE}
"""
PREREQUISITES_BEFORE: Final = f"""
MATCH (a:StudyAtlas {{build: $build, id: $before}})-[r:PREREQUISITE_OF]->(b) WHERE $after IS NULL OR b.id = $after {_EDGE}
"""
PREREQUISITES_AFTER: Final = f"""
MATCH (a)-[r:PREREQUISITE_OF]->(b:StudyAtlas {{build: $build, id: $after}}) {_EDGE}
"""
PREREQUISITES_BETWEEN: Final = f"""
UNWIND $at AS p MATCH (a:StudyAtlas {{key: $build + ':concept:' + p}})-[r:PREREQUISITE_OF]->(b) WHERE b.position IN $at {_EDGE}
"""
_RELATION: Final = "RETURN r.position, a.id, type(r), b.id, r.confidence, r.origin, r.basis, r.docs, r.lines, r.quotes"


def all_relations(types: Collection[RelationType] | None) -> str:
    """All relations of these types whose heads are at ``$at``."""
    return f"UNWIND $at AS p MATCH (a:StudyAtlas {{key: $build + ':concept:' + p}})-[r:{typed(types)}]->(b) {_RELATION}"


def relations_of(types: Collection[RelationType] | None) -> str:
    """Relations of these types that have the concept ``$id`` as head or tail."""
    return (
        f"MATCH (c:StudyAtlas {{build: $build, id: $id}})-[r:{typed(types)}]-()"
        f" WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b {_RELATION}"
    )


def relations_between(types: Collection[RelationType] | None) -> str:
    """Relations of these types whose head and tail are both at ``$at``."""
    return (
        f"UNWIND $at AS p MATCH (a:StudyAtlas {{key: $build + ':concept:' + p}})-[r:{typed(types)}]->(b)"
        f" WHERE b.position IN $at {_RELATION}"
    )


RELATIONS_KEYED: Final = f"""
UNWIND $keys AS k MATCH (a:StudyAtlas {{build: $build, id: k[0]}})-[r]->(b) WHERE b.id = k[2] AND type(r) = k[1] {_RELATION}
"""


def links(types: Collection[RelationType] | None) -> str:
    """Relations of these types with an end among the concepts ``$ids``, as steps.

    And how many neighbours the other end has.
    """
    return (
        f"UNWIND $ids AS id MATCH (c:StudyAtlas {{build: $build, id: id}})-[r:{typed(types)}]-(d)"
        " RETURN c.id, type(r), d.id, r.confidence, startNode(r) = c, c.degree, d.degree"
    )


def neighbours(types: Collection[RelationType] | None) -> str:
    """Positions of the concepts that one at ``$at`` has a relation of these types with, without those in ``$kept``.

    The first ``$room``.
    """
    return (
        f"UNWIND $at AS p MATCH (c:StudyAtlas {{key: $build + ':concept:' + p}})-[:{typed(types)}]-(d) WHERE NOT "
        f"d.position IN $kept"
        " RETURN DISTINCT d.position AS position ORDER BY position LIMIT $room"
    )
