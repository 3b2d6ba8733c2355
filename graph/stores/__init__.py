"""Where graphs are kept: one contract, three stores (memory, SQLite, Neo4j), and how one is opened by its address."""
