"""An operation type with an effect of its own, as an installed package: it books a courier, and undo cancels it."""
