"""The document for programs, `kedge.incident/v1`: docs/schemas/notification.v1.json.

document     the whole document, with its version
incidents    the incidents of a message, and the counts of unlisted ones
findings     measured values as numbers
remedy       the state of a remedy; alone: a part of the schema like `findings` and `incidents`
"""
