"""The API's reference page, which needs no internet."""
