"""What must be understood before what: scored, freed of cycles, ordered."""
