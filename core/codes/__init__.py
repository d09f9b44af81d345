"""External code sets as values: is this code good on that day? Numbers and days, no words."""
