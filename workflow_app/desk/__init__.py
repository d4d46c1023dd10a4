"""The pages people work at: inbox, document, editing, beginning, lists."""
