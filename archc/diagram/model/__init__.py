"""The picture of a network as values: cards, arrows, folds and stages, before anything has a place."""
