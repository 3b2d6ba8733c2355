"""Text as words: tokens, sentences, keys of names, where names occur, quotes."""
