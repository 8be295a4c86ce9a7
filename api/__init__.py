"""HTTP only: what a request must look like, who may make it, and what is answered."""
