"""What the inner layers ask of the outer ones, as protocols."""
