"""What a patient is asked to pay, and the paper that says so."""
