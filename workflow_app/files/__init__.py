"""Files of any kind: recognised by content, kept by digest, scanned; whose they are is not known here."""
