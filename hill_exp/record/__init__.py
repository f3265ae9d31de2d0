"""What is kept: conditions, records and what lies beside them, and all that only reads them."""
