"""What is asked: the kind of a question and the concepts that it names."""
