"""What a service is charged at, and what we expect to be allowed for it."""
