"""What must be so in a document beyond its schema. A check yields its faults and ends without a word where all is well."""
