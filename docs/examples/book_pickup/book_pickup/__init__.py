"""The operation type `book_pickup` as an installed package: book a courier; undo cancels the courier."""
