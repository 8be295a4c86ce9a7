"""Operation types, as the API lists them."""
