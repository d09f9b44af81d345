"""The double-entry ledger of a practice: accounts, entries, balances, ageing."""
