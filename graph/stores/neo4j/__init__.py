"""The store in a Neo4j server, for teams. Only this package imports the driver."""
