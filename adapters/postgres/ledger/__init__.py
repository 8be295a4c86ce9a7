"""The ledger of effects, and the reads of activities."""
