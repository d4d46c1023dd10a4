"""The whole installation in one archive, and an installation made from it again."""
