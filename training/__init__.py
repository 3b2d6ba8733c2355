"""Scripts that train the small models; they need scikit-learn and annotated notes, the product does not."""
