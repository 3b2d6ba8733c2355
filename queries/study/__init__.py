"""What to learn, in which order: study paths, next steps, gaps."""
