"""How concepts are related, and which line says so."""
