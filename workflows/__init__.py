"""The machine: what a document may be, where it may go, who may send it there. Pure Python."""
