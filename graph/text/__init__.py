"""Names as text: folding, general frequency, finding them in running text."""
