"""Operations: recorded, executed, cancelled, undone; and what a person can settle."""
