"""The ledger of effects, and the reads of the activities."""
