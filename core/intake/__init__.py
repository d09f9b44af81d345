"""What comes in: patients, coverage, encounters and charges, and the readers that make them."""
