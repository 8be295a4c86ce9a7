"""What carriers tell by themselves."""
