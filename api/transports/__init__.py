"""How files travel between us and a clearinghouse. Today: folders."""
