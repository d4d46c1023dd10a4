"""Looking for words in titles, content and opinions, among what a person may see."""
