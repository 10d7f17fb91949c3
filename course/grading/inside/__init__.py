"""What runs inside the box, beside hostile code. Nothing outside believes what comes from here."""
