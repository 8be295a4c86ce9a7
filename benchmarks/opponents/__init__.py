"""The same operation on other engines. The opponents' processes import none of the service's packages."""
