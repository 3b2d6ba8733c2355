"""The concept graph: its values, its stores, its exports and checks, and its errors.

The names in ``__all__`` are the public interface (docs/python.md). The modules below are private: they may change in
any version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.lazy import lazy_names

if TYPE_CHECKING:
    from graph.errors import (
        AmbiguousConcept,
        EncoderError,
        InputError,
        LanguageModelError,
        NewerSchema,
        NoNotesError,
        NoPath,
        NoSuchConcept,
        NotAGraph,
        ProgressError,
        PublishError,
        SettingsError,
        StoreError,
        StudyatlasError,
    )
    from graph.exchange.exports import from_json, to_csv, to_graphml, to_json
    from graph.exchange.gexf import to_gexf
    from graph.exchange.neo4j_tables import to_neo4j_tables
    from graph.exchange.skos import to_skos
    from graph.exchange.vault import to_vault
    from graph.model import (
        Basis,
        Community,
        Concept,
        ConceptKind,
        ConceptPath,
        Document,
        Evidence,
        GraphInfo,
        GraphSnapshot,
        Hit,
        Layout,
        LineKind,
        Mention,
        Merge,
        NoteLine,
        Passage,
        Prerequisite,
        Relation,
        RelationType,
        Skipped,
        Subgraph,
        Territory,
        TerritoryLink,
        Vectors,
    )
    from graph.stores.contract import GraphStore
    from graph.stores.memory import MemoryStore
    from graph.stores.opening import open_store, write_store
    from graph.verification import NoteFile, Quote, Verification, verify

__all__ = [
    "AmbiguousConcept",
    "Basis",
    "Community",
    "Concept",
    "ConceptKind",
    "ConceptPath",
    "Document",
    "EncoderError",
    "Evidence",
    "GraphInfo",
    "GraphSnapshot",
    "GraphStore",
    "Hit",
    "InputError",
    "LanguageModelError",
    "Layout",
    "LineKind",
    "MemoryStore",
    "Mention",
    "Merge",
    "NewerSchema",
    "NoNotesError",
    "NoPath",
    "NoSuchConcept",
    "NotAGraph",
    "NoteFile",
    "NoteLine",
    "Passage",
    "Prerequisite",
    "ProgressError",
    "PublishError",
    "Quote",
    "Relation",
    "RelationType",
    "SettingsError",
    "Skipped",
    "StoreError",
    "StudyatlasError",
    "Subgraph",
    "Territory",
    "TerritoryLink",
    "Vectors",
    "Verification",
    "from_json",
    "open_store",
    "to_csv",
    "to_gexf",
    "to_graphml",
    "to_json",
    "to_neo4j_tables",
    "to_skos",
    "to_vault",
    "verify",
    "write_store",
]

if not TYPE_CHECKING:  # a checker that saw __getattr__ would take any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "graph.errors": (
                "AmbiguousConcept",
                "EncoderError",
                "InputError",
                "LanguageModelError",
                "NewerSchema",
                "NoNotesError",
                "NoPath",
                "NoSuchConcept",
                "NotAGraph",
                "ProgressError",
                "PublishError",
                "SettingsError",
                "StoreError",
                "StudyatlasError",
            ),
            "graph.exchange.exports": ("from_json", "to_csv", "to_graphml", "to_json"),
            "graph.exchange.gexf": ("to_gexf",),
            "graph.exchange.neo4j_tables": ("to_neo4j_tables",),
            "graph.exchange.skos": ("to_skos",),
            "graph.exchange.vault": ("to_vault",),
            "graph.model": (
                "Basis",
                "Community",
                "Concept",
                "ConceptKind",
                "ConceptPath",
                "Document",
                "Evidence",
                "GraphInfo",
                "GraphSnapshot",
                "Hit",
                "Layout",
                "LineKind",
                "Mention",
                "Merge",
                "NoteLine",
                "Passage",
                "Prerequisite",
                "Relation",
                "RelationType",
                "Skipped",
                "Subgraph",
                "Territory",
                "TerritoryLink",
                "Vectors",
            ),
            "graph.stores.contract": ("GraphStore",),
            "graph.stores.memory": ("MemoryStore",),
            "graph.stores.opening": ("open_store", "write_store"),
            "graph.verification": ("NoteFile", "Quote", "Verification", "verify"),
        },
    )
