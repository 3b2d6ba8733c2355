"""The evaluator of trained models, which lives in :mod:`graph.scoring` because the graph needs it too."""

from graph.scoring import Floats, LinearModel, MeanModel, Model, Trees, from_record, load_model, sigmoid

__all__ = ["Floats", "LinearModel", "MeanModel", "Model", "Trees", "from_record", "load_model", "sigmoid"]
