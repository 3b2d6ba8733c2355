"""What is said to a question, or why nothing is."""
