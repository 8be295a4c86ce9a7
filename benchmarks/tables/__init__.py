"""What reading and creating costs as the tables grow. Needs no Temporal."""
