"""What rules would do: tried on tests, on one payload, on real bodies; nothing leaves here."""
