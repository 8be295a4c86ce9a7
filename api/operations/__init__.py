"""Operations: create, execute, cancel, undo, retry and resolve."""
