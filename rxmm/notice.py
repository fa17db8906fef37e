"""The sentence that ends every answer."""

NOTICE = (
    "This supports and does not replace a pharmacist's check. "
    "If someone took an unknown pill, call US poison control, 1-800-222-1222, or the local "
    "emergency number."
)
