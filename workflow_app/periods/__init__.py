"""When: school years, terms and the county's holidays, as tables the administrator keeps."""
