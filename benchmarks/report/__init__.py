"""The page: what was measured, as tables and pictures, set into the words of page.md."""
