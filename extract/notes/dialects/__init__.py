"""What programs for notes write besides Markdown: each module reads the syntax of some of them, line by line."""
