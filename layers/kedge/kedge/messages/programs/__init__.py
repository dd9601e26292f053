"""The document for programs, `kedge.incident/v1`: docs/schemas/notification.v1.json.

document     the whole document, with its version
incidents    the incidents of a message, their remedies, and the counts of unlisted ones
findings     measured values as numbers
"""
