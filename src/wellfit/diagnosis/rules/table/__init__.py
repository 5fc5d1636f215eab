"""Rules about the table: its target, its rows, its columns, and how they were split."""
