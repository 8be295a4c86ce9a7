"""Pictures as SVG: pure functions from numbers to text, with no package but the standard library's."""
