"""Pages and commands for attachments; the files are in ``artefacts``, who may do what in ``signoff``."""
