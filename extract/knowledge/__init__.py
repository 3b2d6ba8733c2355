"""What is known before reading: the lexicon, and what the user corrects."""
