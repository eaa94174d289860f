"""What a person or the portal itself may do to the register. Each function is one transaction."""
