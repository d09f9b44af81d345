"""What partners write plugins with: a new package, its check, differences, compatibility."""
