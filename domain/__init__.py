"""The pure vocabulary: no I/O, no framework, nothing imported from the other packages."""
