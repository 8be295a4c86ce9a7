"""The pages: measured figures as tables and pictures, filled into the templates page.md and details.md."""
