"""What may be asked of Countersign? Use cases, each one transaction."""
